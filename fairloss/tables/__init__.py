"""The door: any data frame to groups and counts."""

from __future__ import annotations

from fairloss.tables.columns import column, column_names, same_rows
from fairloss.tables.counting import count_table
from fairloss.tables.encoder import Encoder
from fairloss.tables.encoding import encode
from fairloss.tables.files import read_table
from fairloss.tables.holdout import hold_out
from fairloss.tables.levels import missing_flags
from fairloss.tables.outcomes import binary, weights

__all__ = [
    "Encoder",
    "binary",
    "column",
    "column_names",
    "count_table",
    "encode",
    "hold_out",
    "missing_flags",
    "read_table",
    "same_rows",
    "weights",
]
