"""Intervals from an estimate and its standard error, for what is not simply x of n."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_level, normal_quantile
from fairloss.inference.intervals import Interval

__all__ = ["effective_size", "normal_interval"]


def normal_interval(
    value: ArrayLike,
    standard_error: ArrayLike,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """Say between which values a statistic may lie whose error is about normal (Wald, delta method).

    For statistics that are no proportion: F-beta, balanced accuracy, an error ratio. A proportion deserves
    `rate_interval`: this interval has no width where the standard error is 0, and covers badly near the bounds.

    Parameters
    ----------
    value, standard_error : array_like
        The estimate and its standard error, broadcast together.
    level : float
        Two-sided confidence level.
    bounds : (float, float)
        The range of the statistic; the ends are cut to it, e.g. (0, 1) for balanced accuracy.

    Returns
    -------
    Interval
        ``value ± z * standard_error`` within the bounds; the whole range of the bounds where either is NaN.

    Raises
    ------
    InputError
        Where level or bounds cannot be used, or a standard error is negative.

    Examples
    --------
    >>> interval = normal_interval(0.9, 0.1, bounds=(0, 1))
    >>> print(f"{interval.low:.3f} to {interval.high:.3f}")
    0.704 to 1.000
    """
    level = as_level("normal_interval", level)
    estimate, error = _estimates("normal_interval", value, standard_error)
    if not bounds[0] < bounds[1]:
        raise InputError(f"normal_interval needs bounds (lowest, highest) in this order, but got {quote(bounds)}.")
    margin = normal_quantile(level) * error
    unknown = np.isnan(estimate) | np.isnan(error)
    low = np.where(unknown, bounds[0], np.clip(estimate - margin, *bounds))
    high = np.where(unknown, bounds[1], np.clip(estimate + margin, *bounds))
    return Interval(low, high, level, "normal")


def effective_size(value: ArrayLike, standard_error: ArrayLike) -> FloatArray:
    """Give how many unweighted people would know a weighted proportion as well: ``p (1 - p) / standard_error²``.

    With it a weighted proportion takes any interval on counts, ``rate_interval(p * size, size)``, and so keeps the
    behavior near 0 and 1 that a normal interval lacks (Korn and Graubard 1998, without their t correction).

    Parameters
    ----------
    value : array_like
        Weighted proportions.
    standard_error : array_like
        Their standard errors, e.g. ``sqrt(sum(w² (y - p)²)) / sum(w)``.

    Returns
    -------
    ndarray of float64
        Effective sizes; NaN where the proportion is 0 or 1, which its standard error says nothing about. Use Kish's
        ``sum(w)² / sum(w²)`` there.

    Raises
    ------
    InputError
        Where a value is outside [0, 1] or a standard error is negative.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    >>> effective_size(0.25, 0.0433012701892219).round(6).tolist()
    100.0
    """
    p, error = _estimates("effective_size", value, standard_error)
    outside = (p < 0) | (p > 1)
    if outside.any():
        raise InputError(f"effective_size needs proportions within [0, 1], but got {quote(float(p[outside][0]))}.")
    variance = p * (1 - p)
    return np.divide(variance, error**2, out=np.full_like(variance, np.nan), where=(variance > 0) & (error > 0))


def _estimates(who: str, value: ArrayLike, standard_error: ArrayLike) -> tuple[FloatArray, FloatArray]:
    try:
        estimate, error = np.broadcast_arrays(np.asarray(value, np.float64), np.asarray(standard_error, np.float64))
    except (TypeError, ValueError) as problem:
        raise InputError(f"{who} needs numbers of shapes that broadcast together: {problem}.") from problem
    if (error < 0).any():
        raise InputError(f"{who} needs standard errors of 0 or more, but got {quote(float(np.nanmin(error)))}.")
    return estimate, error
