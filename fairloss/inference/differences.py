"""Lower limits for a difference of two rates, x1/n1 - x2/n2.

The upper limit is minus the lower limit of the swapped pair.
Every function takes counts with n1, n2 > 0 as float64 arrays of one shape, and the two-sided level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from fairloss.inference.arguments import FloatArray
from fairloss.inference.inversion import lower_limit
from fairloss.inference.rates import wilson
from fairloss.inference.score_tests import Margin, chi_square, corrected_for_size, corrected_for_skewness

__all__ = ["DIFFERENCE_METHODS", "SCORE_TESTS", "newcombe", "restricted_rates"]


def newcombe(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    """Combine two Wilson intervals: ``d - sqrt((p1 - low1)² + (high2 - p2)²)`` (Newcombe 1998, method 10)."""
    p1, p2 = x1 / n1, x2 / n2
    low1, high2 = wilson(x1, n1, level), 1 - wilson(n2 - x2, n2, level)
    return p1 - p2 - np.hypot(p1 - low1, high2 - p2)


def restricted_rates(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, difference: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the most likely pair of rates (p1, p2) among those with p1 - p2 = difference.

    p2 solves a cubic (Miettinen and Nurminen 1985, appendix I); its trigonometric solution loses half of the digits
    near a double root, so two guarded Newton steps follow it.
    """
    total = n1 + n2
    c2 = (n1 + 2 * n2) * difference - total - x1 - x2
    c1 = (n2 * difference - total - 2 * x2) * difference + x1 + x2
    c0 = x2 * difference * (1 - difference)
    shift = c2 / (3 * total)
    q = shift**3 - c1 * c2 / (6 * total**2) + c0 / (2 * total)
    p = np.copysign(np.sqrt(np.maximum(shift**2 - c1 / (3 * total), 0)), q)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(p == 0, 0.0, np.clip(q / p**3, -1, 1))
    low, high = np.maximum(0, -difference), np.minimum(1, 1 - difference)
    p2 = np.clip(2 * p * np.cos((np.pi + np.arccos(np.nan_to_num(cosine))) / 3) - shift, low, high)
    for _ in range(2):
        p2 = _newton(p2, total, c2, c1, c0, low, high)
    return np.clip(p2 + difference, 0, 1), p2


def _newton(
    root: FloatArray, c3: FloatArray, c2: FloatArray, c1: FloatArray, c0: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    def cubic(r: FloatArray) -> FloatArray:
        return ((c3 * r + c2) * r + c1) * r + c0

    slope = (3 * c3 * root + 2 * c2) * root + c1
    step = np.divide(cubic(root), slope, out=np.zeros_like(root), where=np.abs(slope) > 1e-300)
    better = np.clip(root - step, low, high)
    return np.where(np.abs(cubic(better)) < np.abs(cubic(root)), better, root)


def _turned(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Turn successes into failures where these are fewer: the cubic is exact for rates near 0 but not near 1."""
    turn = 2 * (x1 + x2) > n1 + n2
    return (
        np.where(turn, n2 - x2, x1),
        np.where(turn, n2, n1),
        np.where(turn, n1 - x1, x2),
        np.where(turn, n1, n2),
    )


def _excess(
    margin: Margin,
    level: float,
    difference: FloatArray,
    x1: FloatArray,
    n1: FloatArray,
    x2: FloatArray,
    n2: FloatArray,
) -> FloatArray:
    """Give by how much the error is more than the test allows; nearly a straight line, unlike its square."""
    x1, n1, x2, n2 = _turned(x1, n1, x2, n2)
    p1, p2 = restricted_rates(x1, n1, x2, n2, difference)
    part1, part2 = p1 * (1 - p1) / n1, p2 * (1 - p2) / n2
    variance, third = part1 + part2, part1 * (1 - 2 * p1) / n1 - part2 * (1 - 2 * p2) / n2
    shift = np.divide(third, variance, out=np.zeros_like(third), where=variance > 0)
    return np.asarray(x1 / n1 - x2 / n2 - difference - margin(variance, shift, n1 + n2, level))


def _invert(margin: Margin, x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    estimate = x1 / n1 - x2 / n2
    return lower_limit(partial(_excess, margin, level), np.full_like(estimate, -1.0), estimate, x1, n1, x2, n2)


_MARGINS = {"miettinen_nurminen": corrected_for_size, "mee": chi_square, "gart_nam": corrected_for_skewness}

SCORE_TESTS = MappingProxyType({name: partial(_excess, margin) for name, margin in _MARGINS.items()})
"""Score method to a function of level, difference and counts, above 0 where the difference is rejected as too low."""

DIFFERENCE_METHODS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {"newcombe": newcombe, **{name: partial(_invert, margin) for name, margin in _MARGINS.items()}}
)
"""Miettinen and Nurminen (1985), Mee (1984), and Gart and Nam (1990, Biometrics 46, 637-643) invert a score test."""
