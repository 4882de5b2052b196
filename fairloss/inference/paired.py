"""The same people decided twice: only those whose outcome changed say anything about the change of a rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference.arguments import FloatArray, as_counts, as_level, as_whole_counts, normal_quantile
from fairloss.inference.intervals import Interval
from fairloss.inference.inversion import lower_limit

__all__ = ["CHANGE_TESTS", "change_interval", "change_of_gap_interval", "change_p_value"]


def change_interval(gained: ArrayLike, lost: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> Interval:
    """Say between which values the change of a rate may lie when the same n people were decided twice.

    Inverts the score test of a given change (Tango 1998), which keeps a width where nobody changed.

    Parameters
    ----------
    gained, lost : array_like
        How many went from an unfavorable to a favorable outcome, and back.
    n : array_like
        How many were decided twice; all broadcast together.
    level : float
        Two-sided confidence level.

    Returns
    -------
    Interval
        Of the second rate minus the first, holding ``(gained - lost)/n``; [-1, 1] where n is 0.

    Raises
    ------
    InputError
        Where counts or level cannot be used, or more people changed than there are.

    References
    ----------
    Tango (1998), Statistics in Medicine 17, 891-908.

    Examples
    --------
    >>> interval = change_interval([12, 0], [4, 0], 100)
    >>> interval.low.round(3).tolist(), interval.high.round(3).tolist()
    ([0.002, -0.037], [0.166, 0.037])
    """
    gained, lost, n = _changes("change_interval", gained, lost, n)
    level = as_level("change_interval", level)
    low, high = _lower(gained, lost, n, level), -_lower(lost, gained, n, level)
    return Interval(low, high, level, "tango")


def change_of_gap_interval(
    gained1: ArrayLike,
    lost1: ArrayLike,
    n1: ArrayLike,
    gained2: ArrayLike,
    lost2: ArrayLike,
    n2: ArrayLike,
    *,
    level: float = 0.95,
) -> Interval:
    """Say how much the difference between two groups may have changed when the same people were decided twice.

    ``(after1 - after2) - (before1 - before2)`` is the change of the first group minus that of the second. The groups
    are different people, so their two intervals are combined as Newcombe combines those of two rates.

    Parameters
    ----------
    gained1, lost1, n1, gained2, lost2, n2 : array_like
        The changes of each group as in `change_interval`, broadcast together.
    level : float
        Two-sided confidence level.

    Returns
    -------
    Interval
        Within [-2, 2], and exactly that where a group is empty.

    Raises
    ------
    InputError
        Where counts or level cannot be used.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> interval = change_of_gap_interval(12, 4, 100, 2, 3, 120)
    >>> print(f"{interval.low:.3f} to {interval.high:.3f}")
    -0.002 to 0.187
    """
    one, two = (
        change_interval(gained1, lost1, n1, level=level),
        change_interval(gained2, lost2, n2, level=level),
    )
    n1, n2 = np.asarray(n1, np.float64), np.asarray(n2, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (np.subtract(gained1, lost1) / n1, np.subtract(gained2, lost2) / n2)
    center = first - second
    low = center - np.hypot(first - one.low, two.high - second)
    high = center + np.hypot(one.high - first, second - two.low)
    known = (n1 > 0) & (n2 > 0)
    return Interval(
        np.where(known, np.maximum(low, -2), -2.0), np.where(known, np.minimum(high, 2), 2.0), one.level, "mover_tango"
    )


def change_p_value(gained: ArrayLike, lost: ArrayLike, *, method: str = "mid_p") -> FloatArray:
    """Say how surprising the changes are if gaining and losing were equally likely (McNemar's test).

    Parameters
    ----------
    gained, lost : array_like
        How many changed each way, broadcast together.
    method : {"mid_p", "exact", "asymptotic"}
        The binomial test of gained among all that changed, with the observed count by half or whole; or the upper tail
        of ``(gained - lost)² / (gained + lost)``. The first two need whole counts.

    Returns
    -------
    ndarray of float64
        Two-sided; 1 where nobody changed.

    Raises
    ------
    InputError
        Where counts cannot be used; `UnknownName` for an unknown method.

    References
    ----------
    Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13, 91.

    Examples
    --------
    >>> print(f"{change_p_value(12, 4):.4f}")
    0.0490
    """
    if method not in CHANGE_TESTS:
        raise UnknownName("test of change", method, CHANGE_TESTS)
    total = np.add(gained, lost)
    check = as_counts if method == "asymptotic" else as_whole_counts
    gained, total = check("change_p_value", (gained, total))
    return CHANGE_TESTS[method](gained, total)


def _changes(who: str, gained: ArrayLike, lost: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    gained, n, lost, _ = as_counts(who, (gained, n), (lost, n))
    beyond = gained + lost > n * (1 + 1e-9)
    if beyond.any():
        raise InputError(
            f"{who} needs at most n people who changed, but got gained={quote(float(gained[beyond][0]))} and "
            f"lost={quote(float(lost[beyond][0]))} of n={quote(float(n[beyond][0]))}; count each person once."
        )
    return gained, lost, n


def _lower(gained: FloatArray, lost: FloatArray, n: FloatArray, level: float) -> FloatArray:
    some, chi2 = np.where(n > 0, n, 1.0), np.full_like(n, normal_quantile(level) ** 2)
    estimate = (gained - lost) / some
    return np.where(n > 0, lower_limit(_excess, np.full_like(n, -1.0), estimate, gained, lost, some, chi2), -1.0)


def _excess(change: FloatArray, gained: FloatArray, lost: FloatArray, n: FloatArray, chi2: FloatArray) -> FloatArray:
    """Give by how much the error is more than its critical value."""
    losing = _restricted_losses(gained, lost, n, change)
    variance = np.maximum(2 * losing + change - change**2, 0) / n
    return np.asarray((gained - lost) / n - change - np.sqrt(chi2 * variance))


def _restricted_losses(gained: FloatArray, lost: FloatArray, n: FloatArray, change: FloatArray) -> FloatArray:
    """Give the most likely chance of losing among those with chance of gaining - chance of losing = change.

    The larger root of ``2 n q² - b q - lost * change (1 - change)``, by the form that subtracts nothing.
    """
    b = gained + lost - (2 * n - gained + lost) * change
    product = lost * change * (1 - change)
    root = np.sqrt(np.maximum(b**2 + 8 * n * product, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        losing = np.where(b >= 0, (b + root) / (4 * n), 2 * product / (root - b))
    return np.asarray(np.clip(np.nan_to_num(losing), np.maximum(0, -change), (1 - change) / 2))


def _binomial(gained: FloatArray, total: FloatArray, tie_weight: float) -> FloatArray:
    from scipy.stats import binom

    fewer = np.minimum(gained, total - gained)
    tail = 2 * binom.cdf(fewer, total, 0.5) - 2 * (1 - tie_weight) * binom.pmf(fewer, total, 0.5)
    return np.asarray(np.where(total > 0, np.minimum(tail, 1), 1.0))


def _exact(gained: FloatArray, total: FloatArray) -> FloatArray:
    return _binomial(gained, total, 1.0)


def _mid_p(gained: FloatArray, total: FloatArray) -> FloatArray:
    return _binomial(gained, total, 0.5)


def _asymptotic(gained: FloatArray, total: FloatArray) -> FloatArray:
    from scipy.special import erfc

    gap = np.abs(2 * gained - total)
    return np.asarray(erfc(gap / np.sqrt(2 * np.where(total > 0, total, 1.0))))


CHANGE_TESTS: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = MappingProxyType(
    {"mid_p": _mid_p, "exact": _exact, "asymptotic": _asymptotic}
)
"""Name of a test to the function that gives its two-sided p value from the gained among all that changed."""
