"""Common effects of strata against Berkeley 1973, statsmodels, the case of one stratum, and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from fairloss.errors import InputError, UnknownName
from fairloss.inference import (
    COMMON_EFFECTS,
    common_effect,
    homogeneity_test,
    mantel_haenszel_odds_ratio,
    odds_ratio_interval,
    ratio_interval,
)

FEMALE = np.array([(89, 19), (17, 8), (202, 391), (131, 244), (94, 299), (24, 317)])
MALE = np.array([(512, 313), (353, 207), (120, 205), (138, 279), (53, 138), (22, 351)])
BERKELEY = FEMALE[:, 0], FEMALE.sum(axis=1), MALE[:, 0], MALE.sum(axis=1)
EVERY = [(measure, method) for measure, methods in COMMON_EFFECTS.items() for method in methods]
Z = 1.959963984540054


def test_berkeley():
    odds = common_effect(*BERKELEY)
    assert odds.value == pytest.approx(1.105343, abs=1e-6)
    assert (odds.interval.low, odds.interval.high) == pytest.approx((0.943103, 1.295492), abs=1e-6)
    assert common_effect(*BERKELEY, measure="ratio").value == pytest.approx(1.058307, abs=1e-6)
    assert common_effect(*BERKELEY, measure="difference").value == pytest.approx(0.018425, abs=1e-6)
    for tarone, statistic in ((False, 18.825513), (True, 18.825501)):
        test = homogeneity_test(*BERKELEY, tarone=tarone)
        assert test.statistic == pytest.approx(statistic, abs=1e-6)
        assert (test.degrees, test.p_value) == (5, pytest.approx(0.002071, abs=1e-6))


def random_strata():
    rng = np.random.default_rng(5)
    n = rng.integers(5, 60, size=(2, 25, 4))
    x = rng.integers(1, n)
    return x[0], n[0], x[1], n[1]


def test_random_strata_equal_statsmodels():
    x1, n1, x2, n2 = random_strata()
    odds, ratio = common_effect(x1, n1, x2, n2, level=0.9), common_effect(x1, n1, x2, n2, measure="ratio")
    plain, corrected = (homogeneity_test(x1, n1, x2, n2, tarone=tarone) for tarone in (False, True))
    for i in range(len(x1)):
        tables = [
            np.array([[x1[i, s], n1[i, s] - x1[i, s]], [x2[i, s], n2[i, s] - x2[i, s]]]) for s in range(x1.shape[1])
        ]
        oracle = StratifiedTable(tables)
        expected = oracle.oddsratio_pooled_confint(alpha=0.1)
        assert (odds.interval.low[i], odds.interval.high[i]) == pytest.approx(expected, rel=1e-9)
        assert ratio.value[i] == pytest.approx(oracle.riskratio_pooled, rel=1e-9)
        for ours, adjust in ((plain, False), (corrected, True)):
            theirs = oracle.test_equal_odds(adjust=adjust)
            assert ours.statistic[i] == pytest.approx(theirs.statistic, rel=1e-7)
            assert ours.p_value[i] == pytest.approx(theirs.pvalue, rel=1e-7)


def test_one_stratum_is_the_plain_comparison():
    table = ([12], [40], [48], [80])
    for measure, function, method in (("odds_ratio", odds_ratio_interval, "woolf"), ("ratio", ratio_interval, "katz")):
        ours, plain = common_effect(*table, measure=measure).interval, function(*table, method=method)
        np.testing.assert_allclose([ours.low, ours.high], [plain.low[0], plain.high[0]], rtol=1e-12)
    wald = common_effect(*table, measure="difference", method="greenland_robins")
    error = np.sqrt(0.3 * 0.7 / 40 + 0.6 * 0.4 / 80)
    assert (wald.interval.low, wald.interval.high) == pytest.approx((-0.3 - Z * error, -0.3 + Z * error))


def test_klingenberg_ends_are_just_rejected_with_the_variance_at_the_end():
    x1, n1, x2, n2 = (values[0].tolist() for values in random_strata())
    effect = common_effect(x1, n1, x2, n2, measure="difference")
    weight = slope = constant = 0.0
    for a, n, b, m in zip(x1, n1, x2, n2, strict=True):
        weight += n * m / (n + m)
        slope += (n * n * b - m * m * a + n * m * (m - n) / 2) / (n + m) ** 2
        constant += (a * (m - b) + b * (n - a)) / 2 / (n + m)
    for end in (effect.interval.low, effect.interval.high):
        assert (effect.value - end) ** 2 == pytest.approx(Z**2 * (end * slope + constant) / weight**2)
    sato = common_effect(x1, n1, x2, n2, measure="difference", method="sato").interval
    assert (sato.high - sato.low) / 2 == pytest.approx(Z * np.sqrt(effect.value * slope + constant) / weight)


@pytest.mark.parametrize(("measure", "method"), EVERY)
def test_covers_the_truth_and_turns_with_the_groups(measure, method):
    rng = np.random.default_rng(3)
    reference = np.array([0.2, 0.4, 0.5, 0.6])
    odds = reference / (1 - reference) * 0.6
    focal = {"odds_ratio": odds / (1 + odds), "ratio": 0.6 * reference, "difference": reference - 0.15}[measure]
    truth = {"odds_ratio": 0.6, "ratio": 0.6, "difference": -0.15}[measure]
    n1, n2 = np.array([30, 20, 25, 15]), np.array([40, 60, 30, 50])
    x1, x2 = rng.binomial(n1, focal, (2000, 4)), rng.binomial(n2, reference, (2000, 4))
    effect = common_effect(x1, n1, x2, n2, measure=measure, method=method)
    covered = (effect.interval.low <= truth) & (truth <= effect.interval.high)
    assert covered.mean() >= 0.935  # 0.95 less three standard errors of 2,000 draws
    turned = common_effect(x2, n2, x1, n1, measure=measure, method=method).interval
    ends = (-turned.high, -turned.low) if measure == "difference" else (1 / turned.high, 1 / turned.low)
    np.testing.assert_allclose(ends, [effect.interval.low, effect.interval.high], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", ["klingenberg", "sato"])
def test_many_strata_of_two_people_do_not_break_the_difference(method):
    rng = np.random.default_rng(4)
    rate = rng.uniform(0.3, 0.8, (600, 100))
    x1, x2 = rng.random((600, 100)) < rate - 0.2, rng.random((600, 100)) < rate
    effect = common_effect(x1, 1, x2, 1, measure="difference", method=method)
    covered = (effect.interval.low <= -0.2) & (effect.interval.high >= -0.2)
    assert covered.mean() >= 0.92  # 0.95 less three standard errors of 600 draws


def test_the_common_odds_ratio_is_that_of_the_other_function():
    np.testing.assert_array_equal(common_effect(*random_strata()).value, mantel_haenszel_odds_ratio(*random_strata()))


def test_a_stratum_without_one_of_the_groups_or_of_the_outcomes_says_nothing():
    both, one = ([3, 5, 0, 4], [10, 9, 7, 9], [4, 0, 0, 7], [20, 0, 8, 9]), ([3, 4], [10, 9], [4, 7], [20, 9])
    for measure in ("odds_ratio",):
        ours, theirs = (common_effect(*table, measure=measure).interval for table in (both, one))
        np.testing.assert_allclose([ours.low, ours.high], [theirs.low, theirs.high], rtol=1e-12)
    more, fewer = homogeneity_test(*both), homogeneity_test(*one)
    assert more.degrees == fewer.degrees == 1
    assert more.statistic == pytest.approx(float(fewer.statistic), rel=1e-12)


@pytest.mark.parametrize(("measure", "method"), EVERY)
@pytest.mark.parametrize("table", [([0, 0], [4, 5], [0, 0], [9, 9]), ([4], [4], [9], [9]), ([1], [2], [0], [0])])
def test_where_nothing_varies_nothing_is_known(measure, method, table):
    interval = common_effect(*table, measure=measure, method=method).interval
    expected = (-1, 1) if measure == "difference" else (0, np.inf)
    assert (interval.low, interval.high) == expected
    assert np.isnan(homogeneity_test(*table).statistic)
    assert np.isnan(homogeneity_test(*table).p_value)


def test_the_largest_difference_keeps_a_width():
    largest = common_effect([10], [10], [0], [10], measure="difference")
    assert (largest.interval.low, largest.interval.high) == pytest.approx((1 - Z**2 / 10, 1))
    sato = common_effect([10], [10], [0], [10], measure="difference", method="sato").interval
    assert (sato.low, sato.high) == (-1, 1)  # no variance at the estimate


def test_bad_input():
    with pytest.raises(UnknownName, match="Unknown common effect 'risk'"):
        common_effect([1], [2], [1], [2], measure="risk")
    with pytest.raises(UnknownName, match="Unknown difference method 'newcombe'"):
        common_effect([1], [2], [1], [2], measure="difference", method="newcombe")
    for function in (common_effect, homogeneity_test):
        with pytest.raises(InputError, match=rf"{function.__name__} needs counts of shape \(\.\.\., strata\)"):
            function(1, 2, 1, 2)
