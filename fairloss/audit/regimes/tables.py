"""The builders of statutory tables: a regime names them, so that a new regime is a new file and no code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairloss.audit.regimes.credit_measures import CREDIT_COLUMNS, credit_measure_rows, score_difference_rows
from fairloss.audit.regimes.impact_ratios import IMPACT_RATIO_COLUMNS, impact_ratio_rows
from fairloss.audit.regimes.reason_shares import REASON_COLUMNS, reason_rows
from fairloss.audit.regimes.selection_tests import SELECTION_TEST_COLUMNS, selection_test_rows

if TYPE_CHECKING:
    from fairloss.audit.regimes.regime import Regime, TableRequest
    from fairloss.audit.report import AuditReport

__all__ = ["BUILDERS", "Builder", "regime_rows"]


@dataclass(frozen=True, slots=True)
class Builder:
    """One kind of statutory table.

    Parameters
    ----------
    name : str
        What a regime asks for.
    reads : str
        What it shows.
    columns : tuple of str
        Of its rows.
    rows : callable
        From a report, a regime and its request to the rows.
    result : str
        The table of results that holds the rows.
    scores : callable
        From a request to the kind of evidence that must be counted from scores for it; empty where there is none.
    """

    name: str
    reads: str
    columns: tuple[str, ...]
    rows: Callable[[AuditReport, Regime, TableRequest], Iterator[dict[str, Any]]]
    result: str
    scores: Callable[[TableRequest], str] = lambda request: ""


_LISTED = (
    Builder(
        "impact_ratios",
        "rate of each category over a reference rate",
        IMPACT_RATIO_COLUMNS,
        impact_ratio_rows,
        "impact_ratios",
        lambda request: "median_counts" if request.measure == "scoring_rate" else "",
    ),
    Builder(
        "selection_tests",
        "standard deviations, exact tests, shortfalls and one decision moved",
        SELECTION_TEST_COLUMNS,
        selection_test_rows,
        "selection_tests",
    ),
    Builder(
        "credit_measures",
        "marginal effect, relative rate of refusals and odds ratio",
        CREDIT_COLUMNS,
        credit_measure_rows,
        "credit_measures",
    ),
    Builder(
        "score_differences",
        "mean scores compared in standard deviations",
        CREDIT_COLUMNS,
        score_difference_rows,
        "credit_measures",
        lambda request: "score_moments",
    ),
    Builder("reason_shares", "reasons for refusals by group", REASON_COLUMNS, reason_rows, "reason_shares"),
)

BUILDERS: Mapping[str, Builder] = MappingProxyType({one.name: one for one in _LISTED})
"""Every builder by its name."""


def regime_rows(report: AuditReport, result: str) -> Iterator[dict[str, Any]]:
    """Give the rows of one table of results for every regime that the audit was asked for."""
    for regime in report.evidence.get("regimes", ()):
        for request in regime.tables:
            if BUILDERS[request.builder].result == result:
                yield from BUILDERS[request.builder].rows(report, regime, request)
