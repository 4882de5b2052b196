"""A classifier whose decisions keep a tolerance: a model, and thresholds fitted on rows that the model did not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal, cast

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from fairloss.errors import InputError, quote
from fairloss.notions import Form, Groups, MeanRate, Notion, Rate
from fairloss.notions.arrays import to_numpy
from fairloss.postprocessing.label import MitigationLabel
from fairloss.postprocessing.policy import ThresholdPolicy
from fairloss.postprocessing.scores import favorable_score
from fairloss.tables import Encoder, class_labels, hold_out, same_rows, sensitive_columns, weights

__all__ = ["FairThresholdClassifier"]


def _inner_has(method: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    check = available_if(lambda outer: hasattr(getattr(outer, "estimator_", outer.estimator), method))
    return cast("Callable[[Callable[..., Any]], Callable[..., Any]]", check)


class FairThresholdClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Put thresholds under a tolerance behind any classifier that gives scores.

    The rows are split, stratified by label and group: the classifier is fitted on one part, the thresholds on the
    other, because a model looks fairer on its own training rows than it is. A `FrozenEstimator` is fitted already:
    then all rows go to the thresholds, and should be rows that it has not seen.

    Parameters
    ----------
    estimator : classifier
        Any scikit-learn classifier of two classes with ``predict_proba`` or ``decision_function``.
    notion, tolerance, objective, aware, min_rows, grid
        As in `ThresholdPolicy`. A group of which no row came to the validation rows gets the shared threshold.
    unseen : {"raise", "unknown"}
        What becomes of a person whose group was not there at the fit: an error, or the shared threshold.
    validation_fraction : float
        The share of rows kept for the thresholds.
    pos_label : label, optional
        The favorable label. By default the last in sorted order.
    random_state : int, RandomState or None
        Decides the split.

    Attributes
    ----------
    estimator_ : classifier
        The fitted copy.
    policy_ : ThresholdPolicy
        The thresholds, and what they reach on the validation rows.
    classes_ : array of shape (2,)
        The labels, sorted.
    pos_label_ : label
        The favorable one.

    Notes
    -----
    Groups may be given as the name of a column of X (a string), or several (a list): the names are remembered, so that
    ``predict(X)`` alone works in pipelines, scorers and searches. The column stays in X; drop it inside ``estimator``
    if it should not be a feature.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> X, sex = rng.normal(size=(400, 1)), np.repeat(["F", "M"], 200)
    >>> y = X[:, 0] + (sex == "M") + rng.normal(size=400) > 0.5
    >>> model = FairThresholdClassifier(LogisticRegression(), tolerance=0.05, random_state=0)
    >>> model = model.fit(X, y, sensitive_features=sex)
    >>> model.policy_.feasible_, model.predict(X[:2], sensitive_features=sex[:2]).tolist()
    (True, [True, False])
    """

    # groups are passed on by Pipeline, GridSearchCV and cross_validate without set_..._request
    __metadata_request__fit: ClassVar = {"sensitive_features": True}
    __metadata_request__predict: ClassVar = {"sensitive_features": True}
    __metadata_request__score: ClassVar = {"sensitive_features": True}

    def __init__(
        self,
        estimator: Any,
        *,
        notion: str | Notion | Rate | MeanRate = "demographic_parity",
        tolerance: float = 0.05,
        objective: str | Rate | MeanRate | Form = "accuracy",
        aware: bool = True,
        min_rows: int = 1,
        grid: int = 1024,
        unseen: Literal["raise", "unknown"] = "raise",
        validation_fraction: float = 0.25,
        pos_label: Any = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.notion = notion
        self.tolerance = tolerance
        self.objective = objective
        self.aware = aware
        self.min_rows = min_rows
        self.grid = grid
        self.unseen = unseen
        self.validation_fraction = validation_fraction
        self.pos_label = pos_label
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, sensitive_features: Any, sample_weight: Any = None) -> FairThresholdClassifier:
        """Fit the classifier on one part of the rows and the thresholds on the other.

        Parameters
        ----------
        X : array or data frame of shape (n, features)
            Passed on as it is.
        y : array of shape (n,)
            Two labels of any kind.
        sensitive_features : Groups, array, data frame, or names of columns of X
            The group of each row. Passed on to the classifier's ``fit`` where that asks for it.
        sample_weight : array of shape (n,), optional
            Non-negative weights, for the classifier and for the thresholds.

        Returns
        -------
        FairThresholdClassifier
            Itself.

        Raises
        ------
        InputError
            If there are not two labels, or the arrays do not fit together.
        """
        groups, weight = self._checked(X, y, sensitive_features, sample_weight)
        target = class_labels(y, who="FairThresholdClassifier")
        self.classes_ = np.unique(target)
        if len(self.classes_) != 2:
            raise InputError(
                f"FairThresholdClassifier needs two labels, got {len(self.classes_)}: "
                f"{quote(self.classes_.tolist()[:5])}. Recode them, or fit one classifier per class."
            )
        self.pos_label_ = self.classes_[1] if self.pos_label is None else self.pos_label
        if self.pos_label_ not in self.classes_:
            raise InputError(
                f"pos_label {quote(self.pos_label_)} is not a label: {quote(self.classes_.tolist())}. Give one of them."
            )
        favorable = (target == self.pos_label_).astype(np.int64)
        train, held = self._split(2 * groups.codes.astype(np.int64) + favorable)
        self.estimator_ = self._fit_estimator(X, target, groups, weight, train)
        self.policy_ = self._new_policy().fit(
            favorable[held],
            favorable_score(self.estimator_, _safe_indexing(X, held), self.pos_label_),
            sensitive_features=groups[held],
            sample_weight=None if weight is None else weight[held],
        )
        return self

    def predict(self, X: Any, *, sensitive_features: Any = None) -> Any:
        """Decide with the thresholds.

        Parameters
        ----------
        X : array or data frame of shape (n, features)
            Passed on as it is.
        sensitive_features : Groups, array or data frame, optional
            The group of each row. Needed where each group has its own threshold, unless `fit` got the name of a column.

        Returns
        -------
        array of shape (n,)
            Labels.
        """
        check_is_fitted(self)
        groups = None
        if self.aware:
            given = self.columns_ if sensitive_features is None else sensitive_features
            if given is None:
                raise InputError(
                    "FairThresholdClassifier has a threshold for each group, so predict needs sensitive_features, got "
                    "none. Pass them; or give fit the name of a column of X, which searches and scorers need."
                )
            features = sensitive_columns(X, given, who="FairThresholdClassifier")
            groups = self.encoder_.encode(features, unseen=self.unseen)
        score = favorable_score(self.estimator_, X, self.pos_label_)
        decision = self.policy_.decide(score, sensitive_features=groups)
        other = self.classes_[self.classes_ != self.pos_label_][0]
        return np.where(decision == 1, self.pos_label_, other).astype(self.classes_.dtype)

    @_inner_has("predict_proba")
    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities with the classifier alone: the thresholds change decisions, not scores."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @_inner_has("decision_function")
    def decision_function(self, X: Any) -> Any:
        """Give the score of the classifier alone."""
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def score(self, X: Any, y: Any, sample_weight: Any = None, *, sensitive_features: Any = None) -> float:
        """Give the accuracy of the decisions."""
        decision = self.predict(X, sensitive_features=sensitive_features)
        return float(np.average(decision == to_numpy(y), weights=sample_weight))

    @property
    def label(self) -> MitigationLabel:
        """What has to be known before the classifier is used: see `MitigationLabel`."""
        check_is_fitted(self)
        label = self.policy_.label
        frozen = isinstance(self.estimator, FrozenEstimator)
        rows = "the model was fitted before, on rows unknown here" if frozen else "none of which fitted the model"
        return replace(label, fitted_on=f"{label.fitted_on}, {rows}")

    def describe(self) -> str:
        """Give the label as text, one statement a line."""
        return self.label.describe()

    def _checked(self, X: Any, y: Any, sensitive_features: Any, sample_weight: Any) -> tuple[Groups, Any]:
        """Give groups and weights, where all speak of the same rows, and remember how to find the groups."""
        features = sensitive_columns(X, sensitive_features, who="FairThresholdClassifier")
        given = {"X": X, "y": y, "sensitive_features": features, "sample_weight": sample_weight}
        same_rows("FairThresholdClassifier", **given)
        weight = None if sample_weight is None else weights(sample_weight)
        if weight is not None and not weight.any():
            raise InputError("FairThresholdClassifier needs rows of weight above 0, got none. Check sample_weight.")
        self.columns_ = list(features) if features is not sensitive_features else None
        self.encoder_ = Encoder.fit(features)
        return self.encoder_.encode(features), weight

    def _split(self, cells: Any) -> tuple[Any, Any]:
        if isinstance(self.estimator, FrozenEstimator):
            return np.arange(0), np.arange(len(cells))
        fraction = self.validation_fraction
        if not 0 < fraction < 1:
            raise InputError(
                f"validation_fraction must lie between 0 and 1, got {quote(fraction)}. "
                "Wrap a fitted model in sklearn.frozen.FrozenEstimator to keep all rows for the thresholds."
            )
        return hold_out(cells, fraction, check_random_state(self.random_state))

    def _fit_estimator(self, X: Any, target: Any, groups: Groups, weight: Any, train: Any) -> Any:
        if not len(train):
            return self.estimator
        extra = {"sample_weight": None if weight is None else weight[train], "sensitive_features": groups[train]}
        asked = {name: value for name, value in extra.items() if has_fit_parameter(self.estimator, name)}
        if weight is not None and "sample_weight" not in asked:
            raise InputError(
                f"FairThresholdClassifier got sample_weight, but {type(self.estimator).__name__} takes none. "
                "Fit it before and wrap it in sklearn.frozen.FrozenEstimator, or leave out the weights."
            )
        return clone(self.estimator).fit(_safe_indexing(X, train), target[train], **asked)

    def _new_policy(self) -> ThresholdPolicy:
        names = ("notion", "tolerance", "objective", "aware", "min_rows", "grid")
        return ThresholdPolicy(unseen="unknown", **{name: getattr(self, name) for name in names})
