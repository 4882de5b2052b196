"""From the columns of a table to one float32 matrix that a network can read."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fairloss.errors import InputError, quote

__all__ = ["DesignMatrix", "is_frame"]

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
Rows = np.ndarray[Any, np.dtype[np.integer[Any]]]
_MOST_CATEGORIES = 100


def is_frame(X: Any) -> bool:
    """Tell whether X is a data frame with named columns (pandas, polars, pyarrow, ...)."""
    return bool(nw.dependencies.is_into_dataframe(X))


class DesignMatrix:
    """Turn numeric, boolean and categorical columns into one float32 matrix.

    Numeric and boolean columns are scaled to mean 0 and standard deviation 1; a missing number becomes the median of
    its column and a column of its own says that it was missing. Every other column becomes one 0/1 column per category,
    missing being a category too. Of a column with more than 100 categories the rarest share one. A category that was
    not there in `fit` gives zeros.

    Examples
    --------
    >>> matrix = DesignMatrix()
    >>> matrix.fit_transform(np.array([[1.0, "a"], [3.0, "b"]], dtype=object)).tolist()
    [[-1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    >>> matrix.transform(np.array([[2.0, "c"]], dtype=object)).tolist()
    [[0.0, 0.0, 0.0]]
    """

    def fit_transform(self, X: Any, fitted: Rows | None = None) -> Floats:
        """Learn scales and categories from some rows of X, a frame or an array of shape (n, d), and transform all.

        Parameters
        ----------
        X : frame or array of shape (n, d)
        fitted : integer array, optional
            The rows to learn from; by default all.
        """
        columns = [(name, _values(column)) for name, column in _columns(X)]
        self.numeric_ = tuple(np.issubdtype(values.dtype, np.floating) for _, values in columns)
        self._numbers = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
        )
        self._categories = OneHotEncoder(
            handle_unknown="ignore", max_categories=_MOST_CATEGORIES, sparse_output=False, dtype=np.float32
        )
        known = slice(None) if fitted is None else fitted
        numbers, others = self._kinds(columns)
        if numbers is not None:
            self._numbers.fit(numbers[known])
        if others is not None:
            self._categories.fit(others[known])
        return self._blocks(columns)

    def transform(self, X: Any) -> Floats:
        """Give the matrix of new rows, of shape (n, width), with the scales and categories of `fit_transform`."""
        expected = zip(_columns(X), self.numeric_, strict=True)
        columns = [(name, _values(column, name, numeric)) for (name, column), numeric in expected]
        return self._blocks(columns)

    def _kinds(self, columns: list[tuple[str, Any]]) -> tuple[Any, Any]:
        """Put the numeric columns side by side, and the others; None where there are none."""
        numbers = [values for (_, values), numeric in zip(columns, self.numeric_, strict=True) if numeric]
        others = [values for (_, values), numeric in zip(columns, self.numeric_, strict=True) if not numeric]
        return np.column_stack(numbers) if numbers else None, np.column_stack(others) if others else None

    def _blocks(self, columns: list[tuple[str, Any]]) -> Floats:
        numbers, others = self._kinds(columns)
        blocks = []
        if numbers is not None:
            blocks.append(self._numbers.transform(numbers).astype(np.float32))
        if others is not None:
            blocks.append(self._categories.transform(others))
        return np.hstack(blocks)


def _columns(X: Any) -> Iterator[tuple[str, Any]]:
    if is_frame(X):
        frame = nw.from_native(X, eager_only=True)
        yield from zip(map(str, frame.columns), frame.iter_columns(), strict=True)
    else:
        yield from ((str(place), column) for place, column in enumerate(np.asarray(X).T))


def _values(column: Any, name: str = "", numeric: bool | None = None) -> Any:
    """Give a column as floats with NaN where missing, or as strings with None where missing.

    ``numeric`` says what the column was in `fit`; None asks the column itself.
    """
    if isinstance(column, nw.Series):
        if column.dtype.is_temporal():
            raise InputError(
                f"A feature must be a number or a category, got times in the column {quote(column.name)}. "
                "Turn it into a number, such as days since a date."
            )
        if column.dtype.is_numeric() or column.dtype == nw.Boolean:
            column = column.cast(nw.Float64).to_numpy().astype(np.float64)
        else:
            column = np.array(column.to_list(), dtype=object)
    if numeric is None:
        numeric = column.dtype.kind in "fiub" or (column.dtype == object and all(map(_is_number, column)))
    if not numeric:
        return np.array([None if _is_missing(value) else str(value) for value in column.tolist()], dtype=object)
    if column.dtype != object:
        return column.astype(np.float64)
    return _numbers(column, name)


def _numbers(column: Any, name: str) -> Floats:
    try:
        return np.array([np.nan if _is_missing(value) else float(value) for value in column])
    except (TypeError, ValueError):
        odd = next(value for value in column if not (_is_number(value)))
        raise InputError(
            f"The feature {quote(name)} held numbers when the model was fitted, got {quote(odd)}. "
            "Give the column as it was, or fit again."
        ) from None


def _is_missing(value: Any) -> bool:
    return value is None or value != value or type(value).__name__ in ("NAType", "NaTType")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) or _is_missing(value)
