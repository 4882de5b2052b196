"""Looking through a table once, one column at a time: bins to count, hashes for equal rows, values that look wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairloss.audit.data.categories import StrangeValue, strange_values
from fairloss.tables import Bins, Contents, bin_contents, column, column_names, joined, read_contents, value_hashes

__all__ = ["Look", "Looked", "look_through", "read_both"]

_LEAST = 20
_UNLIKELY = -np.log(0.01)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One column, in the rows of the table and, where there is another one, in those of the other below them.

    Parameters
    ----------
    name : str
        What it is called.
    bins : Bins
        Its bins; the distinct values are not kept.
    distinct : int
        How many there are.
    identifies : bool
        Whether it tells every row from every other.
    in_both : bool
        Whether the other table has it too, or there is none.
    """

    name: str
    bins: Bins
    distinct: int
    identifies: bool
    in_both: bool

    @property
    def is_compared(self) -> bool:
        """Whether rows are compared by it."""
        return self.in_both and not self.identifies

    def first(self, rows: int) -> Look:
        """Give the same in the first rows alone."""
        return replace(self, bins=replace(self.bins, codes=self.bins.codes[:rows]))


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was seen in a table.

    Parameters
    ----------
    looks : tuple of Look
        Its columns.
    hashes : uint64 array of shape (n,)
        A hash of each row over the columns that do not identify rows.
    strange : tuple of StrangeValue
        Values that look wrong.
    """

    looks: tuple[Look, ...]
    hashes: np.ndarray[Any, np.dtype[np.uint64]]
    strange: tuple[StrangeValue, ...]


def look_through(
    table: Any, names: Sequence[str], *, other: Any = None, expected: Mapping[str, Sequence[Any]] | None = None
) -> Looked:
    """Read the named columns one after the other.

    Parameters
    ----------
    table : frame or mapping
        The table.
    names : sequence of str
        Its columns.
    other : frame or mapping, optional
        Another table, whose columns of these names are read with it; hashes are of both, one below the other.
    expected : mapping of column to levels, optional
        The levels that a column should have.
    """
    there = set() if other is None else set(column_names(other))
    looks: list[Look] = []
    strange: list[StrangeValue] = []
    total: Any = np.uint64(0)
    for name in names:
        own = read_contents(column(table, name, who="audit_data"), name)
        contents = joined([own, read_contents(column(other, name), name)]) if name in there else own
        bins = bin_contents(contents)
        # The numbers of another table may be those of this one again.
        identifies = _identifies(bin_contents(own) if name in there else bins)
        strange += strange_values(name, bins, (expected or {}).get(name))
        if other is not None and name not in there:
            strange.append(StrangeValue(name, "absent_column", "", 0, int(bins.sizes.sum())))
        look = Look(name, bins, len(bins.counts), identifies, other is None or name in there)
        if look.is_compared:
            total = total + value_hashes(contents, name)
        looks.append(replace(look, bins=replace(bins, values=(), counts=bins.counts[:0])))
    rows = max(len(look.bins.codes) for look in looks)
    return Looked(tuple(looks), np.zeros(rows, dtype=np.uint64) + total, tuple(strange))


def read_both(table: Any, other: Any, name: str) -> Contents:
    """Read a column, with that of another table below it where one is given."""
    contents = read_contents(column(table, name, who="audit_data"), name)
    return contents if other is None else joined([contents, read_contents(column(other, name), name)])


def _identifies(bins: Bins) -> bool:
    """Whether every value is another one, and that is no accident: texts, or whole numbers in a narrow range.

    Whole numbers drawn from so wide a range that they could all differ by chance (1 in 100) are no identifiers.
    """
    rows = len(bins.counts)
    if rows < _LEAST or int(bins.counts.max()) > 1 or bins.kind == "date":
        return False
    if isinstance(bins.values, tuple):
        return True
    whole = bool((bins.values == np.floor(bins.values)).all())
    return whole and bool(rows**2 / (2 * (bins.values[-1] - bins.values[0] + 1)) > _UNLIKELY)
