"""Rows that stand for several rows: what sums over pairs of them must leave out."""

from __future__ import annotations

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.row_distances.row_sample import RowSample

__all__ = ["centered", "copy_sums", "counted", "group_divergence", "mean_within_groups", "positive", "spread"]


def counted(sample: RowSample, who: str, *, continuous: bool = True, needs_label: bool = False) -> RowSample:
    """Give the sample with zeros in the rows of weight 0, whatever stood there, after checking that it fits.

    Raises
    ------
    InputError
        If the attribute is continuous where groups are needed, or labels are missing.
    """
    if sample.continuous and not continuous:
        raise InputError(f"{who} compares groups, got a continuous attribute. Use HSIC or DistanceCorrelation.")
    if needs_label and sample.label is None:
        raise InputError(f"{who} compares values with labels, got none. Use it where the model decides yes or no.")
    there = sample.weight > 0
    return RowSample(
        torch.where(there, sample.values, 0),
        torch.where(there[:, None], sample.attribute, 0).to(sample.values.dtype),
        torch.where(there, sample.weight, 0).to(sample.values.dtype),
        None if sample.label is None else torch.where(there, sample.label, 0).to(sample.values.dtype),
        sample.continuous,
    )


def copy_sums(weight: Tensor, power: int, *, unbiased: bool = True) -> Tensor:
    """Sum a power of the weights of the copies that each row stands for; 0 where no pair is to be left out.

    A row of weight 2.5 is that row twice, and once more as half a row: 1 + 1 + 0.5^power. A statistic over pairs of
    different rows leaves out the pairs of each copy with itself, so that a weight of 2 gives what the row twice gives,
    and that weights below 1, such as those of a sampler, do not bias it either.

    Examples
    --------
    >>> copy_sums(torch.tensor([0.0, 1.0, 2.0, 2.5]), 2).tolist()
    [0.0, 1.0, 2.0, 2.25]
    """
    if not unbiased:
        return torch.zeros_like(weight)
    whole = weight.floor()
    return whole + (weight - whole) ** power


def centered(columns: Tensor, weight: Tensor) -> Tensor:
    """Subtract the weighted mean of each column of a matrix."""
    return columns - (weight[:, None] * columns).sum(0) / positive(weight.sum())


def spread(middle: Tensor, columns: Tensor, share: Tensor) -> Tensor:
    """Give the variance of each column, from it and the centered column; 0 where it is no more than rounding."""
    variance = share @ middle.square()
    noise = (64 * torch.finfo(columns.dtype).eps) ** 2 * (share @ columns.detach().square())
    return torch.where(variance > noise, variance, 0)


def positive(size: Tensor) -> Tensor:
    """Give what is safe to divide by: 1 where the size is 0 or below."""
    return torch.where(size > 0, size, 1)


def _pairs(sample: RowSample, *, unbiased: bool) -> Tensor:
    """Count the pairs of different rows, one from each of two groups, as a matrix; 0 where there are none."""
    mass = (sample.attribute * sample.weight[:, None]).sum(0)
    same = copy_sums(sample.weight, 2, unbiased=unbiased)
    everything = torch.outer(mass, mass)
    pairs = everything - sample.attribute.T @ (sample.attribute * same[:, None])
    return torch.where(pairs > 64 * torch.finfo(pairs.dtype).eps * everything, pairs, 0)


def _shares(sample: RowSample, pairs: Tensor) -> Tensor:
    """Give the share of each group among the groups that have pairs."""
    mass = torch.where(pairs.diagonal() > 0, (sample.attribute * sample.weight[:, None]).sum(0), 0)
    return mass / positive(mass.sum())


def group_divergence(sums: Tensor, sample: RowSample, *, unbiased: bool = True) -> Tensor:
    r"""Average the squared distance of each group to all rows, from sums of a kernel over pairs of rows.

    :math:`\sum_g \pi_g \lVert \mu_g - \mu \rVert^2 = \sum_{g<h} \pi_g \pi_h \lVert \mu_g - \mu_h \rVert^2`, where
    :math:`\pi_g` is the share of a group and :math:`\mu_g` its mean in the space of the kernel. For two groups it is
    :math:`\pi_0 \pi_1` times their squared distance. A group without two rows is left out.

    Parameters
    ----------
    sums : Tensor of shape (G, G)
        The sum over pairs of rows of weight × weight × share × share × kernel, which is 0 between a row and itself.
    sample : RowSample
        The rows.
    unbiased : bool
        Whether a row makes no pair with itself.
    """
    pairs = _pairs(sample, unbiased=unbiased)
    share = _shares(sample, pairs)
    return ((torch.diag(share) - torch.outer(share, share)) * sums / positive(pairs)).sum()


def mean_within_groups(kernel: Tensor, sample: RowSample) -> Tensor:
    """Average a matrix over the pairs of different rows of each group, then over the groups by their shares."""
    pairs = _pairs(sample, unbiased=True)
    members = sample.attribute * sample.weight[:, None]
    itself = (sample.attribute**2 * (copy_sums(sample.weight, 2) * kernel.diagonal())[:, None]).sum(0)
    sums = (members * (kernel @ members)).sum(0) - itself
    return (_shares(sample, pairs) * sums / positive(pairs.diagonal())).sum()
