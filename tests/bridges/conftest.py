"""Rows and a criterion that the tests of the training bridges share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fairloss as fl

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture
def applicants() -> Callable[..., Rows]:
    """Make (features, labels, group codes): skill and label depend on the group, of which one feature is a proxy."""

    def make(n: int = 2_000, seed: int = 0) -> Rows:
        rng = np.random.default_rng(seed)
        codes = rng.integers(0, 2, n)
        skill = rng.normal(0, 1, n) + 0.9 * codes
        features = np.stack([skill + rng.normal(0, 0.5, n), codes + rng.normal(0, 0.5, n)], 1).astype(np.float32)
        return features, (skill + rng.normal(0, 0.7, n) > 0.8).astype(np.int64), codes

    return make


@pytest.fixture
def gap() -> Callable[..., float]:
    """Measure the difference of selection rates between two groups, from decisions of 0 and 1."""

    def measure(decision: np.ndarray, codes: np.ndarray) -> float:
        return float(abs(decision[codes == 0].mean() - decision[codes == 1].mean()))

    return measure


class Tempered(nn.Module):
    """A cross entropy with a learned temperature: a base loss that has a parameter, as an adversary has."""

    decision = "softmax"

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(()))

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits * self.scale.exp(), target, reduction="none")


@pytest.fixture
def tempered() -> Callable[..., fl.FairLoss]:
    """Make a criterion with everything that a checkpoint must hold: a parameter, a memory and multipliers."""

    def make(*terms: fl.Constraint | fl.Penalty) -> fl.FairLoss:
        usual = fl.Constraint("demographic_parity", 0.01, solver=fl.losses.ProxyLagrangian(step=2.0))
        return fl.FairLoss(Tempered(), *(terms or (usual,)), groups=2, memory=200)

    return make
