"""Scores by group: how well they rank, from counts on a fixed grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fairloss.errors import InputError
from fairloss.inference import auc_interval
from fairloss.notions import Groups, ScoreHistogram

__all__ = ["SCORE_COLUMNS", "count_scores", "score_rows"]

SCORE_COLUMNS = ("attribute", "group", "rows", "without_score", "mean", "auc", "low", "high", "note")
BINS = 1024
Floats = np.ndarray[Any, np.dtype[np.float64]]


def count_scores(label: Any, score: Any, groups: Groups) -> ScoreHistogram:
    """Count scores on 1,024 equal bins, from 0 to 1 where they lie within, else from the lowest to the highest.

    Raises
    ------
    InputError
        Where scores are no finite numbers, missing ones apart.
    """
    try:
        values = np.asarray(score, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"y_score needs one number per row, got {error}. Convert the column to numbers.") from error
    seen = values[~np.isnan(values)]
    if not len(seen) or not np.isfinite(seen).all():
        what = "infinite ones" if len(seen) else "none"
        raise InputError(f"y_score needs finite scores, got {what}. Pass probabilities or another finite score.")
    low, high = (0.0, 1.0) if seen.min() >= 0 and seen.max() <= 1 else (float(seen.min()), float(seen.max()))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    return ScoreHistogram.of(label, values, groups, edges=edges)


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
