"""Distances between the distributions of the groups, by energy and by kernels: zero only where all are equal."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar, Literal

import torch
from torch import Tensor

from fairloss.errors import InputError, quote
from fairloss.losses.row_distances.frequencies import counted, group_divergence, positive
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample

__all__ = ["MMD", "Energy", "check_bandwidth", "gaussian_less_one"]

Bandwidth = float | Literal["median"]


@dataclass(frozen=True, slots=True)
class Energy(RowDistance):
    r"""Compare whole distributions by their distribution functions, with no kernel to choose.

    :math:`\sum_g \pi_g E(F_g, F)`, where :math:`\pi_g` is the share of group g and F the mixture of all of them, and
    :math:`E(F_a, F_b) = 2 E|X - Y| - E|X - X'| - E|Y - Y'| = 2 \int (F_a - F_b)^2`. It equals the sum over pairs of
    groups of :math:`\pi_a \pi_b E(F_a, F_b)`. Sorting makes it O(n log n). Source: Székely & Rizzo (2013), Energy
    statistics; unbiased on minibatches as in Rychener, Taşkesen & Kuhn (2022), Metrizing fairness.

    Parameters
    ----------
    unbiased : bool
        Leave out the pairs of a row with itself, so that the mean over batches is 0 where groups do not differ; single
        values are then below 0 now and then. A group with one row is left out. Otherwise the distance of the
        distributions of the sample, which is never below 0.

    Examples
    --------
    >>> groups = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> sample = RowSample(torch.tensor([0.2, 0.6]), groups, torch.ones(2))
    >>> round(Energy(unbiased=False)(sample).item(), 4)
    0.2
    """

    unbiased: bool = True
    frequencies: ClassVar[bool] = True

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the share-weighted mean energy distance of the groups to all rows."""
        rows = counted(sample, "Energy", continuous=False)
        members = rows.attribute * rows.weight[:, None]
        middle = (rows.weight * rows.values.detach()).sum() / positive(rows.weight.sum())
        # |x - y| = (x - y) sign(x - y), and the signs are sums of weights below less above, which sorting finds
        moved = torch.where(rows.weight > 0, rows.values - middle, 0)
        half = members.T @ (moved[:, None] * _below_less_above(rows.values.detach(), members))
        return group_divergence(-(half + half.T), rows, unbiased=self.unbiased)


def _below_less_above(values: Tensor, members: Tensor) -> Tensor:
    """Sum for each row the weights of the rows with smaller values, less those with larger ones, by group."""
    order = values.argsort()
    ordered = values[order].contiguous()
    sums = torch.cat([members.new_zeros(1, members.shape[1]), members[order].cumsum(0)])
    below = torch.searchsorted(ordered, values.contiguous())
    up_to = torch.searchsorted(ordered, values.contiguous(), right=True)
    return sums[below] + sums[up_to] - sums[-1]


@dataclass(frozen=True, slots=True)
class MMD(RowDistance):
    r"""Compare whole distributions by the squared maximum mean discrepancy under a Gaussian kernel.

    :math:`\sum_g \pi_g \mathrm{MMD}^2(P_g, P)`, where :math:`\pi_g` is the share of group g and P the mixture of all,
    with :math:`k(x, y) = \exp(-(x - y)^2 / 2h^2)`, between 0 and 1. It equals the sum over pairs of groups of
    :math:`\pi_a \pi_b \mathrm{MMD}^2(P_a, P_b)`. Memory is O(n²), so it is made for batches. Source: Gretton,
    Borgwardt, Rasch, Schölkopf & Smola (2012), A kernel two-sample test.

    Parameters
    ----------
    bandwidth : float or "median"
        h, in units of the values; 0.1 suits probabilities. ``"median"`` takes the median distance between rows with
        different values, without a gradient: for regression.
    unbiased : bool
        Leave out the pairs of a row with itself, as in `Energy`.

    Raises
    ------
    InputError
        If the bandwidth is not above 0.

    Examples
    --------
    >>> groups = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> sample = RowSample(torch.tensor([0.2, 0.3]), groups, torch.ones(2))
    >>> round(MMD(unbiased=False)(sample).item(), 4)
    0.1967
    """

    bandwidth: Bandwidth = 0.1
    unbiased: bool = True
    frequencies: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the settings."""
        check_bandwidth("MMD", self.bandwidth)

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the share-weighted mean squared discrepancy of the groups from all rows."""
        rows = counted(sample, "MMD", continuous=False)
        members = rows.attribute * rows.weight[:, None]
        kernel = gaussian_less_one(rows.values[:, None], rows.weight, self.bandwidth)
        return group_divergence(members.T @ kernel @ members, rows, unbiased=self.unbiased)


def check_bandwidth(who: str, bandwidth: object) -> None:
    """Require a finite number above 0, or the word for the median distance.

    Raises
    ------
    InputError
        If it is neither.
    """
    number = isinstance(bandwidth, int | float) and bandwidth > 0 and isfinite(bandwidth)
    if not number and bandwidth != "median":
        raise InputError(
            f"The bandwidth of {who} is a number above 0 or 'median', got {quote(bandwidth)}. 0.1 suits probabilities."
        )


def gaussian_less_one(columns: Tensor, weight: Tensor, bandwidth: Bandwidth) -> Tensor:
    """Compute the Gaussian kernel between rows, less 1: no distance changes by a constant, and its diagonal is 0.

    Examples
    --------
    >>> kernel = gaussian_less_one(torch.tensor([[0.0], [1.0]]), torch.ones(2), 1.0)
    >>> round(kernel[0, 1].item(), 4), kernel[0, 0].item() == 0
    (-0.3935, True)
    """
    squares = (columns[:, None] - columns).square().sum(-1)
    width = _median_distance(squares.detach().sqrt(), weight) if bandwidth == "median" else float(bandwidth)
    return torch.expm1(squares / (-2 * width**2))


def _median_distance(distances: Tensor, weight: Tensor) -> Tensor:
    """Take the weighted median of the distances above 0; 1 where there are none."""
    if not distances.numel():
        return distances.new_ones(())
    counts = torch.where(distances > 0, torch.outer(weight, weight), 0).flatten()
    ordered, order = distances.flatten().sort()
    sums = counts[order].cumsum(0)
    place = torch.searchsorted(sums, sums[-1:] / 2)[0]
    return torch.where(sums[-1] > 0, ordered[place], 1)
