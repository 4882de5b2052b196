"""Class labels and row weights, checked and coded."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from fairloss.errors import InputError, quote

__all__ = ["class_order", "encode_labels", "row_weights"]

Array = np.ndarray[Any, Any]


def encode_labels(y: Any, pos_label: Any) -> tuple[Array, Array, Array]:
    """Code the labels.

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
    labels = column_or_1d(y, warn=True)
    missing = ~np.isfinite(labels) if labels.dtype.kind == "f" else np.array([_is_missing(y) for y in labels.tolist()])
    if missing.any():
        row = int(missing.argmax())
        raise InputError(
            f"FairClassifier needs a label in every row, got {quote(labels.tolist()[row])} in row {row} "
            f"({int(missing.sum())} such rows). Leave these rows out."
        )
    check_classification_targets(labels)
    classes, places = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise InputError(
            f"FairClassifier needs at least two classes in y, got 1 class: {quote(classes.tolist())}. Check the label."
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


def row_weights(sample_weight: Any, n_rows: int, who: str = "FairClassifier") -> Array | None:
    """Check the weights, and give them as float32.

    Raises
    ------
    InputError
        If they are not one finite number of 0 or more per row, or are all 0.
    """
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float32)
    if weight.shape != (n_rows,):
        raise InputError(
            f"{who} needs one weight per row, got shape {weight.shape} for {n_rows} rows. Align them with X."
        )
    if not np.isfinite(weight).all() or weight.min() < 0 or weight.max() == 0:
        raise InputError(
            f"Each sample_weight must be finite and not negative, and not all may be zero, got values from "
            f"{weight.min():g} to {weight.max():g}. Clean them first."
        )
    return weight


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value
