"""Looking for the people who fare worst: search on one half of the rows, confirmation on the other."""

from __future__ import annotations

from fairloss.audit.slices.search import find_slices
from fairloss.audit.slices.slice import Slice, SliceSearch

__all__ = ["Slice", "SliceSearch", "find_slices"]
