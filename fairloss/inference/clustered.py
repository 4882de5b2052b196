"""People who come in clusters (recruiters, branches, applicants with several applications): rows that move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairloss.errors import InputError
from fairloss.inference.arguments import FloatArray, as_level, normal_quantile
from fairloss.inference.cluster_sums import ClusterSums, concentration, moved_together
from fairloss.inference.intervals import Interval, rate_interval
from fairloss.inference.normal import effective_size, normal_interval
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["ClusteredRates", "clustered_rates", "effective_degrees", "narrowing", "widened"]

_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredRates:
    """A rate in each group whose rows come in clusters.

    Attributes
    ----------
    rate : Rate or MeanRate
        What is estimated.
    value : ndarray of shape (groups,)
        The rate; NaN where undefined.
    covariance : ndarray of shape (groups, groups)
        Of the rates; groups that share clusters go together. NaN where fewer than two clusters have rows of a group
        that the rate asks about.
    clusters : ndarray of shape (groups,)
        How many clusters have such rows.
    concentration : ndarray of shape (groups, groups)
        Sums over clusters of the products of their shares in the rows of two groups: on the diagonal one over the
        number of clusters where these are of one size, more where they are not; NaN where a group is empty.
    design_effect : ndarray of shape (groups,)
        The variance over that of as many rows without clusters; NaN where that is 0.
    size : ndarray of shape (groups,)
        How many independent people would know a share as well; 0 where nothing is known and for other rates.
    """

    rate: Rate | MeanRate
    value: FloatArray
    covariance: FloatArray
    clusters: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    concentration: FloatArray
    design_effect: FloatArray
    size: FloatArray

    @property
    def standard_error(self) -> FloatArray:
        """Of each rate."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def degrees(self) -> FloatArray:
        """Of freedom: the effective number of clusters of each group, less one; 0 where nothing is known."""
        return effective_degrees(np.diagonal(self.concentration))

    def people(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Give x and n for an interval of a share: ``size`` people, fewer by ``(z/t)²`` where clusters are few."""
        size = self.size * narrowing(level, self.degrees)
        return np.nan_to_num(self.value) * size, size

    def spread(self, level: float) -> FloatArray:
        """Give the standard error times t/z; NaN where there is none."""
        return widened(self.standard_error, level, self.degrees)

    def interval(self, level: float = 0.95) -> Interval:
        """Say between which values each rate may lie.

        A share has Wilson's interval on its `people`, other rates the t interval; the whole range where nothing is
        known.
        """
        level = as_level("ClusteredRates.interval", level)
        if self.rate.is_proportion:
            interval = rate_interval(*self.people(level), level=level)
        else:
            interval = normal_interval(self.value, self.spread(level), level=level, bounds=self.rate.bounds)
        return Interval(interval.low, interval.high, level, "clustered")


def clustered_rates(rate: Rate | MeanRate, counts: GroupCounts, *, sums: ClusterSums | None = None) -> ClusteredRates:
    """Estimate a rate in each group where rows of one cluster are alike.

    What a cluster moves is the sum of its rows' influences, u; the covariance of two groups is ``sum(u u')`` over the
    clusters, whatever the dependence within them, times ``sqrt(K/(K - 1))`` for each of the two with its K effective
    clusters.

    Parameters
    ----------
    rate : Rate or MeanRate
        What is estimated.
    counts : GroupCounts
        Of shape (clusters, groups, labels, decisions), rows or sums of weights; or of shape (groups, labels, decisions)
        with their sums. A group may share clusters with others.
    sums : ClusterSums, optional
        What the clusters sum up to for this rate.

    Returns
    -------
    ClusteredRates

    Raises
    ------
    InputError
        Where the counts have no axis of clusters.

    Notes
    -----
    The effective number K of clusters is 1 over the sum of the squared shares of the clusters in the rows of the group:
    their number C where they are of one size, fewer where they are not. With it the variance of a share has no bias
    where rows of a cluster are not alike; other tools take C/(C - 1), which is too small where sizes differ. Intervals
    and tests use t with K - 1 degrees of freedom.

    The effective size of a share p is ``p (1 - p) / variance``. Where nobody or everybody counts there is no variance
    to see; then it is Kish's size of the clusters, ``n² / ((1 - r) sum(w²) + r sum(m²))`` with weights w, cluster sizes
    m and the correlation r within clusters that the groups show together (1 where none shows any: one person per
    cluster, as also where all clusters have the same share).

    References
    ----------
    Liang and Zeger (1986), Biometrika 73, 13-22; Kish (1965), Survey Sampling; Rao and Scott (1992), Biometrics 48,
    577-585; Korn and Graubard (1998), Survey Methodology 24, 193-201; Carter, Schnepel and Steigerwald (2017), Review
    of Economics and Statistics 99, 698-709.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> branches = GroupCounts(np.array([[[[8, 2]]], [[[5, 5]]], [[[9, 1]]], [[[4, 6]]]]))
    >>> found = clustered_rates(RATES["selection_rate"], branches)
    >>> print(f"{found.value[0]:.2f} ± {found.standard_error[0]:.3f} (design effect {found.design_effect[0]:.2f})")
    0.35 ± 0.119 (design effect 2.49)
    """
    total, sums = _added(rate, counts, sums)
    value = np.asarray(rate(total), dtype=np.float64)
    squares, shares = moved_together(rate, total, sums), concentration(rate, total, sums)
    degrees = effective_degrees(np.diagonal(shares))
    scale = np.sqrt(np.divide(degrees + 1, degrees, out=np.full_like(degrees, np.nan), where=degrees > 0))
    covariance = squares * np.outer(scale, scale)
    plain = np.asarray(rate.variance(total), dtype=np.float64)
    effect = np.divide(np.diagonal(covariance), plain, out=np.full_like(plain, np.nan), where=plain > 0)
    known = ~np.isnan(value) & (degrees > 0)
    size = np.zeros_like(value)
    if isinstance(rate, Rate) and rate.is_proportion:
        seen = effective_size(value, np.sqrt(np.diagonal(covariance)))
        size = np.where(known, np.where(np.isnan(seen), _kish_size(rate, total, squares, sums), seen), 0.0)
    return ClusteredRates(rate, value, covariance, sums.clusters.astype(np.int64), shares, effect, size)


def narrowing(level: float, degrees: FloatArray) -> FloatArray:
    """Give ``(z/t)²``: what people lose who are known by as many degrees of freedom; 0 where there is none."""
    from scipy.special import stdtrit

    few = np.asarray(degrees, dtype=np.float64)
    t = stdtrit(np.where(few > 0, few, 1.0), (1 + level) / 2)
    return np.where(few > 0, (normal_quantile(level) / t) ** 2, 0.0)


def widened(error: FloatArray, level: float, degrees: FloatArray) -> FloatArray:
    """Give standard errors times t/z; NaN where there is no error or no degree."""
    fewer = narrowing(level, degrees)
    return np.divide(error, np.sqrt(fewer), out=np.full_like(error, np.nan), where=(fewer > 0) & (error > 0))


def effective_degrees(concentration: FloatArray) -> FloatArray:
    """Give the effective number of clusters, less one; 0 where there is none or one."""
    number = np.divide(1.0, concentration, out=np.zeros_like(concentration), where=concentration > 0)
    return np.where(number > 1 + _ROUNDING, number - 1, 0.0)


def _added(rate: Rate | MeanRate, counts: GroupCounts, sums: ClusterSums | None) -> tuple[GroupCounts, ClusterSums]:
    """Give the counts of all clusters, and what these sum up to."""
    shape = np.shape(counts.cells)
    if len(shape) != (4 if sums is None else 3):
        raise InputError(
            f"clustered_rates needs counts of shape (clusters, groups, labels, decisions), but got {shape}; "
            "count by cluster and group, then split that axis."
        )
    if sums is not None:
        return counts, sums
    squares = None if counts.squares is None else np.asarray(counts.squares).sum(axis=0)
    return GroupCounts(np.asarray(counts.cells).sum(axis=0), squares, counts.grouping), ClusterSums.of(rate, counts)


def _kish_size(rate: Rate, total: GroupCounts, squares: FloatArray, sums: ClusterSums) -> FloatArray:
    """Give the people that a share of 0 or 1 stands for, from the correlation that other groups show."""
    value = np.nan_to_num(np.asarray(rate(total), dtype=np.float64))
    rows, weights = (np.asarray(rate.among(each), np.float64) for each in (total.cells, total.row_squares))
    alone, clustered = rows**2 * np.diagonal(squares), np.einsum("gg->g", sums.products[1, :, 1])
    plain = rows**2 * np.nan_to_num(np.asarray(rate.variance(total), dtype=np.float64))
    varies = alone > 0
    pairs = float((value * (1 - value) * (clustered - weights))[varies].sum())
    correlation = float((alone - plain)[varies].sum()) / pairs if pairs > 0 else 1.0
    inside = (value > 0) & (value < 1)
    r = np.where(inside, 1.0, min(max(correlation, 0.0), 1.0))
    spread = (1 - r) * weights + r * clustered
    return np.asarray(np.divide(rows**2, spread, out=np.zeros_like(rows), where=spread > 0))
