"""A column as small codes and the list of what they stand for: the one thing that each engine does in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.errors import InputError, quote

__all__ = ["Factors", "factorize"]

_DENSE = 1 << 16
Integers = np.ndarray[Any, np.dtype[np.integer[Any]]]


@dataclass(frozen=True, eq=False)
class Factors:
    """The distinct values of a column, and which of them each row holds.

    Parameters
    ----------
    codes : integer array of shape (n,)
        A position in ``values``; -1 where the engine says that there is no value.
    values : list
        May hold values that do not occur, and missing ones such as NaN.
    """

    codes: Integers
    values: list[Any]

    def __len__(self) -> int:
        return len(self.codes)


def factorize(values: Any, name: object = "column") -> Factors:
    """Find the distinct values of a column.

    Parameters
    ----------
    values : array-like or series of shape (n,)
        NumPy, pandas, polars, pyarrow, or a sequence of scalars.
    name : object
        What to call the column in an error.

    Raises
    ------
    InputError
        If the values have more than one dimension or cannot be compared.
    """
    series = nw.from_native(values, series_only=True, pass_through=True)
    try:
        if not isinstance(series, nw.Series):
            return _from_numpy(_flat(values, name))
        native = series.to_native()
        if series.implementation.is_pandas():
            return _from_pandas(native)
        if series.implementation.is_polars():
            return _from_polars(native)
        if series.implementation.is_pyarrow():
            return _from_arrow(native)
        return _from_numpy(series.to_numpy())
    except TypeError as error:
        raise InputError(
            f"The column {quote(name)} needs plain values (text, numbers, dates), got values that cannot be told "
            f"apart ({error}). Write each as one text."
        ) from error


def _flat(values: Any, name: object) -> Any:
    # Text beside None or NaN must stay as it is: NumPy would write 'nan'.
    array = np.asarray(values, dtype=object) if isinstance(values, list | tuple) else np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim != 1:
        raise InputError(f"{name} needs one value per row, got an array of shape {array.shape}. Pass one column.")
    return array


def _from_numpy(array: Any) -> Factors:
    if array.dtype == bool:
        return Factors(array.view(np.uint8), [False, True])
    if array.dtype.kind in "iu" and array.size:
        low, high = int(array.min()), int(array.max())
        if high - low < _DENSE:
            return Factors(array - array.dtype.type(low) if low else array, list(range(low, high + 1)))
    if array.dtype.kind in "iufmM":
        values, codes = np.unique(array, return_inverse=True)
        if array.dtype.kind == "M":
            values = values.astype("datetime64[us]").astype(object)
        return Factors(codes, list(values))
    index: dict[Any, int] = {}
    found = [index.setdefault(value, len(index)) for value in array.tolist()]
    return Factors(np.array(found, dtype=np.intp), list(index))


def _from_pandas(series: Any) -> Factors:
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return Factors(series.cat.codes.to_numpy(), list(dtype.categories))
    if isinstance(dtype, pd.ArrowDtype) or (isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"):
        import pyarrow as pa

        array = series.array.__arrow_array__()
        return _from_arrow(array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array]))
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return _from_numpy(series.to_numpy())
    if pd.api.types.is_float_dtype(dtype):
        return _from_numpy(series.to_numpy(dtype=dtype.numpy_dtype, na_value=np.nan))
    codes, values = pd.factorize(series)
    return Factors(codes, list(values))


def _from_polars(series: Any) -> Factors:
    import polars as pl

    if series.dtype.is_float() or (series.dtype.is_integer() and not series.null_count()):
        return _from_numpy(series.to_numpy())
    if series.dtype == pl.String or series.dtype in (pl.Categorical, pl.Enum):
        known = series.drop_nulls().unique().cast(pl.String)
        coded = series.cast(pl.Enum(known)).to_physical()
    elif series.dtype.is_nested() or series.dtype == pl.Object:
        raise TypeError(f"of type {series.dtype}")
    else:
        known = series.drop_nulls().unique()
        coded = series.replace_strict(known, range(len(known)), return_dtype=pl.Int64)
    codes = coded.cast(pl.Int64).fill_null(-1) if coded.null_count() else coded
    return Factors(codes.to_numpy(), known.to_list())


def _from_arrow(chunked: Any) -> Factors:
    import pyarrow as pa

    kind = chunked.type
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and not chunked.null_count):
        return _from_numpy(chunked.to_numpy())
    if pa.types.is_null(kind):
        return Factors(np.full(len(chunked), -1), [])
    try:
        encoded = chunked if pa.types.is_dictionary(kind) else chunked.dictionary_encode()
    except pa.ArrowNotImplementedError as error:
        raise TypeError(f"of type {kind}") from error
    whole = encoded.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], kind).dictionary_encode()
    indices = whole.indices
    if pa.types.is_unsigned_integer(indices.type):
        indices = indices.cast(pa.int64())
    return Factors(indices.fill_null(-1).to_numpy(zero_copy_only=False), whole.dictionary.to_pylist())
