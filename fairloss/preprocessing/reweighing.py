"""Weights after which the label does not depend on the group."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from fairloss.errors import InputError, quote
from fairloss.notions import GroupCounts
from fairloss.notions.arrays import Array, divide
from fairloss.tables import Encoder, class_labels, same_rows, weights

__all__ = ["Reweighing", "reweighing_weights"]


def reweighing_weights(counts: GroupCounts) -> Array:
    """Give the weight of each group and label, so that they are independent in the weighted rows.

    ``w(g, y) = P(g) P(y) / P(g, y)``: rows that are rarer than they would be under independence count for more.

    Parameters
    ----------
    counts : GroupCounts
        Of shape (G, labels, 1): counted without decisions. Integers, weights or exact fractions.

    Returns
    -------
    array of shape (G, labels)
        NaN where no row has that group and label. Then the other weights are scaled up so that the total weight is
        kept; without empty cells the formula keeps it by itself.

    References
    ----------
    Kamiran & Calders (2012), Data preprocessing techniques for classification without discrimination.

    Examples
    --------
    >>> counts = GroupCounts.of([1, 0, 0, 1, 1, 0], None, [0, 0, 0, 1, 1, 1])
    >>> reweighing_weights(counts).tolist()
    [[0.75, 1.5], [1.5, 0.75]]
    """
    cells = counts.cells.sum(-1)
    total = cells.sum()
    expected = cells.sum(-1)[:, None] * cells.sum(0)[None, :]
    weights = divide(expected, cells * total)
    empty = cells == 0
    if (expected[empty] == 0).all():
        return weights
    return weights * (total / divide(expected, total)[~empty].sum())


class Reweighing(BaseEstimator):
    """Give each row the weight that makes label and group independent.

    The weights go to any learner as ``sample_weight``; `Reweighed` does that in one step. After weighting, each label
    is equally frequent in all groups. It is the labels that become independent of the group, not the decisions: this
    is a cheap start, and meets no tolerance by itself.

    Attributes
    ----------
    weights_ : array of shape (G, labels)
        The weight of each group and label; NaN where no row had them.
    classes_ : array of shape (labels,)
        The labels, sorted.
    grouping_ : Grouping
        What the groups are called.
    counts_ : GroupCounts
        What the weights were computed from.

    Notes
    -----
    Nothing is estimated beyond the counts, and the group is used in training only, not at decision time. A group that
    has one label only cannot be balanced: its rows keep that label, whatever their weight. A row whose group is
    unknown keeps the weight it came with.

    References
    ----------
    Kamiran & Calders (2012), Data preprocessing techniques for classification without discrimination.

    Examples
    --------
    >>> sex = np.array(["F", "F", "F", "M", "M", "M"])
    >>> Reweighing().fit_transform([1, 0, 0, 1, 1, 0], sensitive_features=sex)
    array([1.5 , 0.75, 0.75, 0.75, 0.75, 1.5 ])
    """

    def fit(self, y: Any, *, sensitive_features: Any, sample_weight: Any = None) -> Reweighing:
        """Count the rows of each group and label.

        Parameters
        ----------
        y : array of shape (n,)
            Labels of any kind, two or more of them.
        sensitive_features : Groups, array or data frame
            The group of each row.
        sample_weight : array of shape (n,), optional
            Non-negative weights that the rows have already.

        Returns
        -------
        Reweighing
            Itself.

        Raises
        ------
        InputError
            If lengths differ, a label is missing, or no row has a known group.
        """
        label = _checked(y, sensitive_features, sample_weight)
        self.encoder_ = Encoder.fit(sensitive_features)
        groups = self.encoder_.encode(sensitive_features)
        self.classes_, codes = np.unique(label, return_inverse=True)
        counts = GroupCounts.of(codes, None, groups, sample_weight, classes=len(self.classes_))
        if not counts.cells.sum():
            raise InputError(
                "Reweighing needs rows whose group is known and whose weight is above 0, got none. Check "
                "sensitive_features and sample_weight."
            )
        self.counts_, self.grouping_ = counts, groups.grouping
        self.weights_ = reweighing_weights(counts)
        return self

    def transform(self, y: Any, *, sensitive_features: Any, sample_weight: Any = None) -> Any:
        """Give the weight of each row, times the weight that it has already.

        Parameters
        ----------
        y, sensitive_features, sample_weight
            As in `fit`, for the same rows or others.

        Returns
        -------
        array of shape (n,)

        Raises
        ------
        InputError
            If a row has a label, or a group and label, that no row had at fit.
        """
        check_is_fitted(self)
        label = _checked(y, sensitive_features, sample_weight)
        codes = self.encoder_.encode(sensitive_features).codes
        given = np.ones(len(codes)) if sample_weight is None else weights(sample_weight)
        known = np.isin(label, self.classes_)
        if not known.all():
            raise InputError(
                f"Reweighing saw no label {quote(label[~known][0].item())} at fit, only "
                f"{quote(self.classes_.tolist())}. Fit on rows that hold it."
            )
        places = np.searchsorted(self.classes_, label)
        weight = np.where(codes < 0, 1.0, self.weights_[codes, places])
        undefined = np.isnan(weight) & (given > 0)
        if undefined.any():
            row = int(undefined.argmax())
            raise InputError(
                f"Reweighing has no weight for group {quote(self.grouping_.names[codes[row]])} with label "
                f"{quote(label[row].item())} (row {row}): no such row at fit. Fit on rows that hold both."
            )
        return np.where(given > 0, weight * given, 0.0)

    def fit_transform(self, y: Any, *, sensitive_features: Any, sample_weight: Any = None) -> Any:
        """Fit, and give the weights of the same rows."""
        self.fit(y, sensitive_features=sensitive_features, sample_weight=sample_weight)
        return self.transform(y, sensitive_features=sensitive_features, sample_weight=sample_weight)


def _checked(y: Any, sensitive_features: Any, sample_weight: Any) -> Array:
    """Give the labels, where all speak of the same rows."""
    same_rows("Reweighing", y=y, sensitive_features=sensitive_features, sample_weight=sample_weight)
    return class_labels(y, who="Reweighing")
