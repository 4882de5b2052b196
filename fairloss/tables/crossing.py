"""Several columns as one: the combinations of values that occur, and which of them each row holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from fairloss.tables.factors import Factors, factorize
from fairloss.tables.levels import is_missing, level_name

__all__ = ["Cells", "Crossing", "Names", "cross"]

_CHUNK = 1 << 16
_TABLE = 1 << 22
Integers = np.ndarray[Any, np.dtype[np.integer[Any]]]
Names = tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class Cells:
    """The combinations of values that occur in some columns, and how often.

    Parameters
    ----------
    attributes : tuple of str
        The columns.
    levels : tuple of tuple
        For each cell the name of its value in each column, None where there is no value. Values that are written
        alike give several cells of the same levels.
    counts : array of shape (cells,)
        The rows of each cell.
    """

    attributes: tuple[str, ...]
    levels: tuple[Names, ...]
    counts: Integers

    def select(self, attributes: Sequence[str]) -> Cells:
        """Look at some of the columns; the cells stay the same."""
        places = [self.attributes.index(name) for name in attributes]
        return Cells(tuple(attributes), tuple(tuple(level[p] for p in places) for level in self.levels), self.counts)

    def values(self, attribute: str) -> list[str | None]:
        """Give the value of one column in each cell."""
        place = self.attributes.index(attribute)
        return [level[place] for level in self.levels]


@dataclass(frozen=True, eq=False)
class Crossing:
    """Rows as numbers of cells.

    Parameters
    ----------
    cells : Cells
        The combinations that occur.
    numbers : integer array of shape (cells,)
        The number of each cell, increasing.
    rows : integer array of shape (n,)
        For each row the number of its cell.
    """

    cells: Cells
    numbers: Integers
    rows: Integers

    @property
    def places(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """For each row the place of its cell in the list of cells."""
        return self.spread(np.arange(len(self.numbers)))

    def spread(self, codes: Integers) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Give each row the code of its cell."""
        lookup = np.full(int(self.numbers[-1]) + 1, -1, dtype=np.int64)
        lookup[self.numbers] = codes
        return lookup[self.rows]

    def sums(self, weight: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Add up a weight in each cell."""
        return np.asarray(np.bincount(self.rows, weight)[self.numbers], dtype=np.float64)


def cross(columns: Mapping[str, Any]) -> Crossing:
    """Cross columns of equal length, with at least one row.

    Examples
    --------
    >>> crossing = cross({"sex": ["M", "F", "M"], "age": [40, None, 40]})
    >>> crossing.cells.levels, crossing.cells.counts.tolist()
    ((('M', '40'), ('F', None)), [2, 1])
    """
    if max(len(values) for values in columns.values()) < _CHUNK:
        factors = list(map(factorize, columns.values(), columns))
    else:
        # The engines hash texts outside the interpreter's lock, so long columns are read side by side.
        with ThreadPoolExecutor() as pool:
            factors = list(pool.map(factorize, columns.values(), columns))
    rows, numbers, places, counts = _combine(factors)
    names = [[None if is_missing(v) else level_name(v) for v in factor.values] + [None] for factor in factors]
    levels = tuple(tuple(names[j][place] for j, place in enumerate(cell)) for cell in places.tolist())
    return Crossing(Cells(tuple(columns), levels, counts), numbers, rows)


def _combine(factors: Sequence[Factors]) -> tuple[Integers, Integers, Integers, Integers]:
    """Give each row's cell number, the numbers that occur, their place in each column (-1: none) and their counts."""
    sizes = [len(factor.values) + 1 for factor in factors]
    if prod(sizes) > _TABLE and len(factors) > 1:
        left, numbers, places, _ = _combine(factors[:-1])
        last = np.asarray(factors[-1].codes, dtype=np.int64) + 1
        combined = np.searchsorted(numbers, left) * sizes[-1] + last
        occurring, rows, counts = np.unique(combined, return_inverse=True, return_counts=True)
        before, here = np.divmod(occurring, sizes[-1])
        return rows, np.arange(len(occurring)), np.column_stack([places[before], here - 1]), counts
    total = np.zeros(prod(sizes), dtype=np.int64)
    rows = np.empty(len(factors[0].codes), dtype=np.int16 if total.size < 2**15 else np.int32)
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        chunk.fill(0)
        for factor, size in zip(factors, sizes, strict=True):
            np.multiply(chunk, size, out=chunk)
            np.add(chunk, factor.codes[start : start + _CHUNK], out=chunk, casting="unsafe")
            np.add(chunk, 1, out=chunk)
        total += np.bincount(chunk, minlength=total.size)
    numbers = np.flatnonzero(total)
    places = np.column_stack(np.unravel_index(numbers, sizes)) - 1
    return rows, numbers, places, total[numbers]
