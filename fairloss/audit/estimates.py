"""A rate in each group with its interval, and two groups side by side: everything from counts, undefined as NaN."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.share_interval import share_interval, share_ratio_interval
from fairloss.inference import (
    difference_interval,
    effective_size,
    equality_test,
    normal_interval,
)
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["Compared", "Estimates", "compare_with", "estimate"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_SMALL = 5
"""Below this expected count in one of the four cells the test is Fisher's mid-p instead of the pooled z."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """One rate in each group; every array has the shape (..., groups).

    Parameters
    ----------
    rate : Rate or MeanRate
        What is estimated.
    value, low, high : array
        Estimate and interval; NaN where the group has no rows that the rate asks about.
    numerator, denominator : array
        How many of how many; NaN for a mean of rates.
    error : array
        Standard error by the delta method.
    x, n : array
        The counts that intervals use: rows, or effective rows where data are weighted; 0 where undefined or no share.
    """

    rate: Rate | MeanRate
    value: Floats
    low: Floats
    high: Floats
    numerator: Floats
    denominator: Floats
    error: Floats
    x: Floats
    n: Floats
    weighted: bool

    @property
    def defined(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Where there is a value."""
        return ~np.isnan(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Each group against one reference group: arrays of shape (groups,), NaN where undefined."""

    value: Floats
    low: Floats
    high: Floats
    p_value: Floats


def estimate(rate: Rate | MeanRate, counts: GroupCounts, level: float) -> Estimates:
    """Estimate a rate in each group.

    Shares of people have intervals of Agresti and Coull, on the effective number of rows where rows are weighted; other
    rates have delta-method intervals within their bounds.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> found = estimate(RATES["selection_rate"], GroupCounts(np.array([[[28, 12]], [[0, 0]]])), 0.95)
    >>> found.value.tolist(), found.low.round(4).tolist()
    ([0.3, nan], [0.1797, nan])
    """
    value = np.asarray(rate(counts), dtype=np.float64)
    error = np.sqrt(np.asarray(rate.variance(counts), dtype=np.float64))
    weighted = counts.squares is not None
    if isinstance(rate, Rate):
        numerator, denominator = (_floats(form(counts.cells)) for form in (rate.of, rate.among))
    else:
        numerator = denominator = np.full_like(value, np.nan)
    if isinstance(rate, Rate) and rate.is_proportion:
        n = _effective_rows(rate, counts, value, error) if weighted else denominator
        x = np.nan_to_num(value * n) if weighted else numerator
        interval = share_interval(x, n, level=level)
    else:
        x = n = np.zeros_like(value)
        interval = normal_interval(value, error, bounds=rate.bounds, level=level)
    known = ~np.isnan(value)
    low, high = (np.where(known, end, np.nan) for end in (interval.low, interval.high))
    return Estimates(rate, value, low, high, numerator, denominator, error, x, n, weighted)


def compare_with(found: Estimates, reference: int, kind: str, level: float) -> Compared:
    """Compare each group with the reference group.

    Shares: Newcombe's interval of the difference, Gart and Nam's of the ratio; p by the pooled z, or by Fisher's mid-p
    where an expected count is below 5. Other rates: normal intervals of the difference and of the log ratio.

    Parameters
    ----------
    found : Estimates
        Of shape (groups,).
    reference : int
        Its code.
    kind : {"difference", "ratio"}
        What is compared; the p value is of equality, hence the same for both.
    level : float
        Confidence level.
    """
    side = found.value[reference]
    defined = found.defined & ~np.isnan(side)
    if kind == "ratio":
        defined &= side != 0
    value = np.full_like(found.value, np.nan)
    if kind == "difference":
        value[defined] = found.value[defined] - side
    else:
        value[defined] = found.value[defined] / side
    share = found.rate.is_proportion
    low, high = (_share_ends if share else _normal_ends)(found, reference, kind, level)
    p_value = _share_p(found, reference) if share else _normal_p(found, reference)
    low, high = (np.where(defined, end, np.nan) for end in (low, high))
    return Compared(value, low, high, np.where(found.defined & ~np.isnan(side), p_value, np.nan))


def _effective_rows(rate: Rate, counts: GroupCounts, value: Floats, error: Floats) -> Floats:
    """Give Korn and Graubard's effective size; Kish's where the share is 0 or 1; 0 where undefined."""
    total, squares = _floats(rate.among(counts.cells)), _floats(rate.among(counts.row_squares))
    kish = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    rows = effective_size(value, error)
    return np.where(np.isnan(rows), kish, rows)


def _share_ends(found: Estimates, reference: int, kind: str, level: float) -> tuple[Floats, Floats]:
    interval = (difference_interval if kind == "difference" else share_ratio_interval)(
        found.x, found.n, found.x[reference], found.n[reference], level=level
    )
    return interval.low, interval.high


def _normal_ends(found: Estimates, reference: int, kind: str, level: float) -> tuple[Floats, Floats]:
    value, error = found.value, found.error
    if kind == "difference":
        interval = normal_interval(value - value[reference], np.hypot(error, error[reference]), level=level)
        return interval.low, interval.high
    positive = value > 0
    relative = np.divide(error, value, out=np.full_like(value, np.nan), where=positive)
    logarithm = np.log(value, out=np.full_like(value, np.nan), where=positive)
    spread = np.hypot(relative, relative[reference])
    interval = normal_interval(logarithm - logarithm[reference], spread, level=level)
    known = ~np.isnan(spread)
    low, high = (np.exp(end, out=np.full_like(end, np.nan), where=known) for end in (interval.low, interval.high))
    return low, high


def _share_p(found: Estimates, reference: int) -> Floats:
    x1, n1, x2, n2 = found.x, found.n, found.x[reference], found.n[reference]
    p_value = np.array(equality_test(x1, n1, x2, n2).p_value)
    if found.weighted:
        return p_value
    successes, total = x1 + x2, n1 + n2
    least = np.minimum(successes, total - successes) * np.minimum(n1, n2)
    small = (least < _SMALL * total) & (n1 > 0) & (n2 > 0)
    if small.any():
        p_value[small] = equality_test(x1[small], n1[small], x2, n2, method="fisher_mid_p").p_value
    return p_value


def _normal_p(found: Estimates, reference: int) -> Floats:
    gap = np.abs(found.value - found.value[reference])
    spread = np.hypot(found.error, found.error[reference])
    z = np.divide(gap, spread, out=np.full_like(gap, np.nan), where=spread > 0)
    return np.array([math.erfc(one) for one in z / np.sqrt(2)])


def _floats(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float64)
