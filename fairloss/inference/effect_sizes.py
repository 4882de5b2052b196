"""Sizes of a difference of two rates that do not grow with the number of people."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairloss.inference.arguments import FloatArray, as_counts
from fairloss.inference.p_values import pooled_z

__all__ = ["cohen_h", "phi_coefficient"]


def cohen_h(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> FloatArray:
    """Give the difference of two rates on the scale on which chance is equally large everywhere.

    ``2 asin(sqrt(p1)) - 2 asin(sqrt(p2))``; by convention 0.2 is small, 0.5 medium and 0.8 large, which no law says.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first group and of the reference, broadcast together.

    Returns
    -------
    ndarray of float64
        From -π to π; NaN where a group is empty.

    Raises
    ------
    InputError
        Where counts cannot be used.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 6.2.

    Examples
    --------
    >>> print(f"{cohen_h(12, 40, 48, 80):.4f}")
    -0.6129
    """
    x1, n1, x2, n2 = as_counts("cohen_h", (x1, n1), (x2, n2))
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (np.arcsin(np.sqrt(x / n)) for x, n in ((x1, n1), (x2, n2)))
    return np.asarray(2 * (first - second))


def phi_coefficient(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> FloatArray:
    """Give the correlation of group and outcome without its sign, ``|z| / sqrt(N)`` with the pooled z.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first group and of the reference, broadcast together.

    Returns
    -------
    ndarray of float64
        From 0 to 1; NaN where a group is empty, or nobody or everybody succeeds: what does not vary has no correlation.

    Raises
    ------
    InputError
        Where counts cannot be used.

    Examples
    --------
    >>> print(f"{phi_coefficient(12, 40, 48, 80):.4f}")
    0.2828
    """
    x1, n1, x2, n2 = as_counts("phi_coefficient", (x1, n1), (x2, n2))
    total, successes = n1 + n2, x1 + x2
    varies = (successes > 0) & (successes < total)
    size = np.abs(pooled_z(x1, n1, x2, n2)) / np.sqrt(np.where(total > 0, total, 1.0))
    return np.where(varies, size, np.nan)
