"""What employment practice adds to a ratio: standard deviations, Fisher's test, shortfalls and one decision moved."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.clustered_estimates import not_whole
from fairloss.audit.regimes.categories import Category, highest, selected_categories
from fairloss.audit.regimes.regime import Regime, TableRequest
from fairloss.audit.regimes.requests import requested_places
from fairloss.inference import equality_test, extra_selections, hypergeometric_z, one_decision_reverses, shortfall

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["SELECTION_TEST_COLUMNS", "selection_test_rows"]

SELECTION_TEST_COLUMNS = (
    "regime",
    "attribute",
    "group",
    "reference",
    "z",
    "z_hypergeometric",
    "beyond_deviations",
    "pooled_p_value",
    "fisher_p_value",
    "mid_p_value",
    "shortfall_to_pool",
    "shortfall_to_reference",
    "shortfall_to_mark",
    "extra_to_chance",
    "extra_to_mark",
    "one_decision_reverses",
    "note",
)
_TOO_MANY = "too many people for exact tests"
_MOST_PEOPLE = 10**9
"""The exact tests walk over the tables that are likely, whose number grows with the root of the people."""


def selection_test_rows(report: AuditReport, regime: Regime, request: TableRequest) -> Iterator[dict[str, Any]]:
    """Give one row per group against the group with the highest selection rate.

    ``z`` is the pooled two-sample statistic, in standard deviations; ``beyond_deviations`` says "yes" where it is at
    least as far from 0 as the mark, in exact arithmetic. P values are two-sided. Shortfalls are people missing to the
    pooled rate, to the reference rate and to the mark; extra selections are the least that bring the pooled p value
    above 0.05 and the ratio to the mark. ``one_decision_reverses``: one selection moved from the reference to the
    group turns the order.
    """
    for place in requested_places(report, regime, request):
        categories = selected_categories(report, place)
        best = highest(categories)
        for one in categories:
            if best is not None and one is not best:
                head = (regime.name, report.attributes[place], one.name, best.name)
                values = _nothing(one, not_whole(report)) or _tests(one, best, regime, request)
                yield dict(zip(SELECTION_TEST_COLUMNS, (*head, *values), strict=True))


def _nothing(one: Category, why: str) -> tuple[Any, ...]:
    if one.rows and not why:
        return ()
    nan = float("nan")
    note = f"{why}: these tests and counts need whole people, each by itself" if why else "it has no rows"
    return (nan, nan, "", *(nan,) * 8, "", note)


def _tests(one: Category, best: Category, regime: Regime, request: TableRequest) -> tuple[Any, ...]:
    table = (one.favorable, one.rows, best.favorable, best.rows)
    mark = regime.mark(request.mark).exact if request.mark else Fraction(4, 5)
    limit = regime.mark(request.deviations).exact if request.deviations else Fraction(2)
    missing, extra = shortfall(*table, mark=mark), extra_selections(*table, mark=mark)
    pooled = equality_test(*table)
    few = one.rows + best.rows <= _MOST_PEOPLE
    exact = [equality_test(*table, method=n).p_value if few else np.nan for n in ("fisher_exact", "fisher_mid_p")]
    people = (missing.to_pool, missing.to_reference, missing.to_mark, extra.to_chance, extra.to_mark)
    return (
        float(pooled.z),
        float(hypergeometric_z(*table)),
        "yes" if _is_beyond(one, best, limit) else "no",
        float(pooled.p_value),
        *map(float, exact),
        *map(float, people),
        "yes" if one_decision_reverses(*table) else "no",
        "" if few else _TOO_MANY,
    )


def _is_beyond(one: Category, best: Category, limit: Fraction) -> bool:
    """Compare the square of the pooled z with that of the limit in whole numbers: exactly 2 deviations reach 2."""
    x1, n1, x2, n2 = (Fraction(count) for count in (one.favorable, one.rows, best.favorable, best.rows))
    spread = n1 * n2 * (x1 + x2) * (n1 + n2 - x1 - x2)
    return spread > 0 and (x1 * n2 - x2 * n1) ** 2 * (n1 + n2) >= limit**2 * spread
