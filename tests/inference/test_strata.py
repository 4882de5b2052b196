"""Strata against the admissions to Berkeley in 1973 and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from fairloss.errors import InputError
from fairloss.inference import cochran_mantel_haenszel, mantel_haenszel_odds_ratio, standardized_rates

FEMALE = np.array([(89, 19), (17, 8), (202, 391), (131, 244), (94, 299), (24, 317)])
MALE = np.array([(512, 313), (353, 207), (120, 205), (138, 279), (53, 138), (22, 351)])
BERKELEY = FEMALE[:, 0], FEMALE.sum(axis=1), MALE[:, 0], MALE.sum(axis=1)


def test_berkeley():
    test = cochran_mantel_haenszel(*BERKELEY)
    assert test.statistic == pytest.approx(1.524607, abs=1e-6)
    assert test.p_value == pytest.approx(0.216924, abs=1e-6)
    assert test.expected == pytest.approx(541.642833, abs=1e-6)
    corrected = cochran_mantel_haenszel(*BERKELEY, continuity=True)
    assert corrected.statistic == pytest.approx(1.426946, abs=1e-6)
    assert corrected.p_value == pytest.approx(0.232263, abs=1e-6)
    assert mantel_haenszel_odds_ratio(*BERKELEY) == pytest.approx(1.105343, abs=1e-6)


def test_berkeley_reverses():
    rates = standardized_rates(*BERKELEY)
    assert (rates.first, rates.second) == (pytest.approx(0.429955, abs=1e-6), pytest.approx(0.387319, abs=1e-6))
    assert rates.pooled_first == pytest.approx(557 / 1835)
    assert rates.pooled_second == pytest.approx(1198 / 2691)
    assert rates.reverses


def test_random_strata_equal_statsmodels():
    rng = np.random.default_rng(5)
    n = rng.integers(5, 60, size=(2, 30, 4))
    x = rng.integers(1, n)
    test = cochran_mantel_haenszel(x[0], n[0], x[1], n[1])
    odds = mantel_haenszel_odds_ratio(x[0], n[0], x[1], n[1])
    for i in range(30):
        tables = [np.array([[x[g, i, s], n[g, i, s] - x[g, i, s]] for g in (0, 1)]) for s in range(4)]
        oracle = StratifiedTable(tables)
        assert test.statistic[i] == pytest.approx(oracle.test_null_odds().statistic, rel=1e-9)
        assert test.p_value[i] == pytest.approx(oracle.test_null_odds().pvalue, rel=1e-9)
        assert odds[i] == pytest.approx(oracle.oddsratio_pooled, rel=1e-9)


def test_a_stratum_without_one_of_the_groups_says_nothing():
    alone = ([3, 5], [10, 9], [4, 0], [20, 0])
    one = ([3], [10], [4], [20])
    assert cochran_mantel_haenszel(*alone).statistic == cochran_mantel_haenszel(*one).statistic
    assert mantel_haenszel_odds_ratio(*alone) == mantel_haenszel_odds_ratio(*one)
    rates = standardized_rates(*alone)
    assert (rates.first, rates.second, rates.reverses) == (0.3, 0.2, False)


def test_equal_standardized_rates_do_not_reverse_by_rounding():
    rates = standardized_rates([10, 30, 7], [100, 100, 10], [3, 60, 35], [30, 200, 50])
    assert rates.first == pytest.approx(rates.second, abs=1e-15)
    assert not rates.reverses


def test_nothing_to_compare():
    empty = ([1], [2], [0], [0])
    assert np.isnan(cochran_mantel_haenszel(*empty).statistic)
    assert np.isnan(cochran_mantel_haenszel(*empty).p_value)
    assert np.isnan(mantel_haenszel_odds_ratio(*empty))
    rates = standardized_rates(*empty)
    assert np.isnan([rates.first, rates.second]).all()
    assert not rates.reverses
    assert mantel_haenszel_odds_ratio([1], [1], [0], [1]) == np.inf


@pytest.mark.parametrize("function", [cochran_mantel_haenszel, mantel_haenszel_odds_ratio, standardized_rates])
def test_strata_are_an_axis(function):
    with pytest.raises(InputError, match=rf"{function.__name__} needs counts of shape \(\.\.\., strata\)"):
        function(1, 2, 1, 2)
