"""What a distance between the rates of groups is, and what it asks of the rates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.losses.stacked_rates import RateValues

__all__ = ["RateDistance", "group_shares"]


class RateDistance(ABC):
    """How far apart the rates of the groups are, or how high: one number from counts.

    A distance is a value without state. A plain function of two `RateValues` is one too; it asks for nothing. Groups
    whose rate is undefined add exactly nothing to the value or to the gradient.
    """

    needs_noise: ClassVar[bool] = False
    """Whether it reads ``by_group.noise``."""
    needs_shares: ClassVar[bool] = False
    """Whether the rates must lie in [0, 1], as `Rate.is_bounded` tells."""
    levels: ClassVar[bool] = False
    """Whether it looks at the level of each group and not at how groups differ: then parity is not zero."""

    @abstractmethod
    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the distance, a scalar; ``overall`` has one group, all rows together."""


def group_shares(by_group: RateValues, overall: RateValues) -> Tensor:
    """Give each group's share of the rows that a rate is among, (questions, rates, groups); 0 where there are none."""
    return by_group.among / torch.where(overall.defined, overall.among, 1)
