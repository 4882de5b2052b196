"""A rate in each group with its interval, and two groups side by side: everything from counts, undefined as NaN."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from fairloss.audit.share_interval import share_interval, share_ratio_interval
from fairloss.inference import (
    EqualityTest,
    Interval,
    OmnibusTest,
    difference_interval,
    effective_size,
    equality_test,
    normal_interval,
    odds_ratio_interval,
    omnibus_test,
)
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["Codes", "Compared", "Estimates", "Floats", "compare_with", "estimate", "how_many", "interval_of"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.intp]] | int

_SMALL = 5
"""Below this expected count in one of the four cells the test is Fisher's mid-p instead of the pooled z."""

_INTERVALS: Mapping[str, Callable[..., Interval]] = MappingProxyType(
    {"difference": difference_interval, "ratio": share_ratio_interval, "odds_ratio": odds_ratio_interval}
)


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """One rate in each group; every array has the shape (..., groups).

    Rows know nothing of each other; `fairloss.audit.clustered_estimates` has those that go together.

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
    whole : bool
        Whether rows are whole people, each by itself, as exact tests need them.
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
    whole: bool

    @property
    def defined(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Where there is a value."""
        return ~np.isnan(self.value)

    @property
    def told_by_counts(self) -> bool:
        """Whether ``x`` and ``n`` say all that is known of any two groups."""
        return self.rate.is_proportion

    def why_no_error(self, code: int) -> str:
        """Say why no error of a group's rate is known; nothing where one is."""
        return ""

    def people(self, level: float) -> tuple[Floats, Floats]:
        """Give x and n for an interval of a group at a level."""
        return self.x, self.n

    def spread(self, level: float) -> Floats:
        """Give the standard errors for a normal interval at a level."""
        return self.error

    def people_of(self, first: Codes, second: Codes, kind: str, level: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Give x1, n1, x2, n2 for an interval of a comparison at a level, where the rate is a share."""
        return self.x[first], self.n[first], self.x[second], self.n[second]

    def ends(self, first: Codes, second: Codes, kind: str, level: float) -> tuple[Floats, Floats]:
        """Give the ends of the intervals of comparisons, each the first group with the second.

        Shares: Newcombe's interval of the difference, Gart and Nam's of the ratio, score limits of the odds ratio.
        Other rates: normal intervals of the difference and of the log ratio.
        """
        if self.rate.is_proportion:
            interval = _INTERVALS[kind](*self.people_of(first, second, kind, level), level=level)
            return interval.low, interval.high
        value, error = self.value, self.error
        if kind == "difference":
            spread = np.hypot(error[first], error[second])
            interval = normal_interval(value[first] - value[second], spread, level=level)
            return interval.low, interval.high
        relative = np.divide(error, value, out=np.full_like(value, np.nan), where=value > 0)
        logarithm = np.log(value, out=np.full_like(value, np.nan), where=value > 0)
        spread = np.hypot(relative[first], relative[second])
        interval = normal_interval(logarithm[first] - logarithm[second], spread, level=level)
        low, high = (np.where(np.isnan(spread), np.nan, np.exp(end)) for end in (interval.low, interval.high))
        return low, high

    def test(self, first: Codes, second: Codes) -> EqualityTest:
        """Test whether two groups have the same rate: pooled z of shares, normal test of other rates."""
        if self.rate.is_proportion:
            return equality_test(self.x[first], self.n[first], self.x[second], self.n[second])
        gap = self.value[first] - self.value[second]
        spread = np.hypot(self.error[first], self.error[second])
        z = np.divide(gap, spread, out=np.full_like(gap, np.nan), where=spread > 0)
        return EqualityTest(z, np.array([math.erfc(one) for one in np.abs(z) / np.sqrt(2)]), "normal")

    def p_values(self, first: Codes, second: Codes) -> Floats:
        """Give the p values of equality: of whole people Fisher's mid-p where an expected count is below 5."""
        p_value = np.array(self.test(first, second).p_value)
        if not (self.whole and self.rate.is_proportion):
            return p_value
        x1, n1, x2, n2 = np.broadcast_arrays(self.x[first], self.n[first], self.x[second], self.n[second])
        successes, total = x1 + x2, n1 + n2
        least = np.minimum(successes, total - successes) * np.minimum(n1, n2)
        small = (least < _SMALL * total) & (n1 > 0) & (n2 > 0)
        if small.any():
            table = (each[small] for each in (x1, n1, x2, n2))
            p_value[small] = equality_test(*table, method="fisher_mid_p").p_value
        return p_value

    def test_of_all(self) -> OmnibusTest:
        """Test whether all groups have the same rate, where it is a share."""
        return omnibus_test(self.x, self.n)


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
    numerator, denominator = how_many(rate, counts)
    weighted = counts.squares is not None
    x = n = np.zeros_like(value)
    if isinstance(rate, Rate) and rate.is_proportion:
        n = _effective_rows(rate, counts, value, error) if weighted else denominator
        x = np.nan_to_num(value * n) if weighted else numerator
    low, high = interval_of(rate, value, x, n, error, level)
    return Estimates(rate, value, low, high, numerator, denominator, error, x, n, not weighted)


def how_many(rate: Rate | MeanRate, counts: GroupCounts) -> tuple[Floats, Floats]:
    """Give numerator and denominator in each group; NaN for a mean of rates."""
    if isinstance(rate, Rate):
        numerator, denominator = (_floats(form(counts.cells)) for form in (rate.of, rate.among))
        return numerator, denominator
    nothing = np.full(np.shape(rate(counts)), np.nan)
    return nothing, nothing


def interval_of(
    rate: Rate | MeanRate, value: Floats, x: Floats, n: Floats, error: Floats, level: float
) -> tuple[Floats, Floats]:
    """Give the ends of the interval of each group's rate; NaN where there is no value."""
    if rate.is_proportion:
        interval = share_interval(x, n, level=level)
    else:
        interval = normal_interval(value, error, bounds=rate.bounds, level=level)
    known = ~np.isnan(value)
    return np.where(known, interval.low, np.nan), np.where(known, interval.high, np.nan)


def compare_with(found: Estimates, reference: int, kind: str, level: float) -> Compared:
    """Compare each group with the reference group.

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
    both = found.defined & ~np.isnan(side)
    defined = both & (side != 0) if kind == "ratio" else both
    value = np.full_like(found.value, np.nan)
    value[defined] = found.value[defined] - side if kind == "difference" else found.value[defined] / side
    groups = np.arange(len(found.value))
    low, high = (np.where(defined, end, np.nan) for end in found.ends(groups, reference, kind, level))
    return Compared(value, low, high, np.where(both, found.p_values(groups, reference), np.nan))


def _effective_rows(rate: Rate, counts: GroupCounts, value: Floats, error: Floats) -> Floats:
    """Give Korn and Graubard's effective size; Kish's where the share is 0 or 1; 0 where undefined."""
    total, squares = _floats(rate.among(counts.cells)), _floats(rate.among(counts.row_squares))
    kish = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    rows = effective_size(value, error)
    return np.where(np.isnan(rows), kish, rows)


def _floats(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float64)
