"""A bound is judged by the interval, never by the point."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.audit import audit_counts
from fairloss.errors import InputError, UnknownNotion
from fairloss.notions import GroupCounts


def _counts(selected: tuple[int, int], n: int) -> GroupCounts:
    return GroupCounts(np.array([[[n - x, x]] for x in selected]))


@pytest.mark.parametrize(
    ("selected", "n", "bound", "exceeds"),
    [
        ((900, 500), 1000, 0.1, True),
        ((510, 500), 1000, 0.1, False),
        ((9, 5), 10, 0.1, None),  # the point is 0.4, but ten people say little
        ((510, 500), 1000, 0.0, None),
    ],
)
def test_the_interval_decides(selected: tuple[int, int], n: int, bound: float, exceeds: bool | None) -> None:
    assert audit_counts(_counts(selected, n)).exceeds("demographic_parity", bound) is exceeds


def test_a_breach_in_one_attribute_is_a_breach_and_an_undefined_gap_is_unclear() -> None:
    report = audit_counts([_counts((510, 500), 1000), _counts((900, 500), 1000)])
    assert report.exceeds("statistical_parity", 0.1) is True
    none_positive = GroupCounts.of([0] * 40, [0, 1] * 20, [0] * 20 + [1] * 20)
    assert audit_counts(none_positive).exceeds("equal_opportunity", 0.1) is None


def test_a_notion_that_the_counts_cannot_answer_and_a_negative_bound_are_refused() -> None:
    report = audit_counts(_counts((5, 5), 10))
    with pytest.raises(UnknownNotion, match="Did you mean 'equalized_odds'"):
        report.exceeds("equalised_odds", 0.1)
    with pytest.raises(InputError, match="needs labels"):
        report.exceeds("equalized_odds", 0.1)
    with pytest.raises(InputError, match=r"0 or more, got -0\.1"):
        report.exceeds("demographic_parity", -0.1)
