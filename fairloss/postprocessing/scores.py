"""From rows to what thresholds need: scores and labels that were checked, and a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.notions.arrays import to_numpy
from fairloss.notions.counting import class_codes, numbers
from fairloss.postprocessing.curves import Floats, Integers

__all__ = [
    "check_tolerance",
    "favorable_score",
    "read_labels",
    "read_scores",
    "score_edges",
]


def read_scores(y_score: Any) -> Floats:
    """Give scores of any numeric type in double precision, where comparing with a threshold is exact.

    Raises
    ------
    InputError
        If a score is missing, infinite or no number, or the array has not one dimension.
    """
    score = numbers(y_score, "y_score")
    bad = ~np.isfinite(score)
    if bad.any():
        raise InputError(
            f"Decisions need a finite score in every row, got {score[bad][0]} in row {int(bad.argmax())} "
            f"({int(bad.sum())} such rows). Drop those rows, or decide them by hand."
        )
    return score


def read_labels(y_true: Any) -> Integers:
    """Give labels as codes 0 and 1.

    Raises
    ------
    InputError
        If there are others.
    """
    label = class_codes(to_numpy(y_true), "label")
    if label.size and label.max() > 1:
        raise InputError(
            f"Thresholds need labels 0 and 1, got {quote(np.unique(label).tolist())}. "
            "Recode the label, or fit one policy per class."
        )
    return label


def check_tolerance(tolerance: float) -> float:
    """Refuse a tolerance below 0; an explicit 0 is a tolerance like any other."""
    if not isinstance(tolerance, int | float | np.number) or not tolerance >= 0:
        raise InputError(f"A tolerance must be 0 or more, got {quote(tolerance)}. Use 0 for the smallest gap.")
    return float(tolerance)


def score_edges(score: Floats, codes: Integers, grid: int) -> Floats:
    """Choose the thresholds to look at, from -inf (everybody is selected) to inf (nobody is).

    Each distinct score counts where there are no more than ``grid``; otherwise each group's own quantiles, so that
    every group has a fine grid where its scores lie. A threshold lies midway between two neighboring scores, where
    rounding of the last digit changes no decision.

    Examples
    --------
    >>> score_edges(np.array([0.2, 0.4, 0.4]), np.array([0, 0, 1]), grid=10)
    array([-inf,  0.3,  inf])
    """
    distinct = np.unique(score)
    above = distinct[1:]
    if len(distinct) > grid:
        present = np.unique(codes[codes >= 0])
        steps = np.linspace(0, 1, max(grid // len(present), 2) + 1)
        own = [np.quantile(score[codes == code], steps, method="higher") for code in present]
        above = np.setdiff1d(np.concatenate(own), distinct[:1])
    below = distinct[np.searchsorted(distinct, above) - 1]
    middle = below / 2 + above / 2
    return np.concatenate([[-np.inf], np.where(middle > below, middle, above), [np.inf]])


def favorable_score(model: Any, X: Any, pos_label: Any) -> Floats:
    """Give the score that a fitted classifier of two classes has for the favorable label.

    Raises
    ------
    InputError
        If the classifier gives no scores.
    """
    if hasattr(model, "predict_proba"):
        return np.asarray(to_numpy(model.predict_proba(X))[:, list(model.classes_).index(pos_label)])
    if not hasattr(model, "decision_function"):
        raise InputError(
            f"Thresholds need scores, but {type(model).__name__} has neither predict_proba nor decision_function. "
            "Use another classifier."
        )
    score = np.asarray(model.decision_function(X))
    return score if model.classes_[1] == pos_label else -score
