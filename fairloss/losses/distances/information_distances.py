"""How much the decision tells about the group: chi-square, mutual information and Jensen-Shannon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor

from fairloss.errors import InputError, UnknownName
from fairloss.losses.distances.rate_distance import RateDistance, group_shares
from fairloss.losses.stacked_rates import RateValues

__all__ = ["ChiSquare", "JensenShannon"]

_SMALLEST = 1e-6
"""The smallest variance of a decision that is divided by."""

Weights = Literal["shares", "equal"]


@dataclass(frozen=True, slots=True)
class ChiSquare(RateDistance):
    r"""Sum the squared deviations in units of the variance of the decision: the chi-square of independence per row.

    For each rate :math:`\sum_g \pi_g (m_g - m)^2 / (m (1 - m))`, from 0 to 1. For a yes or no decision this is the
    chi-square of Pearson divided by n, the exponential Rényi mutual information (ERMI; Lowy, Baharlouei, Pavan,
    Razaviyayn & Beirami, 2022, A stochastic optimization framework for fair risk minimization), and the square of the
    maximal correlation of Hirschfeld, Gebelein and Rényi (HGR). Unlike ``"squared"`` it takes rare decisions as
    seriously as common ones. A variance m (1 - m) below 1e-6 is read as 1e-6.

    Parameters
    ----------
    detach : bool
        Whether the denominator carries no gradient. With one, a model can lower the value by deciding more evenly.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(ChiSquare()(rates, overall).item(), 6)  # 0.04 / 0.24
    0.166667
    """

    needs_shares: ClassVar[bool] = True

    detach: bool = False

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the sum over rates, a scalar."""
        deviation = torch.where(by_group.defined, by_group.values - overall.values, 0)
        middle = overall.values.detach() if self.detach else overall.values
        variance = (middle * (1 - middle)).clamp_min(_SMALLEST)
        return (group_shares(by_group, overall) * deviation * deviation / variance).sum()


@dataclass(frozen=True, slots=True)
class JensenShannon(RateDistance):
    r"""Take the Jensen-Shannon divergence of the groups' decisions; weighted by share, their mutual information.

    For each rate :math:`\sum_g w_g \, KL(m_g \| m)` between coins of these probabilities, in nats, with
    :math:`m = \sum w_g m_g`. With the groups' shares of the rows for w it is the mutual information of decision and
    group, the prejudice remover of Kamishima, Akaho, Asoh & Sakuma (2012, Fairness-aware classifier with prejudice
    remover regularizer). With equal weights every group counts alike, however small.

    Parameters
    ----------
    weights : {"shares", "equal"}
        What each group counts.
    smoothing : float
        Above 0 and below 0.5: the probability with which each decision is flipped before the information is taken.
        It is the same for all groups, so that parity is exactly 0, and keeps the gradient finite where a group has a
        rate of 0 or 1.

    Raises
    ------
    InputError
        If the weights are unknown or the smoothing out of bounds.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.0, 1.0]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.5]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(JensenShannon()(rates, overall).item(), 3)  # one bit
    0.693
    """

    needs_shares: ClassVar[bool] = True

    weights: Weights = "shares"
    smoothing: float = 1e-6

    def __post_init__(self) -> None:
        """Check the settings."""
        if self.weights not in get_args(Weights):
            raise UnknownName("weighting of JensenShannon", self.weights, get_args(Weights))
        if not 0 < self.smoothing < 0.5:
            raise InputError(
                f"The smoothing of JensenShannon must be above 0 and below 0.5, got {self.smoothing!r}. "
                "Leave it at its default."
            )

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the sum over rates, a scalar."""
        weight = by_group.among if self.weights == "shares" else torch.ones_like(by_group.among)
        weight = torch.where(by_group.defined, weight, 0)
        total = weight.sum(-1, keepdim=True)
        share = weight / torch.where(total != 0, total, 1)
        # The mean is where the sum of divergences is smallest, so that it has no gradient of its own to give.
        mean = (share * by_group.values).sum(-1, keepdim=True).detach()
        divergence = self._term(by_group.values, mean) + self._term(1 - by_group.values, 1 - mean)
        return torch.where(by_group.defined & (by_group.values != mean), share * divergence, 0).sum()

    def _term(self, value: Tensor, mean: Tensor) -> Tensor:
        """Give p log(p / q), for both sides of the coin after the flips."""
        p, q = (self.smoothing + (1 - 2 * self.smoothing) * side.clamp_min(0) for side in (value, mean))
        return p * (p.log() - q.log())
