"""A column counted where the table is: its bins by group, label and part, without any of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairloss.audit.data.coins import throw_coins
from fairloss.audit.data.columns import ColumnCounts
from fairloss.audit.data.drift import DriftColumn
from fairloss.audit.data.looking import Look
from fairloss.audit.data.people import Roles
from fairloss.notions import Groups
from fairloss.notions.counting import count
from fairloss.tables import Encoder, Tally, tally_bins, tally_values
from fairloss.tables.rebinning import rebin, rebin_values

__all__ = ["LABEL", "PART", "Crossed", "TalliedColumn", "tally_column"]

FEW = 1000
"""Up to so many values (and half of the rows, in the sample) a column is counted value by value."""
LABEL, PART = "label", "part"
Codes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """A table, and what its columns are crossed with.

    Parameters
    ----------
    table : frame, lazy frame or relation
        The table.
    keys : mapping of name in tallies to column
        The attributes, the label and the part; none of another table, of which only its columns are counted.
    groups : sequence of Encoder
        What finds the groups of each table of them.
    roles : Roles
        The attributes and the label.
    parts : Encoder or int
        What finds the part of a row, or the part that all rows belong to.
    """

    table: Any
    keys: Mapping[str, str]
    groups: Sequence[Encoder]
    roles: Roles
    parts: Encoder | int = 0

    def entries(self, tally: Tally, bins: Codes) -> Entries:
        """Give what is known of each cell of a tally."""
        cells, places = tally.cells, {column: key for key, column in self.keys.items() if key not in (LABEL, PART)}
        groups = [
            each.codes_of(cells.select([places[name] for name in each.grouping.attributes])) for each in self.groups
        ]
        labels = self.roles.labels_of(cells, LABEL) if LABEL in self.keys else np.zeros(len(bins), dtype=np.uint8)
        if isinstance(self.parts, int):
            parts = np.full(len(bins), self.parts, dtype=np.int64)
        else:
            parts = self.parts.codes_of(cells.select([PART]))
        return Entries(bins, cells.counts.astype(np.int64), tuple(groups), labels, parts)


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Cells of a tally, as codes.

    Parameters
    ----------
    bins, rows : integer arrays of shape (cells,)
        The bin of each cell, and its rows.
    groups : tuple of integer arrays
        Its group, for each table of groups; -1 where it has none.
    labels, parts : integer arrays
        Its label and its part; a part of -1 is none.
    """

    bins: Codes
    rows: Codes
    groups: tuple[Codes, ...]
    labels: Any
    parts: Codes


@dataclass(frozen=True, slots=True, eq=False)
class TalliedColumn:
    """One column.

    Parameters
    ----------
    look : Look
        Its bins over all rows, those of another table included; no codes.
    entries : tuple of Entries
        The cells of the table and, where it is compared with another one, those of the other.
    """

    look: Look
    entries: tuple[Entries, ...]

    @property
    def has_values(self) -> bool:
        """Whether its values were counted one by one."""
        return len(self.look.bins.counts) == self.look.distinct

    def counts(self, groups: Sequence[Encoder]) -> ColumnCounts:
        """Count by group, half, bin and label, for the first tables of groups; halves are drawn cell by cell."""
        own, bins = self.entries[0], self.look.bins
        axes = [*(codes + 1 for codes in own.groups[: len(groups)]), own.bins, own.labels.astype(np.int64)]
        sizes = [*(len(each.grouping) + 1 for each in groups), len(bins), 2]
        cells, places = np.unique(np.ravel_multi_index(axes, sizes), return_inverse=True)
        rows = np.bincount(places, own.rows).astype(np.int64)
        first = throw_coins(rows, self.look.name)
        *held, codes, labels = (np.asarray(axis, dtype=np.int64) for axis in np.unravel_index(cells, sizes))
        tables = []
        for each, size in [(np.zeros(len(cells), dtype=np.int64), 1), *zip(held, sizes, strict=False)]:
            among: list[tuple[Any, int]] = [(each - (size > 1), max(size - 1, 1)), (codes, len(bins)), (labels, 2)]
            halves = [np.asarray(count(among, part.astype(np.float64))) for part in (first, rows - first)]
            tables.append(np.stack(halves, axis=1).astype(np.int64))
        kinds = (self.look.name, bins.kind, bins.names, bins.has_missing, self.look.distinct, self.look.identifies)
        return ColumnCounts(*kinds, tables[0][0], tuple(tables[1:]))

    def lacking(self, place: int, size: int) -> tuple[Codes, Codes]:
        """Count the rows without a value, and all rows, by group of one table."""
        own = self.entries[0]
        known = own.groups[place] >= 0
        absent = known & (own.bins == len(self.look.bins) - 1) & self.look.bins.has_missing
        found = (np.bincount(own.groups[place][each], own.rows[each], size) for each in (absent, known))
        missing, rows = (each.astype(np.int64) for each in found)
        return missing, rows

    def drift(self, parts: Groups) -> DriftColumn:
        """Count by part."""
        bins = self.look.bins
        codes, places, rows = (
            np.concatenate([getattr(each, name) for each in self.entries]) for name in ("parts", "bins", "rows")
        )
        cells = count([(codes, parts.n_groups), (places, len(bins))], rows.astype(np.float64))
        return DriftColumn(self.look.name, bins.kind, bins.names, bins.has_missing, np.asarray(cells).astype(np.int64))


def tally_column(look: Look, tables: Sequence[Crossed]) -> TalliedColumn:
    """Count a column of a table, and of another one that has it too.

    Parameters
    ----------
    look : Look
        What a sample of it shows: where that has few values the column is counted value by value, and its bins follow
        from all rows; else the bins of the sample are counted.
    tables : sequence of Crossed
        The table, and maybe another one.
    """
    if look.distinct <= min(FEW, len(look.bins.codes) // 2):
        tallies = [tally_values(each.table, look.name, each.keys, who="audit_data") for each in tables]
        bins, codes = rebin_values(look.bins.kind, [tally.cells for tally in tallies], mixed=look.bins.mixed)
        look = replace(look, bins=bins, distinct=len(bins.counts))
    else:
        tallies = [tally_bins(each.table, look.name, look.bins.rule, each.keys, who="audit_data") for each in tables]
        bins, codes = rebin(look.bins, [tally.cells for tally in tallies])
        look = replace(look, bins=bins)
    pairs = zip(tables, tallies, codes, strict=True)
    return TalliedColumn(look, tuple(each.entries(tally, places) for each, tally, places in pairs))
