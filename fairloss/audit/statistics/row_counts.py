"""How many rows are in each cell of a weighted audit: sums of weights do not tell how many people there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.results import Row, attribute_of

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport
    from fairloss.notions import GroupCounts

__all__ = ["CELL_COLUMNS", "RowCounts", "cell_rows", "inconsistent_rows", "read_row_counts", "write_row_counts"]

CELL_COLUMNS = ("attribute", "group", "label", "decision", "rows", "weight")
Counts = np.ndarray[Any, np.dtype[np.int64]]
_ROUNDING = 1 + 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class RowCounts:
    """The rows behind sums of weights.

    Parameters
    ----------
    tables : tuple of integer arrays of shape (groups, labels, decisions)
        One per table of counts.
    strata : tuple of integer arrays of shape (strata, groups, labels, decisions)
        The same within strata, for the tables that have them.
    """

    tables: tuple[Counts, ...]
    strata: tuple[Counts, ...] = ()


def cell_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per cell of a weighted audit: label and decision (None where not known), rows, sum of weights."""
    held: RowCounts | None = report.evidence.get("row_counts")
    for counts, rows in zip(report.tables, held.tables if held else (), strict=False):
        weights = np.asarray(counts.cells, np.float64)
        for code, label, decision in np.ndindex(rows.shape):
            outcome = (label if counts.has_labels else None, decision if counts.has_decisions else None)
            values = (int(rows[code, label, decision]), float(weights[code, label, decision]))
            head = (attribute_of(counts), counts.names[code])
            yield dict(zip(CELL_COLUMNS, (*head, *outcome, *values), strict=True))


def inconsistent_rows(report: AuditReport) -> Iterator[Mismatch]:
    """Compare rows with weights (Cauchy and Schwarz: squares and rows allow no larger sum), and with strata."""
    held: RowCounts = report.evidence["row_counts"]
    for place, (counts, rows) in enumerate(zip(report.tables, held.tables, strict=True)):
        fewest = np.asarray(counts.cells, np.float64) ** 2
        for cell in np.argwhere(fewest > rows * np.asarray(counts.row_squares, np.float64) * _ROUNDING):
            pointer = "/".join(map(str, cell))
            yield Mismatch(f"/row_counts/tables/{place}/{pointer}", int(rows[tuple(cell)]), "more rows")
    for place, strata in enumerate(held.strata):
        yield from compare_values(held.tables[place].tolist(), strata.sum(0).tolist(), f"/row_counts/tables/{place}")


def write_row_counts(held: RowCounts) -> dict[str, Any]:
    """Give the rows as plain data."""
    return {"tables": held.tables, "strata": held.strata}


def read_row_counts(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> RowCounts:
    """Read what `write_row_counts` wrote."""
    shapes = [counts.cells.shape for counts in tables]
    found = RowCounts(_read(data["tables"], 3), _read(data["strata"], 4))
    within = [rows.shape[1:] for rows in found.strata]
    if [rows.shape for rows in found.tables] != shapes or within != shapes[: len(within)]:
        raise ValueError("rows are not counted in the cells of the tables")
    return found


def _read(values: Sequence[Any], axes: int) -> tuple[Counts, ...]:
    arrays = [np.array(one) for one in values]
    if any(one.ndim != axes or one.dtype.kind not in "iu" or (one < 0).any() for one in arrays):
        raise ValueError("rows are whole numbers of 0 or more")
    return tuple(one.astype(np.int64) for one in arrays)
