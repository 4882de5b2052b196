"""Lower limits for one rate x/n. The upper limit is one minus the lower limit of the complement.

Every function takes counts with n > 0 as float64 arrays of one shape, and the two-sided level.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fairloss.inference.arguments import FloatArray, normal_quantile

__all__ = ["RATE_METHODS", "agresti_coull", "clopper_pearson", "jeffreys", "wilson"]


def wilson(x: FloatArray, n: FloatArray, level: float) -> FloatArray:
    """Give the rate below which the score test finds x/n too high (Wilson 1927).

    The textbook form ``(x + z²/2 - z sqrt(x(n-x)/n + z²/4)) / (n + z²)`` with the difference multiplied out, so that
    small rates keep all their digits and 0 of n gives exactly 0.
    """
    z = normal_quantile(level)
    return x * (x / n) / (x + z * z / 2 + z * np.sqrt(x * (n - x) / n + z * z / 4))


def clopper_pearson(x: FloatArray, n: FloatArray, level: float) -> FloatArray:
    """Give the rate at which x or more of n has probability (1 - level)/2; never below its level, often above."""
    from scipy.special import betaincinv

    some = np.where(x > 0, x, 1.0)
    limit: FloatArray = betaincinv(some, np.maximum(n, some) - some + 1, (1 - level) / 2)
    return np.where(x > 0, limit, 0.0)


def jeffreys(x: FloatArray, n: FloatArray, level: float) -> FloatArray:
    """Give the (1 - level)/2 quantile of the Beta(x + 1/2, n - x + 1/2) posterior; 0 where x is 0.

    The end at an extreme count is moved to the extreme itself, as Brown, Cai and DasGupta (2001) advise.
    """
    from scipy.special import betaincinv

    limit: FloatArray = betaincinv(x + 0.5, n - x + 0.5, (1 - level) / 2)
    return np.where(x > 0, limit, 0.0)


def agresti_coull(x: FloatArray, n: FloatArray, level: float) -> FloatArray:
    """Take the normal interval after z²/2 successes and as many failures were added (Agresti and Coull 1998).

    It holds Wilson's interval and its middle; where nobody succeeds it is wider than the exact one.
    """
    z = normal_quantile(level)
    size = n + z * z
    p = (x + z * z / 2) / size
    return np.maximum(p - z * np.sqrt(p * (1 - p) / size), 0)


RATE_METHODS = MappingProxyType(
    {"wilson": wilson, "clopper_pearson": clopper_pearson, "jeffreys": jeffreys, "agresti_coull": agresti_coull}
)
