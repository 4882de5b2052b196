"""What is minimized: base losses wrapped by group-aware penalties and constraints."""

from __future__ import annotations

from fairloss.losses.classification_losses import Hinge
from fairloss.losses.composite_losses import MultiTask, Regularized
from fairloss.losses.constraint import Constraint
from fairloss.losses.decisions import (
    DECISIONS,
    Decided,
    Decision,
    NoDecision,
    OutputDecision,
    ProbabilityDecision,
    SigmoidDecision,
    SignedDecision,
    SoftmaxDecision,
)
from fairloss.losses.distances import DISTANCES, GapNorm
from fairloss.losses.elementwise import BASE_LOSSES, BaseLoss, base_losses
from fairloss.losses.fair_loss import FairLoss
from fairloss.losses.imbalance_losses import BinaryFocal, ClassBalancedCrossEntropy, Focal
from fairloss.losses.measures import MEASURES
from fairloss.losses.penalty import Penalty
from fairloss.losses.records import TermRecord
from fairloss.losses.row_distances import ROW_DISTANCES
from fairloss.losses.row_sample import RowDistance, RowSample
from fairloss.losses.sampling import GroupBatchSampler
from fairloss.losses.soft_counts import batch_counts, count
from fairloss.losses.solvers import SOLVERS, AugmentedLagrangian, ProxyLagrangian
from fairloss.losses.structured_losses import Contrastive, PixelCrossEntropy, TokenCrossEntropy, discounted_returns

__all__ = [
    "BASE_LOSSES",
    "DECISIONS",
    "DISTANCES",
    "MEASURES",
    "ROW_DISTANCES",
    "SOLVERS",
    "AugmentedLagrangian",
    "BaseLoss",
    "BinaryFocal",
    "ClassBalancedCrossEntropy",
    "Constraint",
    "Contrastive",
    "Decided",
    "Decision",
    "FairLoss",
    "Focal",
    "GapNorm",
    "GroupBatchSampler",
    "Hinge",
    "MultiTask",
    "NoDecision",
    "OutputDecision",
    "Penalty",
    "PixelCrossEntropy",
    "ProbabilityDecision",
    "ProxyLagrangian",
    "Regularized",
    "RowDistance",
    "RowSample",
    "SigmoidDecision",
    "SignedDecision",
    "SoftmaxDecision",
    "TermRecord",
    "TokenCrossEntropy",
    "base_losses",
    "batch_counts",
    "count",
    "discounted_returns",
]
