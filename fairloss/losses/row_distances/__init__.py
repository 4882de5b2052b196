"""Every distance that needs rows, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fairloss.losses.row_distances.adversary import Adversary
from fairloss.losses.row_distances.calibration_distance import Calibration
from fairloss.losses.row_distances.correlation_distances import Covariance, MaximalCorrelation
from fairloss.losses.row_distances.dependence_distances import HSIC, DistanceCorrelation
from fairloss.losses.row_distances.kernel_distances import MMD, Energy
from fairloss.losses.row_distances.row_sample import RowDistance
from fairloss.losses.row_distances.transport_distances import Wasserstein

__all__ = ["ROW_DISTANCES"]

ROW_DISTANCES: Mapping[str, RowDistance] = MappingProxyType(
    {
        "covariance": Covariance(),
        "energy": Energy(),
        "mmd": MMD(),
        "hsic": HSIC(),
        "wasserstein": Wasserstein(),
        "distance_correlation": DistanceCorrelation(),
        "maximal_correlation": MaximalCorrelation(),
        "calibration": Calibration(),
        "adversary": Adversary(),
    }
)
"""Every distance between distributions, or from independence, by name; read-only."""
