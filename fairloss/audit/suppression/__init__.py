"""Small counts: a record in which they are hidden, and cannot be worked out from what is printed."""

from __future__ import annotations

from fairloss.audit.suppression.record import (
    SMALLEST,
    SMALLEST_SOURCE,
    Suppression,
    read_suppression,
    write_suppression,
)

__all__ = ["SMALLEST", "SMALLEST_SOURCE", "Suppression", "read_suppression", "write_suppression"]
