"""What charts of scores show, computed from the histograms of a record."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairloss.audit.charts import MOST_SERIES
from fairloss.audit.share_interval import share_ratio_interval
from fairloss.notions import GroupCounts, ScoreHistogram

__all__ = ["coarse", "cut_off_in_use", "drawn_groups", "edges_at_quantiles", "group_names", "is_uneven", "sweep_ratios"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.intp]]


def group_names(scores: ScoreHistogram) -> tuple[str, ...]:
    """Give the names of the groups of a histogram."""
    return scores.grouping.names if scores.grouping else tuple(map(str, range(len(scores.cells))))


def is_uneven(scores: ScoreHistogram) -> bool:
    """Say whether some bins are wider than others, as ranges are that hide small counts."""
    widths = np.diff(scores.edges)
    return not np.allclose(widths, widths[0])


def drawn_groups(scores: ScoreHistogram) -> list[int]:
    """Give the codes of the groups with most rows, as many as a chart can tell apart, in their own order."""
    rows = np.asarray(scores.cells.sum((1, 2)), np.float64)
    order = np.argsort(-rows, kind="stable")[:MOST_SERIES]
    return sorted(int(code) for code in order if rows[code] > 0)


def coarse(scores: ScoreHistogram, bins: int = 64) -> tuple[Floats, Floats]:
    """Give the edges and the rows of all groups together on at most so many wider bins."""
    total = np.asarray(scores.cells.sum((0, 1)), np.float64)
    starts = np.arange(0, total.size, -(-total.size // bins))
    return scores.edges[np.append(starts, total.size)], np.add.reduceat(total, starts)


def edges_at_quantiles(scores: ScoreHistogram, parts: int) -> Places:
    """Give the places of bin edges that cut all rows together into about so many equal parts, both ends included."""
    pooled = np.concatenate([[0.0], np.cumsum(scores.cells.sum((0, 1)), dtype=np.float64)])
    first, last = int(np.flatnonzero(pooled == 0)[-1]), int(np.searchsorted(pooled, pooled[-1]))
    inner = np.searchsorted(pooled, np.linspace(0, pooled[-1], parts + 1)[1:-1])
    return np.unique(np.concatenate([[first], inner, [last]])).astype(np.intp)


def cut_off_in_use(scores: ScoreHistogram, counts: GroupCounts) -> float | None:
    """Give the lowest bin edge that, as a cut-off, gives exactly the decisions that were counted; None without one."""
    at = np.asarray(scores.at_thresholds().cells)
    decided = np.asarray(counts.cells)
    if at.shape[1:] != decided.shape:
        return None
    same = np.flatnonzero((at == decided).all((1, 2, 3)))
    return float(scores.edges[same[0]]) if same.size and 0 < same[0] < len(scores.edges) - 1 else None


def sweep_ratios(
    scores: ScoreHistogram, code: int, reference: int, places: Places, level: float
) -> tuple[Floats, Floats, Floats]:
    """Give the ratio of the shares selected at each cut-off, and a band that holds for all of them at once.

    Bonferroni's level over the cut-offs, Gart and Nam's interval at each.
    """
    selected = np.asarray(scores.at_thresholds().cells, np.float64)[places][..., 1].sum(-1)
    rows = np.asarray(scores.cells.sum((1, 2)), np.float64)
    x, base = selected[:, code], selected[:, reference]
    ratio = np.divide(x / rows[code], base / rows[reference], out=np.full_like(x, np.nan), where=base > 0)
    n, m = np.full_like(x, rows[code]), np.full_like(x, rows[reference])
    band = share_ratio_interval(x, n, base, m, level=1 - (1 - level) / len(places))
    return ratio, np.asarray(band.low, np.float64), np.asarray(band.high, np.float64)
