"""Association of two ways to sort people, against enumeration, permutation and scipy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from fairloss.errors import InputError
from fairloss.inference import association, goodness_of_fit
from fairloss.inference.association import _variance


def _statistic(first: list[int], second: list[int]) -> float:
    table = np.zeros((max(first) + 1, max(second) + 1))
    for one, other in zip(first, second, strict=True):
        table[one, other] += 1
    return float(stats.chi2_contingency(table, correction=False).statistic)


def test_mean_and_variance_are_those_of_all_dealings() -> None:
    first, second = [0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1, 2]
    found = [_statistic(first, list(order)) for order in itertools.permutations(second)]
    n, rows, columns = 7, np.array([3.0, 2, 2]), np.array([2.0, 4, 1])
    assert np.mean(found) == pytest.approx(n * 2 * 2 / (n - 1))
    assert np.var(found) == pytest.approx(_variance(rows, columns, n))


def test_the_p_value_follows_permutations_where_the_usual_limit_does_not() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 12, 60), (rng.random(60) < 0.15).astype(int)
    dealt = []
    for _ in range(4000):
        one = np.zeros((12, 2))
        np.add.at(one, (first, rng.permutation(second)), 1)
        dealt.append(association(one))
    at = min(dealt, key=lambda found: abs(found.p_value - 0.05))
    share = np.mean([found.statistic >= at.statistic for found in dealt])
    assert share == pytest.approx(at.p_value, abs=0.015)  # standard error of the share 0.003, and the gamma shape


def test_large_tables_agree_with_the_chi_square_limit() -> None:
    table = np.array([[520, 480, 500], [470, 530, 510]]) * 10
    found = association(table)
    usual = stats.chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(usual.statistic)
    assert found.p_value == pytest.approx(usual.pvalue, rel=0.02)


def test_measures_by_hand() -> None:
    table = np.array([[30, 10, 0], [5, 25, 30]])
    n, chi2 = 100, stats.chi2_contingency(table, correction=False).statistic
    phi = chi2 / n - 2 / 99
    assert association(table).cramers_v == pytest.approx(math.sqrt(phi / (min(2 - 1 / 99, 3 - 4 / 99) - 1)))
    p = table / n
    shared = sum(
        p[i, j] * math.log(p[i, j] / (p[i].sum() * p[:, j].sum())) for i in range(2) for j in range(3) if p[i, j]
    )
    for told, side in ((association(table).columns_told, p.sum(0)), (association(table).rows_told, p.sum(1))):
        assert told == pytest.approx((shared - 2 / 200) / stats.entropy(side))


def test_corrected_measures_are_near_zero_under_independence() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(200):
        table = np.zeros((30, 3))
        np.add.at(table, (rng.integers(0, 30, 1000), rng.integers(0, 3, 1000)), 1)
        found.append(association(table))
    assert np.mean([one.cramers_v for one in found]) < 0.05  # the plain V is 0.17 here
    assert np.mean([one.columns_told for one in found]) < 0.005
    below = np.mean([one.p_value < 0.05 for one in found])
    assert 0.01 < below < 0.10  # 200 tests: standard error 0.015


@pytest.mark.parametrize("table", [[[5, 0]], [[5], [3]], [[0, 0], [4, 1]], [[0, 0], [0, 0]]])
def test_one_value_on_a_side_says_nothing(table: list[list[int]]) -> None:
    found = association(table)
    assert math.isnan(found.p_value)
    assert math.isnan(found.cramers_v)


def test_a_function_is_told_in_full() -> None:
    found = association([[500, 0, 0], [0, 300, 200]])
    assert found.rows_told == pytest.approx(1, abs=0.002)
    assert 0.5 < found.columns_told < 0.7


def test_the_fit_has_the_exact_mean_and_variance() -> None:
    p, n = np.array([0.5, 0.3, 0.2]), 6
    chances = [
        (stats.multinomial.pmf([a, b, n - a - b], n, p), [a, b, n - a - b])
        for a in range(n + 1) for b in range(n + 1 - a)
    ]  # fmt: skip
    values = np.array([((np.array(x) - n * p) ** 2 / (n * p)).sum() for _, x in chances])
    weight = np.array([chance for chance, _ in chances])
    variance = (weight * (values - weight @ values) ** 2).sum()
    assert weight @ values == pytest.approx(2)
    assert variance == pytest.approx(2 * 2 + ((1 / p).sum() - 9 - 6 + 2) / n)
    found = goodness_of_fit([1, 1, 4], p)
    assert found.statistic == pytest.approx(values[[x for _, x in chances].index([1, 1, 4])])
    assert found.p_value == pytest.approx(stats.gamma.sf(found.statistic, 4 / variance, scale=variance / 2))


def test_a_large_sample_fits_as_scipy_says() -> None:
    found = goodness_of_fit([4800, 5200], [48, 52])
    assert (found.statistic, found.p_value) == (0, 1)
    usual = stats.chisquare([4900, 5100], [4800, 5200])
    assert goodness_of_fit([4900, 5100], [48, 52]).p_value == pytest.approx(usual.pvalue, rel=0.01)


def test_people_of_a_kind_that_should_not_exist_do_not_fit() -> None:
    assert goodness_of_fit([5, 1], [1, 0]).p_value == 0
    assert math.isnan(goodness_of_fit([5, 0], [1, 0]).p_value)


@pytest.mark.parametrize(("counts", "shares"), [([1, 2], [1]), ([1, 2], [-1, 2]), ([1.5, 2], [1, 1]), ([1, 2], [0, 0])])
def test_what_is_no_share_is_refused(counts: list[float], shares: list[float]) -> None:
    with pytest.raises(InputError):
        goodness_of_fit(counts, shares)
    with pytest.raises(InputError):
        association([[1, -1], [2, 3]])
