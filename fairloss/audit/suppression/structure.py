"""How the tables of a record hang together: every count by its place, and the sums that a reader knows to be equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.missing import Unknown
from fairloss.notions import GroupCounts, Grouping

__all__ = ["Structure", "structure"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """The counts of one layer (one label and decision) of all tables as one vector, and what is known of them.

    The vector holds, table after table, the groups and one entry for the rows whose group is not known; then, for each
    group of an attribute that is also crossed, the rows that the crossed table lacks.

    Parameters
    ----------
    starts : tuple of int
        Where the groups of each table begin.
    sizes : tuple of int
        How many groups each table has.
    crossings : tuple of (table, crossed table, codes, start)
        Which crossed group belongs to which group of a table, and where the rows that the crossed table lacks begin.
    size : int
        The length of the vector.
    """

    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    crossings: tuple[tuple[int, int, tuple[int, ...], int], ...]
    size: int

    def part(self, table: int, groups: Sequence[int]) -> Floats:
        """Give the sum of some groups of a table, as a vector of coefficients."""
        vector = np.zeros(self.size)
        vector[[self.starts[table] + code for code in groups]] = 1
        return vector

    @property
    def groups(self) -> list[int]:
        """The places of the groups of all tables; the others are people of whom a table does not tell the group."""
        return [start + code for start, size in zip(self.starts, self.sizes, strict=True) for code in range(size)]

    def relations(self) -> Iterator[Floats]:
        """Give the combinations that are 0 whatever the counts: all tables hold the same people."""
        for table in range(1, len(self.sizes)):
            vector = np.zeros(self.size)
            for one, sign in ((0, 1), (table, -1)):
                start = self.starts[one]
                vector[start : start + self.sizes[one] + 1] = sign
            yield vector
        for table, crossed, codes, start in self.crossings:
            for code in range(self.sizes[table]):
                vector = -self.part(crossed, [at for at, mine in enumerate(codes) if mine == code])
                vector[[self.starts[table] + code, start + code]] = 1, -1
                yield vector

    def values(self, counts: Sequence[Floats]) -> Floats:
        """Give the vector of one layer."""
        vector = np.zeros(self.size)
        totals = [float(table.sum()) for table in counts]
        for place, table in enumerate(counts):
            start = self.starts[place]
            vector[start : start + self.sizes[place]] = table
            vector[start + self.sizes[place]] = max(totals) - totals[place]
        for place, crossed, codes, start in self.crossings:
            inside = np.bincount(codes, counts[crossed], minlength=self.sizes[place])
            vector[start : start + self.sizes[place]] = counts[place] - inside
        return vector


def structure(tables: Sequence[GroupCounts], unknown: Sequence[Unknown]) -> Structure:
    """Find how the tables of a record hang together."""
    sizes = tuple(len(counts.names) for counts in tables)
    starts = tuple(int(start) for start in np.concatenate([[0], np.cumsum([size + 1 for size in sizes])[:-1]]))
    size = sum(sizes) + len(sizes)
    crossings = []
    for place, counts in enumerate(tables):
        for other, crossed in enumerate(tables):
            codes = _codes(counts.grouping, crossed.grouping) if other != place else None
            if codes is not None:
                crossings.append((place, other, codes, size))
                size += sizes[place]
    return Structure(starts, sizes, tuple(crossings), size)


def _codes(own: Grouping | None, crossed: Grouping | None) -> tuple[int, ...] | None:
    """Give for each crossed group the code of its own; None where the crossed table is no crossing of the own one."""
    if own is None or crossed is None or len(own.attributes) >= len(crossed.attributes):
        return None
    if not set(own.attributes) <= set(crossed.attributes):
        return None
    columns = [crossed.attributes.index(name) for name in own.attributes]
    levels = [tuple(level[column] for column in columns) for level in crossed.levels]
    return tuple(own.levels.index(level) for level in levels) if set(levels) <= set(own.levels) else None
