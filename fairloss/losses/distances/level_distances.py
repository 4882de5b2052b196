"""The level of each group's rate, not its distance from the others: for residuals and losses."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.distances.rate_distance import RateDistance, group_shares
from fairloss.losses.stacked_rates import RateValues

__all__ = ["LevelHinge", "Magnitude"]


@dataclass(frozen=True, slots=True)
class Magnitude(RateDistance):
    r"""Sum the squares of the rates themselves, each group weighted by its share of the rows of the rate.

    For each rate :math:`\sum_g \pi_g m_g^2`. Of the mean residual :math:`E[y - p \mid g]`, which is (FN - FP) / rows
    of soft decisions, it is 0 where the scores are right on average in each group: calibration in the large, or
    multi-accuracy over the groups (Kim, Ghorbani & Zou, 2019, Multiaccuracy: black-box post-processing for fairness in
    classification).

    Examples
    --------
    >>> both = torch.tensor([[[True, True]]])
    >>> rates = RateValues(torch.tensor([[[0.1, -0.1]]]), both, torch.tensor([[[10.0, 30.0]]]))
    >>> overall = RateValues(torch.tensor([[[-0.05]]]), torch.tensor([[[True]]]), torch.tensor([[[40.0]]]))
    >>> round(Magnitude()(rates, overall).item(), 6)
    0.01
    """

    levels: ClassVar[bool] = True

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the sum over rates, a scalar."""
        return (group_shares(by_group, overall) * by_group.values * by_group.values).sum()


@dataclass(frozen=True, slots=True)
class LevelHinge(RateDistance):
    r"""Sum what each group's rate has beyond a bound: bounded group loss as a penalty.

    For each rate :math:`\sum_g \max(0, m_g - \text{bound})`: every group counts alike, however small (Agarwal, Dudík &
    Wu, 2019, Fair regression: quantitative definitions and reduction-based algorithms, in the form of a penalty).

    Parameters
    ----------
    bound : float
        The level that costs nothing, in units of the rate.

    Raises
    ------
    InputError
        If the bound is not finite.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(LevelHinge(bound=0.25)(rates, overall).item(), 6)
    0.35
    """

    levels: ClassVar[bool] = True

    bound: float = 0.0

    def __post_init__(self) -> None:
        """Check the setting."""
        if not isfinite(self.bound):
            raise InputError(
                f"The bound of a LevelHinge must be finite, got {self.bound!r}. 0 counts all of each rate."
            )

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the sum over rates and groups, a scalar."""
        return torch.where(by_group.defined, by_group.values - self.bound, 0).relu().sum()
