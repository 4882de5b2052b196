"""Funnels: several decisions in a row about the same people."""

from __future__ import annotations

from fairloss.audit.stages.funnel import (
    STAGE_COLUMNS,
    Stages,
    inconsistent_stages,
    read_stages,
    stage_rows,
    write_stages,
)

__all__ = ["STAGE_COLUMNS", "Stages", "inconsistent_stages", "read_stages", "stage_rows", "write_stages"]
