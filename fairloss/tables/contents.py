"""A column read once: its numbers, or its levels and which of them each row holds, whatever the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from numbers import Real
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.tables.factors import factorize
from fairloss.tables.levels import is_missing, level_name

__all__ = ["Contents", "Kind", "joined", "read_contents", "value_hashes"]

Kind = Literal["number", "date", "category"]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.integer[Any]]]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_EXACT = 2**53
"""From here on doubles leave whole numbers out: such numbers are names, and read as texts."""


@dataclass(frozen=True, eq=False)
class Contents:
    """What a column holds.

    Parameters
    ----------
    kind : {"number", "date", "category"}
        How its values are ordered and compared.
    numbers : float64 array of shape (n,), optional
        Of a number the value, of a date the microseconds since 1970; NaN where there is none. None for categories.
    codes : integer array of shape (n,), optional
        Of a category the place of its level; -1 where there is no value.
    levels : tuple of str
        Its levels as text, each once.
    mixed : bool
        Whether some values are numbers and others texts.
    """

    kind: Kind
    numbers: Floats | None = None
    codes: Integers | None = None
    levels: tuple[str, ...] = ()
    mixed: bool = False

    def __len__(self) -> int:
        held = self.numbers if self.numbers is not None else self.codes
        return 0 if held is None else len(held)


def read_contents(values: Any, name: object = "column") -> Contents:
    """Read a column.

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

    Examples
    --------
    >>> read_contents([3, None, 1.5]).numbers
    array([3. , nan, 1.5])
    >>> found = read_contents(["b", "a", None])
    >>> found.levels, found.codes.tolist()
    (('b', 'a'), [0, 1, -1])
    """
    series = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        ready = _ordered(series)
    else:
        ready = _ordered_array(values) if isinstance(values, np.ndarray) else None
    return _factored(values, name) if ready is None else ready


def joined(parts: Sequence[Contents]) -> Contents:
    """Give the contents of the same column of several tables, one below the other.

    Examples
    --------
    >>> joined([read_contents(["a", "b"]), read_contents(["b", "c"])]).codes.tolist()
    [0, 1, 1, 2]
    """
    kinds = {part.kind for part in parts}
    mixed = any(part.mixed for part in parts)
    if len(kinds) == 1 and "category" not in kinds:
        held = [part.numbers for part in parts if part.numbers is not None]
        return Contents(parts[0].kind, np.concatenate(held), mixed=mixed)
    places: dict[str, int] = {}
    codes = []
    for part in parts:
        found = part if part.codes is not None else _as_category(part)
        lookup = np.array([*(places.setdefault(level, len(places)) for level in found.levels), -1], dtype=np.intp)
        codes.append(lookup[found.codes])
    return Contents("category", codes=np.concatenate(codes), levels=tuple(places), mixed=mixed or len(kinds) > 1)


def value_hashes(contents: Contents, salt: str) -> Hashes:
    """Give 64 bits for each value, equal where values are; other bits for another salt.

    Examples
    --------
    >>> first, second = value_hashes(read_contents(["a", "a", "b"]), "x"), value_hashes(read_contents(["b"]), "x")
    >>> bool(first[0] == first[1] != first[2] == second[0])
    True
    """
    import pandas as pd

    start = pd.util.hash_array(np.array([salt], dtype=object), categorize=False)[0]
    if contents.numbers is not None:
        # Adding zero makes one of the two zeros.
        values = np.where(np.isnan(contents.numbers), np.nan, contents.numbers + 0.0)
        return _mixed(pd.util.hash_array(values) ^ start)
    levels = np.array([*contents.levels, "\x00no value"], dtype=object)
    return np.asarray(_mixed(pd.util.hash_array(levels, categorize=False) ^ start)[contents.codes])


def _mixed(bits: Hashes) -> Hashes:
    """Scatter 64 bits (the end of SplitMix64), so that sums over columns do not take one column for another."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _ordered(series: Any) -> Contents | None:
    """Give numbers and dates of an engine; None for anything else."""
    dtype = series.dtype
    if dtype.is_integer() and series.null_count() < len(series) and _beyond_exact(series):
        return None
    if dtype.is_numeric():
        return Contents("number", np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64))
    if dtype == nw.Date or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None):
        return _ordered_array(np.asarray(series.to_numpy()))
    return None


def _ordered_array(array: Any) -> Contents | None:
    if array.ndim != 1:
        return None
    if array.dtype.kind in "iu" and array.size and _beyond_exact(array):
        return None
    if array.dtype.kind in "iuf":
        return Contents("number", np.asarray(array, dtype=np.float64))
    if array.dtype.kind == "M":
        return Contents("date", _stamps(array))
    return None


def _stamps(values: Any) -> Floats:
    """Give dates as microseconds since 1970."""
    stamps = np.asarray(values).astype("datetime64[us]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64).astype(np.float64))


def _beyond_exact(numbers: Any) -> bool:
    return max(abs(int(numbers.max())), abs(int(numbers.min()))) >= _EXACT


def _factored(values: Any, name: object) -> Contents:
    factors = factorize(values, name)
    codes = np.asarray(factors.codes, dtype=np.intp)
    held = [None if is_missing(value) else value for value in factors.values]
    known = [value for value in held if value is not None]
    numeric = [isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in known]
    if known and all(numeric) and all(abs(value) < _EXACT for value in known):
        numbers = np.array([*(np.nan if value is None else float(value) for value in held), np.nan])
        return Contents("number", numbers[codes])
    if known and all(isinstance(value, date) and getattr(value, "tzinfo", None) is None for value in known):
        return Contents("date", _stamps(np.array([*held, None], dtype=object))[codes])
    places: dict[str, int] = {}
    lookup = [-1 if value is None else places.setdefault(level_name(value), len(places)) for value in held]
    mixed = len(set(numeric)) > 1
    return Contents("category", codes=np.array([*lookup, -1], dtype=np.intp)[codes], levels=tuple(places), mixed=mixed)


def _as_category(contents: Contents) -> Contents:
    numbers = contents.numbers if contents.numbers is not None else np.zeros(0)
    known = ~np.isnan(numbers)
    distinct, places = np.unique(numbers[known], return_inverse=True)
    codes = np.full(len(numbers), -1, dtype=np.intp)
    codes[known] = places
    return Contents("category", codes=codes, levels=tuple(map(level_name, distinct)))
