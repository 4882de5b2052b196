"""How evidence is written into a record and read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.missing import MissingValues
from fairloss.audit.strata import Strata
from fairloss.notions import GroupCounts, Grouping, ScoreHistogram

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "inconsistent_strata",
    "read_cells",
    "read_histograms",
    "read_missing",
    "read_numbers",
    "read_strata",
    "write_histograms",
    "write_missing",
    "write_strata",
]

_MOST_BINS = 2**20
Tables = tuple[GroupCounts, ...]


def write_missing(tables: Iterable[MissingValues]) -> list[dict[str, Any]]:
    """Give missing values by column and group as plain data."""
    names = ("attribute", "groups", "columns", "missing", "rows")
    return [{name: getattr(table, name) for name in names} for table in tables]


def read_missing(data: Iterable[Mapping[str, Any]], tables: Tables) -> tuple[MissingValues, ...]:
    """Read what `write_missing` wrote."""
    return tuple(
        MissingValues(
            one["attribute"],
            tuple(one["groups"]),
            tuple(one["columns"]),
            np.array(one["missing"]),
            np.array(one["rows"]),
        )
        for one in data
    )


def write_histograms(histograms: Iterable[ScoreHistogram]) -> list[dict[str, Any]]:
    """Give scores as plain data, naming filled cells only, as (group, label, bin, rows); uneven bins have edges."""
    return [_write_histogram(scores) for scores in histograms]


def _write_histogram(scores: ScoreHistogram) -> dict[str, Any]:
    filled = np.argwhere(scores.cells)
    entries = np.column_stack([filled, scores.cells[tuple(filled.T)]])
    ends = scores.edges[[0, -1]]
    is_even = np.array_equal(scores.edges, np.linspace(ends[0], ends[1], len(scores.edges)))
    grid = {"ends": ends} if is_even else {"edges": scores.edges}
    return {"shape": scores.cells.shape, "filled": entries, "missing": scores.missing, **grid}


def read_histograms(data: Iterable[Mapping[str, Any]], tables: Tables) -> tuple[ScoreHistogram, ...]:
    """Read what `write_histograms` wrote."""
    return tuple(_read_histogram(one, counts.grouping) for one, counts in zip(data, tables, strict=False))


def _read_histogram(data: Mapping[str, Any], grouping: Grouping | None) -> ScoreHistogram:
    groups, labels, bins = data["shape"]
    missing = read_numbers(data["missing"], 2)
    if (grouping is not None and groups != len(grouping)) or missing.shape != (groups, labels) or bins > _MOST_BINS:
        raise ValueError("the shape of a score histogram is not that of its groups")
    cells = np.zeros((groups, labels, bins), dtype=np.int64)
    entries = np.array(data["filled"], dtype=np.int64).reshape(-1, 4)
    cells[tuple(entries[:, :3].T)] = entries[:, 3]
    return ScoreHistogram(cells, _read_edges(data, bins), missing, grouping)


def _read_edges(data: Mapping[str, Any], bins: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if "edges" not in data:
        low, high = map(float, data["ends"])
        return np.linspace(low, high, bins + 1)
    edges = np.array(data["edges"], dtype=np.float64)
    if edges.shape != (bins + 1,) or not (np.diff(edges) > 0).all():
        raise ValueError("the edges of a score histogram ascend, one more than there are bins")
    return edges


def write_strata(strata: Strata) -> dict[str, Any]:
    """Give counts within strata as plain data."""
    tables = [{"cells": counts.cells, "squares": counts.squares} for counts in strata.tables]
    return {"attributes": strata.grouping.attributes, "levels": strata.grouping.levels, "tables": tables}


def read_strata(data: Mapping[str, Any], tables: Tables) -> Strata:
    """Read what `write_strata` wrote."""
    grouping = Grouping(tuple(data["attributes"]), tuple(tuple(level) for level in data["levels"]))
    pairs = zip(data["tables"], tables, strict=False)
    return Strata(grouping, tuple(read_cells(one, counts.grouping, axes=4) for one, counts in pairs))


def inconsistent_strata(report: AuditReport) -> Iterator[Mismatch]:
    """Compare the counts over all rows with the sums of those within strata."""
    for place, strata in enumerate(report.control.tables if report.control else ()):
        counts = report.tables[place].cells.tolist()
        yield from compare_values(counts, strata.cells.sum(0).tolist(), f"/counts/{place}/cells")


def read_cells(data: Mapping[str, Any], grouping: Grouping | None, axes: int = 3) -> GroupCounts:
    """Read a table of counts."""
    cells = read_numbers(data["cells"], axes)
    squares = None if data["squares"] is None else read_numbers(data["squares"], axes).astype(np.float64)
    if squares is not None and squares.shape != cells.shape:
        raise ValueError("counts and their squares differ in shape")
    if grouping is not None and cells.shape[-3] != len(grouping):
        raise ValueError(f"{len(grouping)} groups have names, but {cells.shape[-3]} have counts")
    return GroupCounts(cells if squares is None else cells.astype(np.float64), squares, grouping)


def read_numbers(values: Iterable[Any], axes: int) -> np.ndarray[Any, Any]:
    """Read an array of counts."""
    array = np.array(values)
    if array.ndim != axes or array.dtype.kind not in "iuf" or not (array >= 0).all() or not np.isfinite(array).all():
        raise ValueError("counts are numbers of 0 or more")
    return array
