"""The door: any data frame or engine to groups and counts."""

from __future__ import annotations

from fairloss.tables.binning import Bins, bin_contents
from fairloss.tables.columns import column, column_names, same_rows
from fairloss.tables.contents import Contents, joined, read_contents, value_hashes
from fairloss.tables.counting import count_table, tally_table
from fairloss.tables.encoder import Encoder
from fairloss.tables.encoding import encode
from fairloss.tables.engines import collect_columns
from fairloss.tables.files import read_table, scan_table
from fairloss.tables.holdout import hold_out
from fairloss.tables.levels import missing_flags
from fairloss.tables.outcomes import binary, class_labels, favorable, weights
from fairloss.tables.sensitive import sensitive_columns
from fairloss.tables.tally import Tally, tally_columns

__all__ = [
    "Bins",
    "Contents",
    "Encoder",
    "Tally",
    "bin_contents",
    "binary",
    "class_labels",
    "collect_columns",
    "column",
    "column_names",
    "count_table",
    "encode",
    "favorable",
    "hold_out",
    "joined",
    "missing_flags",
    "read_contents",
    "read_table",
    "same_rows",
    "scan_table",
    "sensitive_columns",
    "tally_columns",
    "tally_table",
    "value_hashes",
    "weights",
]
