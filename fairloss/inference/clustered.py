"""People who come in clusters (recruiters, branches, applicants with several applications): rows that move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_level, normal_quantile
from fairloss.inference.intervals import Interval, rate_interval
from fairloss.inference.normal import effective_size
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["ClusterSums", "ClusteredRates", "clustered_difference", "clustered_rates"]

_ROUNDING = 1e-13
"""A variance below this share of what clusters of one outcome each would have is none: it is what rounding leaves."""


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSums:
    """All that errors of a rate need to know of clusters: sums of products over them, which add up.

    Attributes
    ----------
    products : ndarray of shape (forms, groups, forms, groups)
        Sums over the clusters of products of two of their counts; the forms are numerator and denominator of the rate
        (of each of its rates, where it is a mean).
    together : ndarray of shape (groups, groups)
        How many clusters have rows that the rate asks about in both groups; on the diagonal, in the group.
    """

    products: FloatArray
    together: FloatArray

    @classmethod
    def of(cls, rate: Rate | MeanRate, counts: GroupCounts) -> ClusterSums:
        """Sum up counts of shape (clusters, groups, labels, decisions).

        Examples
        --------
        >>> from fairloss.notions import RATES
        >>> branches = GroupCounts(np.array([[[[8, 2]]], [[[5, 5]]]]))
        >>> ClusterSums.of(RATES["selection_rate"], branches).products[:, 0, :, 0].tolist()
        [[29.0, 70.0], [70.0, 200.0]]
        """
        cells = np.asarray(counts.cells, dtype=np.float64)
        rates = _parts(rate)
        forms = [np.asarray(form(cells), np.float64) for one in rates for form in (one.of, one.among)]
        table = np.stack(forms, axis=1)
        present = (table[:, 1::2] > 0).any(axis=1).astype(np.float64)
        return cls(np.tensordot(table, table, axes=(0, 0)), np.tensordot(present, present, axes=(0, 0)))

    def __add__(self, other: ClusterSums) -> ClusterSums:
        return ClusterSums(self.products + other.products, self.together + other.together)


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredRates:
    """A rate in each group whose rows come in clusters; every array has the shape (groups,).

    Attributes
    ----------
    value : ndarray of float64
        The rate; NaN where undefined.
    standard_error : ndarray of float64
        NaN where fewer than two clusters have rows of the group that the rate asks about.
    clusters : ndarray of int64
        How many clusters have such rows.
    design_effect : ndarray of float64
        The variance over that of as many rows without clusters; NaN where that is 0.
    interval : Interval
        Around the rate.
    """

    value: FloatArray
    standard_error: FloatArray
    clusters: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    design_effect: FloatArray
    interval: Interval


def clustered_rates(
    rate: Rate | MeanRate, counts: GroupCounts, *, sums: ClusterSums | None = None, level: float = 0.95
) -> ClusteredRates:
    """Estimate a rate in each group where rows of one cluster are alike.

    What a cluster moves is the sum of its rows' influences, u; the variance is ``C/(C - 1) sum(u²)`` over the C
    clusters of the group, whatever the dependence within them.

    Parameters
    ----------
    rate : Rate or MeanRate
        What is estimated.
    counts : GroupCounts
        Of shape (clusters, groups, labels, decisions), rows or sums of weights; or of shape (groups, labels, decisions)
        with their sums. A group may share clusters with others.
    sums : ClusterSums, optional
        What the clusters sum up to for this rate.
    level : float
        Two-sided confidence level.

    Returns
    -------
    ClusteredRates
        A share of people has Wilson's interval on the effective number of people, made smaller for few clusters by
        ``(z/t)²`` with C - 1 degrees; where the clusters do not differ, one person per cluster. Other rates have the t
        interval. The whole range of the rate where there is none.

    Raises
    ------
    InputError
        Where the counts have no axis of clusters or the level cannot be used.

    References
    ----------
    Liang and Zeger (1986), Biometrika 73, 13-22; Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> branches = GroupCounts(np.array([[[[8, 2]]], [[[5, 5]]], [[[9, 1]]], [[[4, 6]]]]))
    >>> found = clustered_rates(RATES["selection_rate"], branches)
    >>> print(f"{found.value[0]:.2f} ± {found.standard_error[0]:.3f} (design effect {found.design_effect[0]:.2f})")
    0.35 ± 0.119 (design effect 2.49)
    """
    level = as_level("clustered_rates", level)
    total, covariance, together = _moved("clustered_rates", rate, counts, sums)
    value = np.asarray(rate(total), dtype=np.float64)
    clusters = np.diagonal(together)
    error = np.sqrt(np.where(clusters > 1, _spread(np.diagonal(covariance), clusters), np.nan))
    plain = np.asarray(rate.variance(total), dtype=np.float64)
    effect = np.divide(error**2, plain, out=np.full_like(plain, np.nan), where=plain > 0)
    if isinstance(rate, Rate) and rate.is_proportion:
        low, high = _share_ends(value, error, clusters, level)
    else:
        margin = _t_quantile(level, clusters) * error
        lowest, highest = rate.bounds
        known = ~np.isnan(value) & (error > 0)
        low = np.where(known, np.maximum(value - margin, lowest), lowest)
        high = np.where(known, np.minimum(value + margin, highest), highest)
    return ClusteredRates(value, error, clusters, effect, Interval(low, high, level, "clustered"))


def clustered_difference(
    rate: Rate | MeanRate,
    counts: GroupCounts,
    *,
    group: int,
    reference: int,
    sums: ClusterSums | None = None,
    level: float = 0.95,
) -> Interval:
    """Say between which values the difference of two groups may lie where rows of one cluster are alike.

    Clusters that hold both groups are counted once, with what they move in both: a strict recruiter is strict with
    everyone, which makes the difference surer than two separate intervals say.

    Parameters
    ----------
    rate : Rate or MeanRate
        What is compared.
    counts, sums
        As in `clustered_rates`.
    group, reference : int
        The codes of the two groups; the difference is the first minus the second.
    level : float
        Two-sided confidence level, of a t distribution with the clusters of both groups, less one, as degrees.

    Returns
    -------
    Interval
        Scalars; the whole range where a rate is undefined or there are fewer than two clusters.

    Raises
    ------
    InputError
        Where the counts have no axis of clusters, a code is no group or the level cannot be used.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> branches = GroupCounts(np.array([[[[8, 2]], [[7, 3]]], [[[5, 5]], [[3, 7]]], [[[9, 1]], [[8, 2]]]]))
    >>> interval = clustered_difference(RATES["selection_rate"], branches, group=0, reference=1)
    >>> print(f"{interval.low:.3f} to {interval.high:.3f}")
    -0.277 to 0.010
    """
    level = as_level("clustered_difference", level)
    total, covariance, together = _moved("clustered_difference", rate, counts, sums)
    for code in (group, reference):
        if not 0 <= code < total.n_groups:
            raise InputError(f"clustered_difference needs codes from 0 to {total.n_groups - 1}, but got {quote(code)}.")
    value = np.asarray(rate(total), dtype=np.float64)
    pair = np.ix_([group, reference], [group, reference])
    clusters = np.trace(together[pair]) - together[group, reference]
    turned = covariance[pair] * np.array([[1, -1], [-1, 1]])
    squares = turned.sum() if turned.sum() > _ROUNDING * np.abs(turned).sum() else 0.0
    margin = _t_quantile(level, clusters) * np.sqrt(_spread(np.asarray(squares), clusters))
    gap = value[group] - value[reference]
    lowest, highest = rate.bounds
    widest = highest - lowest
    if clusters < 2 or np.isnan(gap) or margin == 0:
        return Interval(np.asarray(-widest), np.asarray(widest), level, "clustered")
    return Interval(np.maximum(gap - margin, -widest), np.minimum(gap + margin, widest), level, "clustered")


def _parts(rate: Rate | MeanRate) -> tuple[Rate, ...]:
    return rate.rates if isinstance(rate, MeanRate) else (rate,)


def _moved(
    who: str, rate: Rate | MeanRate, counts: GroupCounts, sums: ClusterSums | None
) -> tuple[GroupCounts, FloatArray, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    """Give the counts of all clusters, the sums of products of what each moves in two groups, and common clusters."""
    cells = np.asarray(counts.cells, dtype=np.float64)
    if cells.ndim != (4 if sums is None else 3):
        raise InputError(
            f"{who} needs counts of shape (clusters, groups, labels, decisions), but got {cells.shape}; "
            "count by cluster and group, then split that axis."
        )
    total = counts if sums is not None else GroupCounts(cells.sum(axis=0), grouping=counts.grouping)
    sums = sums or ClusterSums.of(rate, counts)
    rates = _parts(rate)
    effects = []
    for one in rates:
        size = np.asarray(one.among(total.cells), dtype=np.float64) * len(rates)
        per_row = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
        effects += [per_row, -per_row * np.nan_to_num(np.asarray(one(total), dtype=np.float64))]
    effect = np.stack(effects)
    covariance = np.einsum("ig,igjh,jh->gh", effect, sums.products, effect)
    largest = np.einsum("ig,igig,ig->g", effect, sums.products, effect)
    own = np.diagonal(covariance)
    covariance = covariance - np.diag(np.where(own <= _ROUNDING * largest, own, 0.0))
    return total, np.asarray(covariance), sums.together.astype(np.int64)


def _spread(squares: FloatArray, clusters: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
    return np.asarray(squares * clusters / np.maximum(clusters - 1, 1))


def _t_quantile(level: float, clusters: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.maximum(clusters - 1, 1), (1 + level) / 2))


def _share_ends(
    value: FloatArray, error: FloatArray, clusters: np.ndarray[tuple[int, ...], np.dtype[np.int64]], level: float
) -> tuple[FloatArray, FloatArray]:
    size = effective_size(np.nan_to_num(value), np.nan_to_num(error))
    size = size * (normal_quantile(level) / _t_quantile(level, clusters)) ** 2
    size = np.where(np.isnan(size), clusters, size)
    size = np.where(np.isnan(value) | (clusters < 2), 0.0, size)
    interval = rate_interval(np.nan_to_num(value) * size, size, level=level)
    return interval.low, interval.high
