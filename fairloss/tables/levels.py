"""What a value from a table is called, and in which order the names come.

Two values that are written alike are one level: 1 and 1.0 and ``"1"``, whatever the engine that holds them. So a column
keeps its groups when a missing value turns its integers into floats, or when it has been through a CSV file.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from math import floor, isfinite, isnan, nan
from numbers import Integral, Real
from typing import Any

import numpy as np

__all__ = ["free_name", "is_missing", "level_name", "level_order", "missing_flags"]


def is_missing(value: Any) -> bool:
    """Tell whether a scalar stands for no value: None, NaN, NaT or pandas' NA.

    Examples
    --------
    >>> [is_missing(value) for value in (None, float("nan"), np.datetime64("NaT"), "", 0)]
    [True, True, True, False, False]
    """
    if value is None or type(value).__name__ == "NAType":
        return True
    return not isinstance(value, str | bytes | tuple) and bool(value != value)


def level_name(value: Any) -> str:
    """Write a value as the name of a level, the same for every engine.

    Examples
    --------
    >>> [level_name(value) for value in ("F", 1.0, np.float32(0.1), True, date(2020, 1, 2), datetime(2020, 1, 2))]
    ['F', '1', '0.1', 'True', '2020-01-02', '2020-01-02']
    """
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real) and isfinite(value) and value == floor(value):
        return str(floor(value))
    if isinstance(value, np.datetime64):
        return level_name(value.astype("datetime64[us]").item())
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)


def level_order(name: str | None) -> tuple[int, float, tuple[tuple[int, str], ...], str]:
    """Give a key that sorts numbers by size, then texts, then the missing value; digits in texts count as numbers.

    Examples
    --------
    >>> sorted(["b", "10", None, "9", "(100, 200]", "(20, 100]"], key=level_order)
    ['9', '10', '(20, 100]', '(100, 200]', 'b', None]
    """
    if name is None:
        return 2, 0.0, (), ""
    try:
        number = float(name)
    except ValueError:
        number = nan
    if not isnan(number):
        return 0, number, (), name
    parts = re.split("0*([0-9]+)", name)
    # Of two numbers without leading zeros the one with more digits is larger.
    return 1, 0.0, tuple((len(part) if place % 2 else 0, part) for place, part in enumerate(parts)), name


def free_name(name: str, taken: set[str]) -> str:
    """Put parentheses around a name until it is not taken.

    Examples
    --------
    >>> free_name("missing", {"missing", "F"})
    '(missing)'
    """
    while name in taken:
        name = f"({name})"
    return name


def missing_flags(values: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell for each value of a column whether it is missing."""
    import narwhals.stable.v2 as nw

    series = nw.from_native(values, series_only=True, pass_through=True, allow_series=True)
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return np.asarray(np.isnan(values), dtype=bool)
    if not isinstance(series, nw.Series):
        return np.array([is_missing(value) for value in values], dtype=bool)
    if series.dtype.is_float():
        series = series.fill_nan(None)
    return np.asarray(series.is_null().to_numpy(), dtype=bool)
