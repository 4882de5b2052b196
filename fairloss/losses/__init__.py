"""What is minimized: base losses wrapped by group-aware penalties and constraints."""

from __future__ import annotations

from fairloss.losses.constraint import Constraint
from fairloss.losses.decisions import (
    DECISIONS,
    Decided,
    Decision,
    OutputDecision,
    SigmoidDecision,
    SoftmaxDecision,
)
from fairloss.losses.distances import DISTANCES, GapNorm
from fairloss.losses.elementwise import BASE_LOSSES, BaseLoss, base_losses
from fairloss.losses.fair_loss import FairLoss
from fairloss.losses.penalty import Penalty
from fairloss.losses.records import TermRecord
from fairloss.losses.sampling import GroupBatchSampler
from fairloss.losses.soft_counts import batch_counts, count

__all__ = [
    "BASE_LOSSES",
    "DECISIONS",
    "DISTANCES",
    "BaseLoss",
    "Constraint",
    "Decided",
    "Decision",
    "FairLoss",
    "GapNorm",
    "GroupBatchSampler",
    "OutputDecision",
    "Penalty",
    "SigmoidDecision",
    "SoftmaxDecision",
    "TermRecord",
    "base_losses",
    "batch_counts",
    "count",
]
