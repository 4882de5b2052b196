"""Areas under and between ROC curves against loops over pairs, scikit-learn's curves and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from fairloss.errors import InputError
from fairloss.inference import (
    abroca,
    abroca_test,
    auc_difference,
    auc_interval,
    auc_standard_error,
    paired_auc_difference,
    rate_interval,
)
from fairloss.notions import ScoreHistogram

Z = 1.959963984540054


def people(n=240, groups=3, seed=0):
    rng = np.random.default_rng(seed)
    group, label = rng.integers(0, groups, n), rng.integers(0, 2, n)
    score = np.clip(np.round(rng.normal(0.4 + 0.15 * label + 0.03 * group * label, 0.15), 2), 0, 0.99)
    return label, score, group


def histogram(label, score, group):
    return ScoreHistogram.of(label, score + 0.005, group, bins=100)  # one bin per score of two digits


def loop_covariance(label, *scores):
    """Go through all pairs of people, and through all pairs of scores."""
    positive, negative = np.flatnonzero(label == 1), np.flatnonzero(label == 0)
    order = [[[(s[i] > s[j]) + (s[i] == s[j]) / 2 for j in negative] for i in positive] for s in scores]
    rows = [np.mean(o, axis=1) for o in order]
    columns = [np.mean(o, axis=0) for o in order]
    return np.cov(rows) / len(positive) + np.cov(columns) / len(negative)


def test_standard_error_equals_a_loop_over_pairs():
    label, score, group = people()
    error = auc_standard_error(histogram(label, score, group))
    for code in range(3):
        use = group == code
        assert error[code] ** 2 == pytest.approx(float(loop_covariance(label[use], score[use])), rel=1e-9)


def test_difference_of_groups_is_that_of_independent_areas():
    label, score, group = people()
    found = auc_difference(histogram(label, score, group), reference=1)
    areas = [roc_auc_score(label[group == code], score[group == code]) for code in range(3)]
    variances = [float(loop_covariance(label[group == code], score[group == code])) for code in range(3)]
    np.testing.assert_allclose(found.first, areas)
    for code in (0, 2):
        spread = np.sqrt(variances[code] + variances[1])
        gap = areas[code] - areas[1]
        assert (found.interval.low[code], found.interval.high[code]) == pytest.approx(
            (gap - Z * spread, gap + Z * spread)
        )
        assert found.p_value[code] == pytest.approx(2 * norm.sf(abs(gap) / spread))
    assert (found.value[1], found.interval.low[1], found.interval.high[1]) == (0, -1, 1)
    assert np.isnan(found.p_value[1])


def test_paired_difference_equals_a_loop_over_pairs():
    label, score, _ = people(120)
    other = np.round(score + np.random.default_rng(5).normal(0, 0.1, 120), 1)
    found = paired_auc_difference(label, score, other)
    areas = [roc_auc_score(label, s) for s in (score, other)]
    covariance = loop_covariance(label, score, other)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert (found.first, found.second) == pytest.approx(areas)
    gap = areas[0] - areas[1]
    ends = gap - Z * np.sqrt(variance), gap + Z * np.sqrt(variance)
    assert (found.interval.low, found.interval.high) == pytest.approx(ends)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(gap) / np.sqrt(variance)))
    independent = covariance[0, 0] + covariance[1, 1]
    assert variance < independent  # the same people: surer than two separate samples


def test_interval_is_normal_on_the_log_odds_and_covers():
    table = histogram(*people())
    value, error, interval = table.auc(), auc_standard_error(table), auc_interval(table)
    center, margin = np.log(value / (1 - value)), Z * error / (value * (1 - value))
    np.testing.assert_allclose(np.log(interval.high / (1 - interval.high)), center + margin)
    np.testing.assert_allclose(np.log(interval.low / (1 - interval.low)), center - margin)
    rng, covered = np.random.default_rng(6), 0
    label, truth = np.repeat([0, 1], [30, 20]), float(norm.cdf(1.5 / np.sqrt(2)))
    for _ in range(600):
        score = rng.normal(1.5 * label)
        ranks = np.argsort(np.argsort(score))
        interval = auc_interval(ScoreHistogram.of(label, ranks / 50, np.zeros(50, int), bins=50))
        covered += bool(interval.low[0] <= truth <= interval.high[0])
    assert covered / 600 >= 0.923  # 0.95 less three standard errors of 600


def test_perfect_order_keeps_a_width_and_a_missing_label_says_nothing():
    label, score = np.array([0] * 6 + [1] * 9), np.array([0.1] * 6 + [0.8] * 9)
    table = ScoreHistogram.of([*label, 1, 1], [*score, 0.5, 0.6], [0] * 15 + [1] * 2)
    interval = auc_interval(table)
    assert (interval.low[0], interval.high[0]) == (pytest.approx(float(rate_interval(6, 6).low)), 1)
    assert (interval.low[1], interval.high[1]) == (0, 1)
    found = auc_difference(table)
    assert np.isnan(found.value[1])
    assert (found.interval.low[1], found.interval.high[1]) == (-1, 1)
    assert np.isnan(paired_auc_difference([1, 1, 0], [1, 2, 3], [1, 2, 3]).value)


def dense_area(label, score, group, codes, points=200_001):
    """Interpolate both curves of scikit-learn at very many false positive rates."""
    at = np.linspace(0, 1, points)
    heights = []
    for code in codes:
        fall, rise, _ = roc_curve(label[group == code], score[group == code], drop_intermediate=False)
        heights.append(np.interp(at, fall, rise))
    return np.abs(heights[0] - heights[1]).mean()


@pytest.mark.parametrize("seed", range(4))
def test_abroca_equals_a_dense_grid(seed):
    label, score, group = people(150, 2, seed)
    table = histogram(label, score, group)
    # A grid cell with a jump is off by at most its width, 5e-6, and there are about 60 jumps.
    assert abroca(table)[1] == pytest.approx(dense_area(label, score, group, (1, 0)), abs=3e-4)
    assert abroca(table)[1] >= abs(table.auc()[1] - table.auc()[0]) - 1e-12
    assert abroca(table, reference=1)[0] == pytest.approx(abroca(table)[1])
    assert abroca(table)[0] == 0


def test_curves_that_cross_enclose_an_area_though_the_areas_under_them_are_equal():
    label = [0, 0, 1, 1] * 2
    table = ScoreHistogram.of(label, [0.2, 0.6, 0.4, 0.8, 0.1, 0.9, 0.5, 0.5], [0] * 4 + [1] * 4)
    np.testing.assert_allclose(table.auc(), [0.75, 0.5])
    by_hand = 0.5 * 0.5 + 0.0  # (0, 0.5)-(0.5, 0.5)-(0.5, 1)-(1, 1) against (0, 0)-(0.5, 0)-(0.5, 1)-(1, 1)
    assert abroca(table)[1] == pytest.approx(by_hand)
    crossing = ScoreHistogram.of(label, [0.2, 0.6, 0.1, 0.8, 0.3, 0.7, 0.5, 0.5], [0] * 4 + [1] * 4)
    np.testing.assert_allclose(crossing.auc(), [0.5, 0.5])
    assert abroca(crossing)[1] == pytest.approx(0.5)


def test_abroca_p_value_is_level_under_equality_and_finds_a_gap():
    rng = np.random.default_rng(7)
    found = 0
    for seed in range(150):
        label, group = rng.integers(0, 2, 80), rng.integers(0, 2, 80)
        table = ScoreHistogram.of(label, np.clip(rng.normal(0.4 + 0.2 * label, 0.2), 0, 1), group, bins=20)
        found += abroca_test(table, group=1, reference=0, draws=39, seed=seed).p_value <= 0.1
    assert found / 150 <= 0.1 + 3 * np.sqrt(0.09 / 150)
    label, group = rng.integers(0, 2, 400), rng.integers(0, 2, 400)
    apart = ScoreHistogram.of(label, np.clip(rng.normal(0.4 + 0.3 * label * group, 0.2), 0, 1), group, bins=20)
    test = abroca_test(apart, group=1, reference=0, draws=199)
    assert (test.statistic, test.p_value) == (pytest.approx(abroca(apart)[1]), 1 / 200)
    assert test == abroca_test(apart, group=1, reference=0, draws=199)


def test_a_group_without_a_label_has_no_curve():
    table = ScoreHistogram.of([0, 1, 1], [0.1, 0.4, 0.5], [0, 0, 1])
    assert np.isnan(abroca(table)[1])
    assert np.isnan(abroca_test(table, group=1, reference=0).p_value)


def test_bad_input():
    table = ScoreHistogram.of([0, 1, 0, 1], [0.1, 0.4, 0.5, 0.7], [0, 0, 1, 1])
    with pytest.raises(InputError, match="at least one draw, but got 0"):
        abroca_test(table, group=1, reference=0, draws=0)
    weighted = ScoreHistogram.of([0, 1, 0, 1], [0.1, 0.4, 0.5, 0.7], [0, 0, 1, 1], [0.5, 1, 1, 1])
    with pytest.raises(InputError, match="count without weights"):
        abroca_test(weighted, group=1, reference=0)
    with pytest.raises(InputError, match="a label 0 or 1 and two finite scores"):
        paired_auc_difference([0, 1, 2], [1, 2, 3], [1, 2, 3])
    with pytest.raises(InputError, match="two rows of scores of one length"):
        paired_auc_difference([0, 1], [1, 2], [1, 2, 3])
