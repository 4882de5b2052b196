"""What a comparison of two rates could have found: the power of the pooled z test."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_level, normal_quantile
from fairloss.inference.inversion import lower_limit

__all__ = ["minimum_detectable_ratio", "power_at_ratio"]


def power_at_ratio(
    ratio: ArrayLike, rate: ArrayLike, n1: ArrayLike, n2: ArrayLike, *, level: float = 0.95
) -> FloatArray:
    """Give the chance that the two-sided pooled z test rejects equal rates when their true ratio is this one.

    Normal approximation: ``Phi((d - z s0) / s1) + Phi((-d - z s0) / s1)`` with d = rate - ratio * rate and the standard
    errors s0 under equal and s1 under these rates.

    Parameters
    ----------
    ratio : array_like
        The true ratio of the first group's rate to the second's, within [0, 1].
    rate : array_like
        The rate of the second group, the reference, within (0, 1).
    n1, n2 : array_like
        Group sizes above 0; all four broadcast together.
    level : float
        One minus the two-sided level of the test.

    Returns
    -------
    ndarray of float64
        Probabilities.

    Raises
    ------
    InputError
        Where a value is outside its range.

    Examples
    --------
    >>> print(f"{power_at_ratio(0.8, 0.2, 20, 80):.3f}")
    0.057
    """
    ratio, rate, n1, n2 = (np.asarray(a, dtype=np.float64) for a in (ratio, rate, n1, n2))
    _require("ratios from 0 to 1", ratio, (ratio >= 0) & (ratio <= 1))
    _require("rates between 0 and 1, both excluded", rate, (rate > 0) & (rate < 1))
    for size in (n1, n2):
        _require("finite group sizes above 0", size, (size > 0) & np.isfinite(size))
    return _power(ratio, rate, n1, n2, normal_quantile(as_level("power_at_ratio", level)))


def minimum_detectable_ratio(
    rate: ArrayLike, n1: ArrayLike, n2: ArrayLike, *, power: float = 0.8, level: float = 0.95
) -> FloatArray:
    """Give the mildest true ratio below 1 that the pooled z test would find with the given chance.

    Parameters
    ----------
    rate : array_like
        The rate of the second group, the reference, within (0, 1).
    n1, n2 : array_like
        Group sizes above 0; all three broadcast together.
    power : float
        The chance of a finding, 0.8 by habit.
    level : float
        One minus the two-sided level of the test.

    Returns
    -------
    ndarray of float64
        Ratios within [0, 1); NaN where the groups are too small to find even a ratio of 0.

    Raises
    ------
    InputError
        Where a value is outside its range.

    Examples
    --------
    >>> print(f"{minimum_detectable_ratio(0.48, 1181, 1390):.3f}")
    0.885
    """
    wanted = as_level("minimum_detectable_ratio", power)
    at_zero = power_at_ratio(0.0, rate, n1, n2, level=level)
    zero = np.zeros_like(at_zero)
    z = normal_quantile(level)
    rate, n1, n2 = (np.asarray(a, dtype=np.float64) for a in (rate, n1, n2))

    def surplus(ratio: FloatArray, rate: FloatArray, n1: FloatArray, n2: FloatArray) -> FloatArray:
        return np.asarray(_power(ratio, rate, n1, n2, z) - wanted)

    return np.where(at_zero >= wanted, lower_limit(surplus, zero, zero + 1, rate, n1, n2), np.nan)


def _power(ratio: FloatArray, rate: FloatArray, n1: FloatArray, n2: FloatArray, z: float) -> FloatArray:
    from scipy.special import ndtr

    p1 = ratio * rate
    pooled = (n1 * p1 + n2 * rate) / (n1 + n2)
    under_equality = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    under_ratio = np.sqrt(p1 * (1 - p1) / n1 + rate * (1 - rate) / n2)
    chance: FloatArray = sum(ndtr((gap - z * under_equality) / under_ratio) for gap in (rate - p1, p1 - rate))
    return chance


def _require(what: str, values: FloatArray, fits: NDArray[np.bool_]) -> None:
    if not fits.all():
        raise InputError(f"The power of a comparison needs {what}, but got {quote(values[~fits][0].item())}.")
