"""The catalogue of distances: how far apart the rates of the groups are, as one number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from types import MappingProxyType

from torch import Tensor

from fairloss.errors import UnknownName
from fairloss.losses.distances.gap_distances import GapNorm, SmoothWorstGap
from fairloss.losses.distances.information_distances import ChiSquare, JensenShannon
from fairloss.losses.distances.level_distances import LevelHinge, Magnitude
from fairloss.losses.distances.rate_distance import RateDistance
from fairloss.losses.distances.ratio_distances import LogRatio
from fairloss.losses.distances.squared_distances import CorrectedSquared, LinearResidual, squared
from fairloss.losses.stacked_rates import RateValues

__all__ = [
    "DISTANCES",
    "ChiSquare",
    "CorrectedSquared",
    "Distance",
    "GapNorm",
    "JensenShannon",
    "LevelHinge",
    "LinearResidual",
    "LogRatio",
    "Magnitude",
    "RateDistance",
    "SmoothWorstGap",
    "resolve_distance",
    "squared",
]

Distance = Callable[[RateValues, RateValues], Tensor]
"""``distance(by_group, overall)`` gives a scalar; ``overall`` has one group, all rows together.

A function, or a `RateDistance`, which can ask for more than values; read what it asks for with
``getattr(distance, "needs_noise", False)``.
"""

DISTANCES: Mapping[str, Distance] = MappingProxyType(
    {
        "squared": squared,
        "corrected_squared": CorrectedSquared(),
        "total_gap": GapNorm(order=1),
        "worst_gap": GapNorm(order=inf),
        "smooth_worst_gap": SmoothWorstGap(),
        "chi_square": ChiSquare(),
        "mutual_information": JensenShannon(),
        "jensen_shannon": JensenShannon(weights="equal"),
        "four_fifths": LogRatio(ratio=0.8),
        "log_ratio": LogRatio(ratio=1),
        "linear_residual": LinearResidual(),
        "magnitude": Magnitude(),
        "level_hinge": LevelHinge(),
    }
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
