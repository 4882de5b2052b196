"""What rows in clusters sum up to: sums of products over the clusters, from which no cluster can be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairloss.inference.arguments import FloatArray
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["ClusterSums", "concentration", "moved_together"]

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
    clusters : ndarray of shape (groups,)
        How many clusters have rows of the group that the rate asks about.
    """

    products: FloatArray
    clusters: FloatArray

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
        clusters = (table[:, 1::2] > 0).any(axis=1).sum(axis=0, dtype=np.float64)
        return cls(np.tensordot(table, table, axes=(0, 0)), clusters)

    @property
    def complement(self) -> ClusterSums:
        """The sums for one minus the rate, where the rate is a share: the false negative of the true positive rate."""
        turn = np.array([[-1.0, 1.0], [0.0, 1.0]])
        return ClusterSums(np.einsum("ai,bj,igjh->agbh", turn, turn, self.products), self.clusters)

    def __add__(self, other: ClusterSums) -> ClusterSums:
        return ClusterSums(self.products + other.products, self.clusters + other.clusters)


def concentration(rate: Rate | MeanRate, total: GroupCounts, sums: ClusterSums) -> FloatArray:
    """Give the sums over clusters of products of shares in the rows of two groups, the mean over the rate's parts."""
    found = []
    for place, one in enumerate(_parts(rate)):
        size = np.asarray(one.among(total.cells), dtype=np.float64)
        rows = np.outer(size, size)
        products = sums.products[2 * place + 1, :, 2 * place + 1]
        found.append(np.divide(products, rows, out=np.full_like(rows, np.nan), where=rows > 0))
    return np.asarray(sum(found) / len(found))


def moved_together(rate: Rate | MeanRate, total: GroupCounts, sums: ClusterSums) -> FloatArray:
    """Give the sums over clusters of products of what each moves in two groups."""
    rates = _parts(rate)
    effects = []
    for one in rates:
        size = np.asarray(one.among(total.cells), dtype=np.float64) * len(rates)
        per_row = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
        effects += [per_row, -per_row * np.nan_to_num(np.asarray(one(total), dtype=np.float64))]
    effect = np.stack(effects)
    squares = np.einsum("ig,igjh,jh->gh", effect, sums.products, effect)
    largest = np.einsum("ig,igig,ig->g", effect, sums.products, effect)
    alike = np.diagonal(squares) <= _ROUNDING * largest
    return np.where(alike[:, None] | alike, 0.0, squares)


def _parts(rate: Rate | MeanRate) -> tuple[Rate, ...]:
    return rate.rates if isinstance(rate, MeanRate) else (rate,)
