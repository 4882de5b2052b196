"""The room as a whole: bad input is refused in one sentence, and importing it is light."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fairloss.errors import InputError, UnknownName
from fairloss.inference import below_four_fifths, difference_interval, equality_test, rate_interval, ratio_interval


@pytest.mark.parametrize("function", [difference_interval, ratio_interval, equality_test, below_four_fifths])
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((5, 4, 1, 2), r"finite counts with 0 <= x <= n, but got x=5\.0 of n=4\.0; pass how many of how many"),
        ((-1, 4, 1, 2), r"got x=-1\.0"),
        ((1, 4, float("nan"), 2), "got x=nan"),
        ((1, float("inf"), 1, 2), "of n=inf"),
        (([1, 2], 4, [1, 1, 1], 2), r"broadcast together, but got \(2,\), \(\), \(3,\), \(\)"),
        (("many", 4, 1, 2), "needs numbers, but got 'many'"),
    ],
)
def test_what_are_not_counts(function, counts, message):
    with pytest.raises(InputError, match=f"{function.__name__}.*{message}"):
        function(*counts)


def test_a_sum_of_weights_may_exceed_the_whole_by_rounding():
    assert rate_interval(0.1 + 0.2, 0.3).high == 1


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_that_is_none(level):
    with pytest.raises(InputError, match=r"rate_interval needs a level between 0 and 1, but got .*; 0\.95 is usual"):
        rate_interval(1, 2, level=level)


@pytest.mark.parametrize(("function", "counts"), [(rate_interval, 2), (difference_interval, 4), (ratio_interval, 4)])
def test_an_unknown_method(function, counts):
    with pytest.raises(UnknownName, match=r"Unknown .* interval method 'wald'"):
        function(*[1] * counts, method="wald")
    with pytest.raises(UnknownName):
        function(*[1] * counts, method=["wilson"])


def test_a_misspelled_method_offers_the_near_one():
    with pytest.raises(UnknownName, match="Did you mean 'koopman'"):
        ratio_interval(1, 2, 1, 2, method="Koopmann")


def test_importing_the_room_loads_neither_scipy_nor_torch_nor_pandas():
    code = "import sys, fairloss.inference; print(sorted({'scipy', 'torch', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
