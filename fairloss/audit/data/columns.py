"""Each column as counts: its bins by group and label, in two halves of the rows."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.looking import Look
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.notions import GroupCounts, Groups
from fairloss.notions.counting import count

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "ColumnCounts",
    "Columns",
    "count_column",
    "inconsistent_columns",
    "read_columns",
    "whole_array",
    "write_columns",
]

Counts = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnCounts:
    """One column.

    Parameters
    ----------
    name, kind : str
        What it is called; ``"number"``, ``"date"`` or ``"category"``.
    bins : tuple of str
        The names of its bins.
    has_missing : bool
        Whether the last bin holds the rows without a value.
    distinct : int
        How many different values it has.
    identifies : bool
        Whether it tells every row from every other, as a running number does.
    labels : integer array of shape (2, bins, 2)
        Rows by half, bin and label.
    cells : tuple of integer arrays of shape (groups, 2, bins, 2)
        For each attribute the rows by group, half, bin and label.
    """

    name: str
    kind: str
    bins: tuple[str, ...]
    has_missing: bool
    distinct: int
    identifies: bool
    labels: Counts
    cells: tuple[Counts, ...]

    def may_be_used(self, stated: Container[str]) -> bool:
        """Whether a model could use it: it does not name rows, and is not stated to leak the label."""
        return not self.identifies and self.name not in stated

    @property
    def present(self) -> int:
        """How many rows have a value."""
        kept = self.labels[:, : len(self.bins) - self.has_missing]
        return int(kept.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """All columns that were looked at, for attributes one by one.

    Parameters
    ----------
    attributes : tuple of str
        The attributes.
    groups : tuple of tuple of str
        The groups of each.
    columns : tuple of ColumnCounts
        In the order of the table.
    """

    attributes: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    columns: tuple[ColumnCounts, ...]


def count_column(look: Look, label: Any, halves: Any, groups: Sequence[Groups]) -> ColumnCounts:
    """Count one column by half, bin and label, over all rows and by group."""
    bins = look.bins
    axes = [(halves, 2), (bins.codes, len(bins)), (label, 2)]
    cells = tuple(np.asarray(count([(each.codes, each.n_groups), *axes])) for each in groups)
    labels = np.asarray(count(axes))
    kinds = (look.name, bins.kind, bins.names, bins.has_missing, look.distinct, look.identifies)
    return ColumnCounts(*kinds, labels, cells)


def write_columns(columns: Columns) -> dict[str, Any]:
    """Give the counts of columns as plain data."""
    names = ("name", "kind", "bins", "has_missing", "distinct", "identifies", "labels", "cells")
    listed = [{name: getattr(one, name) for name in names} for one in columns.columns]
    return {"attributes": columns.attributes, "groups": columns.groups, "columns": listed}


def read_columns(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Columns:
    """Read what `write_columns` wrote."""
    groups = tuple(tuple(names) for names in data["groups"])
    return Columns(tuple(data["attributes"]), groups, tuple(_read_column(one, groups) for one in data["columns"]))


def _read_column(data: Mapping[str, Any], groups: tuple[tuple[str, ...], ...]) -> ColumnCounts:
    bins = tuple(data["bins"])
    labels = whole_array(data["labels"], (2, len(bins), 2))
    pairs = zip(data["cells"], groups, strict=True)
    cells = tuple(whole_array(one, (len(names), 2, len(bins), 2)) for one, names in pairs)
    kinds = (bool(data["has_missing"]), int(data["distinct"]), bool(data["identifies"]))
    return ColumnCounts(str(data["name"]), str(data["kind"]), bins, *kinds, labels, cells)


def whole_array(values: Any, shape: tuple[int, ...]) -> Counts:
    """Read whole counts of a shape."""
    array = np.array(values)
    if array.shape != shape or array.dtype.kind not in "iu" or (array < 0).any():
        raise ValueError(f"whole counts of shape {shape} are not there")
    return array.astype(np.int64)


def inconsistent_columns(report: AuditReport) -> Iterator[Mismatch]:
    """Compare the rows of every column with the counts of the audit, or where those are weighted with one another."""
    found: Columns = report.evidence["columns"]
    for place, column in enumerate(found.columns):
        for which, cells in enumerate(column.cells):
            table, first = report.tables[which], found.columns[0].cells[which]
            expected = table.cells[..., 0] if table.squares is None else first.sum((1, 2))
            pointer = f"/columns/columns/{place}/cells/{which}"
            yield from compare_values(cells.sum((1, 2)).tolist(), np.asarray(expected).tolist(), pointer)
            if not report.unknown[which].rows or report.unknown[which].group is not None:
                held = column.labels.tolist()
                yield from compare_values(held, cells.sum(0).tolist(), f"/columns/columns/{place}/labels")
