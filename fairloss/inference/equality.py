"""Tests of two equal rates, and the four-fifths rule in exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.errors import UnknownName
from fairloss.inference.arguments import FloatArray, as_counts
from fairloss.inference.p_values import TESTS, pooled_z, yates_z
from fairloss.inference.p_values import hypergeometric_z as _hypergeometric_z

__all__ = ["TESTS", "EqualityTest", "below_four_fifths", "equality_test", "hypergeometric_z", "yates_chi_square"]


@dataclass(frozen=True, slots=True, eq=False)
class EqualityTest:
    """How surprising two rates are if they are equal in truth.

    Attributes
    ----------
    z : ndarray of float64
        The pooled z statistic, negative where the first rate is the lower one, whatever the method; the "number of
        standard deviations" of US employment cases.
    p_value : ndarray of float64
        By the method; two-sided but for ``"fisher_lower"``.
    method : str
        The name in the catalogue.
    """

    z: FloatArray
    p_value: FloatArray
    method: str


def equality_test(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, method: str = "pooled_z"
) -> EqualityTest:
    """Test whether two groups have the same rate.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first and of the second group, broadcast together.
    method : name in `TESTS`
        ``"pooled_z"``: ``(p1 - p2) / sqrt(p (1 - p) (1/n1 + 1/n2))`` with the pooled rate p and without continuity
        correction, whose square is the chi-square of the table. ``"hypergeometric_z"``: with the variance of the
        hypergeometric distribution. ``"yates"``: see `yates_chi_square`. ``"fisher_exact"``: two-sided by minimum
        likelihood; ``"fisher_mid_p"`` counts tables as likely as the observed one by half; ``"fisher_lower"`` is
        one-sided: the chance of x1 or fewer. ``"boschloo"`` and ``"barnard"`` (pooled): the unconditional tests as
        scipy has them, for at most 1,000 people in a table since their work grows with the square of it. Exact tests
        need whole counts.

    Returns
    -------
    EqualityTest
        Where nobody or everybody succeeds in both groups no other table has the same totals: z is 0 and p is 1
        (by its definition 0.5 as mid-p). Where a group is empty nothing is compared: both are NaN.

    Raises
    ------
    InputError
        Where counts cannot be used, or are fractional or too many in an exact test; `UnknownName` for an unknown
        method.

    References
    ----------
    Fagerland, Lydersen and Laake (2015), Statistical Methods in Medical Research 24, 224-254.

    Examples
    --------
    >>> test = equality_test(12, 40, 48, 80, method="fisher_exact")
    >>> print(f"z {test.z:.3f}, p {test.p_value:.4f}")
    z -3.098, p 0.0034
    """
    if method not in TESTS:
        raise UnknownName("test of equal rates", method, TESTS)
    x1, n1, x2, n2 = as_counts("equality_test", (x1, n1), (x2, n2))
    z = pooled_z(x1, n1, x2, n2)
    p_value = np.where(np.isnan(z), np.nan, TESTS[method](x1, n1, x2, n2))
    return EqualityTest(z, p_value, method)


def hypergeometric_z(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> FloatArray:
    """Give the standard deviations between x1 and its expectation when the totals of the table are fixed.

    ``(x1 - E) / sqrt(V)`` with K selected of N, ``E = K n1/N`` and ``V = K (N - K) n1 n2 / (N² (N - 1))``: the pooled z
    times ``sqrt((N - 1)/N)``.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first and of the second group, broadcast together.

    Returns
    -------
    ndarray of float64
        0 where nobody or everybody succeeds, NaN where a group is empty.

    Raises
    ------
    InputError
        Where counts cannot be used.

    Examples
    --------
    >>> print(f"{hypergeometric_z(12, 40, 48, 80):.3f}")
    -3.085
    """
    x1, n1, x2, n2 = as_counts("hypergeometric_z", (x1, n1), (x2, n2))
    return _hypergeometric_z(x1, n1, x2, n2)


def yates_chi_square(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> FloatArray:
    """Give the chi-square of the table with the correction of Yates, for comparison with other tools.

    ``N (|x1 n2 - x2 n1| - N/2)² / (n1 n2 K (N - K))`` with K selected of N, the bracket not below 0. It makes the test
    too careful: prefer the pooled z or, for few people, Fisher's mid-p.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first and of the second group, broadcast together.

    Returns
    -------
    ndarray of float64
        0 where nobody or everybody succeeds, NaN where a group is empty.

    Raises
    ------
    InputError
        Where counts cannot be used.

    References
    ----------
    Yates (1934), Supplement to the Journal of the Royal Statistical Society 1, 217-235.

    Examples
    --------
    >>> print(f"{yates_chi_square(12, 40, 48, 80):.4f}")
    8.4375
    """
    return np.asarray(yates_z(*as_counts("yates_chi_square", (x1, n1), (x2, n2))) ** 2)


def below_four_fifths(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> NDArray[np.bool_]:
    """Say whether the first rate is less than four-fifths of the second, without rounding.

    Compares ``5 * x1 * n2 < 4 * x2 * n1`` in integers of any size: 3/5 against 6/8 is exactly four-fifths, hence not
    below, where floats say 0.7999999999999999. Fractional counts (weights) are taken at their exact binary values,
    so a weight such as 0.1 enters as the float that it is.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first group and of the reference, broadcast together.

    Returns
    -------
    ndarray of bool
        False also where there is no ratio (an empty group, a reference without a success).

    Raises
    ------
    InputError
        Where counts cannot be used.

    References
    ----------
    29 CFR 1607.4D.

    Examples
    --------
    >>> below_four_fifths([3, 12], [5, 40], [6, 48], [8, 80]).tolist()
    [False, True]
    """
    counts = as_counts("below_four_fifths", (x1, n1), (x2, n2))
    rows = zip(*(map(Fraction, array.ravel().tolist()) for array in counts), strict=True)
    return np.array([5 * a * d < 4 * c * b for a, b, c, d in rows], dtype=bool).reshape(counts[0].shape)
