"""How far apart the rates of the groups are, as one smooth number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from fairloss.errors import UnknownName
from fairloss.losses.stacked_rates import RateValues

__all__ = ["DISTANCES", "Distance", "resolve_distance"]

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


DISTANCES: Mapping[str, Distance] = MappingProxyType({"squared": squared})
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
