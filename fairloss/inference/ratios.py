"""Lower limits for a ratio of two rates, (x1/n1) / (x2/n2).

The upper limit is one over the lower limit of the swapped pair.
Every function takes counts with n1, n2 > 0 as float64 arrays of one shape, and the two-sided level. By convention 0/n
has the lower limit 0, hence a reference without a single success has the upper limit infinity, and 0/0 has both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from fairloss.inference.arguments import FloatArray, normal_quantile
from fairloss.inference.inversion import lower_limit
from fairloss.inference.rates import wilson
from fairloss.inference.score_tests import Margin, chi_square, corrected_for_size, corrected_for_skewness

__all__ = ["RATIO_METHODS", "SCORE_TESTS", "katz", "mover_r"]


def mover_r(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    """Combine the Wilson limits of both rates without a search (Donner and Zou 2012), multiplied out to avoid 0/0."""
    p1, p2 = x1 / n1, x2 / n2
    low1, high2 = wilson(x1, n1, level), 1 - wilson(n2 - x2, n2, level)
    top = low1 * (2 * p1 - low1)
    root = np.sqrt(np.maximum((p1 * p2) ** 2 - top * high2 * (2 * p2 - high2), 0))
    return np.divide(top, p1 * p2 + root, out=np.zeros_like(top), where=top > 0)


def katz(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    """Take a normal interval on the log scale (Katz et al. 1978), for comparison with other tools only.

    It says nothing, [0, inf], where either count is 0, and too much, a single point, where both groups are full.
    """
    possible = (x1 > 0) & (x2 > 0)
    a, b = np.where(possible, x1, 1.0), np.where(possible, x2, 1.0)
    error = np.sqrt(np.maximum(1 / a - 1 / n1, 0) + np.maximum(1 / b - 1 / n2, 0))
    return np.where(possible, (a / n1) / (b / n2) * np.exp(-normal_quantile(level) * error), 0.0)


def _invert(margin: Margin, x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    """Search for the ratio as a : b with a + b = 1, so that infinity (b = 0) is a value like any other."""
    p1, p2 = x1 / n1, x2 / n2
    both = p1 + p2
    estimate = np.divide(p1, both, out=np.zeros_like(both), where=both > 0)
    a = lower_limit(partial(_excess, margin, level), np.zeros_like(estimate), estimate, x1, n1, x2, n2)
    return a / (1 - a)


def _excess(
    margin: Margin, level: float, a: FloatArray, x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray
) -> FloatArray:
    """Give by how much ``b*p1 - a*p2`` is more than the test allows; nearly a straight line, unlike its square."""
    b = 1 - a
    successes, q1, q2 = _restricted_rates(x1, n1, x2, n2, a, b)
    part1, part2 = b**2 * successes * q1 / n1, a * b * successes * q2 / n2  # of the variance, over a
    third = part1 * b * (q1 - a * successes) / n1 - part2 * a * (q2 - b * successes) / n2
    variance = part1 + part2
    shift = np.divide(third, variance, out=np.zeros_like(third), where=variance > 0)
    return np.asarray(b * (x1 / n1) - a * (x2 / n2) - margin(a * variance, shift, n1 + n2, level))


def _score_test(
    margin: Margin, level: float, ratio: FloatArray, x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray
) -> FloatArray:
    return _excess(margin, level, ratio / (1 + ratio), x1, n1, x2, n2)


def _restricted_rates(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give r, 1 - a r and 1 - b r, where (a r, b r) are the most likely rates among those with p1 : p2 = a : b.

    Both rates solve a quadratic whose discriminant is a sum of non-negative terms; so do both complements, which are
    therefore not taken as one minus the rate (near 1 that would lose the digits that the variance lives on).
    """
    y1, y2 = n1 - x1, n2 - x2
    total, s, t = n1 + n2, a * (n1 + x2), b * (n2 + x1)
    root = np.sqrt((s - t) ** 2 + 4 * a * b * y1 * y2)
    q1 = _larger_root(2 * total * b - s - t, root, total * b, (b - a) * y1)
    q2 = _larger_root(2 * total * a - s - t, root, total * a, (a - b) * y2)
    return 2 * (x1 + x2) / (s + t + root), q1, q2


def _larger_root(linear: FloatArray, root: FloatArray, square: FloatArray, constant: FloatArray) -> FloatArray:
    """Give the larger root of ``square q² - linear q + constant``, by the form that subtracts nothing, in [0, 1]."""
    larger = np.where(linear >= 0, (linear + root) / (2 * square), 2 * constant / (linear - root))
    return np.minimum(np.maximum(larger, 0), 1)


_MARGINS = {"koopman": chi_square, "miettinen_nurminen": corrected_for_size, "gart_nam": corrected_for_skewness}

SCORE_TESTS = MappingProxyType({name: partial(_score_test, margin) for name, margin in _MARGINS.items()})
"""Score method to a function of level, ratio and counts that is above 0 where the ratio is rejected as too low."""

RATIO_METHODS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {**{name: partial(_invert, margin) for name, margin in _MARGINS.items()}, "mover_r": mover_r, "katz": katz}
)
"""Koopman (1984), Miettinen and Nurminen (1985), and Gart and Nam (1988) invert a score test."""
