"""Slices of people against all others: which to look at, and which hold on rows that did not choose them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_level, as_whole_counts
from fairloss.inference.equality import equality_test
from fairloss.inference.families import benjamini_hochberg
from fairloss.inference.intervals import Interval, difference_interval

__all__ = ["ConfirmedSlices", "confirm_slices", "worst_slices"]


@dataclass(frozen=True, slots=True, eq=False)
class ConfirmedSlices:
    """What held-out rows say of slices that other rows chose; every array has the shape (slices,).

    Attributes
    ----------
    difference : ndarray of float64
        The rate of the slice minus that of everybody else.
    interval : Interval
        Around it, for each slice alone.
    p_value : ndarray of float64
        One-sided, in the direction that the search saw; NaN where slice or rest is empty.
    p_adjusted : ndarray of float64
        By Benjamini and Hochberg over all slices.
    confirmed : ndarray of bool
        Where that is at most ``1 - level``.
    """

    difference: FloatArray
    interval: Interval
    p_value: FloatArray
    p_adjusted: FloatArray
    confirmed: NDArray[np.bool_]


def worst_slices(x: ArrayLike, n: ArrayLike, total: tuple[int, int], *, most: int = 20) -> NDArray[np.intp]:
    """Give the places of the slices that differ most from everybody else, by the size of the pooled z.

    Parameters
    ----------
    x, n : array_like of shape (slices,)
        Favorable rows and all rows of each slice, on the rows of the search. Slices may overlap.
    total : (int, int)
        Favorable rows and all rows of the search.
    most : int
        How many to keep; the more, the less power is left for each.

    Returns
    -------
    ndarray of int
        The most different first; slices that cannot be compared are left out.

    Raises
    ------
    InputError
        Where counts are not whole, exceed the total, or most is less than 1.

    Examples
    --------
    >>> worst_slices([30, 10, 25], [50, 50, 50], (100, 200), most=2).tolist()
    [1, 0]
    """
    if most < 1:
        raise InputError(f"worst_slices keeps 1 slice or more, but got most={quote(most)}.")
    z = np.abs(equality_test(*_against_rest("worst_slices", x, n, total)).z)
    order = np.argsort(-np.nan_to_num(z), kind="stable")
    return np.asarray(order[np.nan_to_num(z)[order] > 0][:most], dtype=np.intp)


def confirm_slices(
    x: ArrayLike, n: ArrayLike, total: tuple[int, int], lower: ArrayLike, *, level: float = 0.95
) -> ConfirmedSlices:
    """Test slices on rows that did not choose them, with the false share among the findings controlled.

    Fisher's one-sided test of the slice against everybody else, which errs at most as often as it says however small
    the slice is; then Benjamini and Hochberg. Of the slices confirmed, at most ``1 - level`` are false on average.

    Parameters
    ----------
    x, n : array_like of shape (slices,)
        Favorable rows and all rows of each chosen slice, on the held-out rows.
    total : (int, int)
        Favorable rows and all held-out rows.
    lower : array_like of bool
        Whether the search saw a lower rate in the slice.
    level : float
        One minus the false share that is accepted; also the level of the intervals.

    Returns
    -------
    ConfirmedSlices

    Raises
    ------
    InputError
        Where counts are not whole or exceed the total, or the level cannot be used.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300; Chung et al. (2019), Slice
    Finder: automated data slicing for model validation.

    Examples
    --------
    >>> found = confirm_slices([12, 24], [50, 50], (100, 200), [True, True])
    >>> found.confirmed.tolist()
    [True, False]
    """
    level = as_level("confirm_slices", level)
    x1, n1, x2, n2 = _against_rest("confirm_slices", x, n, total)
    turned = ~np.asarray(lower, dtype=bool)
    tested = np.where(turned, n1 - x1, x1), n1, np.where(turned, n2 - x2, x2), n2
    p_value = equality_test(*tested, method="fisher_lower").p_value
    adjusted = benjamini_hochberg(p_value)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = x1 / n1 - x2 / n2
    interval = difference_interval(x1, n1, x2, n2, level=level)
    return ConfirmedSlices(difference, interval, p_value, adjusted, np.nan_to_num(adjusted, nan=1.0) <= 1 - level)


def _against_rest(who: str, x: ArrayLike, n: ArrayLike, total: tuple[int, int]) -> tuple[FloatArray, ...]:
    x, n = as_whole_counts(who, (x, n))
    rest_x, rest_n = total[0] - x, total[1] - n
    if (rest_x < 0).any() or (rest_n < rest_x).any():
        raise InputError(f"{who} needs slices within the total, but got more than {quote(total)}.")
    return x, n, rest_x, rest_n
