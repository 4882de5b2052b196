"""Welch, marginal effects, the betting process, retrainings and Bonferroni against goldens and dumber computations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fairloss.errors import InputError
from fairloss.inference import (
    ScoreMoments,
    average_marginal_effect,
    bonferroni,
    chance_of_improvement,
    holm,
    ratio_e_process,
    standardized_mean_difference,
)

PROTECTED, CONTROL = [620, 640, 660, 700, 710], [650, 680, 700, 720, 740, 760]


def test_welch_t_and_its_degrees():
    gap = standardized_mean_difference(PROTECTED, CONTROL)
    assert (gap.t, gap.degrees) == (pytest.approx(-1.780277, abs=1e-6), pytest.approx(8.778, abs=5e-4))
    oracle = stats.ttest_ind(PROTECTED, CONTROL, equal_var=False)
    assert (gap.t, gap.degrees, gap.p_value) == pytest.approx((oracle.statistic, oracle.df, oracle.pvalue), rel=1e-12)


def test_the_moments_of_counted_scores_are_those_of_the_scores():
    rng = np.random.default_rng(4)
    values, counts = np.array([-2.0, 0.5, 3.0, 8.0]), rng.integers(0, 9, 4)
    counted, single = ScoreMoments.of_counts(values, counts), ScoreMoments.of(np.repeat(values, counts))
    assert (counted.size, counted.mean, counted.squares) == pytest.approx((single.size, single.mean, single.squares))
    assert counted.variance == pytest.approx(np.repeat(values, counts).var(ddof=1))
    with pytest.raises(InputError, match="one count per score"):
        ScoreMoments.of_counts(values, [1, 2])


def test_average_marginal_effect():
    x, shares = np.array([0, 1, 2]), [0.5, 0.3, 0.2]
    assert average_marginal_effect(x - 1, -0.5, weight=shares) == pytest.approx(-0.101716, abs=1e-6)
    chances = [(1 / (1 + math.exp(1 - v)), 1 / (1 + math.exp(1.5 - v))) for v in (0, 1, 2)]
    assert [round(before, 6) for before, _ in chances] == [0.268941, 0.5, 0.731059]
    assert [round(after, 6) for _, after in chances] == [0.182426, 0.377541, 0.622459]
    assert math.exp(-0.5) == pytest.approx(0.606531, abs=1e-6)  # the odds ratio, which says nothing of this size
    people = np.repeat(x - 1.0, [5, 3, 2])
    assert average_marginal_effect(people, -0.5) == pytest.approx(-0.101716, abs=1e-6)
    for bad in ([1, 2], [-1, 1, 1], [0, 0, 0]):
        with pytest.raises(InputError):
            average_marginal_effect(x, 0.1, weight=bad)


PAIRS = ([0, 0, 1, 0, 0, 0], [1, 1, 1, 0, 1, 1])


@pytest.mark.parametrize(
    ("ratio", "golden"),
    [(0.8, [1.4, 1.96, 1.764, 1.764, 2.4696, 3.45744]), (1.0, [1.5, 2.25, 2.25, 2.25, 3.375, 5.0625])],
)
def test_e_process_goldens(ratio, golden):
    np.testing.assert_allclose(ratio_e_process(*PAIRS, ratio=ratio), golden, rtol=1e-12)


def test_e_process_keeps_its_promise_at_the_mark():
    """At the mark the evidence reaches 20 in at most one of twenty sequences, however long one looks."""
    rng = np.random.default_rng(5)
    runs = [
        ratio_e_process(rng.random(1000) < 0.32, rng.random(1000) < 0.4, stake=0.2).max() >= 20 for _ in range(1000)
    ]
    assert np.mean(runs) <= 0.05
    found = [ratio_e_process(rng.random(1000) < 0.16, rng.random(1000) < 0.4).max() >= 20 for _ in range(100)]
    assert np.mean(found) > 0.95


def test_e_process_names_what_it_needs():
    for arguments in ({"ratio": 0}, {"stake": 0.6}, {"stake": [0.1, 0.2]}):
        with pytest.raises(InputError):
            ratio_e_process(*PAIRS, **arguments)
    with pytest.raises(InputError, match="pairs of outcomes"):
        ratio_e_process([0, 1], [1, 2])


def test_the_next_retraining_is_the_best_as_often_as_stated():
    assert (chance_of_improvement(19), chance_of_improvement(99)) == (0.05, 0.01)
    scores = np.random.default_rng(6).normal(size=(20_000, 20))
    share = (scores[:, -1] > scores[:, :-1].max(axis=1)).mean()
    assert share == pytest.approx(chance_of_improvement(19), abs=4 * math.sqrt(0.05 * 0.95 / 20_000))
    for bad in (0, 1.5, True):
        with pytest.raises(InputError):
            chance_of_improvement(bad)


def test_bonferroni_is_never_below_holm():
    p = [0.01, 0.04, np.nan, 0.03, 0.005]
    np.testing.assert_allclose(bonferroni(p), [0.04, 0.16, np.nan, 0.12, 0.02])
    assert (np.nan_to_num(bonferroni(p)) >= np.nan_to_num(holm(p))).all()
    assert bonferroni([0.6, 0.7]).tolist() == [1, 1]
