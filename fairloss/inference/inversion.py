"""From a test to an interval: the lower limit is the end of the values that the test rejects."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fairloss.inference.arguments import FloatArray

__all__ = ["lower_limit"]

_HALVINGS = 60


def lower_limit(rejected: Callable[[FloatArray], NDArray[np.bool_]], low: FloatArray, high: FloatArray) -> FloatArray:
    """Halve [low, high] until the largest rejected value is found, for all tables at once.

    Parameters
    ----------
    rejected : callable
        Maps candidate values, one per table, to true where the test rejects them. It must reject a range that
        starts at ``low`` (possibly an empty one) and must not reject ``high``, the estimate.
    low, high : ndarray
        The bracket of each table.

    Returns
    -------
    ndarray
        A limit that errs to the outside by at most ``(high - low) / 2**60``.
    """
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        outside = rejected(middle)
        low, high = np.where(outside, middle, low), np.where(outside, high, middle)
    return low
