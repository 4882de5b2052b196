"""Any table as what an engine computes: lazy, under plain names, with columns that mean the same in every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from sys import float_info
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.errors import InputError, MissingColumn, quote
from fairloss.tables.columns import column, column_names

__all__ = [
    "Collected",
    "Lazy",
    "as_lazy",
    "checked_kinds",
    "collect",
    "count_rows",
    "finite",
    "group_key",
    "lazy_frame",
    "plain_columns",
    "same_kinds",
    "table_columns",
]

Lazy = nw.LazyFrame[Any]
Collected = nw.DataFrame[Any]


def lazy_frame(table: Any) -> Lazy | None:
    """Give what an engine computes (a lazy frame, a relation, also a polars frame); None for any other table."""
    try:
        frame = nw.from_native(table, pass_through=True)
    except nw.exceptions.DuplicateError:
        return None  # a table in memory whose columns share a name: `column` refuses it
    if isinstance(frame, nw.DataFrame) and frame.implementation.is_polars():
        return frame.lazy()
    return frame if isinstance(frame, nw.LazyFrame) else None


def as_lazy(table: Any) -> Lazy:
    """Give any table, also one in memory, the face of a lazy one."""
    frame = lazy_frame(table)
    if frame is not None:
        return frame
    names = column_names(table)  # refuses what is no table
    if isinstance(table, Mapping):
        import pandas as pd

        table = pd.DataFrame({name: pd.Series(_for_pandas(table[name])) for name in names})
    eager: Collected = nw.from_native(table, eager_only=True)
    return eager.lazy()


def _for_pandas(values: Any) -> Any:
    series = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return series.to_pandas().reset_index(drop=True)
    # From a list pandas finds out what the objects are.
    return values if isinstance(values, np.ndarray) and values.dtype != object else list(values)


def table_columns(table: Any) -> list[str]:
    """List the columns of a table, in memory or not.

    Examples
    --------
    >>> table_columns({"sex": ["F", "M"]})
    ['sex']
    """
    frame = lazy_frame(table)
    return column_names(table) if frame is None else list(checked_kinds(frame, (), (), "The table"))


def count_rows(table: Any) -> int:
    """Count the rows of a table; an engine counts its own.

    Examples
    --------
    >>> count_rows({"sex": ["F", "M"]})
    2
    """
    frame = lazy_frame(table)
    if frame is None:
        names = column_names(table)
        return len(column(table, names[0])) if names else 0
    return int(collect(frame.select(nw.len().alias("rows")))["rows"][0])


def same_kinds(one: Any, other: Any, names: Sequence[str]) -> list[str]:
    """Keep the columns that two tables have, as numbers in both or in neither.

    Examples
    --------
    >>> same_kinds({"a": np.array([1]), "b": ["x"]}, {"a": ["1"], "b": ["y"]}, ["a", "b", "c"])
    ['b']
    """
    first, second = (as_lazy(table).collect_schema() for table in (one, other))
    shared = [name for name in names if name in first and name in second]
    return [name for name in shared if first[name].is_numeric() == second[name].is_numeric()]


def collect(frame: Lazy) -> Collected:
    """Compute a lazy frame and bring it here."""
    # The other engine of polars holds the whole table in memory.
    streaming: Mapping[str, Any] = {"engine": "streaming"} if frame.implementation.is_polars() else {}
    return frame.collect(**streaming)


def checked_kinds(frame: Lazy, names: Sequence[str], numbers: Sequence[str], who: str) -> Mapping[str, Any]:
    """Give the types of all columns, once those that are needed are there and can be counted or added up."""
    twice = [name for name, times in Counter(frame.columns).items() if times > 1]
    if twice:
        raise InputError(f"Every column of a table needs its own name, got {quote(twice[0])} twice. Rename them.")
    kinds = frame.collect_schema()
    for name in (*names, *numbers):
        if name not in kinds:
            raise MissingColumn(who, name, list(kinds))
    for name in names:
        if kinds[name].is_nested():
            raise InputError(
                f"The column {quote(name)} needs plain values (text, numbers, dates), got {kinds[name]}. "
                "Write each as one text."
            )
    for name in numbers:
        if not kinds[name].is_numeric() and kinds[name] != nw.Boolean:
            raise InputError(f"{name} needs one number per row, got {kinds[name]}. Convert the column to numbers.")
    return kinds


def plain_columns(frame: Lazy, kinds: Mapping[str, Any]) -> tuple[Lazy, dict[str, str]]:
    """Give a frame with the name that each column has there.

    Spark reads dots and backticks in a name as syntax, so its columns are renamed by their place.
    """
    native = frame.to_native()
    if not hasattr(native, "toDF"):
        return frame, {name: name for name in kinds}
    places = {name: f"column_{place}" for place, name in enumerate(kinds)}
    return nw.from_native(native.toDF(*places.values())), places


def group_key(name: str, kind: Any) -> nw.Expr:
    """Give a column to group by."""
    # Zero and minus zero are one value, but two groups to some engines, and an error to Dask over Arrow.
    return (nw.col(name) + 0.0).cast(kind) if kind.is_float() else nw.col(name)


def finite(name: str) -> tuple[nw.Expr, nw.Expr]:
    """Give a column as doubles, and whether each is a number, the infinite ones included.

    A comparison may take NaN for the highest number, DuckDB may overlook it in a Parquet file (duckdb/duckdb#25521),
    and what is float32 is compared as such: so doubles, and a difference that is zero for finite numbers only.
    """
    value = nw.col(name).cast(nw.Float64)
    return value, (value - value == 0) | (value < -float_info.max) | (value * -1.0 < -float_info.max)
