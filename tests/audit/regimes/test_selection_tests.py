"""Standard deviations, exact tests, shortfalls and extra selections of the decided cases, as the audit prints them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from fairloss.audit import AuditReport, audit_predictions

Audit = Callable[..., AuditReport]
CASES = {
    # focal, best, z, hypergeometric z, Fisher, mid-p, shortfalls to pool, reference, four-fifths, extra to chance, mark
    "question 12": ((12, 40), (48, 80), -3.098387, -3.085450, 0.00340922, 0.00214224, 8, 12, 8, 5, 8),
    "question 21": ((3, 20), (16, 80), -0.509813, -0.507257, 0.757062, 0.640952, 0.8, 1, 1, 0, 1),
    "Teal": ((26, 48), (206, 259), -3.757385, -3.751261, 0.000404159, 0.00028578, 10.273616, 12.177606, 5, 7, 5),
    "Waisome": ((50, 64), (455, 508), -2.682477, -2.680131, 0.0122666, 0.00908879, 6.503497, 7.322835, -4, 3, 0),
    "Ricci": ((3, 15), (25, 43), -2.545245, -2.523208, 0.0159276, 0.0111658, 4.241379, 5.720930, 4, 2, 4),
}


@pytest.mark.parametrize("case", CASES)
def test_decided_cases(selections: Audit, case: str) -> None:
    focal, best, z, hypergeometric, fisher, mid_p, pool, reference, mark, to_chance, to_mark = CASES[case]
    (row,) = selections(focal=focal, best=best).rows("selection_tests")
    assert (row["group"], row["reference"]) == ("focal", "best")
    assert row["z"] == pytest.approx(z, abs=1e-6)
    assert row["z_hypergeometric"] == pytest.approx(hypergeometric, abs=1e-6)
    assert row["pooled_p_value"] == pytest.approx(2 * stats.norm.sf(-z), abs=1e-6)
    assert row["fisher_p_value"] == pytest.approx(fisher, abs=1e-6)
    assert row["mid_p_value"] == pytest.approx(mid_p, abs=1e-6)
    assert row["shortfall_to_pool"] == pytest.approx(pool, abs=1e-6)
    assert row["shortfall_to_reference"] == pytest.approx(reference, abs=1e-6)
    assert (row["shortfall_to_mark"], row["extra_to_chance"], row["extra_to_mark"]) == (mark, to_chance, to_mark)
    assert row["beyond_deviations"] == ("yes" if z <= -2 else "no")
    assert row["one_decision_reverses"] == ("yes" if case == "question 21" else "no")


def test_fisher_is_that_of_scipy(selections: Audit) -> None:
    rows = selections(a=(4, 17), b=(9, 12), c=(3, 30)).rows("selection_tests")
    assert [row["group"] for row in rows] == ["a", "c"]
    for row, (x, n) in zip(rows, ((4, 17), (3, 30)), strict=True):
        assert row["fisher_p_value"] == pytest.approx(stats.fisher_exact([[x, n - x], [9, 3]]).pvalue, rel=1e-9)


def test_two_standard_deviations_exactly_are_at_the_mark(selections: Audit) -> None:
    (row,) = selections(a=(0, 4), b=(2, 4)).rows("selection_tests")  # z² = 8 · 64 / (2 · 6 · 16) = 8/3
    assert row["beyond_deviations"] == "no"
    (row,) = selections(a=(1, 8), b=(5, 8)).rows("selection_tests")  # z² = 16 · 32² / (64 · 6 · 10) = 64/15
    assert row["z"] == pytest.approx(-((64 / 15) ** 0.5))
    assert row["beyond_deviations"] == "yes"
    (row,) = selections(a=(2, 8), b=(6, 8)).rows("selection_tests")  # z² = 16 · 32² / (64 · 8 · 8) = 4
    assert row["z"] == pytest.approx(-2)
    assert row["z"] > -2  # as floats round it
    assert row["beyond_deviations"] == "yes"


def test_more_people_than_an_exact_test_can_take_have_the_rest(selections: Audit) -> None:
    (row,) = selections(a=(10**14, 10**15), b=(10**14 + 5, 10**15)).rows("selection_tests")
    assert np.isnan([row["fisher_p_value"], row["mid_p_value"]]).all()
    assert row["note"] == "too many people for exact tests"
    assert row["shortfall_to_reference"] == 5


def test_weights_and_empty_groups_have_no_exact_test(selections: Audit) -> None:
    weighted = audit_predictions(
        None, [1, 0, 1, 0], sensitive_features={"sex": list("aabb")}, sample_weight=[1, 2, 3, 4],
        regimes="us-employment",
    )  # fmt: skip
    (row,) = weighted.rows("selection_tests")
    assert np.isnan(row["z"])
    assert "whole people" in row["note"]
    ratios = {row["group"]: row["ratio"] for row in weighted.rows("impact_ratios")}
    assert ratios == pytest.approx({"a": (1 / 3) / (3 / 7), "b": 1.0})
    empty = [row for row in selections(a=(1, 2), b=(2, 2), c=(0, 0)).rows("selection_tests") if row["group"] == "c"]
    assert empty[0]["note"] == "it has no rows"
