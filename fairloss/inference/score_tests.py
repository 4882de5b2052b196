"""Score tests of a difference or a ratio: how far above a value an estimate may lie before the value is rejected.

Every function takes the variance of the estimate and its shift (third central moment over variance), both at the most
likely rates for that value, the number of people in both groups, and the two-sided level.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fairloss.inference.arguments import FloatArray, normal_quantile

__all__ = ["Margin", "chi_square", "corrected_for_size", "corrected_for_skewness", "variance_factor"]

Margin = Callable[[FloatArray, FloatArray, FloatArray, float], FloatArray]


def chi_square(variance: FloatArray, shift: FloatArray, total: FloatArray, level: float) -> FloatArray:
    """Take the error for normal: ``z sd`` (Mee 1984, Koopman 1984)."""
    return np.asarray(normal_quantile(level) * np.sqrt(variance))


def corrected_for_size(variance: FloatArray, shift: FloatArray, total: FloatArray, level: float) -> FloatArray:
    """Multiply the variance by N/(N - 1) (Miettinen and Nurminen 1985)."""
    return np.asarray(normal_quantile(level) * np.sqrt(variance_factor(total) * variance))


def corrected_for_skewness(variance: FloatArray, shift: FloatArray, total: FloatArray, level: float) -> FloatArray:
    """Add the first term of Cornish and Fisher: ``sd (z + (z² - 1) skewness / 6)`` (Gart and Nam 1988).

    Where the skewness is below 0 that falls again from ``z = -3 / skewness`` on, and stays at its highest value here:
    no value is rejected at a higher level and held at a lower one.
    """
    error = np.sqrt(variance)
    z = np.full_like(error, normal_quantile(level))
    np.divide(-3 * error, shift, out=z, where=3 * error + z * shift < 0)
    return np.maximum(z * error + (z**2 - 1) / 6 * shift, 0)


def variance_factor(total: FloatArray) -> FloatArray:
    """Give N/(N - 1), which is infinite (no information) where N is 1 or less."""
    return np.divide(total, total - 1, out=np.full_like(total, np.inf), where=total > 1)
