"""Tests of two equal rates, and the four-fifths rule in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference.arguments import FloatArray, as_counts

__all__ = ["TESTS", "EqualityTest", "below_four_fifths", "equality_test"]

_TIE = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class EqualityTest:
    """How surprising two rates are if they are equal in truth.

    Attributes
    ----------
    z : ndarray of float64
        The pooled z statistic, negative where the first rate is the lower one, whatever the method; the "number of
        standard deviations" of US employment cases.
    p_value : ndarray of float64
        Two-sided, by the method.
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
    method : {"pooled_z", "fisher_exact", "fisher_mid_p"}
        ``(p1 - p2) / sqrt(p (1 - p) (1/n1 + 1/n2))`` with the pooled rate p and without continuity correction; or
        Fisher's test, two-sided by minimum likelihood, and its mid-p, which counts tables as likely as the observed
        one by half. The exact tests need whole counts.

    Returns
    -------
    EqualityTest
        Where nobody or everybody succeeds in both groups no other table has the same totals: z is 0 and p is 1
        (by its definition 0.5 as mid-p). Where a group is empty nothing is compared: both are NaN.

    Raises
    ------
    InputError
        Where counts cannot be used, or are fractional in an exact test; `UnknownName` for an unknown method.

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
    z = _pooled_z(x1, n1, x2, n2)
    p_value = np.where(np.isnan(z), np.nan, TESTS[method](x1, n1, x2, n2))
    return EqualityTest(z, p_value, method)


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


def _pooled_z(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    """Give the pooled z, written over the counts: ``(x1 n2 - x2 n1) sqrt(N) / sqrt(n1 n2 K (N - K))``."""
    successes, failures = x1 + x2, (n1 - x1) + (n2 - x2)
    varies = (successes > 0) & (failures > 0)
    spread = np.sqrt(n1) * np.sqrt(n2) * np.sqrt(successes) * np.sqrt(failures)
    z = np.divide((x1 * n2 - x2 * n1) * np.sqrt(n1 + n2), spread, out=np.zeros_like(x1), where=varies & (spread > 0))
    return np.where((n1 > 0) & (n2 > 0), z, np.nan)


def _normal_p(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    from scipy.special import erfc

    p_value: FloatArray = erfc(np.abs(_pooled_z(x1, n1, x2, n2)) / np.sqrt(2))
    return p_value


def _fisher(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, tie_weight: float) -> FloatArray:
    tables = np.stack([x1.ravel(), n1.ravel(), x2.ravel(), n2.ravel()], axis=1)
    fractional = tables != np.floor(tables)
    if fractional.any():
        raise InputError(
            f"An exact test needs whole counts, but got {quote(float(tables[fractional][0]))}; "
            "for weighted data use method='pooled_z'."
        )
    unique, places = np.unique(tables.astype(np.int64), axis=0, return_inverse=True)
    p_values = np.array([_fisher_p(*row, tie_weight=tie_weight) for row in unique.tolist()], dtype=np.float64)
    return p_values[places.ravel()].reshape(x1.shape)


def _fisher_p(x1: int, n1: int, x2: int, n2: int, *, tie_weight: float) -> float:
    """Add up the hypergeometric probabilities below the observed one, and its ties by ``tie_weight``.

    Tables further from the expected one than 40 standard deviations and 500 have probabilities below 1e-300
    (Bernstein's inequality) and are left out, which keeps millions of rows fast.
    """
    from scipy.stats import hypergeom

    total, successes = n1 + n2, x1 + x2
    expected = successes * n1 / max(total, 1)
    variance = expected * (1 - n1 / max(total, 1)) * (1 - successes / max(total, 1))
    reach = int(40 * variance**0.5) + 500
    first = max(0, successes - n2, int(expected) - reach)
    last = min(successes, n1, int(expected) + reach)
    likelihood = hypergeom.pmf(np.arange(first, last + 1), total, successes, n1)
    seen = hypergeom.pmf(x1, total, successes, n1)
    ties = np.abs(likelihood - seen) <= _TIE * seen
    return float(min(1.0, likelihood[~ties & (likelihood < seen)].sum() + tie_weight * likelihood[ties].sum()))


def _fisher_exact(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _fisher(x1, n1, x2, n2, tie_weight=1.0)


def _fisher_mid_p(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _fisher(x1, n1, x2, n2, tie_weight=0.5)


TESTS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {"pooled_z": _normal_p, "fisher_exact": _fisher_exact, "fisher_mid_p": _fisher_mid_p}
)
"""Name of a test to the function that gives its two-sided p value."""
