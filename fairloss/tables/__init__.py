"""The door: any data frame to groups and counts."""

from __future__ import annotations

from fairloss.tables.binning import Bins, bin_contents
from fairloss.tables.columns import column, column_names, same_rows
from fairloss.tables.contents import Contents, joined, read_contents, value_hashes
from fairloss.tables.counting import count_table
from fairloss.tables.encoder import Encoder
from fairloss.tables.encoding import encode
from fairloss.tables.files import read_table
from fairloss.tables.holdout import hold_out
from fairloss.tables.levels import missing_flags
from fairloss.tables.outcomes import binary, weights

__all__ = [
    "Bins",
    "Contents",
    "Encoder",
    "bin_contents",
    "binary",
    "column",
    "column_names",
    "count_table",
    "encode",
    "hold_out",
    "joined",
    "missing_flags",
    "read_contents",
    "read_table",
    "same_rows",
    "value_hashes",
    "weights",
]
