"""How many equal rows chance gives: pairs that differ in one column only say how often it alone keeps rows apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.columns import ColumnCounts, Columns
from fairloss.audit.data.row_sample import RowSample
from fairloss.audit.results import Row
from fairloss.notions import GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "NEAR_COPY_COLUMNS", "NearCopies", "count_near_copies", "expected_copies", "independent_pairs", "is_surprising",
    "near_copy_rows", "read_near_copies", "write_near_copies",
]  # fmt: skip

NEAR_COPY_COLUMNS = ("column", "pairs", "alike", "expected")

_MARGIN, _HARDLY, _ENOUGH = 2, 0.001, 20
Hashes = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True)
class NearCopies:
    """Pairs of rows that are equal in all compared columns and the label but in one column.

    Parameters
    ----------
    column : str
        The column in which they differ.
    pairs : int
        How many.
    """

    column: str
    pairs: int


def count_near_copies(whole: Hashes, columns: Iterable[tuple[str, Hashes]]) -> tuple[NearCopies, ...]:
    """Count pairs column by column.

    Parameters
    ----------
    whole : uint64 array of shape (n,)
        A hash of each row: the sum of those of its values.
    columns : iterable of (str, uint64 array of shape (n,))
        The hashes of the values of each column; one at a time is held.
    """
    equal = _pairs(whole)
    return tuple(NearCopies(name, _pairs(whole - values) - equal) for name, values in columns)


def _pairs(hashes: Hashes) -> int:
    _, sizes = np.unique(hashes, return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())


def near_copy_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per column: the pairs that differ in it alone, and the equal pairs that they let expect.

    If two people who are equal in all other columns are equal in this one with the chance ``alike`` (that of any two
    rows), then ``pairs alike / (1 - alike)`` more are equal in all. In a sample by contents copies stay together and
    near copies do not, so that those are divided by the share of the contents.
    """
    columns: Columns | None = report.evidence.get("columns")
    known = {one.name: one for one in columns.columns} if columns else {}
    sample: RowSample | None = report.evidence.get("row_sample")
    share = 1.0 if sample is None else sample.contents
    for near in report.evidence.get("near_copies", ()):
        alike = _alike(known[near.column]) if near.column in known else 0.0
        expected = near.pairs * alike / (1 - alike) / share if alike < 1 else 0.0
        yield dict(zip(NEAR_COPY_COLUMNS, (near.column, near.pairs, alike, expected), strict=True))


def expected_copies(report: AuditReport) -> float:
    """Give about how many pairs of equal rows chance gives.

    The most of: what independent columns would give; what all columns with pairs let expect together; and what a single
    column with 20 pairs or more lets expect, as it does where the others depend on one another.
    """
    columns: Columns = report.evidence["columns"]
    near = [row for row in report.rows("expected_copies") if 0 < row["alike"] < 1]
    odds = sum((1 - row["alike"]) / row["alike"] for row in near)
    sample: RowSample | None = report.evidence.get("row_sample")
    share = 1.0 if sample is None else sample.contents
    together = sum(row["pairs"] for row in near) / odds / share if odds else 0.0
    single = [float(row["expected"]) for row in near if row["pairs"] >= _ENOUGH]
    independent = independent_pairs(columns, int(columns.columns[0].labels.sum()))
    return max([independent if sample is None else independent * sample.copies, together, *single])


def independent_pairs(columns: Columns, rows: int) -> float:
    """Give how many pairs of equal rows there would be if the columns did not depend on one another."""
    pairs = rows * (rows - 1) / 2
    for column in columns.columns:
        pairs *= 1.0 if column.identifies else _alike(column)
    if columns.columns:
        first = columns.columns[0]
        for sizes in (first.labels.sum((0, 1)), *(cells.sum((1, 2, 3)) for cells in first.cells)):
            pairs *= float(((sizes / max(int(sizes.sum()), 1)) ** 2).sum())
    return pairs


def is_surprising(copies: int, expected: float) -> bool:
    """Whether even twice the expected number would hardly (1 in 1,000) give so many, by Chernoff's bound.

    Examples
    --------
    >>> is_surprising(12, 0.01), is_surprising(12, 3.0), is_surprising(1, 1e-9)
    (True, False, True)
    """
    most = _MARGIN * expected
    if copies <= most:
        return False
    return most == 0 or exp(max(copies - most + copies * log(most / copies), -700.0)) < _HARDLY


def _alike(column: ColumnCounts) -> float:
    """Give the chance that two rows have the same value; within a bin as if all its values were equally frequent."""
    sizes = column.labels.sum((0, 2)) / max(int(column.labels.sum()), 1)
    kept = len(column.bins) - column.has_missing
    within = min(1.0, kept / column.distinct) if column.distinct else 1.0
    return float((sizes[:kept] ** 2).sum() * within + (sizes[kept:] ** 2).sum())


def write_near_copies(found: Sequence[NearCopies]) -> list[dict[str, Any]]:
    """Give the counts as plain data."""
    return [{"column": one.column, "pairs": one.pairs} for one in found]


def read_near_copies(data: Sequence[Mapping[str, Any]], tables: tuple[GroupCounts, ...]) -> tuple[NearCopies, ...]:
    """Read what `write_near_copies` wrote."""
    return tuple(NearCopies(str(one["column"]), int(one["pairs"])) for one in data)
