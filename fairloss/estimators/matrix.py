"""From the columns of a table to one float32 matrix that a network can read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import nan
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fairloss.errors import InputError, quote
from fairloss.tables.levels import is_missing

__all__ = ["DesignMatrix", "is_frame", "read_frame"]

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
Rows = np.ndarray[Any, np.dtype[np.integer[Any]]]
_MOST_CATEGORIES = 100


def is_frame(X: Any) -> bool:
    """Tell whether X is a data frame with named columns (pandas, polars, pyarrow, ...)."""
    return bool(nw.dependencies.is_into_dataframe(X))


def read_frame(X: Any) -> nw.DataFrame[Any]:
    """Wrap a data frame, whatever its library.

    Raises
    ------
    InputError
        If two columns have one name.
    """
    try:
        return nw.from_native(X, eager_only=True)
    except nw.exceptions.DuplicateError as error:
        raise InputError(
            f"Every feature needs a name of its own, got {quote(str(error))}. Rename the columns."
        ) from error


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
        """Learn scales and categories from some rows of X, and transform all.

        Parameters
        ----------
        X : frame or array of shape (n, d)
            The features.
        fitted : integer array, optional
            The rows to learn from; by default all.

        Returns
        -------
        array of shape (n, width)

        Raises
        ------
        InputError
            If a column holds times, or a number that is infinite or too large for single precision.
        """
        columns = [(name, _values(column, name)) for name, column in _columns(X)]
        self.numeric_ = tuple(values.dtype.kind == "f" for _, values in columns)
        self._steps = {
            True: make_pipeline(
                SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
            ),
            False: OneHotEncoder(
                handle_unknown="ignore", max_categories=_MOST_CATEGORIES, sparse_output=False, dtype=np.float32
            ),
        }
        blocks = self._blocks(columns)
        with np.errstate(over="ignore", invalid="ignore"):  # what does not fit is refused below
            for numeric, block in blocks.items():
                self._steps[numeric].fit(block if fitted is None else block[fitted])
        return self._joined(blocks)

    def transform(self, X: Any) -> Floats:
        """Give the matrix of new rows, of shape (n, width), with the scales and categories that were learned.

        Raises
        ------
        InputError
            Also if a column held numbers when the scales were learned, and does not now.
        """
        expected = zip(_columns(X), self.numeric_, strict=True)
        return self._joined(self._blocks([(name, _values(column, name, kind)) for (name, column), kind in expected]))

    def _blocks(self, columns: list[tuple[str, Any]]) -> dict[bool, Any]:
        """Put the numeric columns (True) side by side, and the others (False)."""
        parts: dict[bool, list[Any]] = {}
        for (name, values), numeric in zip(columns, self.numeric_, strict=True):
            if numeric and np.isinf(values).any():
                raise InputError(
                    f"A feature must be finite or missing, got an infinite number in the column {quote(name)}. "
                    "Replace it by a number or by NaN."
                )
            parts.setdefault(numeric, []).append(values)
        return {numeric: np.column_stack(part) for numeric, part in parts.items()}

    def _joined(self, blocks: dict[bool, Any]) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            made = [self._steps[numeric].transform(blocks[numeric]).astype(np.float32) for numeric in sorted(blocks)]
        joined = np.hstack(made[::-1])
        if not np.isfinite(joined).all():
            row = int((~np.isfinite(joined)).any(axis=1).argmax())
            raise InputError(
                f"A feature must be a number that single precision holds once it is scaled, got a larger one in row "
                f"{row}. Correct it, or take logarithms of that column before fitting."
            )
        return joined


def _columns(X: Any) -> Iterator[tuple[str, Any]]:
    if is_frame(X):
        frame = read_frame(X)
        yield from zip(map(str, frame.columns), frame.iter_columns(), strict=True)
    else:
        yield from ((str(place), column) for place, column in enumerate(np.asarray(X).T))


def _values(column: Any, name: str, numeric: bool | None = None) -> Any:
    """Give a column as floats with NaN where missing, or as strings with None where missing.

    ``numeric`` says what the column was when the scales were learned; None asks the column itself.
    """
    values = _series_values(column, name) if isinstance(column, nw.Series) else column
    if values.dtype.kind in "mM":
        raise _times(name)
    if numeric is None:
        numeric = values.dtype.kind in "fiub" or (values.dtype == object and all(map(_is_number, values)))
    if not numeric:
        return np.array([None if is_missing(value) else str(value) for value in values.tolist()], dtype=object)
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    return np.array([_number(value, name) for value in values.tolist()], dtype=np.float64)


def _number(value: Any, name: str) -> float:
    try:
        return nan if is_missing(value) else float(value)
    except (TypeError, ValueError):
        raise InputError(
            f"The feature {quote(name)} held numbers when the model was fitted, got {quote(value)}. "
            "Give the column as it was, or fit again."
        ) from None


def _series_values(column: nw.Series[Any], name: str) -> Any:
    if column.dtype.is_temporal():
        raise _times(name)
    if column.dtype.is_numeric() or column.dtype == nw.Boolean:
        return column.cast(nw.Float64).to_numpy().astype(np.float64)
    return np.array([*column.to_list(), None], dtype=object)[:-1]


def _times(name: str) -> InputError:
    return InputError(
        f"A feature must be a number or a category, got times in the column {quote(name)}. "
        "Turn it into a number, such as days since a date."
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, Real | Decimal) or is_missing(value)
