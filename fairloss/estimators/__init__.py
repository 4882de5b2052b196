"""Fit and predict: scikit-learn estimators around the fair losses."""

from __future__ import annotations

from fairloss.estimators.classifier import FairClassifier
from fairloss.estimators.matrix import DesignMatrix
from fairloss.estimators.regressor import FairRegressor
from fairloss.estimators.selection import Epoch

__all__ = ["DesignMatrix", "Epoch", "FairClassifier", "FairRegressor"]
