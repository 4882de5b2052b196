"""The door: any data frame or engine to groups and counts."""

from __future__ import annotations

from fairloss.tables.binned import tally_bins, tally_values
from fairloss.tables.binning import BinRule, Bins, bin_contents, bin_rule
from fairloss.tables.columns import column, column_names, same_rows
from fairloss.tables.contents import Contents, joined, read_contents, value_hashes
from fairloss.tables.counting import count_table, tally_table
from fairloss.tables.encoder import Encoder
from fairloss.tables.encoding import encode
from fairloss.tables.engines import collect_columns
from fairloss.tables.files import read_table, scan_table
from fairloss.tables.frames import count_rows, same_kinds, table_columns
from fairloss.tables.holdout import hold_out
from fairloss.tables.levels import missing_flags
from fairloss.tables.outcomes import binary, class_labels, favorable, weights
from fairloss.tables.repeats import tally_repeats
from fairloss.tables.sampling import ContentSampler, SampledRows
from fairloss.tables.sensitive import sensitive_columns
from fairloss.tables.tally import Tally, tally_columns

__all__ = [
    "BinRule",
    "Bins",
    "ContentSampler",
    "Contents",
    "Encoder",
    "SampledRows",
    "Tally",
    "bin_contents",
    "bin_rule",
    "binary",
    "class_labels",
    "collect_columns",
    "column",
    "column_names",
    "count_rows",
    "count_table",
    "encode",
    "favorable",
    "hold_out",
    "joined",
    "missing_flags",
    "read_contents",
    "read_table",
    "same_kinds",
    "same_rows",
    "scan_table",
    "sensitive_columns",
    "table_columns",
    "tally_bins",
    "tally_columns",
    "tally_repeats",
    "tally_table",
    "tally_values",
    "value_hashes",
    "weights",
]
