"""Power against goldens and a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.errors import InputError
from fairloss.inference import equality_test, minimum_detectable_ratio, power_at_ratio


def test_power_goldens():
    power = power_at_ratio(0.8, [0.2, 0.517, 0.3, 0.3], [20, 41, 50, 500], [80, 797, 500, 2000])
    np.testing.assert_allclose(power, [0.057, 0.25, 0.13, 0.76], atol=5e-3)  # printed in whole percents


def test_sizes_that_reach_eighty_percent():
    rate = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
    n = np.array([6745, 3213, 1447, 859, 388, 186, 74])
    assert (power_at_ratio(0.8, rate, n, n) >= 0.8).all()
    assert (power_at_ratio(0.8, rate, n - 1, n - 1) < 0.8).all()


def test_minimum_detectable_ratio_goldens():
    ratio = minimum_detectable_ratio([0.517, 0.3, 0.3, 0.48], [41, 50, 500, 1181], [797, 500, 2000, 1390])
    np.testing.assert_allclose(ratio, [0.577, 0.419, 0.792, 0.885], atol=6e-4)  # printed in three digits


def test_power_at_the_minimum_detectable_ratio_is_the_power_asked_for():
    ratio = minimum_detectable_ratio(0.3, 200, [300, 3000], power=0.9, level=0.99)
    np.testing.assert_allclose(power_at_ratio(ratio, 0.3, 200, [300, 3000], level=0.99), 0.9, rtol=1e-9)


def test_groups_too_small_to_find_anything():
    assert np.isnan(minimum_detectable_ratio(0.1, 5, 5))


def test_power_equals_a_simulation():
    rng = np.random.default_rng(6)
    x1, x2 = rng.binomial(300, 0.8 * 0.4, 20_000), rng.binomial(500, 0.4, 20_000)
    found = (equality_test(x1, 300, x2, 500).p_value < 0.05).mean()
    assert power_at_ratio(0.8, 0.4, 300, 500) == pytest.approx(found, abs=0.015)  # 4 standard errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((1.2, 0.5, 9, 9), "ratios from 0 to 1"), ((0.8, 0, 9, 9), "rates between"), ((0.8, 0.5, 9, 0), "group sizes")],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        power_at_ratio(*arguments)
