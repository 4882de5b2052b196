"""Groups known by chances: goldens, loops, and bounds against a linear program over all assignments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from fairloss.errors import InputError
from fairloss.inference import kish_size, membership_bounds, proxy_posterior, proxy_rates

FIRST = np.array([0.9, 0.6, 0.3, 0.1, 0.05, 0.2])
MEMBERSHIP = np.stack([FIRST, 1 - FIRST], axis=1)
OUTCOME = np.array([0, 1, 0, 1, 1, 1])


def test_posterior_golden():
    name, place = [0.7, 0.2, 0.05, 0.03, 0.005, 0.015], [2e-5, 8e-5, 3e-5, 1e-5, 1e-5, 2e-5]
    golden = [0.435459, 0.497667, 0.046656, 0.009331, 0.001555, 0.009331]
    np.testing.assert_allclose(proxy_posterior(name, place), golden, atol=1e-6)
    many = proxy_posterior([name, name], [place, [0, 0, 1e-5, 0, 0, 0]])
    np.testing.assert_allclose(many, [golden, [0, 0, 1, 0, 0, 0]], atol=1e-6)


def test_posterior_is_bayes_in_a_simulated_population():
    rng = np.random.default_rng(1)
    group = rng.choice(2, 400_000, p=[0.3, 0.7])
    name = (rng.random(400_000) < np.where(group == 0, 0.6, 0.2)).astype(int)
    place = (rng.random(400_000) < np.where(group == 0, 0.7, 0.4)).astype(int)
    given_name = [np.mean(group[name == 1] == code) for code in (0, 1)]
    given_group = [np.mean(place[group == code]) for code in (0, 1)]
    seen = np.mean(group[(name == 1) & (place == 1)] == 0)
    assert proxy_posterior(given_name, given_group)[0] == pytest.approx(seen, abs=0.006)  # 4 standard errors


def test_impossible_people_have_no_posterior():
    assert np.isnan(proxy_posterior([[1, 0], [0.5, 0.5]], [[0, 1], [0.1, 0.1]])).tolist() == [[True] * 2, [False] * 2]


def test_rates_golden():
    rates = proxy_rates(MEMBERSHIP, OUTCOME)
    np.testing.assert_allclose(rates.weighted, [0.441860, 0.792208], atol=1e-6)
    assert rates.weighted[0] / rates.weighted[1] == pytest.approx(0.557758, abs=1e-6)
    assert rates.thresholded.tolist() == [0.5, 0.75]
    assert rates.thresholded[0] / rates.thresholded[1] == pytest.approx(0.666667, abs=1e-6)
    assert rates.assigned.tolist() == [2, 4]
    assert rates.effective_size[0] == pytest.approx(3.52, abs=0.005)
    assert kish_size(FIRST) == pytest.approx(2.15**2 / 1.3125)


def test_certain_groups_are_plain_rates():
    group, outcome = np.array([0, 0, 1, 1, 1, 0, 1]), np.array([1, 0, 1, 1, 0, 0, 1])
    rates = proxy_rates(np.eye(2)[group], outcome)
    np.testing.assert_allclose(rates.weighted, [1 / 3, 3 / 4])
    np.testing.assert_allclose(rates.thresholded, rates.weighted)
    np.testing.assert_allclose(rates.effective_size, [3, 4])
    np.testing.assert_allclose(rates.standard_error**2, [(1 / 3) * (2 / 3) / 3, (3 / 4) * (1 / 4) / 4])


def test_standard_error_is_that_of_repeated_samples():
    rng = np.random.default_rng(2)
    chance, favored = rng.beta(0.6, 0.6, 4000), rng.random(4000) < 0.4
    rates = []
    for _ in range(1500):
        rows = rng.integers(0, 4000, 300)
        rates.append(proxy_rates(np.stack([chance, 1 - chance], axis=1)[rows], favored[rows]).weighted[0])
    once = proxy_rates(np.stack([chance, 1 - chance], axis=1), favored).standard_error[0] * np.sqrt(4000 / 300)
    assert np.std(rates) == pytest.approx(once, rel=0.08)  # four standard errors of a deviation of 1,500


def test_unknown_people_are_left_out_and_absent_groups_have_no_rate():
    with_unknown = np.concatenate([MEMBERSHIP, [[np.nan, np.nan]]])
    np.testing.assert_array_equal(
        proxy_rates(with_unknown, [*OUTCOME, 1]).weighted, proxy_rates(MEMBERSHIP, OUTCOME).weighted
    )
    absent = proxy_rates([[1, 0, 0], [0.5, 0.5, 0]], [1, 0])
    assert np.isnan(absent.weighted).tolist() == [False, False, True]
    assert np.isnan(absent.thresholded).tolist() == [False, True, True]
    assert np.isnan(absent.effective_size[2])


def linear_program(x, n, share, objective):
    """Search over all ways to hand the favored and the other people of each cell to the groups."""
    cells, groups = share.shape
    size = cells * groups  # the favored of each cell and group; the others follow from the shares
    bounds = [(0, n[z] * share[z, g]) for z in range(cells) for g in range(groups)]
    equal = np.zeros((cells, size))
    for z in range(cells):
        equal[z, z * groups : (z + 1) * groups] = 1
    found = linprog(objective, A_eq=equal, b_eq=x, bounds=bounds)
    assert found.status == 0
    return found.fun


def test_bounds_equal_a_linear_program():
    rng = np.random.default_rng(3)
    for _ in range(10):
        share = rng.dirichlet(np.ones(3) * 0.5, 5)
        n = rng.integers(20, 80, 5)
        x = rng.binomial(n, rng.uniform(0.1, 0.9, 5))
        members = n @ share
        bounds = membership_bounds(x, n, share, reference=2)
        for g in range(3):
            rate = np.zeros((5, 3))
            rate[:, g] = 1 / members[g]
            assert bounds.low[g] == pytest.approx(linear_program(x, n, share, rate.ravel()), abs=1e-9)
            assert bounds.high[g] == pytest.approx(-linear_program(x, n, share, -rate.ravel()), abs=1e-9)
            rate[:, 2] -= 1 / members[2]
            assert bounds.gap_low[g] == pytest.approx(linear_program(x, n, share, rate.ravel()), abs=1e-9)
            assert bounds.gap_high[g] == pytest.approx(-linear_program(x, n, share, -rate.ravel()), abs=1e-9)


def test_bounds_hold_the_truth_and_the_weighted_rate_and_close_where_groups_are_certain():
    rng = np.random.default_rng(4)
    cell, group = rng.integers(0, 6, 3000), np.zeros(3000, dtype=int)
    group = (rng.random(3000) < np.linspace(0.05, 0.95, 6)[cell]).astype(int)
    favored = rng.random(3000) < 0.3 + 0.3 * group
    share = np.stack([[np.mean(group[cell == z] == g) for g in (0, 1)] for z in range(6)])
    n, x = np.bincount(cell), np.bincount(cell, favored)
    bounds = membership_bounds(x, n, share)
    truth = np.array([favored[group == g].mean() for g in (0, 1)])
    weighted = proxy_rates(share[cell], favored).weighted
    for value in (truth, weighted):
        assert ((bounds.low <= value) & (value <= bounds.high)).all()
        assert bounds.gap_low[1] <= value[1] - value[0] <= bounds.gap_high[1]
    certain = membership_bounds([3, 5, 0], [10, 8, 0], [[1, 0], [0, 1], [np.nan, np.nan]])
    np.testing.assert_allclose([certain.low, certain.high], [[0.3, 0.625]] * 2)
    assert certain.gap_low.tolist() == certain.gap_high.tolist() == [0, pytest.approx(0.325)]
    assert np.isnan(membership_bounds([3], [10], [[1, 0]]).low[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: proxy_posterior([0.5, 1.5], [0.1, 0.1]), r"chances between 0 and 1, but got 1\.5"),
        (lambda: proxy_posterior([0.5, 0.5], [0.1] * 3), r"tables of the same groups, but got \(2,\) and \(3,\)"),
        (lambda: proxy_rates(MEMBERSHIP, OUTCOME, cut=0.3), r"a cut from 0\.5 to less than 1, but got 0\.3"),
        (lambda: proxy_rates(MEMBERSHIP, OUTCOME[:3]), "an outcome 0 or 1 for each of 6 people"),
        (lambda: proxy_rates([[0.7, 0.6]], [1]), r"sum to at most 1 in a row, but got 1\.29"),
        (lambda: kish_size([1, -1]), "finite weights of 0 or more"),
        (lambda: membership_bounds([1], [2], [[np.nan, np.nan]]), "the shares of every cell with people"),
        (lambda: membership_bounds([1], [2], [[0.5, 0.5]], reference=2), "a reference from 0 to 1, but got 2"),
        (lambda: membership_bounds([1, 1], [2, 2], [[0.5, 0.5]]), "counts and shares of the same cells"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()
