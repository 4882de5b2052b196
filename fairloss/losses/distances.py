"""How far apart the rates of the groups are, as one smooth number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite
from types import MappingProxyType

import torch
from torch import Tensor

from fairloss.errors import InputError, UnknownName
from fairloss.losses.stacked_rates import RateValues

__all__ = ["DISTANCES", "Distance", "GapNorm", "resolve_distance"]

Distance = Callable[[RateValues, RateValues], Tensor]
"""``distance(by_group, overall)`` gives a scalar; ``overall`` has one group, all rows together."""


def squared(by_group: RateValues, overall: RateValues) -> Tensor:
    """Sum the squared deviations from the overall rate, each group weighted by its share of the rows of the rate.

    Examples
    --------
    >>> rates = RateValues(torch.tensor([[[0.2, 0.6]]]), torch.tensor([[[True, True]]]), torch.tensor([[[10.0, 10.0]]]))
    >>> overall = RateValues(torch.tensor([[[0.4]]]), torch.tensor([[[True]]]), torch.tensor([[[20.0]]]))
    >>> round(squared(rates, overall).item(), 6)
    0.04
    """
    share = by_group.among / torch.where(overall.defined, overall.among, 1)
    deviation = torch.where(by_group.defined, by_group.values - overall.values, 0)
    return (share * deviation * deviation).sum()


@dataclass(frozen=True, slots=True)
class GapNorm:
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


DISTANCES: Mapping[str, Distance] = MappingProxyType(
    {"squared": squared, "total_gap": GapNorm(order=1), "worst_gap": GapNorm(order=inf)}
)
"""Every distance by name, read-only."""


def resolve_distance(distance: str | Distance) -> Distance:
    """Turn a name into the distance; a function passes through.

    Raises
    ------
    UnknownName
        With the near names, where no distance has the name.
    """
    if not isinstance(distance, str):
        return distance
    if distance not in DISTANCES:
        raise UnknownName("distance", distance, DISTANCES)
    return DISTANCES[distance]
