"""Score limits against a slow inversion that shares nothing with ours: scalar root searches on the likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from fairloss.inference import difference_interval, ratio_interval

Z = 1.959963984540054
EDGE = 1e-13


def root_of_decreasing(function, low, high):
    """Find where a decreasing function changes sign, or the end towards which it points."""
    low, high = low + EDGE * (high - low), high - EDGE * (high - low)
    if function(low) <= 0:
        return low
    if function(high) >= 0:
        return high
    return brentq(function, low, high, xtol=1e-15, rtol=1e-14)


def part(count, rate):
    if not count:
        return 0.0
    return count / rate if rate > 0 else math.inf


def plain(distance, variance, third, total):
    return distance / math.sqrt(variance)


def corrected_for_size(distance, variance, third, total):
    return distance / math.sqrt(variance * total / (total - 1))


def corrected_for_skewness(distance, variance, third, total):
    """Solve ``distance = sd (z + (z² - 1) skewness / 6)`` for z, as Laud (2017) does; infinite beyond any solution."""
    ratio, sixth = distance / math.sqrt(variance), third / variance**1.5 / 6
    if abs(sixth) < 1e-9:
        return ratio
    inside = 1 + 4 * sixth * (ratio + sixth)
    return (math.sqrt(inside) - 1) / (2 * sixth) if inside >= 0 else math.inf


TESTS = {
    "mee": plain,
    "koopman": plain,
    "miettinen_nurminen": corrected_for_size,
    "gart_nam": corrected_for_skewness,
}


def difference_statistic(x1, n1, x2, n2, d, test):
    def slope(p2):
        p1 = p2 + d
        return part(x1, p1) - part(n1 - x1, 1 - p1) + part(x2, p2) - part(n2 - x2, 1 - p2)

    p2 = root_of_decreasing(slope, max(0, -d), min(1, 1 - d))
    p1 = p2 + d
    variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    third = p1 * (1 - p1) * (1 - 2 * p1) / n1**2 - p2 * (1 - p2) * (1 - 2 * p2) / n2**2
    return test(x1 / n1 - x2 / n2 - d, variance, third, n1 + n2)


def ratio_statistic(x1, n1, x2, n2, ratio, test):
    def slope(p2):
        return part(x1 + x2, p2) - ratio * part(n1 - x1, 1 - ratio * p2) - part(n2 - x2, 1 - p2)

    p2 = root_of_decreasing(slope, 0, min(1, 1 / ratio))
    p1 = ratio * p2
    variance = p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2
    third = p1 * (1 - p1) * (1 - 2 * p1) / n1**2 - ratio**3 * p2 * (1 - p2) * (1 - 2 * p2) / n2**2
    return test(x1 / n1 - ratio * x2 / n2, variance, third, n1 + n2)


def slow_lower(statistic, low, estimate):
    """Bisect for the smallest value above ``low`` that is not rejected."""
    high = estimate
    for _ in range(45):
        middle = (low + high) / 2
        low, high = (middle, high) if statistic(middle) > Z else (low, middle)
    return low


def slow_difference(x1, n1, x2, n2, test):
    def lower(x1, n1, x2, n2):
        d = x1 / n1 - x2 / n2
        if d <= -1:
            return -1.0
        return slow_lower(lambda v: difference_statistic(x1, n1, x2, n2, v, test), -1.0, d)

    return lower(x1, n1, x2, n2), -lower(x2, n2, x1, n1)


def slow_ratio(x1, n1, x2, n2, test):
    def log_lower(x1, n1, x2, n2):
        if x1 == 0:
            return -math.inf
        top = math.log((x1 / n1) / (x2 / n2)) if x2 else 16.0
        return slow_lower(lambda v: ratio_statistic(x1, n1, x2, n2, math.exp(v), test), -16.0, top)

    return math.exp(log_lower(x1, n1, x2, n2)), math.exp(-log_lower(x2, n2, x1, n1))


def random_tables(count, seed):
    """Draw tables of 2 to 120 people a group; about a third have an empty or a full cell."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 121, size=(count, 2))
    rates = rng.choice([0.0, 0.02, 0.2, 0.5, 0.8, 0.98, 1.0], p=[0.1, 0.1, 0.2, 0.2, 0.2, 0.1, 0.1], size=(count, 2))
    successes = rng.binomial(sizes, rates)
    return np.stack([successes[:, 0], sizes[:, 0], successes[:, 1], sizes[:, 1]], axis=1)


def check(tables):
    columns = tables.T
    edges = (columns[0] == 0) | (columns[2] == 0) | (columns[0] == columns[1]) | (columns[2] == columns[3])
    assert edges.mean() > 0.2  # the hard tables are really among them
    for uncorrected, slow, function in (
        ("mee", slow_difference, difference_interval),
        ("koopman", slow_ratio, ratio_interval),
    ):
        for method in (uncorrected, "miettinen_nurminen", "gart_nam"):
            interval = function(*columns, method=method)
            for row, low, high in zip(tables.tolist(), interval.low, interval.high, strict=True):
                expected = slow(*row, TESTS[method])
                assert (low, high) == pytest.approx(expected, abs=1e-6, rel=1e-6), (method, row)


def test_score_limits_equal_a_slow_inversion():
    check(random_tables(100, seed=1))


@pytest.mark.slow
def test_score_limits_equal_a_slow_inversion_on_many_tables():
    check(random_tables(2000, seed=2))


@pytest.mark.parametrize("function", [difference_interval, ratio_interval])
def test_large_counts_and_tiny_rates_keep_their_digits(function):
    # With a million rows the rates near 0 and near 1 are each other's mirror image, in the difference exactly so.
    n = 10**6
    near_zero = difference_interval(1, n, 2, n, method="mee")
    near_one = difference_interval(n - 2, n, n - 1, n, method="mee")
    assert near_zero.low == pytest.approx(float(near_one.low), rel=1e-9)
    expected = (slow_difference if function is difference_interval else slow_ratio)(30, n, 20, n, plain)
    method = "mee" if function is difference_interval else "koopman"
    interval = function(30, n, 20, n, method=method)
    assert (interval.low, interval.high) == pytest.approx(expected, rel=1e-6)
