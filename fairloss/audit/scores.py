"""Scores by group: how well they rank, from counts on a fixed grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fairloss.inference import normal_interval
from fairloss.notions import ScoreHistogram

__all__ = ["SCORE_COLUMNS", "auc_interval", "score_rows"]

SCORE_COLUMNS = ("attribute", "group", "rows", "without_score", "mean", "auc", "low", "high", "note")
Floats = np.ndarray[Any, np.dtype[np.float64]]


def auc_interval(histogram: ScoreHistogram, level: float) -> tuple[Floats, Floats]:
    """Give the ends of each group's AUC by DeLong, DeLong and Clarke-Pearson (1988); NaN where undefined.

    The variance of the share of lower-placed rivals over the people of each label; scores of one bin are ties.
    """
    value = histogram.auc()
    negative, positive = (histogram.cells[:, label].astype(np.float64) for label in (0, 1))
    variance = _placement_variance(positive, negative) + _placement_variance(negative, positive)
    interval = normal_interval(value, np.sqrt(variance), level=level, bounds=(0.0, 1.0))
    known = ~np.isnan(variance)
    return np.where(known, interval.low, np.nan), np.where(known, interval.high, np.nan)


def score_rows(attribute: str, histogram: ScoreHistogram, level: float) -> Iterator[dict[str, Any]]:
    """Give one row per group: mean score, and the AUC where labels are known."""
    rows, absent = histogram.cells.sum((1, 2)), histogram.missing.sum(1)
    middles = (histogram.edges[:-1] + histogram.edges[1:]) / 2
    totals = histogram.cells.sum(1) @ middles
    nothing = np.full(len(rows), np.nan)
    has_labels = histogram.cells.shape[1] == 2
    auc = histogram.auc() if has_labels else nothing
    low, high = auc_interval(histogram, level) if has_labels else (nothing, nothing)
    names = histogram.grouping.names if histogram.grouping else tuple(map(str, range(len(rows))))
    for code, name in enumerate(names):
        mean = float(totals[code] / rows[code]) if rows[code] else np.nan
        note = "" if not has_labels or not np.isnan(auc[code]) else "it lacks one of the two labels"
        values = (int(rows[code]), int(absent[code]), mean, float(auc[code]), float(low[code]), float(high[code]))
        yield dict(zip(SCORE_COLUMNS, (attribute, name, *values, note), strict=True))


def _placement_variance(own: Floats, other: Floats) -> Floats:
    """Give the variance of the mean share of the other label below, over the people of the own label."""
    below = np.cumsum(other, -1) - other / 2
    size, rivals = own.sum(-1), other.sum(-1)
    enough = (size > 1) & (rivals > 1)
    size, rivals = np.where(enough, size, 2.0), np.where(enough, rivals, 2.0)
    share = below / rivals[:, None]
    mean = (own * share).sum(-1) / size
    spread = (own * (share - mean[:, None]) ** 2).sum(-1) / (size - 1)
    return np.where(enough, spread / size, np.nan)
