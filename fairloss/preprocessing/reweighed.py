"""A classifier that learns from reweighted rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from fairloss.errors import InputError
from fairloss.preprocessing.reweighing import Reweighing
from fairloss.tables import sensitive_columns

__all__ = ["Reweighed"]


def _inner_has(method: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    check = available_if(lambda outer: hasattr(getattr(outer, "estimator_", outer.estimator), method))
    return cast("Callable[[Callable[..., Any]], Callable[..., Any]]", check)


class Reweighed(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Fit a classifier on rows that are weighted so that label and group are independent.

    The group is needed to fit and not to predict. Under cross-validation the weights are computed anew from the
    training rows of each fold.

    Parameters
    ----------
    estimator : classifier
        Any scikit-learn classifier whose ``fit`` takes ``sample_weight``, or a Pipeline that ends in one.

    Attributes
    ----------
    estimator_ : classifier
        The fitted copy.
    reweighing_ : Reweighing
        The weights, by group and label.
    classes_ : array
        The labels.

    See Also
    --------
    Reweighing : The weights alone, for learners of other kinds.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y, sex = np.array([[0.0], [1.0], [2.0], [3.0]]), [0, 1, 0, 1], np.array(["F", "F", "M", "M"])
    >>> Reweighed(LogisticRegression()).fit(X, y, sensitive_features=sex).predict(X)
    array([0, 0, 1, 1])
    """

    # groups are passed on by Pipeline, GridSearchCV and cross_validate without set_fit_request
    __metadata_request__fit: ClassVar = {"sensitive_features": True}

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any, *, sensitive_features: Any, sample_weight: Any = None) -> Reweighed:
        """Compute the weights and fit a copy of the classifier with them.

        Parameters
        ----------
        X : array or data frame of shape (n, features)
            Passed on as it is.
        y : array of shape (n,)
            Labels of any kind.
        sensitive_features : Groups, array, data frame, or names of columns of X
            The group of each row; passed on to a classifier whose ``fit`` asks for it. Columns that are named stay in
            X; drop them inside ``estimator`` if they should not be features.
        sample_weight : array of shape (n,), optional
            Weights that the rows have already; multiplied.

        Returns
        -------
        Reweighed
            Itself.

        Raises
        ------
        InputError
            If the classifier takes no ``sample_weight``, or the arrays do not fit together.
        """
        argument = _weight_argument(self.estimator)
        reweighing = Reweighing()
        groups = sensitive_columns(X, sensitive_features, who="Reweighed")
        weights = reweighing.fit_transform(y, sensitive_features=groups, sample_weight=sample_weight)
        given = {argument: weights}
        if has_fit_parameter(self.estimator, "sensitive_features"):
            given["sensitive_features"] = sensitive_features
        with sklearn.config_context(enable_metadata_routing=False):  # the weights go to the last step, whoever asks
            self.estimator_ = clone(self.estimator).fit(X, y, **given)
        self.reweighing_ = reweighing
        self.classes_ = self.estimator_.classes_
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def predict(self, X: Any) -> Any:
        """Predict labels; no group is needed."""
        check_is_fitted(self)
        return self.estimator_.predict(X)

    @_inner_has("predict_proba")
    def predict_proba(self, X: Any) -> Any:
        """Predict the probability of each label, in the order of ``classes_``."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @_inner_has("decision_function")
    def decision_function(self, X: Any) -> Any:
        """Give the score of the classifier."""
        check_is_fitted(self)
        return self.estimator_.decision_function(X)


def _weight_argument(estimator: Any) -> str:
    """Name the argument of ``fit`` that takes the weights."""
    last, prefix = estimator, ""
    while isinstance(last, Pipeline):
        name, last = last.steps[-1]
        prefix += f"{name}__"
    if not hasattr(last, "fit") or not has_fit_parameter(last, "sample_weight"):
        raise InputError(
            f"Reweighed needs a classifier whose fit takes sample_weight, but {type(last).__name__} takes none. "
            "Use another classifier, or resample the rows instead of weighting them."
        )
    return f"{prefix}sample_weight"
