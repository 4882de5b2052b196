"""Class labels and row weights, checked and coded."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from fairloss.errors import InputError, quote
from fairloss.tables import class_labels, weights

__all__ = ["class_order", "encode_labels", "row_weights"]

Array = np.ndarray[Any, Any]


def encode_labels(y: Any, pos_label: Any, weight: Array | None = None) -> tuple[Array, Array, Array]:
    """Code the labels; two classes or more must be left among the rows of weight above 0.

    Returns
    -------
    classes : array of shape (n_classes,)
        Sorted.
    order : array of shape (n_classes,)
        For each code the place of its class in ``classes``: of two classes, code 1 is the favorable one.
    codes : array of shape (n,)

    Raises
    ------
    InputError
        If labels are missing or all the same, or if ``pos_label`` is none of them.

    Examples
    --------
    >>> classes, order, codes = encode_labels(["yes", "no"], pos_label="no")
    >>> classes[order].tolist(), codes.tolist()
    (['yes', 'no'], [0, 1])
    """
    listed = isinstance(y, list | tuple)
    flat = column_or_1d(np.asarray(y, dtype=object) if listed else y, warn=True)
    labels = class_labels(flat.tolist() if listed else flat, who="FairClassifier")
    check_classification_targets(labels)
    classes, places = np.unique(labels, return_inverse=True)
    left = classes if weight is None else classes[np.unique(places[weight > 0])]
    if len(left) < 2:
        where = "y" if weight is None else "y where sample_weight is above zero"
        raise InputError(
            f"FairClassifier needs at least two classes in {where}, got 1 class: {quote(left.tolist())}. "
            "Check the label."
        )
    order = class_order(classes, pos_label)
    return classes, order, np.argsort(order)[places]


def class_order(classes: Array, pos_label: Any) -> Array:
    """Put the favorable of two classes last; more classes keep their order."""
    if pos_label is None:
        return np.arange(len(classes))
    if len(classes) > 2:
        raise InputError(
            f"FairClassifier takes a pos_label for two classes, got {len(classes)} classes. Leave it None: each class "
            "is then compared with all others."
        )
    if pos_label not in classes.tolist():
        raise InputError(
            f"pos_label must be one of the labels {quote(classes.tolist())}, got {quote(pos_label)}. Check it."
        )
    return np.array([1, 0]) if pos_label == classes[0] else np.array([0, 1])


def row_weights(sample_weight: Any, n_rows: int, who: str) -> Array | None:
    """Read the weights: at least two rows must have one above 0, to fit and to hold out.

    Raises
    ------
    InputError
        If they are not one finite number of 0 or more per row, or if fewer than two rows are left.
    """
    weight = None if sample_weight is None else weights(sample_weight)
    used = n_rows if weight is None else np.count_nonzero(weight)
    if used < 2:
        raise InputError(
            f"{who} needs rows to fit and rows to hold out, got {used} sample of weight above zero. Pass two or more."
        )
    return weight
