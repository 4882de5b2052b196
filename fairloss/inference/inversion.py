"""From a test to an interval: the lower limit is the end of the values that the test rejects."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairloss.inference.arguments import FloatArray

__all__ = ["lower_limit"]

_STEPS = 200
"""Far more than are needed: a smooth excess takes five to ten."""
_FINE = 2.0**-60
_DIGITS = float(np.finfo(np.float64).eps)


def lower_limit(
    excess: Callable[..., FloatArray], low: FloatArray, high: FloatArray, *tables: FloatArray
) -> FloatArray:
    """Close in on the largest rejected value within [low, high], for all tables at once.

    Parameters
    ----------
    excess : callable
        Called with candidate values and with ``tables``, all of one length; gives a number above 0 where the test
        rejects the candidate as too low, such as the statistic minus its critical value. It must reject a range that
        starts at ``low`` (possibly an empty one) and must not reject ``high``, the estimate. NaN is no rejection.
    low, high : ndarray
        The bracket of each table.
    *tables : ndarray
        What else the excess needs, broadcast to the shape of the bracket. Tables leave the search one by one, so that
        a limit never depends on the tables beside it.

    Returns
    -------
    ndarray
        A limit that errs to the outside, by a few units in the last place or by ``(high - low) / 2**60``.

    Notes
    -----
    Chandrupatla (1997), Advances in Engineering Software 28, 145-149: inverse quadratic interpolation where three
    points allow it, else halving.
    """
    shape = np.shape(low)
    low, high, *rest = (np.asarray(one, np.float64).ravel() for one in np.broadcast_arrays(low, high, *tables))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _search(excess, low, high, rest).reshape(shape)


def _search(
    excess: Callable[..., FloatArray], low: FloatArray, high: FloatArray, tables: Sequence[FloatArray]
) -> FloatArray:
    limit, place, least = low.copy(), np.arange(low.size), _FINE * (high - low)
    newest, at_newest, other, at_other = low, excess(low, *tables), high, excess(high, *tables)
    third, at_third, share = other, at_other, np.full_like(low, 0.5)
    searched = (at_newest > 0) & (high > low)
    for _ in range(_STEPS):
        if not searched.all():
            place, tables = place[searched], [table[searched] for table in tables]
            points = (least, newest, at_newest, other, at_other, third, at_third, share)
            least, newest, at_newest, other, at_other, third, at_third, share = (one[searched] for one in points)
        if not place.size:
            break
        point = newest + share * (other - newest)
        at_point = excess(point, *tables)
        same = (at_point > 0) == (at_newest > 0)
        third, at_third = np.where(same, newest, other), np.where(same, at_newest, at_other)
        other, at_other = np.where(same, other, newest), np.where(same, at_other, at_newest)
        newest, at_newest = point, at_point
        limit[place] = np.where(at_newest > 0, newest, other)
        width, fine = np.abs(other - newest), np.maximum(least, _DIGITS * np.abs(newest))
        searched = width > 2 * fine
        share = _next_share(newest, at_newest, other, at_other, third, at_third, fine / width)
    return limit


def _next_share(
    a: FloatArray, at_a: FloatArray, b: FloatArray, at_b: FloatArray, c: FloatArray, at_c: FloatArray, least: FloatArray
) -> FloatArray:
    """Give where between a and b to look next: where the inverse quadratic through all three is 0, else halfway.

    At least a share ``least`` away from both, so that the bracket closes from both sides.
    """
    place, fall = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
    smooth = (fall**2 < place) & ((1 - fall) ** 2 < 1 - place)
    share = at_a / (at_b - at_a) * at_c / (at_b - at_c)
    share += (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
    least = np.fmin(least, 0.5)
    return np.minimum(np.maximum(np.where(smooth & np.isfinite(share), share, 0.5), least), 1 - least)
