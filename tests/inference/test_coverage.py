"""Simulated coverage, seeded. With 2,000 draws the standard error of a coverage of 0.95 is 0.005."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairloss.inference import difference_interval, rate_interval, worst_gap_interval, worst_ratio_interval

AT_LEAST = 0.935  # three standard errors under the level
DRAWS = 2000
LOWEST = 0.3


def draws(groups, gap, draws=DRAWS):
    """Give group sizes from 60 to 1,000 and counts; the first group is ahead by the gap, all others are equal."""
    rng = np.random.default_rng(groups)
    n = np.geomspace(60, 1000, groups).astype(int)[rng.permutation(groups)]
    rates = np.full(groups, LOWEST)
    rates[0] += gap
    return rng.binomial(n, rates, size=(draws, groups)), n


def covers(interval, truth):
    return interval.low <= truth + 1e-12 and truth - 1e-12 <= interval.high


@pytest.mark.parametrize("gap", [0, 0.1])
@pytest.mark.parametrize("groups", [2, 5, 14])
def test_the_worst_gap_is_covered(groups, gap):
    counts, n = draws(groups, gap)
    assert np.mean([covers(worst_gap_interval(x, n), gap) for x in counts]) >= AT_LEAST


@pytest.mark.parametrize("gap", [0, 0.1])
@pytest.mark.parametrize("groups", [2, 5, 14])
def test_the_worst_ratio_is_covered(groups, gap):
    counts, n = draws(groups, gap)
    truth = LOWEST / (LOWEST + gap)
    assert np.mean([covers(worst_ratio_interval(x, n, method="mover_r"), truth) for x in counts]) >= AT_LEAST


@pytest.mark.slow
@pytest.mark.parametrize("method", ["miettinen_nurminen", "newcombe"])
@pytest.mark.parametrize("gap", [0, 0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("groups", [2, 5, 14])
def test_the_worst_gap_is_covered_by_every_method(groups, gap, method):
    counts, n = draws(groups, gap, 1000)
    covered = np.mean([covers(worst_gap_interval(x, n, method=method), gap) for x in counts])
    assert covered >= 0.929  # three standard errors of 1,000 draws


def test_the_worst_of_two_rates_is_covered():
    counts, n = draws(10, 0)
    x, n = counts.reshape(DRAWS, 2, 5), n.reshape(2, 5)
    assert np.mean([covers(worst_gap_interval(row, n), 0) for row in x]) >= AT_LEAST


def test_without_adjustment_equal_groups_look_unequal():
    # The reason for the simultaneous interval, and proof that the tests above can fail.
    counts, n = draws(14, 0)
    one, two = np.triu_indices(14, 1)
    pairs = difference_interval(counts[:, one], n[one], counts[:, two], n[two])
    assert ((pairs.low <= 0) & (pairs.high >= 0)).all(axis=1).mean() < 0.5


@pytest.mark.parametrize(
    ("method", "average", "worst"), [("wilson", 0.95, 0.83), ("jeffreys", 0.95, 0.83), ("clopper_pearson", 0.95, 0.95)]
)
def test_the_exact_coverage_of_a_rate(method, average, worst):
    # Summed over all outcomes, no simulation. The score and Jeffreys intervals hold the level on average, at rates as
    # near 0 as one expected success they fall to about 0.84 (Brown, Cai and DasGupta 2001); the exact one never does.
    n, rates = 50, np.linspace(0.005, 0.995, 199)
    x = np.arange(n + 1)
    interval = rate_interval(x, n, method=method)
    held = (interval.low <= rates[:, None]) & (rates[:, None] <= interval.high)
    coverage = (stats.binom.pmf(x, n, rates[:, None]) * held).sum(axis=1)
    assert coverage.mean() >= average - 0.005
    assert coverage.min() >= worst
