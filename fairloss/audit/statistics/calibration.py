"""Whether scores mean the same in each group: how often the label is favorable among people with similar scores."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.results import Row, attribute_of
from fairloss.audit.share_interval import share_interval
from fairloss.notions import ScoreHistogram

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["CALIBRATION_COLUMNS", "calibration_rows"]

CALIBRATION_COLUMNS = (
    "attribute",
    "group",
    "score_from",
    "score_to",
    "favorable",
    "rows",
    "mean_score",
    "share",
    "low",
    "high",
)
_PARTS = 10


def calibration_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group and tenth of all scores, where labels are known; the same ranges for all groups."""
    for counts, histogram in zip(report.tables, report.scores, strict=False):
        if histogram.cells.shape[1] != 2:
            continue
        cuts = _cuts(histogram)
        middles = (histogram.edges[:-1] + histogram.edges[1:]) / 2
        for name, cells in zip(counts.names, np.asarray(histogram.cells, np.float64), strict=True):
            for start, end in pairwise(cuts):
                part = cells[:, start:end]
                rows = part.sum()
                if not rows:
                    continue
                interval = share_interval(part[1].sum(), rows, level=report.plan.level)
                ranges = (attribute_of(counts), name, histogram.edges[start], histogram.edges[end])
                numbers = (part[1].sum(), rows, part.sum(0) @ middles[start:end] / rows, part[1].sum() / rows)
                values = (*ranges[:2], *map(float, (*ranges[2:], *numbers, interval.low, interval.high)))
                yield dict(zip(CALIBRATION_COLUMNS, values, strict=True))


def _cuts(histogram: ScoreHistogram) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Give the bin edges that divide all scores into ten parts of about equal size."""
    below = np.concatenate([[0], np.cumsum(np.asarray(histogram.cells).sum((0, 1)))])
    inner = np.searchsorted(below, below[-1] * np.arange(1, _PARTS) / _PARTS)
    return np.unique(np.concatenate([[0], inner, [len(below) - 1]]))
