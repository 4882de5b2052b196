"""What is minimized: base losses wrapped by group-aware penalties and constraints."""

from __future__ import annotations

from fairloss.losses.bases.classification_losses import Hinge
from fairloss.losses.bases.composite_losses import MultiTask, Regularized
from fairloss.losses.bases.elementwise import BASE_LOSSES, BaseLoss, base_losses
from fairloss.losses.bases.imbalance_losses import BinaryFocal, ClassBalancedCrossEntropy, Focal
from fairloss.losses.bases.structured_losses import (
    Contrastive,
    PixelCrossEntropy,
    TokenCrossEntropy,
    discounted_returns,
)
from fairloss.losses.constraint import Constraint
from fairloss.losses.decisions import (
    DECISIONS,
    Decided,
    Decision,
    HardDecision,
    KernelDecision,
    MeanDecision,
    NoDecision,
    OutputDecision,
    ProbabilityDecision,
    SigmoidDecision,
    SignedDecision,
    SoftmaxDecision,
    StraightThroughDecision,
    ThresholdDecision,
)
from fairloss.losses.distances import (
    DISTANCES,
    ChiSquare,
    CorrectedSquared,
    GapNorm,
    JensenShannon,
    LevelHinge,
    LinearResidual,
    LogRatio,
    Magnitude,
    RateDistance,
    SmoothWorstGap,
)
from fairloss.losses.fair_loss import FairLoss
from fairloss.losses.guards.best_iterate import BestIterate
from fairloss.losses.guards.findings import Finding
from fairloss.losses.guards.held_out import judge_rows
from fairloss.losses.guards.records import TermRecord
from fairloss.losses.guards.verdict import Verdict
from fairloss.losses.measures import MEASURES
from fairloss.losses.penalty import Penalty
from fairloss.losses.robustness import SensitiveMetric, counterfactual_gap, neighbor_gap, worst_neighbor
from fairloss.losses.row_distances import ROW_DISTANCES
from fairloss.losses.row_distances.adversary import Adversary
from fairloss.losses.row_distances.calibration_distance import Calibration
from fairloss.losses.row_distances.correlation_distances import Covariance, MaximalCorrelation
from fairloss.losses.row_distances.dependence_distances import HSIC, DistanceCorrelation
from fairloss.losses.row_distances.kernel_distances import MMD, Energy
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample
from fairloss.losses.row_distances.transport_distances import Wasserstein
from fairloss.losses.sampling import GroupBatchSampler
from fairloss.losses.soft_counts import batch_counts, count
from fairloss.losses.solvers import SOLVERS, AugmentedLagrangian, ProxyLagrangian
from fairloss.losses.weights.adversarial_weights import GroupDRO
from fairloss.losses.weights.cell_weights import WEIGHTINGS, CellWeights
from fairloss.losses.weights.fixed_weights import FixedWeights
from fairloss.losses.weights.focal_weights import GroupFocal
from fairloss.losses.weights.frequency_weights import InverseFrequency, Reweighing
from fairloss.losses.weights.tail_weights import CVaR

__all__ = [
    "BASE_LOSSES",
    "DECISIONS",
    "DISTANCES",
    "HSIC",
    "MEASURES",
    "MMD",
    "ROW_DISTANCES",
    "SOLVERS",
    "WEIGHTINGS",
    "Adversary",
    "AugmentedLagrangian",
    "BaseLoss",
    "BestIterate",
    "BinaryFocal",
    "CVaR",
    "Calibration",
    "CellWeights",
    "ChiSquare",
    "ClassBalancedCrossEntropy",
    "Constraint",
    "Contrastive",
    "CorrectedSquared",
    "Covariance",
    "Decided",
    "Decision",
    "DistanceCorrelation",
    "Energy",
    "FairLoss",
    "Finding",
    "FixedWeights",
    "Focal",
    "GapNorm",
    "GroupBatchSampler",
    "GroupDRO",
    "GroupFocal",
    "HardDecision",
    "Hinge",
    "InverseFrequency",
    "JensenShannon",
    "KernelDecision",
    "LevelHinge",
    "LinearResidual",
    "LogRatio",
    "Magnitude",
    "MaximalCorrelation",
    "MeanDecision",
    "MultiTask",
    "NoDecision",
    "OutputDecision",
    "Penalty",
    "PixelCrossEntropy",
    "ProbabilityDecision",
    "ProxyLagrangian",
    "RateDistance",
    "Regularized",
    "Reweighing",
    "RowDistance",
    "RowSample",
    "SensitiveMetric",
    "SigmoidDecision",
    "SignedDecision",
    "SmoothWorstGap",
    "SoftmaxDecision",
    "StraightThroughDecision",
    "TermRecord",
    "ThresholdDecision",
    "TokenCrossEntropy",
    "Verdict",
    "Wasserstein",
    "base_losses",
    "batch_counts",
    "count",
    "counterfactual_gap",
    "discounted_returns",
    "judge_rows",
    "neighbor_gap",
    "worst_neighbor",
]
