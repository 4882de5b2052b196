"""Shrunk rates against scipy's beta-binomial, and whether they are nearer to a simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairloss.errors import InputError
from fairloss.inference import shrunk_rates

X, N = np.array([0, 55, 40, 130, 3, 0]), np.array([4, 100, 100, 400, 6, 0])


def test_the_prior_is_the_most_likely_of_a_grid():
    rates = shrunk_rates(X, N)
    used = N > 0

    def likelihood(mean, strength):
        return stats.betabinom.logpmf(X[used], N[used], mean * strength, (1 - mean) * strength).sum()

    best = likelihood(rates.mean, rates.strength)
    for mean in np.linspace(0.2, 0.7, 51):
        for strength in np.exp(np.linspace(-2, 12, 57)):
            assert likelihood(mean, strength) <= best + 1e-6


def test_estimates_are_the_posterior():
    rates = shrunk_rates(X, N, level=0.9)
    used = N > 0
    posterior = stats.beta(X + rates.mean * rates.strength, N - X + (1 - rates.mean) * rates.strength)
    np.testing.assert_allclose(rates.shrunk[used], posterior.mean()[used])
    np.testing.assert_allclose(rates.interval.low[used], posterior.ppf(0.05)[used])
    np.testing.assert_allclose(rates.interval.high[used], posterior.ppf(0.95)[used])
    np.testing.assert_array_equal(rates.raw[used], X[used] / N[used])
    between = (np.minimum(rates.raw, rates.mean) <= rates.shrunk) & (rates.shrunk <= np.maximum(rates.raw, rates.mean))
    assert between[used].all()


def test_a_cell_without_people_has_no_rate():
    rates = shrunk_rates(X, N)
    assert np.isnan([rates.raw[-1], rates.shrunk[-1], rates.weight[-1]]).all()
    assert (rates.interval.low[-1], rates.interval.high[-1]) == (0, 1)


def test_thin_cells_move_most_and_equal_cells_become_one():
    rates = shrunk_rates([1, 40, 400], [4, 100, 800])
    assert (np.diff(rates.weight) > 0).all()
    equal = shrunk_rates([30, 60, 31, 3], [100, 200, 100, 10])
    assert equal.strength > 1e5
    np.testing.assert_allclose(equal.shrunk, 124 / 410, atol=1e-3)
    apart = shrunk_rates([2, 98, 500, 10], [100, 100, 1000, 1000])
    np.testing.assert_allclose(apart.shrunk, apart.raw, atol=0.02)


def test_nearer_to_the_truth_on_average_and_the_interval_covers():
    rng = np.random.default_rng(1)
    raw_error = shrunk_error = covered = total = 0.0
    for _ in range(60):
        truth, n = rng.beta(6, 9, 40), rng.integers(3, 40, 40)
        rates = shrunk_rates(rng.binomial(n, truth), n)
        raw_error += ((rates.raw - truth) ** 2).sum()
        shrunk_error += ((rates.shrunk - truth) ** 2).sum()
        covered += ((rates.interval.low <= truth) & (truth <= rates.interval.high)).sum()
        total += 40
    assert shrunk_error < 0.75 * raw_error
    assert covered / total > 0.9  # below the level, as documented: the prior is taken as known


@pytest.mark.parametrize(("x", "n"), [([1], [3]), ([0, 0], [5, 9]), ([5, 9], [5, 9]), ([1, 0], [3, 0]), ([], [])])
def test_nothing_to_learn_from(x, n):
    rates = shrunk_rates(x, n)
    assert np.isnan(rates.shrunk).all()
    assert np.isnan(rates.strength)
    assert (rates.interval.low == 0).all()
    assert (rates.interval.high == 1).all()


def test_bad_input():
    with pytest.raises(InputError, match=r"shrunk_rates needs counts of shape \(cells,\), but got \(1, 2\)"):
        shrunk_rates([[1, 2]], [[3, 3]])
