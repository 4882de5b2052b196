"""Distances that see any dependence, on groups and on continuous attributes: HSIC and distance correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.losses.row_distances.frequencies import copy_sums, counted, positive
from fairloss.losses.row_distances.kernel_distances import Bandwidth, check_bandwidth, gaussian_less_one
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample

__all__ = ["HSIC", "DistanceCorrelation", "dependence"]


@dataclass(frozen=True, slots=True)
class HSIC(RowDistance):
    r"""Measure any dependence between values and attribute by the Hilbert-Schmidt independence criterion.

    The values have a Gaussian kernel. Groups have the kernel that is 1 within a group and 0 between groups, which makes
    HSIC the sum over groups of :math:`\pi_g^2 \mathrm{MMD}^2(P_g, P)`, with the share of each group squared; a
    continuous attribute has a Gaussian kernel. It is a squared gap, so that useful weights are 50 and more. Memory is
    O(n²). Source: Song, Smola, Gretton, Bedo & Borgwardt (2012), Feature selection via dependence maximization.

    Parameters
    ----------
    bandwidth : float or "median"
        Of the values, as in `MMD`.
    attribute_bandwidth : float or "median"
        Of a continuous attribute; bring several columns to one scale first.
    unbiased : bool
        Leave out the tuples with a row twice: needs four rows, and the mean over batches is 0 under independence.

    Raises
    ------
    InputError
        If a bandwidth is not above 0.

    Examples
    --------
    >>> groups = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> sample = RowSample(torch.tensor([0.2, 0.3]), groups, torch.ones(2))
    >>> round(HSIC(unbiased=False)(sample).item(), 4)
    0.0984
    """

    bandwidth: Bandwidth = 0.1
    attribute_bandwidth: Bandwidth = "median"
    unbiased: bool = True
    continuous: ClassVar[bool] = True
    frequencies: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the settings."""
        check_bandwidth("HSIC", self.bandwidth)
        check_bandwidth("HSIC", self.attribute_bandwidth)

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the criterion."""
        rows = counted(sample, "HSIC")
        kernel = gaussian_less_one(rows.values[:, None], rows.weight, self.bandwidth)
        if rows.continuous:
            other = gaussian_less_one(rows.attribute, rows.weight, self.attribute_bandwidth)
        else:
            other = rows.attribute @ rows.attribute.T - 1
        return dependence(kernel, other, rows.weight, unbiased=self.unbiased)


@dataclass(frozen=True, slots=True)
class DistanceCorrelation(RowDistance):
    r"""Measure any dependence between values and attribute on a scale from 0 to 1, whatever their units.

    The bias-corrected squared distance correlation :math:`V(x, a) / \sqrt{V(x, x) V(a, a)}`, where V is the inner
    product of the U-centered matrices of distances :math:`|x_i - x_j|` and :math:`\lVert a_i - a_j \rVert`; of groups,
    the distance between their rows of shares. Needs four rows; near 0, and below it now and then, under independence;
    exactly 0 where values or attributes are all the same. Memory is O(n²). Its gradient grows as the spread of the
    values shrinks. Source: Székely & Rizzo (2014), Partial distance correlation with methods for dissimilarities.

    Examples
    --------
    >>> age = torch.tensor([[20.0], [30.0], [40.0], [50.0], [60.0]])
    >>> sample = RowSample(age[:, 0] / 100, age, torch.ones(5), continuous=True)
    >>> round(DistanceCorrelation()(sample).item(), 4)
    1.0
    """

    continuous: ClassVar[bool] = True
    frequencies: ClassVar[bool] = True

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the bias-corrected squared correlation."""
        rows = counted(sample, "DistanceCorrelation")
        mine = (rows.values[:, None] - rows.values).abs()
        other = torch.cdist(rows.attribute, rows.attribute, compute_mode="donot_use_mm_for_euclid_dist")
        both, of_mine, of_other = (
            dependence(one, two, rows.weight) for one, two in ((mine, other), (mine, mine), (other, other))
        )
        defined = (of_mine > _noise(mine, rows.weight)) & (of_other > _noise(other, rows.weight))
        size = torch.where(defined, of_mine, 1) * torch.where(defined, of_other, 1)
        return torch.where(defined, both / size.sqrt(), 0)


def _noise(distances: Tensor, weight: Tensor) -> Tensor:
    """Give the size below which a distance variance is rounding."""
    mean = weight @ distances.detach() @ weight / positive(weight.sum() ** 2)
    return 256 * torch.finfo(mean.dtype).eps * mean**2


def dependence(one: Tensor, two: Tensor, weight: Tensor, *, unbiased: bool = True) -> Tensor:
    r"""Combine two kernel matrices over the same rows to the U-statistic of their dependence.

    :math:`E k l + E k\, E l - 2 E\, E[k | i] E[l | i]`, each mean taken over tuples of different copies of rows, which
    for weights of 1 is the estimator of Song et al. (2012); with ``unbiased=False`` over all tuples. The same numbers
    come out where a constant is added to a matrix. 0 where there are fewer than four copies.

    Parameters
    ----------
    one, two : Tensor of shape (n, n)
        Symmetric.
    weight : Tensor of shape (n,)
        How many rows each row stands for.
    unbiased : bool
        Whether no row is twice in a tuple.

    Examples
    --------
    >>> kernel = torch.eye(4)
    >>> round(dependence(kernel, kernel, torch.ones(4), unbiased=False).item(), 4)
    0.1875
    """
    d2, d3, d4 = (copy_sums(weight, power, unbiased=unbiased) for power in (2, 3, 4))
    total = weight.sum()
    one, two = (kernel - weight @ kernel @ weight / positive(total**2) for kernel in (one, two))
    product, own_one, own_two = one * two, one.diagonal(), two.diagonal()
    own = own_one * own_two
    row_one, row_two = one @ weight, two @ weight
    rows, crossed = row_one * row_two, own_one * row_two + own_two * row_one
    pairs = weight @ product @ weight - d2 @ own
    triples = weight @ rows - d2 @ crossed + 2 * d3 @ own - weight @ product @ d2
    quadruples = (weight @ row_one - d2 @ own_one) * (weight @ row_two - d2 @ own_two)
    quadruples = quadruples - 4 * (d2 @ rows - d3 @ crossed + d4 @ own) + 2 * (d2 @ product @ d2 - d4 @ own)
    p2, p3, p4 = d2.sum(), d3.sum(), d4.sum()
    counts = total**2 - p2, total**3 - 3 * total * p2 + 2 * p3
    last = total**4 - 6 * total**2 * p2 + 3 * p2**2 + 8 * total * p3 - 6 * p4
    value = pairs / positive(counts[0]) + quadruples / positive(last) - 2 * triples / positive(counts[1])
    return torch.where(last > 256 * torch.finfo(last.dtype).eps * total**4, value, 0)
