"""Leaks: columns that tell the label too well, columns that name single rows, and columns that a card warns of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairloss.audit.data.areas import held_out_area, ordered_by_other_half
from fairloss.audit.data.columns import ColumnCounts, Columns
from fairloss.audit.data.marks import DETERMINES, STRONG
from fairloss.audit.findings import Finding
from fairloss.audit.results import Row
from fairloss.audit.wording import display, listing, number, percent, ratio, span
from fairloss.inference import association
from fairloss.notions import GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["LEAK_COLUMNS", "leak_findings", "leak_rows", "read_stated", "write_stated"]

LEAK_COLUMNS = (
    "column", "kind", "rows", "present", "distinct", "label_told", "auc", "low", "high", "reading", "reason",
)  # fmt: skip


def leak_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per column: how well it alone tells the label, the rows without a value included.

    The reading is ``stated`` (the caller said so), ``determines_label``, ``ranks_label``, ``identifier`` or
    ``nothing_seen``. They ask a question rather than test: a column that ranks the label is no fault by itself.
    """
    columns: Columns | None = report.evidence.get("columns")
    if columns is None:
        return
    stated = dict(report.evidence.get("stated_leaks", ()))
    for column in columns.columns:
        yield _row(column, stated.get(column.name, ""), report.plan.level)


def _row(column: ColumnCounts, reason: str, level: float) -> Row:
    found = association(column.labels.sum(0))
    area = held_out_area(ordered_by_other_half(column.labels.transpose(0, 2, 1)), level)
    told = 0.0 if np.isnan(found.columns_told) else found.columns_told
    reading = "nothing_seen"
    if reason:
        reading = "stated"
    elif column.identifies:
        reading = "identifier"
    elif told >= DETERMINES:
        reading = "determines_label"
    elif area.low >= STRONG:
        reading = "ranks_label"
    sizes = (int(column.labels.sum()), column.present, column.distinct)
    values = (column.name, column.kind, *sizes, told, area.value, area.low, area.high, reading, reason)
    return dict(zip(LEAK_COLUMNS, values, strict=True))


def leak_findings(report: AuditReport) -> Iterator[Finding]:
    """Name the columns that look as if they came after the label, those that are stated to, and identifiers."""
    rows = sorted(report.rows("leaks"), key=lambda row: -np.nan_to_num(row["auc"]))
    for reading in ("determines_label", "ranks_label", "identifier"):
        for row in (row for row in rows if row["reading"] == reading):
            yield Finding("identifier" if reading == "identifier" else "leak", _sentence(row), (row,))
    stated = tuple(row for row in rows if row["reading"] == "stated")
    if stated:
        shown = listing(f"{display(row['column'], 60)} ({display(row['reason'], 120)}; {_area(row)})" for row in stated)
        verb = "is" if len(stated) == 1 else "are"
        yield Finding("leak", f"Stated to leak the label {verb} {shown}.", stated)


def _area(row: Row) -> str:
    return f"AUC {ratio(row['auc'])} ({span(ratio(row['low']), ratio(row['high']))})"


def _sentence(row: Row) -> str:
    name = display(row["column"], 60)
    if row["reading"] == "identifier":
        rows = number(row["present"])
        return f"{name} has another value in each of {rows} rows that have one: it names rows and predicts nothing."
    if row["reading"] == "determines_label":
        known = percent(row["label_told"])
        return f"{name} alone nearly determines the label ({known} of its entropy, {_area(row)}): it may restate it."
    return f"{name} alone ranks the label with {_area(row)}. Ask whether it is known before the label is."


def write_stated(stated: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Give the columns that were named as leaking as plain data."""
    return [{"column": column, "reason": reason} for column, reason in stated]


def read_stated(data: Sequence[Mapping[str, str]], tables: tuple[GroupCounts, ...]) -> tuple[tuple[str, str], ...]:
    """Read what `write_stated` wrote."""
    return tuple((str(one["column"]), str(one["reason"])) for one in data)
