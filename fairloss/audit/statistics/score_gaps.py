"""How far the scores of each group lie from those of the reference, and how well they rank there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.clustered_estimates import counted
from fairloss.audit.results import Row, attribute_of
from fairloss.audit.statistics.outcome import outcome_of
from fairloss.inference import (
    ScoreMoments,
    abroca,
    auc_difference,
    kolmogorov_smirnov_test,
    standardized_mean_difference,
)
from fairloss.notions import ScoreHistogram

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["SCORE_GAP_COLUMNS", "score_gap_rows"]

SCORE_GAP_COLUMNS = (
    "attribute",
    "group",
    "reference",
    "mean",
    "reference_mean",
    "standardized_difference",
    "low",
    "high",
    "deviation",
    "unit",
    "welch_p_value",
    "distance",
    "distance_p_value",
    "auc",
    "reference_auc",
    "auc_difference",
    "auc_difference_low",
    "auc_difference_high",
    "auc_p_value",
    "area_between_curves",
)
_EXACT_SCORES = 500


def score_gap_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group other than the reference; areas are NaN without labels. Scores count by bin."""
    for table, histogram in zip(counted(report), report.scores, strict=False):
        counts, outcome = table.counts, outcome_of(table, report.plan)
        reference = outcome.reference if outcome else _largest(histogram)
        areas = _areas(histogram, reference, report.plan.level)
        cells = np.asarray(histogram.cells).sum(1)
        middles = (histogram.edges[:-1] + histogram.edges[1:]) / 2
        moments = [ScoreMoments.of_counts(middles, row) for row in cells]
        for code, name in enumerate(counts.names):
            if code == reference:
                continue
            gap = standardized_mean_difference(moments[code], moments[reference], level=report.plan.level)
            known = not np.isnan(gap.value)
            low, high = (float(end) if known else np.nan for end in (gap.interval.low, gap.interval.high))
            distance = kolmogorov_smirnov_test(cells[code], cells[reference], exact_up_to=_EXACT_SCORES)
            head = (attribute_of(counts), name, counts.names[reference], gap.first, gap.second, gap.value, low, high)
            values = (*head, gap.deviation, gap.unit, gap.p_value, distance.statistic, distance.p_value, *areas[code])
            yield dict(zip(SCORE_GAP_COLUMNS, values, strict=True))


def _largest(histogram: ScoreHistogram) -> int:
    """Give the group with the most scores, where the plan compares no outcome."""
    return int(np.asarray(histogram.cells).sum((1, 2)).argmax())


def _areas(histogram: ScoreHistogram, reference: int, level: float) -> list[tuple[float, ...]]:
    groups = histogram.cells.shape[0]
    if histogram.cells.shape[1] != 2:
        return [(np.nan,) * 7] * groups
    found, between = auc_difference(histogram, reference=reference, level=level), abroca(histogram, reference=reference)
    known = ~np.isnan(found.p_value)
    low, high = (np.where(known, end, np.nan) for end in (found.interval.low, found.interval.high))
    table: Any = zip(found.first, found.second, found.value, low, high, found.p_value, between, strict=True)
    return [tuple(map(float, row)) for row in table]
