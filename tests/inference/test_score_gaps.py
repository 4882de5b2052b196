"""Score gaps against goldens, scipy, and every order of the scores."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from fairloss.errors import InputError, UnknownName
from fairloss.inference import DEVIATIONS, kolmogorov_smirnov_test, standardized_mean_difference

PROTECTED, CONTROL = [620, 640, 660, 700, 710], [650, 680, 700, 720, 740, 760]
GOLDENS = {
    "pooled": (39.445227, -1.073218),
    "hedges": (39.445227 / (1 - 3 / 35), -0.981228),
    "reference": (40.207794, -1.052864),
    "whole": (43.463673, -0.973993),
    "whole_population": (41.440987, -1.021533),
}


@pytest.mark.parametrize("unit", DEVIATIONS)
def test_every_deviation_has_a_golden(unit):
    gap = standardized_mean_difference(PROTECTED, CONTROL, unit=unit)
    assert (gap.deviation, gap.value) == pytest.approx(GOLDENS[unit], abs=1e-6)
    assert (gap.first, gap.second, gap.unit) == (666, pytest.approx(708.3333, abs=1e-4), unit)
    assert gap.p_value == pytest.approx(0.109575, abs=1e-6)  # Welch
    assert gap.interval.low < gap.value < gap.interval.high


def test_welch_equals_scipy():
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 2, 30), rng.normal(1, 1, 12)
    assert standardized_mean_difference(x, y).p_value == pytest.approx(stats.ttest_ind(x, y, equal_var=False).pvalue)


@pytest.mark.parametrize("unit", DEVIATIONS)
def test_covers_the_standardized_gap(unit):
    rng = np.random.default_rng(2)
    truth = (
        0.5 if unit in ("pooled", "hedges", "reference") else 0.5 / np.sqrt(1 + 0.25 * 0.5**2)
    )  # groups of equal size
    covered = 0
    for _ in range(1000):
        gap = standardized_mean_difference(rng.normal(0.5, 1, 40), rng.normal(0, 1, 40), unit=unit)
        covered += bool(gap.interval.low <= truth <= gap.interval.high)
    assert covered / 1000 >= 0.93  # 0.95 less three standard errors of 1,000


def test_turns_with_the_groups_and_does_not_know_the_scale():
    there, back = (standardized_mean_difference(*pair) for pair in ((PROTECTED, CONTROL), (CONTROL, PROTECTED)))
    assert (back.value, back.interval.low) == pytest.approx((-there.value, -there.interval.high))
    scaled = standardized_mean_difference(np.array(PROTECTED) / 100 - 3, np.array(CONTROL) / 100 - 3)
    assert scaled.value == pytest.approx(there.value)


@pytest.mark.parametrize("scores", [([], [1, 2]), ([1], [1, 2]), ([3, 3], [3, 3, 3])])
def test_without_a_deviation_nothing_is_known(scores):
    gap = standardized_mean_difference(*scores)
    assert np.isnan([gap.value, gap.p_value]).all()
    assert (gap.interval.low, gap.interval.high) == (-np.inf, np.inf)


def test_kolmogorov_smirnov_equals_scipy_where_no_scores_are_tied():
    rng = np.random.default_rng(3)
    for n, m in [(4, 6), (15, 20), (40, 33)]:
        x, y = rng.normal(size=n), rng.normal(0.4, 1, size=m)
        order = np.argsort(np.concatenate([x, y]))
        first = (order < n).astype(int)
        test = kolmogorov_smirnov_test(first, 1 - first)
        expected = stats.ks_2samp(x, y, method="exact")
        assert (test.statistic, test.p_value) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)
        assert test.exact


def test_kolmogorov_smirnov_equals_every_order_where_scores_are_tied():
    first, second = np.array([3, 1, 0, 1]), np.array([1, 1, 3, 1])
    scores = np.repeat(np.arange(4), first + second)

    def distance(x):
        y = first + second - x
        return np.abs(np.cumsum(x) / x.sum() - np.cumsum(y) / y.sum()).max()

    deals = [np.bincount(scores[list(c)], minlength=4) for c in combinations(range(11), 5)]
    chance = np.mean([distance(deal) >= distance(first) - 1e-12 for deal in deals])
    assert kolmogorov_smirnov_test(first, second).p_value == pytest.approx(chance, rel=1e-9)


def test_kolmogorov_smirnov_of_many_scores_is_the_limit():
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 3000, (2, 3000))
    many = kolmogorov_smirnov_test(np.bincount(x, minlength=3000), np.bincount(y, minlength=3000))
    assert not many.exact
    assert many.p_value == pytest.approx(stats.ks_2samp(x, y, method="asymp").pvalue, rel=0.05)
    fewer = [np.bincount(scores[:1900], minlength=3000) for scores in (x, y)]
    exact = kolmogorov_smirnov_test(*fewer)
    assert exact.exact
    assert exact.p_value == pytest.approx(stats.ks_2samp(x[:1900], y[:1900], method="asymp").pvalue, rel=0.1)


def test_kolmogorov_smirnov_at_the_ends():
    same = kolmogorov_smirnov_test([1, 2, 3], [2, 4, 6])
    assert (same.statistic, same.p_value) == (0, pytest.approx(1))
    apart = kolmogorov_smirnov_test([3, 0], [0, 4])
    assert (apart.statistic, apart.p_value) == (1, pytest.approx(1 / 35))  # the bins hold 3 and 4: one deal of 35
    one_bin = kolmogorov_smirnov_test([3], [4])
    assert (one_bin.statistic, one_bin.p_value) == (0, pytest.approx(1))
    assert np.isnan(kolmogorov_smirnov_test([0, 0], [1, 2]).p_value)


def test_bad_input():
    with pytest.raises(UnknownName, match="Unknown standard deviation 'cohen'"):
        standardized_mean_difference([1, 2], [1, 2], unit="cohen")
    with pytest.raises(InputError, match="one row of finite scores"):
        standardized_mean_difference([1, np.nan], [1, 2])
    with pytest.raises(InputError, match="common bins, but got 2 and 3"):
        kolmogorov_smirnov_test([1, 2], [1, 2, 3])
    with pytest.raises(InputError, match="it takes no weights"):
        kolmogorov_smirnov_test([1.5, 2], [1, 2])
