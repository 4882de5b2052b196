"""Squares of the gaps to the overall rate: plain, without the part that is noise, and without a division."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.distances.rate_distance import RateDistance, group_shares
from fairloss.losses.stacked_rates import RateValues

__all__ = ["CorrectedSquared", "LinearResidual", "squared"]


def squared(by_group: RateValues, overall: RateValues) -> Tensor:
    """Sum the squared deviations from the overall rate, each group weighted by its share of the rows of the rate.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(squared(rates, overall).item(), 6)
    0.04
    """
    deviation = torch.where(by_group.defined, by_group.values - overall.values, 0)
    return (group_shares(by_group, overall) * deviation * deviation).sum()


@dataclass(frozen=True, slots=True)
class CorrectedSquared(RateDistance):
    r"""Sum the squared deviations less what noise alone would give: unbiased on minibatches.

    With shares :math:`\pi_g`, rates :math:`m_g` of variance :math:`v_g` and :math:`m = \sum \pi_g m_g`, for each rate

    .. math:: \sum_g \pi_g \left[ (m_g - m)^2 - (1 - \pi_g) v_g \right].

    It may be negative, and is on average 0 for a fair model. The factor :math:`1 - \pi_g` is there because the mean
    holds the group itself: independent groups of equal rates have
    :math:`E \sum \pi_g (m_g - m)^2 = \sum \pi_g v_g - \sum \pi_g^2 v_g`. It is unbiased given the shares.

    A group whose variance cannot be estimated (a single row) has infinite noise. Nothing is known about it: it is left
    out, of the mean as well. A variance of 0 is taken at its word: these rows are all alike.

    Raises
    ------
    InputError
        If the rates carry no noise.

    Notes
    -----
    The mean is that of the groups by share, which is the overall rate except for means of rates. Where the noise
    carries its gradient, the gradient is unbiased too. The usual correction of a between-groups mean square in the
    analysis of variance (Searle, Casella & McCulloch, 1992, Variance Components), with a variance for each group.

    Examples
    --------
    >>> both = torch.tensor([[[True, True]]])
    >>> among, noise = torch.tensor([[[10.0, 10.0]]]), torch.tensor([[[0.02, 0.03]]])
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), both, among, noise)
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(CorrectedSquared()(rates, overall).item(), 6)  # 0.04 - (0.02 + 0.03) / 4
    0.0275
    """

    needs_noise: ClassVar[bool] = True

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the corrected sum, a scalar."""
        if by_group.noise is None:
            raise InputError(
                "CorrectedSquared needs the variance of each rate, got rates without noise. "
                "Use it in a Penalty, or fill RateValues.noise."
            )
        known = by_group.defined & by_group.noise.isfinite()
        among = torch.where(known, by_group.among, 0)
        total = among.sum(-1, keepdim=True)
        share = among / torch.where(total != 0, total, 1)
        deviation = torch.where(known, by_group.values - (share * by_group.values).sum(-1, keepdim=True), 0)
        excess = deviation * deviation - (1 - share) * torch.where(known, by_group.noise, 0)
        compared = known.sum(-1, keepdim=True) > 1
        return torch.where(compared, group_shares(by_group, overall) * excess, 0).sum()


@dataclass(frozen=True, slots=True)
class LinearResidual(RateDistance):
    r"""Square how many cases each group has too many, per row: for rates among decisions, as predictive parity.

    With the overall rate c, a group of :math:`n_g` of n rows and the rate :math:`N_g / D_g`,

    .. math:: \sum_g \frac{n_g}{n} \left( \frac{N_g - c D_g}{n_g} \right)^2,

    which is 0 only where all rates are equal. A group counts by the rows that the rate is among, so that a rate of few
    rows does not make the gradient explode; ``"squared"`` divides by their number. For a share of all rows (the
    selection rate, accuracy) it is the same as ``"squared"``.

    Parameters
    ----------
    detach : bool
        Whether c carries no gradient. Then :math:`N_g - c D_g` is linear in the decisions, and what descends is not
        exactly the gradient of the value.

    Raises
    ------
    InputError
        If the rates carry no rows.

    Notes
    -----
    The linear form of Buyl, Defrance & De Bie (2024), fairret: a framework for differentiable fairness regularization
    terms, with a constant for c.

    Examples
    --------
    >>> both = torch.tensor([[[True, True]]])
    >>> among, rows = torch.tensor([[[4.0, 1.0]]]), torch.tensor([[[10.0, 10.0]]])
    >>> rates = RateValues(torch.tensor([[[0.5, 1.0]]]), both, among, rows=rows)
    >>> among, rows = torch.tensor([[[5.0]]]), torch.tensor([[[20.0]]])
    >>> overall = RateValues(torch.tensor([[[0.6]]]), torch.tensor([[[True]]]), among, rows=rows)
    >>> round(LinearResidual()(rates, overall).item(), 6)  # residuals 2 - 0.6 * 4 and 1 - 0.6 * 1
    0.0016
    """

    detach: bool = True

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the weighted sum of squares, a scalar."""
        if by_group.rows is None or overall.rows is None:
            raise InputError(
                "LinearResidual needs the rows of each group, got rates without rows. "
                "Use it in a Penalty, or fill RateValues.rows."
            )
        middle = overall.values.detach() if self.detach else overall.values
        residual = torch.where(by_group.defined, by_group.of - middle * by_group.among, 0)
        each = residual / torch.where(by_group.rows > 0, by_group.rows, 1)
        share = by_group.rows / torch.where(overall.rows > 0, overall.rows, 1)
        return (share * each * each).sum()
