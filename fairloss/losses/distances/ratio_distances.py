"""Ratios of the groups' rates, as in the four-fifths rule."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.distances.rate_distance import RateDistance
from fairloss.losses.stacked_rates import RateValues

__all__ = ["LogRatio"]

_SMALLEST = 1e-12
"""The smallest rate of which a logarithm is taken."""


@dataclass(frozen=True, slots=True)
class LogRatio(RateDistance):
    r"""Square by how much the ratio of two groups' rates is too small, on the log scale; every pair counts alike.

    For each rate :math:`\sum_{a, b} \max(0, \log(\text{ratio}) - \log(m_a / m_b))^2` over ordered pairs of groups: 0
    exactly where no group's rate is less than ``ratio`` times another's. With 0.8 that is the four-fifths rule (Uniform
    Guidelines on Employee Selection Procedures, 1978, 29 CFR 1607.4 D); with 1, the squared log ratio of each pair.

    Ratios reward raising every rate, and are noisy where rates are low: each group's rate is smoothed towards the
    overall rate, which leaves parity at exactly 0. A rate below 1e-12 is read as 1e-12.

    Parameters
    ----------
    ratio : float
        The smallest ratio that costs nothing, above 0 and at most 1.
    smoothing : float
        0 or more: how many rows at the overall rate are added to each group, in units of weight.

    Raises
    ------
    InputError
        If the ratio or the smoothing is out of bounds.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(LogRatio(ratio=0.8, smoothing=0)(rates, overall).item(), 4)  # log(0.8 / (1/3)) squared
    0.7664
    """

    needs_shares: ClassVar[bool] = True

    ratio: float = 0.8
    smoothing: float = 1.0

    def __post_init__(self) -> None:
        """Check the settings."""
        if not 0 < self.ratio <= 1:
            raise InputError(f"The ratio of a LogRatio must be above 0 and at most 1, got {self.ratio!r}. Try 0.8.")
        if not (self.smoothing >= 0 and isfinite(self.smoothing)):
            raise InputError(f"The smoothing of a LogRatio must be 0 or more, got {self.smoothing!r}. Try 1.")

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the sum over rates and pairs, a scalar."""
        pulled = by_group.of + self.smoothing * overall.values
        size = torch.where(by_group.defined, by_group.among + self.smoothing, 1)
        logs = torch.where(by_group.defined, pulled / size, 1).clamp_min(_SMALLEST).log()
        shortfall = (log(self.ratio) + logs[..., None, :] - logs[..., None]).relu()
        both = by_group.defined[..., None] & by_group.defined[..., None, :]
        return torch.where(both, shortfall, 0).square().sum()
