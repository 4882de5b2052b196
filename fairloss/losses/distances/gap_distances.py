"""Sizes of the gaps to the overall rate: norms with a tolerance, and a smooth worst case."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.distances.rate_distance import RateDistance
from fairloss.losses.stacked_rates import RateValues

__all__ = ["GapNorm", "SmoothWorstGap"]


@dataclass(frozen=True, slots=True)
class GapNorm(RateDistance):
    """Take a p-norm of the gaps to the overall rate, each counted only beyond a tolerance.

    ``(sum over rates and groups of max(0, |rate of the group - overall rate| - tolerance)^order)^(1/order)``. Every
    group counts alike, however small; a rate that is undefined adds nothing. It is not smooth where a gap passes the
    tolerance, and reads above zero for a fair model where the rates are noisy.

    Parameters
    ----------
    order : float
        1 or more; infinity takes the largest gap.
    tolerance : float
        The gap that costs nothing, in units of the rate.

    Raises
    ------
    InputError
        If the order is below 1, or the tolerance negative or not finite.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(GapNorm(order=1, tolerance=0.05)(rates, overall).item(), 6)
    0.3
    """

    order: float = 2
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        """Check the settings."""
        if not self.order >= 1:
            raise InputError(f"The order of a GapNorm must be 1 or more, got {self.order!r}. Below 1 it is no norm.")
        if not (self.tolerance >= 0 and isfinite(self.tolerance)):
            raise InputError(f"The tolerance of a GapNorm must be 0 or more, got {self.tolerance!r}. 0 allows no gap.")

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the norm, a scalar."""
        deviation = torch.where(by_group.defined, by_group.values - overall.values, 0)
        norm: Tensor = torch.linalg.vector_norm((deviation.abs() - self.tolerance).relu(), ord=self.order)
        return norm


@dataclass(frozen=True, slots=True)
class SmoothWorstGap(RateDistance):
    r"""Take the worst gap to the overall rate in a smooth way, so that every group that is nearly worst is moved.

    Over the E defined pairs of a rate and a group, with gaps :math:`d_e` to the overall rate and temperature
    :math:`\tau`, the log-sum-exp of the gaps and of their negatives

    .. math:: \tau \log \frac{1}{2E} \sum_e \left( e^{d_e / \tau} + e^{-d_e / \tau} \right).

    Both signs make it smooth at zero, where it is exactly 0. It is never above the worst gap, and at most
    :math:`\tau \log 2E` below.

    Parameters
    ----------
    temperature : float
        Above 0, in units of the rate: about the gap that would be tolerated. Smaller is nearer to the worst gap and
        less smooth.

    Raises
    ------
    InputError
        If the temperature is not above 0.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(SmoothWorstGap(0.01)(rates, overall).item(), 4)
    0.1931
    """

    temperature: float = 0.05

    def __post_init__(self) -> None:
        """Check the setting."""
        if not (self.temperature > 0 and isfinite(self.temperature)):
            raise InputError(
                f"The temperature of a SmoothWorstGap must be above 0, got {self.temperature!r}. "
                "Use GapNorm(order=inf) for the worst gap itself."
            )

    def __call__(self, by_group: RateValues, overall: RateValues) -> Tensor:
        """Give the smooth worst gap, a scalar."""
        gap = torch.where(by_group.defined, by_group.values - overall.values, 0) / self.temperature
        largest = gap.detach().abs().amax()
        both = (gap - largest).exp() + (-gap - largest).exp()
        size = by_group.defined.sum()
        mean = torch.where(by_group.defined, both, 0).sum() / (2 * size.clamp_min(1))
        return self.temperature * (largest + torch.where(size > 0, mean, 1).log())
