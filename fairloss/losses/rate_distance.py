"""What a distance between the rates of groups is, and what it asks of the rates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.losses.stacked_rates import RateValues
from fairloss.notions import MeanRate, Rate

__all__ = ["RateDistance", "group_shares", "is_share"]


class RateDistance(ABC):
    """How far apart the rates of the groups are, or how high: one number from counts.

    A distance is a value without state. A plain function of two `RateValues` is one too; it asks for nothing. Groups
    whose rate is undefined add exactly nothing to the value or to the gradient.
    """

    needs_noise: ClassVar[bool] = False
    """Whether it reads ``by_group.noise``."""
    needs_shares: ClassVar[bool] = False
    """Whether the rates must lie in [0, 1]; see `is_share`."""
    levels: ClassVar[bool] = False
    """Whether it looks at the level of each group and not at how groups differ: then parity is not zero."""

    @abstractmethod
    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the distance, a scalar; ``overall`` has one group, all rows together."""


def is_share(rate: Rate | MeanRate) -> bool:
    """Tell whether a rate of decisions is a share of rows, and so in [0, 1]: its cells are part of those it is among.

    This holds for decisions in [0, 1]; the mean output of a regression is no share, whatever the form.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> is_share(RATES["false_positive_rate"]), is_share(RATES["error_ratio"])
    (True, False)
    """
    return rate.is_bounded


def group_shares(by_group: RateValues, overall: RateValues) -> Tensor:
    """Give each group's share of the rows that a rate is among, (questions, rates, groups); 0 where there are none."""
    return by_group.among / torch.where(overall.defined, overall.among, 1)
