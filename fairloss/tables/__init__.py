"""The door: any data frame to groups and counts."""

from __future__ import annotations

from fairloss.tables.columns import column, column_names, same_rows
from fairloss.tables.encoding import Encoder, encode

__all__ = ["Encoder", "column", "column_names", "encode", "same_rows"]
