"""What credit practice compares beside the ratio: points, odds, refusals, and scores in standard deviations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.clustered_estimates import not_whole
from fairloss.audit.regimes.categories import Category, known_codes, selected_categories
from fairloss.audit.regimes.impact_ratios import control
from fairloss.audit.regimes.regime import Regime, TableRequest
from fairloss.audit.regimes.requests import requested_places
from fairloss.audit.regimes.score_counts import GroupMoments
from fairloss.audit.share_interval import share_ratio_interval
from fairloss.inference import difference_interval, normal_interval, odds_ratio, odds_ratio_interval

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["CREDIT_COLUMNS", "credit_measure_rows", "score_difference_rows"]

CREDIT_COLUMNS = ("regime", "attribute", "group", "reference", "measure", "value", "low", "high", "note")


def credit_measure_rows(report: AuditReport, regime: Regime, request: TableRequest) -> Iterator[dict[str, Any]]:
    """Give three rows per group against the control group, with intervals at the level of the audit.

    ``marginal_effect`` is the control's rate minus the group's (Newcombe's interval), ``relative_rate`` the ratio of
    the shares that were refused (Gart and Nam), ``odds_ratio`` the odds of the group over those of the control.
    """
    why = not_whole(report)
    for place in requested_places(report, regime, request):
        categories = selected_categories(report, place)
        best = control(report, place, categories)
        for one in categories:
            if best is not None and one is not best and one.rows:
                head = (regime.name, report.attributes[place], one.name, best.name)
                for measure, value, ends in _measures(one, best, report.plan.level):
                    shown = (math.nan, math.nan) if why or math.isnan(value) else ends
                    note = f"{why}: no interval" if why else "it divides by 0" if math.isnan(value) else ""
                    values = (*head, measure, value, *shown, note)
                    yield dict(zip(CREDIT_COLUMNS, values, strict=True))


def score_difference_rows(report: AuditReport, regime: Regime, request: TableRequest) -> Iterator[dict[str, Any]]:
    """Give the difference of mean scores to the control group in standard deviations, three ways.

    The deviation is that within the two groups (``pooled``), of all people of the table (``population``, divided by
    n - 1) or of the control group (``control``): practice uses all three, and the number depends on which. Intervals
    are those of Hedges and Olkin (1985), as in `fairloss.inference.standardized_mean_difference`.
    """
    moments: GroupMoments | None = report.evidence.get("score_moments")
    if moments is None:
        return
    for place in requested_places(report, regime, request):
        names, codes = report.tables[place].names, known_codes(report, place)
        sizes, means, variances = moments.tables[place]
        population = _whole(sizes, means, variances)
        best = control(report, place, [Category(names[code], 0, float(sizes[code])) for code in codes])
        for code in codes:
            if best is not None and names[code] != best.name and sizes[code]:
                other = names.index(best.name)
                pairs = _Pair(*(tuple(float(a[c]) for c in (code, other)) for a in (sizes, means, variances)))
                head = (regime.name, report.attributes[place], names[code], best.name)
                yield from (
                    dict(zip(CREDIT_COLUMNS, (*head, *values), strict=True))
                    for values in pairs.measures(population, report.plan.level)
                )


def _measures(one: Category, best: Category, level: float) -> Iterator[tuple[str, float, tuple[float, float]]]:
    x, n, x2, n2 = one.favorable, one.rows, best.favorable, best.rows
    difference = difference_interval(x2, n2, x, n, level=level)
    yield "marginal_effect", x2 / n2 - x / n, (float(difference.low), float(difference.high))
    refused = share_ratio_interval(n - x, n, n2 - x2, n2, level=level)
    relative = ((n - x) / n) / ((n2 - x2) / n2) if n2 > x2 else math.nan
    yield "relative_rate", relative, (float(refused.low), float(refused.high))
    odds = odds_ratio_interval(x, n, x2, n2, level=level)
    value = float(odds_ratio(x, n, x2, n2))
    yield "odds_ratio", value if math.isfinite(value) else math.nan, (float(odds.low), float(odds.high))


class _Pair:
    """A group and its control: sizes, means and variances of their scores."""

    def __init__(self, sizes: Any, means: Any, variances: Any) -> None:
        (self.n, self.n2), (self.mean, self.mean2) = sizes, means
        self.variance, self.variance2 = variances
        degrees = self.n + self.n2 - 2
        within = self.variance * (self.n - 1) + self.variance2 * (self.n2 - 1)
        self.pooled = math.sqrt(within / degrees) if min(sizes) > 1 else math.nan

    def measures(self, population: float, level: float) -> Iterator[tuple[Any, ...]]:
        """Give the difference in units of each deviation, with its interval."""
        units = {"pooled": self.pooled, "population": population, "control": math.sqrt(self.variance2)}
        for unit, deviation in units.items():
            measure = f"standardized_mean_difference_{unit}"
            if not deviation > 0 or math.isnan(self.pooled):
                yield measure, math.nan, math.nan, math.nan, "too few scores, or none that differ"
                continue
            value = (self.mean - self.mean2) / deviation
            interval = normal_interval(value, self._error(unit, value, deviation), level=level)
            yield measure, value, float(interval.low), float(interval.high), ""

    def _error(self, unit: str, value: float, deviation: float) -> float:
        if unit == "control":
            own = math.sqrt(self.variance / self.n) / deviation
            return math.hypot(own, math.sqrt(1 / self.n2), value / math.sqrt(2 * (self.n2 - 1)))
        d = (self.mean - self.mean2) / self.pooled if self.pooled > 0 else 0.0
        spread = math.hypot(math.sqrt(1 / self.n + 1 / self.n2), d / math.sqrt(2 * (self.n + self.n2 - 2)))
        return spread * (self.pooled / deviation)


def _whole(sizes: Any, means: Any, variances: Any) -> float:
    """Give the standard deviation of all scores of a table, from the moments of its groups."""
    total = sizes.sum()
    if total < 2:
        return math.nan
    filled = sizes > 0
    middle = (sizes[filled] * means[filled]).sum() / total
    within = np.where(sizes > 1, variances * (sizes - 1), 0.0).sum()
    return float(math.sqrt((within + (sizes[filled] * (means[filled] - middle) ** 2).sum()) / (total - 1)))
