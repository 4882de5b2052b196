"""Two groups whose rows come in clusters, side by side: what they share makes their difference surer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference.arguments import FloatArray, as_level
from fairloss.inference.clustered import ClusteredRates, effective_degrees, narrowing, widened
from fairloss.inference.equality import EqualityTest, equality_test
from fairloss.inference.intervals import Interval, difference_interval, ratio_interval
from fairloss.inference.normal import normal_interval
from fairloss.inference.odds_ratios import odds_ratio_interval

__all__ = ["ClusteredPairs", "clustered_comparison", "clustered_pairs", "clustered_test"]

Codes: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.intp]]

_ROUNDING = 1e-13
"""A variance of a comparison below this share of that of two separate groups is none: it is what rounding leaves."""

_SLOPES: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {
        "difference": np.ones_like,
        "ratio": lambda p: np.divide(1.0, p, out=np.zeros_like(p), where=p > 0),
        "odds_ratio": lambda p: np.divide(1.0, p * (1 - p), out=np.zeros_like(p), where=(p > 0) & (p < 1)),
    }
)
"""Kind of comparison to the derivative of the scale on which it is a difference: as it is, logarithm, log odds."""

_INTERVALS: Mapping[str, Callable[..., Interval]] = MappingProxyType(
    {"difference": difference_interval, "ratio": ratio_interval, "odds_ratio": odds_ratio_interval}
)


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredPairs:
    """What is known of comparisons of two groups; all arrays have one shape.

    Attributes
    ----------
    standard_error : ndarray of float64
        Of the difference, of the log ratio or of the log odds ratio; 0 where neither rate varies, NaN where it is not
        known.
    degrees : ndarray of float64
        Degrees of freedom; 0 where nothing is known.
    x1, n1, x2, n2 : ndarray of float64
        Independent people who would know the comparison of two shares as well; 0 for other rates.
    """

    standard_error: FloatArray
    degrees: FloatArray
    x1: FloatArray
    n1: FloatArray
    x2: FloatArray
    n2: FloatArray

    def people(self, level: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Give x1, n1, x2, n2 for an interval at a level: fewer by ``(z/t)²`` where clusters are few."""
        fewer = narrowing(level, self.degrees)
        return self.x1 * fewer, self.n1 * fewer, self.x2 * fewer, self.n2 * fewer

    def spread(self, level: float) -> FloatArray:
        """Give the standard error times t/z; NaN where there is none."""
        return widened(self.standard_error, level, self.degrees)


def clustered_pairs(
    found: ClusteredRates, group: ArrayLike, reference: ArrayLike, *, kind: str = "difference"
) -> ClusteredPairs:
    """Say how much is known of comparisons of groups with others.

    Parameters
    ----------
    found : ClusteredRates
        From `clustered_rates`.
    group, reference : array_like of int
        Codes, broadcast together.
    kind : {"difference", "ratio", "odds_ratio"}
        What is compared: the error is that of the difference, the log ratio or the log odds ratio (delta method).

    Returns
    -------
    ClusteredPairs

    Raises
    ------
    InputError
        Where a code is no group; `UnknownName` for an unknown kind.

    Notes
    -----
    With variances a and b of both groups on the scale of the comparison and their covariance c, the variance is
    ``a + b - 2 c``: a strict recruiter is strict with everyone. Each group's effective size, ``p (1 - p) / variance``,
    is multiplied by ``(a + b)/(a + b - 2 c)``; any method for counts then has this variance, and keeps its behavior
    where a rate is 0 or 1 (there c is 0). Where the comparison is the same in every cluster, which tells no error,
    sharing clusters gains nothing. The degrees of freedom are Welch's (1947) for the effective clusters of two groups,
    at most the effective clusters of both together, less one.

    Examples
    --------
    >>> from fairloss.inference import clustered_rates
    >>> from fairloss.notions import RATES, GroupCounts
    >>> branches = GroupCounts(np.array([[[[8, 2]], [[7, 3]]], [[[5, 5]], [[3, 7]]], [[[9, 1]], [[8, 2]]]]))
    >>> pair = clustered_pairs(clustered_rates(RATES["selection_rate"], branches), 0, 1)
    >>> print(f"{pair.standard_error:.3f} on {pair.degrees:g} degrees, as {pair.n1:.0f} and {pair.n2:.0f} people")
    0.033 on 2 degrees, as 460 and 350 people
    """
    if kind not in _SLOPES:
        raise UnknownName("kind of comparison", kind, _SLOPES)
    first, second = _codes(found, group, reference)
    value = np.nan_to_num(found.value)
    slope = _SLOPES[kind](value)
    variance = np.diagonal(found.covariance) * slope**2
    apart = np.asarray(variance[first] + variance[second])
    between = apart - 2 * found.covariance[first, second] * slope[first] * slope[second]
    between = np.where(between > _ROUNDING * apart, between, apart)
    gain = np.divide(apart, between, out=np.ones_like(apart), where=between > 0)
    n1, n2 = found.size[first] * gain, found.size[second] * gain
    degrees = _degrees(found, first, second, variance)
    return ClusteredPairs(np.sqrt(between), degrees, value[first] * n1, n1, value[second] * n2, n2)


def clustered_comparison(
    found: ClusteredRates, group: ArrayLike, reference: ArrayLike, *, kind: str = "difference", level: float = 0.95
) -> Interval:
    """Say between which values comparisons of groups with others may lie.

    Parameters
    ----------
    found, group, reference
        As in `clustered_pairs`.
    kind : {"difference", "ratio", "odds_ratio"}
        The first minus the reference, or over it; odds are those of shares.
    level : float
        Two-sided confidence level.

    Returns
    -------
    Interval
        Of shares `difference_interval`, `ratio_interval` or `odds_ratio_interval` on the effective people of the pair;
        of other rates the t interval of the difference or of the log ratio (NaN where a rate is not above 0). The whole
        range where a rate is undefined or a group has fewer than two clusters.

    Raises
    ------
    InputError
        Where a code is no group, the level cannot be used, or odds are asked of a rate that is no share.

    Examples
    --------
    >>> from fairloss.inference import clustered_rates
    >>> from fairloss.notions import RATES, GroupCounts
    >>> branches = GroupCounts(np.array([[[[8, 2]], [[7, 3]]], [[[5, 5]], [[3, 7]]], [[[9, 1]], [[8, 2]]]]))
    >>> interval = clustered_comparison(clustered_rates(RATES["selection_rate"], branches), 0, 1)
    >>> print(f"{interval.low:.3f} to {interval.high:.3f}")
    -0.273 to 0.009
    """
    level = as_level("clustered_comparison", level)
    pairs = clustered_pairs(found, group, reference, kind=kind)
    if found.rate.is_proportion:
        interval = _INTERVALS[kind](*pairs.people(level), level=level)
        return Interval(interval.low, interval.high, level, "clustered")
    if kind == "odds_ratio":
        raise InputError(f"Odds are those of shares, but {quote(found.rate.name)} is none; compare differences.")
    first, second = (found.value[codes] for codes in _codes(found, group, reference))
    spread = pairs.spread(level)
    if kind == "difference":
        widest = found.rate.bounds[1] - found.rate.bounds[0]
        interval = normal_interval(first - second, spread, level=level, bounds=(-widest, widest))
        return Interval(interval.low, interval.high, level, "clustered")
    no_logarithm = (first <= 0) | (second <= 0)
    first, second = (np.where(no_logarithm, 1.0, value) for value in (first, second))
    logarithm = normal_interval(np.log(first) - np.log(second), spread, level=level)
    low, high = (np.where(no_logarithm, np.nan, np.exp(end)) for end in (logarithm.low, logarithm.high))
    return Interval(low, high, level, "clustered")


def clustered_test(found: ClusteredRates, group: ArrayLike, reference: ArrayLike) -> EqualityTest:
    """Test whether groups have the same rate as others.

    Parameters
    ----------
    found, group, reference
        As in `clustered_pairs`.

    Returns
    -------
    EqualityTest
        Of shares the pooled z on the effective people of the pair, of other rates the difference over its standard
        error; the p value is that of t. NaN where a rate is undefined or a group has fewer than two clusters.

    Raises
    ------
    InputError
        Where a code is no group.

    Examples
    --------
    >>> from fairloss.inference import clustered_rates
    >>> from fairloss.notions import RATES, GroupCounts
    >>> branches = GroupCounts(np.array([[[[8, 2]], [[7, 3]]], [[[5, 5]], [[3, 7]]], [[[9, 1]], [[8, 2]]]]))
    >>> test = clustered_test(clustered_rates(RATES["selection_rate"], branches), 0, 1)
    >>> print(f"t {test.z:.2f}, p {test.p_value:.3f}")
    t -4.02, p 0.057
    """
    from scipy.special import stdtr

    pairs = clustered_pairs(found, group, reference)
    if found.rate.is_proportion:
        z = equality_test(pairs.x1, pairs.n1, pairs.x2, pairs.n2).z
    else:
        first, second = (found.value[codes] for codes in _codes(found, group, reference))
        error = pairs.standard_error
        z = np.divide(first - second, error, out=np.full_like(error, np.nan), where=error > 0)
    known = ~np.isnan(z) & (pairs.degrees > 0)
    p_value = 2 * stdtr(np.where(known, pairs.degrees, 1.0), -np.abs(np.where(known, z, 0.0)))
    return EqualityTest(np.where(known, z, np.nan), np.where(known, p_value, np.nan), "clustered")


def _codes(found: ClusteredRates, group: ArrayLike, reference: ArrayLike) -> tuple[Codes, Codes]:
    first, second = np.broadcast_arrays(np.asarray(group, np.intp), np.asarray(reference, np.intp))
    last = len(found.value) - 1
    for codes in (first, second):
        wrong = (codes < 0) | (codes > last)
        if wrong.any():
            raise InputError(f"A comparison needs codes from 0 to {last}, but got {quote(int(codes[wrong][0]))}.")
    return first, second


def _degrees(found: ClusteredRates, first: Codes, second: Codes, variance: FloatArray) -> FloatArray:
    """Give Welch's degrees for the clusters of two groups, at most those of both together."""
    few, many = found.degrees[first], found.degrees[second]
    known = (few > 0) & (many > 0)
    few, many = np.where(known, few, 1.0), np.where(known, many, 1.0)
    one, two = variance[first], variance[second]
    spread = one**2 / few + two**2 / many
    least = np.asarray(np.minimum(few, many))
    welch = np.divide((one + two) ** 2, spread, out=least, where=known & (spread > 0))
    own = np.diagonal(found.concentration)
    both = effective_degrees((own[first] + own[second] + 2 * found.concentration[first, second]) / 4)
    return np.where(known, np.minimum(welch, both), 0.0)
