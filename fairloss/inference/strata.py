"""Two groups compared within strata: departments, grades, periods. The last axis of the counts is the strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.inference.arguments import FloatArray, as_strata

__all__ = [
    "StandardizedRates",
    "StratifiedTest",
    "cochran_mantel_haenszel",
    "mantel_haenszel_odds_ratio",
    "standardized_rates",
]

_ROUNDING = 1e-12
"""Rates that differ by less are equal: their sums over the strata are rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class StratifiedTest:
    """How surprising the strata are if within each of them both groups have the same rate.

    Attributes
    ----------
    expected : ndarray of float64
        Successes of the first group, in people, if the rates are equal within each stratum that has both groups.
    statistic : ndarray of float64
        Chi-square with one degree of freedom; NaN where no stratum has both groups and both outcomes.
    p_value : ndarray of float64
        Its upper tail.
    """

    expected: FloatArray
    statistic: FloatArray
    p_value: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class StandardizedRates:
    """The rates that both groups would have if each were spread over the strata as both together are.

    Attributes
    ----------
    first, second : ndarray of float64
        Standardized rates; NaN where no stratum has both groups.
    pooled_first, pooled_second : ndarray of float64
        The rates without regard to strata, for the same strata.
    reverses : ndarray of bool
        True where one pair of rates says that the first group's is lower and the other that it is higher: Simpson's
        reversal.
    """

    first: FloatArray
    second: FloatArray
    pooled_first: FloatArray
    pooled_second: FloatArray
    reverses: NDArray[np.bool_]


def cochran_mantel_haenszel(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, continuity: bool = False
) -> StratifiedTest:
    """Test whether two groups have the same rate within every stratum.

    ``(|sum(x1 - E)| - c)² / sum(V)`` with the hypergeometric expectation and variance of each stratum, c = 0 or 1/2.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of shape (..., strata), broadcast together. A stratum without one of the groups says nothing.
    continuity : bool
        Whether half a person is taken off the difference, as R's ``mantelhaen.test`` does by default.

    Returns
    -------
    StratifiedTest
        Arrays of shape (...).

    Raises
    ------
    InputError
        Where counts cannot be used or have no axis of strata.

    References
    ----------
    Mantel and Haenszel (1959), Journal of the National Cancer Institute 22, 719-748.

    Examples
    --------
    >>> test = cochran_mantel_haenszel([89, 17], [108, 25], [512, 353], [825, 560])
    >>> print(f"{test.statistic:.3f}, p {test.p_value:.5f}")
    15.468, p 0.00008
    """
    from scipy.special import erfc

    x1, n1, x2, n2 = as_strata("cochran_mantel_haenszel", x1, n1, x2, n2)
    total, successes = n1 + n2, x1 + x2
    some = np.maximum(total, 1)
    expected = n1 * successes / np.where(total > 0, total, 1)
    variance = np.where(total > 1, expected * (n2 / some) * (total - successes) / np.maximum(total - 1, 1e-300), 0)
    excess = np.abs((x1 - expected).sum(axis=-1))
    spread = variance.sum(axis=-1)
    excess = np.maximum(excess - 0.5 * continuity, 0)
    statistic = np.divide(excess**2, spread, out=np.full_like(spread, np.nan), where=spread > 0)
    return StratifiedTest(expected.sum(axis=-1), statistic, np.asarray(erfc(np.sqrt(statistic / 2))))


def mantel_haenszel_odds_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> FloatArray:
    """Give the odds ratio, first over second, that the strata have in common.

    ``sum(x1 (n2 - x2) / N) / sum(x2 (n1 - x1) / N)``.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of shape (..., strata), broadcast together.

    Returns
    -------
    ndarray of float64
        Of shape (...); infinity where only the denominator is 0, NaN where both sums are.

    Raises
    ------
    InputError
        Where counts cannot be used or have no axis of strata.

    Examples
    --------
    >>> print(f"{mantel_haenszel_odds_ratio([89, 17], [108, 25], [512, 353], [825, 560]):.3f}")
    2.352
    """
    x1, n1, x2, n2 = as_strata("mantel_haenszel_odds_ratio", x1, n1, x2, n2)
    total = np.where(n1 + n2 > 0, n1 + n2, 1)
    top, bottom = (x1 * (n2 - x2) / total).sum(axis=-1), (x2 * (n1 - x1) / total).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(top / bottom)


def standardized_rates(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> StandardizedRates:
    """Compare two groups as if they were spread alike over the strata, and say whether that turns the comparison.

    Direct standardization: ``sum(w x/n)`` with ``w`` the share of both groups together in a stratum, over the strata
    in which both groups occur.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of shape (..., strata), broadcast together.

    Returns
    -------
    StandardizedRates
        Arrays of shape (...).

    Raises
    ------
    InputError
        Where counts cannot be used or have no axis of strata.

    References
    ----------
    Bickel, Hammel and O'Connell (1975), Science 187, 398-404.

    Examples
    --------
    >>> rates = standardized_rates([90, 10], [100, 100], [800, 5], [1000, 60])
    >>> print(f"{rates.first:.3f} and {rates.second:.3f}, reverses: {rates.reverses}")
    0.798 and 0.709, reverses: True
    """
    x1, n1, x2, n2 = as_strata("standardized_rates", x1, n1, x2, n2)
    compared = n1 > 0
    some1, some2 = np.where(compared, n1, 1), np.where(compared, n2, 1)
    with np.errstate(invalid="ignore"):
        share = (n1 + n2) / (n1 + n2).sum(axis=-1, keepdims=True)
        first, second = (share * x1 / some1).sum(axis=-1), (share * x2 / some2).sum(axis=-1)
        pooled1, pooled2 = x1.sum(axis=-1) / n1.sum(axis=-1), x2.sum(axis=-1) / n2.sum(axis=-1)
    gap, pooled_gap = (np.where(np.abs(d) > _ROUNDING, d, 0) for d in (first - second, pooled1 - pooled2))
    return StandardizedRates(first, second, pooled1, pooled2, np.asarray(gap * pooled_gap < 0))
