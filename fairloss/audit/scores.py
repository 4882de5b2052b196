"""Scores by group: how well they rank, from counts on a fixed grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fairloss.inference import auc_interval
from fairloss.notions import ScoreHistogram

__all__ = ["SCORE_COLUMNS", "score_rows"]

SCORE_COLUMNS = ("attribute", "group", "rows", "without_score", "mean", "auc", "low", "high", "note")
Floats = np.ndarray[Any, np.dtype[np.float64]]


def score_rows(attribute: str, histogram: ScoreHistogram, level: float) -> Iterator[dict[str, Any]]:
    """Give one row per group: mean score, and the AUC where labels are known."""
    rows, absent = histogram.cells.sum((1, 2)), histogram.missing.sum(1)
    middles = (histogram.edges[:-1] + histogram.edges[1:]) / 2
    totals = histogram.cells.sum(1) @ middles
    nothing = np.full(len(rows), np.nan)
    has_labels = histogram.cells.shape[1] == 2
    auc = histogram.auc() if has_labels else nothing
    low = high = nothing
    if has_labels:
        interval = auc_interval(histogram, level=level)
        low, high = (np.where(np.isnan(auc), np.nan, end) for end in (interval.low, interval.high))
    names = histogram.grouping.names if histogram.grouping else tuple(map(str, range(len(rows))))
    for code, name in enumerate(names):
        mean = float(totals[code] / rows[code]) if rows[code] else np.nan
        note = "" if not has_labels or not np.isnan(auc[code]) else "it lacks one of the two labels"
        values = (int(rows[code]), int(absent[code]), mean, float(auc[code]), float(low[code]), float(high[code]))
        yield dict(zip(SCORE_COLUMNS, (attribute, name, *values, note), strict=True))
