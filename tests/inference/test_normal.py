"""Intervals from a standard error, and weighted proportions as counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairloss.errors import InputError
from fairloss.inference import effective_size, normal_interval, rate_interval


def test_equals_scipy_and_is_cut_to_the_bounds():
    interval = normal_interval([0.4, 0.99, 0.01], [0.1, 0.1, 0.1], level=0.9, bounds=(0, 1))
    low, high = stats.norm.interval(0.9, [0.4, 0.99, 0.01], 0.1)
    np.testing.assert_allclose(interval.low, np.clip(low, 0, 1), atol=1e-12)
    np.testing.assert_allclose(interval.high, np.clip(high, 0, 1), atol=1e-12)
    assert (interval.level, interval.method) == (0.9, "normal")


def test_an_undefined_value_may_be_anything():
    interval = normal_interval([np.nan, 0.5], [0.1, np.nan], bounds=(0, 1))
    np.testing.assert_array_equal([interval.low, interval.high], [[0, 0], [1, 1]])


def test_unweighted_people_count_as_themselves():
    n = np.array([7, 40, 1000])
    p = np.array([3, 10, 999]) / n
    size = effective_size(p, np.sqrt(p * (1 - p) / n))
    np.testing.assert_allclose(size, n)
    np.testing.assert_allclose(rate_interval(p * size, size).low, rate_interval([3, 10, 999], n).low, rtol=1e-9)


def test_unequal_weights_count_as_fewer():
    rng = np.random.default_rng(4)
    weight, y = rng.exponential(size=4000), rng.random(4000) < 0.3
    p = np.average(y, weights=weight)
    error = np.sqrt(np.sum(weight**2 * (y - p) ** 2)) / weight.sum()
    kish = weight.sum() ** 2 / np.sum(weight**2)  # weights drawn apart from the outcome: both sizes estimate the same
    assert effective_size(p, error) == pytest.approx(kish, rel=0.05)
    assert kish < 2200


def test_effective_size_is_unknown_where_nothing_varies():
    assert np.isnan(effective_size([0, 1, 0.5], 0)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: normal_interval(0.5, -0.1), "standard errors of 0 or more, but got -0.1"),
        (lambda: normal_interval(0.5, 0.1, bounds=(1, 0)), "bounds"),
        (lambda: normal_interval([1, 2], [1, 2, 3]), "broadcast"),
        (lambda: normal_interval(0.5, 0.1, level=1), "level between 0 and 1"),
        (lambda: effective_size([0.5, 1.5], 0.1), r"proportions within \[0, 1\], but got 1\.5"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()
