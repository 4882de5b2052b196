"""What fair means: counts by group, and the rates, comparisons and notions that are read from them."""

from __future__ import annotations

from fairloss.errors import UnknownNotion
from fairloss.notions.catalogue import NOTIONS, Notion, resolve
from fairloss.notions.comparisons import CONVENTIONS, Comparison
from fairloss.notions.counts import GroupCounts
from fairloss.notions.forms import FN, FP, ROWS, TN, TP, Form
from fairloss.notions.groups import Grouping, Groups
from fairloss.notions.histogram import ScoreHistogram, threshold_counts
from fairloss.notions.rates import RATES, MeanRate, Rate, f_beta, resolve_rate

__all__ = [
    "CONVENTIONS",
    "FN",
    "FP",
    "NOTIONS",
    "RATES",
    "ROWS",
    "TN",
    "TP",
    "Comparison",
    "Form",
    "GroupCounts",
    "Grouping",
    "Groups",
    "MeanRate",
    "Notion",
    "Rate",
    "ScoreHistogram",
    "UnknownNotion",
    "f_beta",
    "resolve",
    "resolve_rate",
    "threshold_counts",
]
