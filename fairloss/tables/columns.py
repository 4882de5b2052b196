"""Columns of any table that is in memory, by name, in the order of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.errors import InputError, MissingColumn, quote

__all__ = ["column", "column_names", "feature_columns", "same_rows"]


def column_names(table: Any) -> list[str]:
    """List the columns of a table: a pandas, polars or pyarrow frame, or a mapping from name to array.

    Raises
    ------
    InputError
        If this is no table in memory, or if a column is there twice.

    Examples
    --------
    >>> column_names({"sex": ["F", "M"], "hired": [1, 0]})
    ['sex', 'hired']
    """
    return list(table) if isinstance(table, Mapping) else list(_frame(table).columns)


def column(table: Any, name: str, *, who: str = "The table") -> Any:
    """Give one column of a table, in the type of its engine.

    Parameters
    ----------
    table : pandas, polars or pyarrow frame, or mapping from name to array
        The table.
    name : str
        The column.
    who : str
        What needs the column, for the error.

    Raises
    ------
    MissingColumn
        With the near names, where the table has no such column.

    Examples
    --------
    >>> column({"sex": ["F", "M"]}, "sex")
    ['F', 'M']
    >>> column({"sex": ["F", "M"]}, "sexe", who="The audit")
    Traceback (most recent call last):
        ...
    fairloss.errors.MissingColumn: The audit needs the column 'sexe', but the table has 'sex'. Did you mean 'sex'?
    """
    names = column_names(table)
    if name not in names:
        raise MissingColumn(who, name, names)
    return table[name] if isinstance(table, Mapping) else _frame(table)[name].to_native()


def same_rows(who: str, /, **inputs: Any) -> int:
    """Check that inputs speak of the same rows, and count the rows.

    Parameters
    ----------
    who : str
        The function that asks, for the error.
    **inputs : array-like, frame or None
        By role. Inputs that are None are left out.

    Returns
    -------
    int
        The number of rows, at least one.

    Raises
    ------
    InputError
        If there are no rows, if lengths differ, or if two pandas objects carry the same index labels in another order
        (rows are matched by position, so that would mix people up).

    Examples
    --------
    >>> same_rows("audit", y_true=[1, 0], y_pred=[1, 1])
    2
    >>> same_rows("audit", y_true=[1, 0], y_pred=[1])
    Traceback (most recent call last):
        ...
    fairloss.errors.InputError: audit needs one value per row everywhere, got 2 in y_true and 1 in y_pred. ...
    """
    given = {role: values for role, values in inputs.items() if values is not None}
    lengths = {role: _rows(values, role) for role, values in given.items()}
    if len(set(lengths.values())) > 1:
        shown = " and ".join(f"{length:,} in {role}" for role, length in lengths.items())
        raise InputError(f"{who} needs one value per row everywhere, got {shown}. Pass columns of the same table.")
    if not any(lengths.values()):
        raise InputError(f"{who} needs at least one row, got an empty table. Check the filter or the file.")
    indexed = {role: values.index for role, values in given.items() if _is_pandas(values)}
    for (one, left), (other, right) in combinations(indexed.items(), 2):
        if not left.equals(right) and len(left) == len(right) and set(left) == set(right):
            raise InputError(
                f"{who} matches rows by position, but {one} and {other} hold the same index labels in another order. "
                f"Reorder one of them, e.g. {other}.loc[{one}.index]."
            )
    return next(iter(lengths.values()))


def feature_columns(features: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Give sensitive features of any shape as columns by name.

    Parameters
    ----------
    features : frame, mapping, series or array of shape (n,) or (n, k)
        The features.
    names : sequence of str, optional
        What to call them, where they carry no name or another one.

    Raises
    ------
    InputError
        If the shape is another one, or the number of names.
    """
    columns = _named(features)
    if names is not None:
        listed = [names] if isinstance(names, str) else [str(name) for name in names]
        if len(listed) != len(columns) or len(set(listed)) != len(listed):
            raise InputError(
                f"names must hold one name for each of {len(columns)} sensitive features, got {quote(listed)}. "
                "Give each its own."
            )
        columns = dict(zip(listed, columns.values(), strict=True))
    if not columns:
        raise InputError("Sensitive features need at least one column, got none. Select the columns to compare.")
    return columns


def _named(features: Any) -> dict[str, Any]:
    if features is None:
        raise InputError("Sensitive features need one value per row, got None. Pass the group of each row.")
    if isinstance(features, Mapping):
        return {str(name): values for name, values in features.items()}
    if not isinstance(features, list | tuple | np.ndarray):
        series = nw.from_native(features, series_only=True, pass_through=True)
        if isinstance(series, nw.Series):
            return {str(series.name) if series.name else "group": features}
        if not hasattr(features, "__array__") or hasattr(features, "columns"):
            frame = _frame(features)
            return {name: frame[name].to_native() for name in frame.columns}
    # Text beside None or NaN must stay as it is: NumPy would write 'nan'.
    array = np.asarray(features, dtype=object) if isinstance(features, list | tuple) else np.asarray(features)
    if array.ndim == 2:
        single = array.shape[1] == 1
        return {"group" if single else f"group_{j}": array[:, j] for j in range(array.shape[1])}
    if array.ndim != 1:
        raise InputError(
            f"Sensitive features must be one value per row, or one row of values per row, got shape {array.shape}. "
            "Pass a column, a frame, or a dict of columns."
        )
    return {"group": array}


def _frame(table: Any) -> nw.DataFrame[Any]:
    try:
        frame = nw.from_native(table, pass_through=True)
        columns = list(frame.columns) if isinstance(frame, nw.DataFrame) else []
    except (nw.exceptions.NarwhalsError, ValueError) as error:
        raise InputError(
            f"Every column of a table needs its own name, got {quote(str(error))}. Rename them."
        ) from error
    if isinstance(frame, nw.LazyFrame):
        raise InputError(
            f"Rows are needed here, got a lazy {type(table).__name__} without any. Collect it first (.collect())."
        )
    if not isinstance(frame, nw.DataFrame):
        raise InputError(
            f"A table must be a pandas, polars or pyarrow frame or a dict of columns, got {type(table).__name__}. "
            "Turn it into one of them."
        )
    odd = next((name for name in columns if not isinstance(name, str)), None)
    if odd is not None:
        raise InputError(f"Column names must be text, got {quote(odd)}. Rename the columns.")
    return frame


def _rows(values: Any, role: str) -> int:
    if isinstance(values, Mapping):
        lengths = {_rows(column, name) for name, column in values.items()}
        if len(lengths) > 1:
            raise InputError(f"The columns of {role} must be equally long, got {sorted(lengths)} rows. Align them.")
        return lengths.pop() if lengths else 0
    if isinstance(values, str) or not hasattr(values, "__len__") or getattr(values, "shape", None) == ():
        raise InputError(f"{role} needs one value per row, got {quote(values)}. Pass a column.")
    return int(values.shape[0]) if getattr(values, "shape", None) else len(values)


def _is_pandas(values: Any) -> bool:
    return (
        type(values).__module__.partition(".")[0] == "pandas" and hasattr(values, "index") and hasattr(values, "iloc")
    )
