"""The door: any data frame or engine to groups and counts."""

from __future__ import annotations

from fairloss.tables.columns import column, column_names, same_rows
from fairloss.tables.counting import count_table, tally_table
from fairloss.tables.encoder import Encoder
from fairloss.tables.encoding import encode
from fairloss.tables.engines import collect_columns
from fairloss.tables.files import read_table, scan_table
from fairloss.tables.holdout import hold_out
from fairloss.tables.levels import missing_flags
from fairloss.tables.outcomes import binary, favorable, weights
from fairloss.tables.tally import Tally, tally_columns

__all__ = [
    "Encoder",
    "Tally",
    "binary",
    "collect_columns",
    "column",
    "column_names",
    "count_table",
    "encode",
    "favorable",
    "hold_out",
    "missing_flags",
    "read_table",
    "same_rows",
    "scan_table",
    "tally_columns",
    "tally_table",
    "weights",
]
