"""Many comparisons at once: adjusted p values, and intervals for the worst comparison of a family."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from fairloss.inference.arguments import FloatArray, as_level, as_p_values, as_rates_by_group
from fairloss.inference.extremes import extreme_lower_limit
from fairloss.inference.intervals import Interval

__all__ = ["benjamini_hochberg", "bonferroni", "holm", "worst_gap_interval", "worst_ratio_interval"]

_BLOCK = 1 << 18
"""Ordered pairs that are held in memory at a time."""


def holm(p: ArrayLike) -> FloatArray:
    """Adjust p values so that any false finding at all has at most the chance at which they are read (Holm 1979).

    Parameters
    ----------
    p : array_like
        p values of one family, of any shape; NaN (no test was possible) stays NaN and does not count.

    Returns
    -------
    ndarray of float64
        Adjusted p values in the same places.

    Raises
    ------
    InputError
        Where a value is not between 0 and 1.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005]).round(3).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    values, order = _sorted_family(as_p_values("holm", p))
    adjusted = np.maximum.accumulate(values.ravel()[order] * np.arange(len(order), 0, -1))
    return _put_back(values, order, adjusted)


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """Adjust p values so that false findings are at most that share of the findings (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p : array_like
        p values of one family, of any shape; NaN (no test was possible) stays NaN and does not count.

    Returns
    -------
    ndarray of float64
        Adjusted p values in the same places.

    Raises
    ------
    InputError
        Where a value is not between 0 and 1.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.005]).round(3).tolist()
    [0.02, 0.04, 0.04, 0.02]
    """
    values, order = _sorted_family(as_p_values("benjamini_hochberg", p))
    steps = values.ravel()[order] * (len(order) / np.arange(1, len(order) + 1))
    return _put_back(values, order, np.minimum.accumulate(steps[::-1])[::-1])


def bonferroni(p: ArrayLike) -> FloatArray:
    """Multiply p values by how many there are: never below `holm`, for comparison with other tools.

    Parameters
    ----------
    p : array_like
        p values of one family, of any shape; NaN (no test was possible) stays NaN and does not count.

    Returns
    -------
    ndarray of float64
        Adjusted p values in the same places, at most 1.

    Raises
    ------
    InputError
        Where a value is not between 0 and 1.

    Examples
    --------
    >>> bonferroni([0.01, 0.04, 0.03, 0.005]).round(3).tolist()
    [0.04, 0.16, 0.12, 0.02]
    """
    values = as_p_values("bonferroni", p)
    return np.minimum(values * np.count_nonzero(~np.isnan(values)), 1.0)


def worst_gap_interval(x: ArrayLike, n: ArrayLike, *, level: float = 0.95, method: str = "newcombe") -> Interval:
    """Say how large the largest difference between any two groups may be in truth.

    The low end is the largest lower limit of all pairs, each at the Bonferroni level for all pairs of all rates; it is
    above 0 exactly when some pair differs after that adjustment. The high end is the largest upper limit of all
    pairs, each at the plain level.

    Parameters
    ----------
    x, n : array_like
        Counts of shape (groups,), or (rates, groups) where the largest gap over several rates is meant, e.g. the true
        and the false positive rate for equalized odds. Groups with n = 0 say nothing and are left out.
    level : float
        Confidence level of the whole statement.
    method : {"newcombe", "miettinen_nurminen", "mee", "gart_nam"}
        The interval of a pair, see `difference_interval`.

    Returns
    -------
    Interval
        Scalars within [0, 1]; [0, 1] where no two groups can be compared.

    Raises
    ------
    InputError
        Where counts or level cannot be used; `UnknownName` for an unknown method.

    Notes
    -----
    A percentile bootstrap of the observed maximum cannot cover a true gap of 0. Why this interval covers: let D be the
    true largest gap, m the number of pairs and a = 1 - level.

    - The low end exceeds D only if a lower limit exceeds its own difference. There are 2m ordered pairs, each erring
      with probability a/2m: at most a in all, whatever D is.
    - The high end falls below D only if the upper limit of the one pair that truly has the gap D does: probability a/2,
      with no adjustment, since that pair is fixed by the truth and not chosen by looking at the data.
    - They do not add up to more than a. The high end falls below D only if both limits of every pair lie within
      (-D, D), hence only if D exceeds half the width of every interval. For such a D the m lower limits of the pairs
      turned the wrong way exceed D only where an estimate is off by both its margins (below 0.0001 in all at level
      0.95), which leaves m pairs that err with probability a/2m: a/2 for the low end and a/2 for the high end.

    So the coverage is at least the level as far as the limits of a pair err as stated; tests check it by simulation.

    Examples
    --------
    >>> interval = worst_gap_interval([12, 48, 30], [40, 80, 60])
    >>> print(f"{interval.low:.3f} to {interval.high:.3f}")
    0.068 to 0.456
    """
    strictest, widest = _extreme_lower_limits("difference", "worst_gap_interval", x, n, level, method)
    return Interval(np.fmax(strictest, 0), np.where(np.isnan(widest), 1.0, -widest), float(level), method)


def worst_ratio_interval(x: ArrayLike, n: ArrayLike, *, level: float = 0.95, method: str = "koopman") -> Interval:
    """Say how small the smallest ratio between any two groups, lowest over highest rate, may be in truth.

    The mirror image of `worst_gap_interval`, with the same argument for its coverage: the low end is the smallest lower
    limit of all pairs at the plain level; the high end is the smallest upper limit at the Bonferroni level, at most 1.

    Parameters
    ----------
    x, n : array_like
        Counts of shape (groups,) or (rates, groups). Groups with n = 0 say nothing and are left out.
    level : float
        Confidence level of the whole statement.
    method : {"koopman", "miettinen_nurminen", "gart_nam", "mover_r", "katz"}
        The interval of a pair, see `ratio_interval`.

    Returns
    -------
    Interval
        Scalars within [0, 1]; [0, 1] where no two groups can be compared.

    Raises
    ------
    InputError
        Where counts or level cannot be used; `UnknownName` for an unknown method.

    Examples
    --------
    >>> interval = worst_ratio_interval([12, 48, 30], [40, 80, 60])
    >>> print(f"{interval.low:.3f} to {interval.high:.3f}")
    0.293 to 0.869
    """
    strictest, widest = _extreme_lower_limits("ratio", "worst_ratio_interval", x, n, level, method)
    return Interval(np.fmax(widest, 0), 1 / np.fmax(strictest, 1), float(level), method)


def _extreme_lower_limits(
    kind: str, who: str, x: ArrayLike, n: ArrayLike, level: float, method: str
) -> tuple[FloatArray, FloatArray]:
    """Give the largest lower limit at the adjusted level and the smallest at the plain one, over all ordered pairs.

    NaN where there is no pair. Upper limits need no search of their own: they are lower limits of the swapped pair.
    """
    level = as_level(who, level)
    x, n = as_rates_by_group(who, x, n)
    families = [(row[size > 0], size[size > 0]) for row, size in zip(x, n, strict=True)]
    pairs = sum(len(size) * (len(size) - 1) // 2 for _, size in families)
    adjusted = 1 - (1 - level) / max(pairs, 1)
    strictest = widest = np.float64(np.nan)
    for row, size in families:
        for pair in _blocks_of_pairs(row, size):
            strictest = np.fmax(strictest, extreme_lower_limit(kind, method, adjusted, *pair, largest=True))
            widest = np.fmin(widest, extreme_lower_limit(kind, method, level, *pair, largest=False))
    return np.asarray(strictest), np.asarray(widest)


def _blocks_of_pairs(x: FloatArray, n: FloatArray) -> Iterator[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]:
    """Give the counts of all ordered pairs of groups, once where several pairs have the same counts."""
    (x, n), copies = np.unique(np.stack([x, n]), axis=1, return_counts=True)
    step = max(1, _BLOCK // max(len(n), 1))
    for start in range(0, len(n), step):
        first = np.arange(start, min(start + step, len(n)))
        one, two = np.nonzero((first[:, None] != np.arange(len(n))) | (copies[first, None] > 1))
        if len(one):
            yield x[one + start], n[one + start], x[two], n[two]


def _sorted_family(values: FloatArray) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Give the values and the places of those that are not NaN, smallest first."""
    order = np.argsort(values, axis=None, kind="stable")
    return values, order[: values.size - int(np.isnan(values).sum())]


def _put_back(values: FloatArray, order: np.ndarray[tuple[int], np.dtype[np.intp]], adjusted: FloatArray) -> FloatArray:
    result = np.full(values.size, np.nan)
    result[order] = np.minimum(adjusted, 1)
    return result.reshape(values.shape)
