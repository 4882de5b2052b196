"""After the model: thresholds under a tolerance."""

from __future__ import annotations

from fairloss.postprocessing.classifier import FairThresholdClassifier
from fairloss.postprocessing.curves import ThresholdCurves
from fairloss.postprocessing.label import MitigationLabel
from fairloss.postprocessing.policy import ThresholdPolicy
from fairloss.postprocessing.search import ThresholdChoice, best_shared, best_thresholds

__all__ = [
    "FairThresholdClassifier",
    "MitigationLabel",
    "ThresholdChoice",
    "ThresholdCurves",
    "ThresholdPolicy",
    "best_shared",
    "best_thresholds",
]
