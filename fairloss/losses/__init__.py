"""What is minimized: base losses wrapped by group-aware penalties and constraints."""

from __future__ import annotations

from fairloss.losses.adversarial_weights import GroupDRO
from fairloss.losses.adversary import Adversary
from fairloss.losses.best_iterate import BestIterate
from fairloss.losses.calibration_distance import Calibration
from fairloss.losses.cell_weights import WEIGHTINGS, CellWeights
from fairloss.losses.classification_losses import Hinge
from fairloss.losses.composite_losses import MultiTask, Regularized
from fairloss.losses.constraint import Constraint
from fairloss.losses.correlation_distances import Covariance, MaximalCorrelation
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
from fairloss.losses.dependence_distances import HSIC, DistanceCorrelation
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
from fairloss.losses.elementwise import BASE_LOSSES, BaseLoss, base_losses
from fairloss.losses.fair_loss import FairLoss
from fairloss.losses.findings import Finding
from fairloss.losses.fixed_weights import FixedWeights
from fairloss.losses.focal_weights import GroupFocal
from fairloss.losses.frequency_weights import InverseFrequency, Reweighing
from fairloss.losses.held_out import judge_rows
from fairloss.losses.imbalance_losses import BinaryFocal, ClassBalancedCrossEntropy, Focal
from fairloss.losses.kernel_distances import MMD, Energy
from fairloss.losses.measures import MEASURES
from fairloss.losses.penalty import Penalty
from fairloss.losses.records import TermRecord
from fairloss.losses.robustness import SensitiveMetric, counterfactual_gap, neighbor_gap, worst_neighbor
from fairloss.losses.row_distances import ROW_DISTANCES
from fairloss.losses.row_sample import RowDistance, RowSample
from fairloss.losses.sampling import GroupBatchSampler
from fairloss.losses.soft_counts import batch_counts, count
from fairloss.losses.solvers import SOLVERS, AugmentedLagrangian, ProxyLagrangian
from fairloss.losses.structured_losses import Contrastive, PixelCrossEntropy, TokenCrossEntropy, discounted_returns
from fairloss.losses.tail_weights import CVaR
from fairloss.losses.transport_distances import Wasserstein
from fairloss.losses.verdict import Verdict

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
