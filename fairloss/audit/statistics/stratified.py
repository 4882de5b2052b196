"""Two groups compared within strata by the procedures of Cochran, Mantel, Haenszel, Breslow, Day and Tarone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.clustered_estimates import counted
from fairloss.audit.findings import Finding
from fairloss.audit.results import Row
from fairloss.audit.statistics.outcome import outcome_of
from fairloss.audit.wording import display, number, phrase, ratio
from fairloss.inference import cochran_mantel_haenszel, common_effect, holm, homogeneity_test
from fairloss.notions import Rate

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["STRATIFIED_COLUMNS", "stratified_findings", "stratified_rows"]

STRATIFIED_COLUMNS = (
    "attribute",
    "rate",
    "group",
    "reference",
    "strata",
    "observed",
    "expected",
    "statistic",
    "p_value",
    "odds_ratio",
    "odds_ratio_low",
    "odds_ratio_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "difference",
    "difference_low",
    "difference_high",
    "homogeneity_statistic",
    "homogeneity_degrees",
    "homogeneity_p_value",
)
Floats = np.ndarray[Any, np.dtype[np.float64]]


def stratified_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group other than the reference, where rows have strata and weigh one each."""
    if report.control is None:
        return
    for whole, counts in zip(counted(report), report.control.tables, strict=False):
        outcome = outcome_of(whole, report.plan)
        if outcome is None or counts.squares is not None or not isinstance(outcome.found.rate, Rate):
            continue
        rate = outcome.found.rate
        x, n = (np.asarray(form(counts.cells), np.float64) for form in (rate.of, rate.among))
        for code in outcome.others:
            pair = x[:, code], n[:, code], x[:, outcome.reference], n[:, outcome.reference]
            names = (outcome.counts.names[code], outcome.counts.names[outcome.reference])
            head = (outcome.attribute, outcome.found.rate.name, *names)
            yield dict(zip(STRATIFIED_COLUMNS, (*head, *_statistics(pair, report.plan.level)), strict=True))


def stratified_findings(report: AuditReport) -> Iterator[Finding]:
    """Say where the strata differ in the comparison, so that one number for all of them hides what there is to see."""
    rows = report.rows("stratified")
    if not rows or report.control is None:
        return
    by = display(report.control.grouping.attribute, 60)
    adjusted = holm([row["homogeneity_p_value"] for row in rows])
    for row, p_value in zip(rows, adjusted, strict=True):
        if p_value < 1 - report.plan.level:
            sentence = (
                f"The comparison of {display(row['group'], 60)} with {display(row['reference'], 60)} in "
                f"{phrase(row['rate'])} differs between values of {by} (Breslow-Day-Tarone "
                f"{ratio(row['homogeneity_statistic'])} on {number(row['homogeneity_degrees'])} degrees of freedom): "
                f"the common odds ratio {ratio(row['odds_ratio'])} hides what the strata show."
            )
            yield Finding("strata_differ", sentence, (row,))


def _statistics(pair: tuple[Floats, Floats, Floats, Floats], level: float) -> list[float]:
    x1, n1, _, n2 = pair
    shared = (n1 > 0) & (n2 > 0)
    test, same = cochran_mantel_haenszel(*pair), homogeneity_test(*pair)
    values: list[Any] = [x1[shared].sum(), test.expected, test.statistic, test.p_value]
    for measure in ("odds_ratio", "ratio", "difference"):
        effect = common_effect(*pair, measure=measure, level=level)
        known = not np.isnan(effect.value)
        values += [effect.value, *(end if known else np.nan for end in (effect.interval.low, effect.interval.high))]
    values += [same.statistic, same.degrees, same.p_value]
    return [int(shared.sum()), *map(float, values)]
