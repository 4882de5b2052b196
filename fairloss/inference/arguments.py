"""What this room accepts: counts with 0 <= x <= n, whole or fractional, and a confidence level."""

from __future__ import annotations

from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.errors import InputError, quote

__all__ = [
    "FloatArray",
    "as_counts",
    "as_level",
    "as_p_values",
    "as_rates_by_group",
    "as_strata",
    "as_whole_counts",
    "normal_quantile",
]

FloatArray: TypeAlias = NDArray[np.float64]

_ROUNDING = 1e-9
"""A weighted sum of a part may exceed the sum of the whole by rounding; this much, relatively, is forgiven."""


def as_counts(who: str, *pairs: tuple[ArrayLike, ArrayLike]) -> tuple[FloatArray, ...]:
    """Broadcast pairs (x, n) to one shape of float64 and refuse what are not counts.

    Returns the arrays in the order x, n, x, n, ...; ``x`` that exceeds ``n`` by rounding alone is cut to ``n``.
    """
    flat = [_as_floats(who, values) for pair in pairs for values in pair]
    try:
        arrays = [np.array(array) for array in np.broadcast_arrays(*flat)]
    except ValueError as error:
        shapes = ", ".join(str(array.shape) for array in flat)
        raise InputError(f"{who} needs counts of shapes that broadcast together, but got {shapes}.") from error
    for x, n in zip(arrays[::2], arrays[1::2], strict=True):
        wrong = ~((x >= 0) & (x <= n * (1 + _ROUNDING)) & np.isfinite(n))
        if wrong.any():
            raise InputError(
                f"{who} needs finite counts with 0 <= x <= n, but got x={quote(float(x[wrong][0]))} "
                f"of n={quote(float(n[wrong][0]))}; pass how many of how many, not a rate."
            )
        np.minimum(x, n, out=x)
    return tuple(arrays)


def as_whole_counts(who: str, *pairs: tuple[ArrayLike, ArrayLike]) -> tuple[FloatArray, ...]:
    """Give counts as `as_counts` does, and refuse fractional ones: such as come from weights are no people."""
    arrays = as_counts(who, *pairs)
    for array in arrays:
        fractional = array != np.floor(array)
        if fractional.any():
            raise InputError(f"{who} needs whole counts, but got {quote(float(array[fractional][0]))}.")
    return arrays


def as_rates_by_group(who: str, x: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Give counts as two tables, rates by groups; one rate may come as a plain row of groups."""
    x, n = as_counts(who, (x, n))
    if x.ndim not in (1, 2):
        raise InputError(f"{who} needs counts of shape (groups,) or (rates, groups), but got {x.shape}.")
    return np.atleast_2d(x), np.atleast_2d(n)


def as_strata(
    who: str, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Give counts of two groups by stratum, the last axis; a stratum without one of the groups is emptied."""
    x1, n1, x2, n2 = as_counts(who, (x1, n1), (x2, n2))
    if x1.ndim == 0:
        raise InputError(f"{who} needs counts of shape (..., strata), but got single numbers; pass one per stratum.")
    compared = (n1 > 0) & (n2 > 0)
    x1, n1, x2, n2 = (np.where(compared, counts, 0.0) for counts in (x1, n1, x2, n2))
    return x1, n1, x2, n2


def as_level(who: str, level: float) -> float:
    """Give the confidence level as a float strictly between 0 and 1."""
    if not 0 < level < 1:
        raise InputError(f"{who} needs a level between 0 and 1, but got {quote(level)}; 0.95 is usual.")
    return float(level)


def as_p_values(who: str, p: ArrayLike) -> FloatArray:
    """Give p values as float64; NaN stands for a test that was not possible."""
    values = _as_floats(who, p)
    wrong = ~(np.isnan(values) | ((values >= 0) & (values <= 1)))
    if wrong.any():
        raise InputError(f"{who} needs p values between 0 and 1, but got {quote(float(values[wrong][0]))}.")
    return values


def normal_quantile(level: float) -> float:
    """Give the z with a share ``level`` of the standard normal between -z and z, e.g. 1.959964 for 0.95."""
    return -NormalDist().inv_cdf((1 - level) / 2)


def _as_floats(who: str, values: ArrayLike) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{who} needs numbers, but got {quote(values)}.") from error
