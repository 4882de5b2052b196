"""Sensitive features given by name: columns of the table that is learned from."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from fairloss.errors import InputError, MissingColumn, quote

__all__ = ["sensitive_columns"]


def sensitive_columns(X: Any, sensitive_features: Any, *, who: str) -> Any:
    """Take the sensitive columns out of X where they are given by name; anything else passes through.

    Parameters
    ----------
    X : frame or array of shape (n, features)
        The table that is learned from.
    sensitive_features : str, list or tuple of str, or any sensitive features
        One name or several. A list of n texts, or of more texts than X has columns, that are no columns is one value
        per row.
    who : str
        Who asks, for errors.

    Returns
    -------
    dict of str to column, or what came

    Raises
    ------
    MissingColumn
        If X has no such column.
    InputError
        If a name is given and X has no column names.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"sex": ["F", "M"], "age": [30, 40]})
    >>> list(sensitive_columns(X, "sex", who="The model")["sex"])
    ['F', 'M']
    >>> sensitive_columns(X, ["B", "W"], who="The model")
    ['B', 'W']
    """
    listed = isinstance(sensitive_features, list | tuple)
    names = list(sensitive_features) if listed else [sensitive_features]
    if not names or not all(isinstance(name, str) for name in names):
        return sensitive_features
    if not nw.dependencies.is_into_dataframe(X):
        if listed:
            return sensitive_features
        raise InputError(
            f"{who} can find the sensitive column {quote(sensitive_features)} only in a data frame, "
            "got an array. Pass X as a frame, or the values of the column."
        )
    frame = nw.from_native(X, eager_only=True)
    missing = [name for name in names if name not in frame.columns]
    if missing and listed and (len(names) == len(frame) or len(names) > len(frame.columns)):
        return sensitive_features
    if missing:
        raise MissingColumn(who, missing[0], frame.columns)
    return {name: frame[name].to_native() for name in names}
