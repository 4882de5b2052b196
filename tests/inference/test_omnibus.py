"""All groups at once against scipy, against every permutation, and against the chance under equality."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from fairloss.errors import InputError
from fairloss.inference import omnibus_test, smallest_ratio_p_value


def test_audit_ai_readme():
    test = omnibus_test([250, 270, 240, 260], [1000] * 4)
    assert (test.statistic, test.degrees) == (pytest.approx(2.631925, abs=1e-6), 3)
    assert test.p_value == pytest.approx(0.451920, abs=1e-6)


def test_omnibus_equals_scipy():
    rng = np.random.default_rng(1)
    for groups in range(2, 9):
        n = rng.integers(5, 200, groups)
        x = rng.integers(1, n)
        oracle = stats.chi2_contingency([x, n - x], correction=False)
        test = omnibus_test(np.append(x, 0), np.append(n, 0))
        assert (test.statistic, test.degrees) == (pytest.approx(oracle.statistic, rel=1e-9), oracle.dof)
        assert test.p_value == pytest.approx(oracle.pvalue, rel=1e-9)


def test_smallest_ratio_equals_every_permutation():
    n, selected = (3, 4, 4), 5
    people = np.repeat(np.arange(3), n)
    rates = [np.bincount(people[list(c)], minlength=3) / n for c in combinations(range(11), selected)]
    ratios = np.array([r.min() / r.max() for r in rates])
    for x in [(1, 1, 3), (2, 1, 2), (0, 2, 3)]:
        seen = min(np.divide(x, n)) / max(np.divide(x, n))
        exact = (ratios <= seen + 1e-9).mean()
        # four standard errors of 20,000 draws
        assert smallest_ratio_p_value(x, n, draws=20_000) == pytest.approx(exact, abs=4 * 0.5 / 20_000**0.5)


def test_same_seed_same_value_and_order_of_magnitude_of_draws():
    table = ([12, 48, 30], [40, 80, 60])
    assert smallest_ratio_p_value(*table, seed=3, draws=5000) == smallest_ratio_p_value(*table, seed=3, draws=5000)
    assert smallest_ratio_p_value([0, 1000], [1000, 1000], draws=99) == 0.01
    assert smallest_ratio_p_value([5, 5], [5, 5], draws=9) == 1


def test_nothing_to_compare():
    for x, n in [([1], [2]), ([1, 0], [2, 0]), ([0, 0], [2, 3]), ([0, 0], [0, 0])]:
        assert np.isnan(omnibus_test(x, n).statistic)
        assert np.isnan(omnibus_test(x, n).p_value)
        assert np.isnan(smallest_ratio_p_value(x, n))


def test_bad_input():
    with pytest.raises(InputError, match=r"omnibus_test needs counts of shape \(groups,\), but got \(\)"):
        omnibus_test(1, 2)
    with pytest.raises(InputError, match=r"smallest_ratio_p_value needs whole counts, but got 1\.5"):
        smallest_ratio_p_value([1.5, 1], [2, 2])
    with pytest.raises(InputError, match="at least one draw, but got 0"):
        smallest_ratio_p_value([1, 1], [2, 2], draws=0)
    with pytest.raises(InputError, match="less than 1000000000 people, but got 2000000000; use omnibus_test"):
        smallest_ratio_p_value([1, 1], [10**9, 10**9])


def test_the_example_by_race_of_new_york_city():
    selected = [204, 412, 170, 52, 302, 18, 96]
    people = [408, 797, 390, 119, 616, 41, 213]
    test = omnibus_test(selected, people)
    assert (test.statistic, test.degrees) == (pytest.approx(9.902910, abs=1e-6), 6)
    assert test.p_value == pytest.approx(0.128801, abs=1e-6)
    # four standard errors of 10,000 draws
    assert smallest_ratio_p_value(selected, people) == pytest.approx(0.676, abs=4 * 0.47 / 10_000**0.5)
