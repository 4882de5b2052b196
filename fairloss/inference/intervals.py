"""Intervals on counts: how sure we are of a rate, a difference and a ratio.

A method is its lower limit; the upper limit follows from symmetry (the complement of a rate, the swapped pair of a
difference or a ratio). To add a method is to add one line to the catalogue of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import UnknownName
from fairloss.inference.arguments import FloatArray, as_counts, as_level
from fairloss.inference.differences import DIFFERENCE_METHODS
from fairloss.inference.rates import RATE_METHODS
from fairloss.inference.ratios import RATIO_METHODS

__all__ = ["INTERVALS", "Interval", "difference_interval", "lower_of_pair", "rate_interval", "ratio_interval"]

INTERVALS: Mapping[str, Mapping[str, Callable[..., FloatArray]]] = MappingProxyType(
    {"rate": RATE_METHODS, "difference": DIFFERENCE_METHODS, "ratio": RATIO_METHODS}
)
"""Kind of statistic to name of method to the function that gives its lower limit."""

_NOTHING_KNOWN = {"rate": 0.0, "difference": -1.0, "ratio": 0.0}


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """The values that the data do not contradict, with the level and the method that say what this means.

    Attributes
    ----------
    low, high : ndarray of float64
        The ends, of the common shape of the counts.
    level : float
        The share of repetitions in which such an interval holds the true value.
    method : str
        The name in the catalogue.
    """

    low: FloatArray
    high: FloatArray
    level: float
    method: str

    def __post_init__(self) -> None:
        # NumPy turns 0-d arrays into scalars at the first operation; an end is always an array.
        object.__setattr__(self, "low", np.asarray(self.low))
        object.__setattr__(self, "high", np.asarray(self.high))


def rate_interval(x: ArrayLike, n: ArrayLike, *, level: float = 0.95, method: str = "wilson") -> Interval:
    """Say between which rates the truth may lie when x of n was seen.

    Parameters
    ----------
    x, n : array_like
        Counts with 0 <= x <= n, broadcast together; fractional where data are weighted (see `effective_size`).
    level : float
        Two-sided confidence level.
    method : {"wilson", "clopper_pearson", "jeffreys", "agresti_coull"}
        Score interval (Wilson 1927), exact (at least the level, often more), equal-tailed Jeffreys posterior, or the
        normal interval after z²/2 successes and failures were added (Agresti and Coull 1998), a little wider than
        Wilson's and nearer to the level at small counts.

    Returns
    -------
    Interval
        Always defined, within [0, 1], and holding x/n; [0, 1] where n is 0.

    Raises
    ------
    InputError
        Where counts or level cannot be used; `UnknownName` for an unknown method.

    References
    ----------
    Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133.

    Examples
    --------
    >>> interval = rate_interval([12, 0], [40, 15])
    >>> interval.low.round(3).tolist(), interval.high.round(3).tolist()
    ([0.181, 0.0], [0.454, 0.204])
    """
    who = "rate_interval"
    function = _method("rate", method)
    level = as_level(who, level)
    x, n = as_counts(who, (x, n))

    def lower(x: FloatArray) -> FloatArray:
        some = np.where(n > 0, n, 1.0)
        return np.where(n > 0, np.minimum(function(x, some, level), x / some), _NOTHING_KNOWN["rate"])

    return Interval(lower(x), 1 - lower(n - x), level, method)


def difference_interval(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, level: float = 0.95, method: str = "newcombe"
) -> Interval:
    """Say between which values the difference of two rates, first minus second, may lie.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first and of the second group, broadcast together.
    level : float
        Two-sided confidence level.
    method : {"newcombe", "miettinen_nurminen", "mee", "gart_nam"}
        Hybrid of two Wilson intervals (closed form); score intervals with the factor N/(N - 1), without it, and with a
        correction for skewness.

    Returns
    -------
    Interval
        Always defined, within [-1, 1], and holding the difference; [-1, 1] where a group is empty.

    Raises
    ------
    InputError
        Where counts or level cannot be used; `UnknownName` for an unknown method.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890; Miettinen and Nurminen (1985), ibid. 4, 213-226; Gart and Nam
    (1990), Biometrics 46, 637-643.

    Examples
    --------
    >>> interval = difference_interval(56, 70, 48, 80)
    >>> print(f"{interval.low:.4f} to {interval.high:.4f}")
    0.0524 to 0.3339
    """
    who = "difference_interval"
    level = as_level(who, level)
    low, swapped = lower_of_pair("difference", method, level, *_both_ways(who, x1, n1, x2, n2))
    return Interval(low, -swapped, level, method)


def ratio_interval(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, level: float = 0.95, method: str = "koopman"
) -> Interval:
    """Say between which values the ratio of two rates, first over second, may lie.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first group and of the second, the reference, broadcast together.
    level : float
        Two-sided confidence level.
    method : {"koopman", "miettinen_nurminen", "gart_nam", "mover_r", "katz"}
        Score intervals: plain, with the factor N/(N - 1), and with a correction for skewness, which audits print (it
        keeps the level where few are compared with many); a closed form within about 0.003 of the first; and the
        log-normal interval, which fails at empty and full cells and is here for comparison with other tools.

    Returns
    -------
    Interval
        Always defined and holding the ratio: 0/n has the low end 0, a reference without a success has the high end
        infinity; [0, inf] where both are without a success or a group is empty.

    Raises
    ------
    InputError
        Where counts or level cannot be used; `UnknownName` for an unknown method.

    References
    ----------
    Koopman (1984), Biometrics 40, 513-517; Gart and Nam (1988), ibid. 44, 323-338; Laud (2017), Pharmaceutical
    Statistics 16, 334-348; Donner and Zou (2012), Stat. Methods Med. Res. 21, 347-359.

    Examples
    --------
    >>> interval = ratio_interval(12, 40, 48, 80)
    >>> print(f"{interval.low:.4f} to {interval.high:.4f}")
    0.2933 to 0.7939
    """
    who = "ratio_interval"
    level = as_level(who, level)
    low, swapped = lower_of_pair("ratio", method, level, *_both_ways(who, x1, n1, x2, n2))
    with np.errstate(divide="ignore", over="ignore"):
        return Interval(low, 1 / swapped, level, method)


def lower_of_pair(
    kind: str, method: str, level: float, x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray
) -> FloatArray:
    """Give the lower limit of a difference or a ratio for checked counts of one shape, empty groups included."""
    function = _method(kind, method)
    known = (n1 > 0) & (n2 > 0)
    n1, n2 = np.where(known, n1, 1.0), np.where(known, n2, 1.0)
    x1, x2 = np.where(known, x1, 0.0), np.where(known, x2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        estimate = x1 / n1 - x2 / n2 if kind == "difference" else (x1 / n1) / (x2 / n2)
    limit = np.fmin(function(x1, n1, x2, n2, level), estimate)
    return np.where(known, limit, _NOTHING_KNOWN[kind])


def _both_ways(who: str, *counts: ArrayLike) -> tuple[FloatArray, ...]:
    """Give the counts of a pair, and of the swapped pair, whose lower limit is the upper one: one search for both."""
    x1, n1, x2, n2 = as_counts(who, (counts[0], counts[1]), (counts[2], counts[3]))
    return np.stack([x1, x2]), np.stack([n1, n2]), np.stack([x2, x1]), np.stack([n2, n1])


def _method(kind: str, method: str) -> Callable[..., FloatArray]:
    try:
        return INTERVALS[kind][method]
    except (KeyError, TypeError) as error:
        raise UnknownName(f"{kind} interval method", method, INTERVALS[kind]) from error
