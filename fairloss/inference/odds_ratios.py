"""The ratio of two odds, (x1/(n1 - x1)) / (x2/(n2 - x2)), with its intervals.

A method is its lower limit; the upper limit is one over the lower limit of the swapped pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import UnknownName
from fairloss.inference.arguments import FloatArray, as_counts, as_level, normal_quantile
from fairloss.inference.conditional import conditional_lower_limit
from fairloss.inference.intervals import Interval
from fairloss.inference.inversion import lower_limit
from fairloss.inference.score_tests import variance_factor

__all__ = ["ODDS_RATIO_INTERVALS", "expected_successes", "inverse_information", "odds_ratio", "odds_ratio_interval"]


def odds_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> FloatArray:
    """Give the odds of the first group over those of the second, ``x1 (n2 - x2) / (x2 (n1 - x1))``.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first group and of the reference, broadcast together.

    Returns
    -------
    ndarray of float64
        Infinity where only the denominator is 0, NaN where both are.

    Raises
    ------
    InputError
        Where counts cannot be used.

    Examples
    --------
    >>> print(f"{odds_ratio(12, 40, 48, 80):.4f}")
    0.2857
    """
    x1, n1, x2, n2 = as_counts("odds_ratio", (x1, n1), (x2, n2))
    return _estimate(x1, n1, x2, n2)


def odds_ratio_interval(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, level: float = 0.95, method: str = "score"
) -> Interval:
    """Say between which values the ratio of two odds, first over second, may lie.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first group and of the second, the reference, broadcast together.
    level : float
        Two-sided confidence level.
    method : {"score", "miettinen_nurminen", "woolf", "woolf_half", "exact", "mid_p"}
        The score interval of Cornfield (1956) without continuity correction, and with the variance factor N/(N - 1);
        the normal interval of the logarithm (Woolf 1955), which says nothing where a cell is empty; the same after
        0.5 was added to all four cells whatever they are (Gart 1966); the exact conditional interval, which has at
        least the level, often more, and its mid-p version. The last two need whole counts.

    Returns
    -------
    Interval
        Always defined and holding the odds ratio; [0, inf] where nobody or everybody succeeds in both groups or a
        group is empty.

    Raises
    ------
    InputError
        Where counts or level cannot be used; `UnknownName` for an unknown method.

    References
    ----------
    Fagerland, Lydersen and Laake (2015), Statistical Methods in Medical Research 24, 224-254.

    Examples
    --------
    >>> interval = odds_ratio_interval(12, 40, 48, 80, method="woolf")
    >>> print(f"{interval.low:.4f} to {interval.high:.4f}")
    0.1270 to 0.6428
    """
    if method not in ODDS_RATIO_INTERVALS:
        raise UnknownName("odds ratio interval method", method, ODDS_RATIO_INTERVALS)
    level = as_level("odds_ratio_interval", level)
    x1, n1, x2, n2 = as_counts("odds_ratio_interval", (x1, n1), (x2, n2))
    with np.errstate(divide="ignore", over="ignore"):
        high = 1 / _lower(method, x2, n2, x1, n1, level)
    return Interval(_lower(method, x1, n1, x2, n2, level), high, level, method)


def expected_successes(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, a: FloatArray, b: FloatArray
) -> FloatArray:
    """Give the successes of the first group that fit all four totals and odds in the ratio a : b.

    The root of ``b e (n2 - K + e) = a (n1 - e)(K - e)`` with K = x1 + x2, by the form that subtracts nothing; the
    discriminant is a sum of terms that are not negative.
    """
    successes = x1 + x2
    middle = b * (n2 - successes) + a * (n1 + successes)
    whole = b * (n2 - successes) + a * (n1 - successes)
    root = np.sqrt(whole**2 + 4 * a * b * successes * (n1 + n2 - successes))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(middle >= 0, 2 * a * n1 * successes / (middle + root), (root - middle) / (2 * (b - a)))
    return np.asarray(np.clip(np.nan_to_num(expected), np.maximum(0, successes - n2), np.minimum(n1, successes)))


def inverse_information(n1: FloatArray, n2: FloatArray, successes: FloatArray, expected: FloatArray) -> FloatArray:
    """Give one over the sum of the reciprocals of the four fitted cells; 0 where one of them is empty."""
    cells = np.stack(np.broadcast_arrays(expected, n1 - expected, successes - expected, n2 - successes + expected))
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (1 / np.maximum(cells, 0)).sum(axis=0))


def _estimate(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(x1 * (n2 - x2) / (x2 * (n1 - x1)))


def _lower(method: str, x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    limit = ODDS_RATIO_INTERVALS[method](x1, n1, x2, n2, level)
    # No success in the first group or only successes in the second: the estimate is 0, or there is none.
    return np.where(x1 * (n2 - x2) > 0, np.fmin(limit, _estimate(x1, n1, x2, n2)), 0.0)


def _score(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, chi2: FloatArray) -> FloatArray:
    """Invert the score test; the ratio is held as a : b with a + b = 1, so that infinity is a value like any other."""
    top, bottom = x1 * (n2 - x2), x2 * (n1 - x1)
    estimate = np.divide(top, top + bottom, out=np.zeros_like(top), where=top + bottom > 0)
    a = lower_limit(_excess, np.zeros_like(estimate), estimate, x1, n1, x2, n2, chi2)
    with np.errstate(divide="ignore"):
        return np.asarray(a / (1 - a))


def _excess(
    a: FloatArray, x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, chi2: FloatArray
) -> FloatArray:
    """Give by how much the error is more than its critical value."""
    expected = expected_successes(x1, n1, x2, n2, a, 1 - a)
    return np.asarray(x1 - expected - np.sqrt(chi2 * inverse_information(n1, n2, x1 + x2, expected)))


def _cornfield(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    return _score(x1, n1, x2, n2, np.full_like(n1, normal_quantile(level) ** 2))


def _miettinen_nurminen(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    return _score(x1, n1, x2, n2, normal_quantile(level) ** 2 * variance_factor(n1 + n2))


def _woolf(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    cells = np.stack([x1, n2 - x2, x2, n1 - x1])
    possible = (cells > 0).all(axis=0)
    a, d, b, c = np.where(possible, cells, 1.0)
    error = np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return np.where(possible, np.exp(np.log(a / b * d / c) - normal_quantile(level) * error), 0.0)


def _woolf_half(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    return _woolf(x1 + 0.5, n1 + 1, x2 + 0.5, n2 + 1, level)


def _exact(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    return conditional_lower_limit(x1, n1, x2, n2, level, tie_weight=1.0)


def _mid_p(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float) -> FloatArray:
    return conditional_lower_limit(x1, n1, x2, n2, level, tie_weight=0.5)


ODDS_RATIO_INTERVALS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {
        "score": _cornfield,
        "miettinen_nurminen": _miettinen_nurminen,
        "woolf": _woolf,
        "woolf_half": _woolf_half,
        "exact": _exact,
        "mid_p": _mid_p,
    }
)
"""Name of a method to the function that gives its lower limit."""
