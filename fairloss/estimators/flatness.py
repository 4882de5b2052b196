"""A regression that gives everybody the same number: what a constant classifier is to decisions."""

from __future__ import annotations

from torch import Tensor

from fairloss.losses import FairLoss, OutputDecision, ThresholdDecision

__all__ = ["is_flat", "is_regression"]

_FLAT = 1e-4


def is_regression(criterion: FairLoss) -> bool:
    """Tell whether the targets are numbers and not classes."""
    return isinstance(criterion.decision, OutputDecision | ThresholdDecision)


def is_flat(output: Tensor, y: Tensor) -> bool:
    """Tell whether a regression gives everybody the same number, next to how much the targets differ."""
    wide = output.double()
    return bool((wide - wide.mean()).square().mean() <= _FLAT**2 * (y.double() - y.double().mean()).square().mean() > 0)
