"""A bound is judged by the interval, never by the point."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.audit import audit_counts, judge
from fairloss.errors import InputError, UnknownNotion
from fairloss.notions import GroupCounts


def _counts(selected: tuple[int, int], n: int) -> GroupCounts:
    return GroupCounts(np.array([[[n - x, x]] for x in selected]))


@pytest.mark.parametrize(
    ("selected", "n", "at_most", "verdict"),
    [
        ((900, 500), 1000, 0.1, "breached"),
        ((510, 500), 1000, 0.1, "held"),
        ((9, 5), 10, 0.1, "unclear"),  # the point is 0.4, but ten people say little
        ((510, 500), 1000, 0.0, "unclear"),
    ],
)
def test_the_interval_decides(selected: tuple[int, int], n: int, at_most: float, verdict: str) -> None:
    assert judge(audit_counts(_counts(selected, n)), "demographic_parity", at_most) == verdict


def test_a_breach_in_one_attribute_is_a_breach_and_an_undefined_gap_is_unclear() -> None:
    report = audit_counts([_counts((510, 500), 1000), _counts((900, 500), 1000)])
    assert judge(report, "statistical_parity", 0.1) == "breached"
    none_positive = GroupCounts.of([0] * 40, [0, 1] * 20, [0] * 20 + [1] * 20)
    assert judge(audit_counts(none_positive, notions="equal_opportunity"), "equal_opportunity", 0.1) == "unclear"


def test_a_notion_that_was_not_measured_and_a_negative_bound_are_refused() -> None:
    report = audit_counts(_counts((5, 5), 10))
    with pytest.raises(UnknownNotion, match="Known notions: demographic_parity"):
        judge(report, "equalized_odds", 0.1)
    with pytest.raises(InputError, match="0 or more, got -0.1"):
        judge(report, "demographic_parity", -0.1)
