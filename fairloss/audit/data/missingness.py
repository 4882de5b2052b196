"""Whether a missing value goes with the label, by group: then dropping such rows moves base rates and gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from fairloss.audit.data.columns import Columns
from fairloss.audit.data.marks import finding_chance
from fairloss.audit.data.two_rates import compare_rates
from fairloss.audit.findings import Finding
from fairloss.audit.results import Row
from fairloss.audit.wording import count, display, listing, percent, share
from fairloss.inference import holm

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["MISSING_LABEL_COLUMNS", "missing_label_findings", "missing_label_rows"]

MISSING_LABEL_COLUMNS = (
    "attribute", "group", "column", "favorable_missing", "missing", "favorable_present", "present",
    "difference", "low", "high", "p_value", "p_adjusted",
)  # fmt: skip


def missing_label_rows(report: AuditReport) -> Iterator[Row]:
    """Give, for each column that lacks values, the base rate of the rows without one against those with, by group.

    p values are adjusted by Holm over all rows of the table.
    """
    columns: Columns | None = report.evidence.get("columns")
    if columns is None:
        return
    rows = [
        _row(attribute, group, column.name, column.cells[place][code].sum(0), report.plan.level)
        for place, attribute in enumerate(columns.attributes)
        for column in columns.columns
        if column.has_missing
        for code, group in enumerate(columns.groups[place])
    ]
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows]), strict=True):
        yield {**row, "p_adjusted": float(adjusted)}


def _row(attribute: str, group: str, column: str, cells: Any, level: float) -> Row:
    without, every = cells[-1], cells.sum(0)
    x1, n1 = int(without[1]), int(without.sum())
    x2, n2 = int(every[1] - x1), int(every.sum() - n1)
    values = (attribute, group, column, x1, n1, x2, n2, *astuple(compare_rates(x1, n1, x2, n2, level)), float("nan"))
    return dict(zip(MISSING_LABEL_COLUMNS, values, strict=True))


def missing_label_findings(report: AuditReport) -> Iterator[Finding]:
    """Name for each attribute the columns in which a missing value goes with the label, the largest gap first."""
    rows = [row for row in report.rows("missing_by_label") if row["p_adjusted"] < finding_chance(report.plan.level)]
    rows.sort(key=lambda row: -abs(row["difference"]))
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        own = {row["column"]: row for row in reversed(rows) if row["attribute"] == attribute}
        worst = sorted(own.values(), key=lambda row: -abs(row["difference"]))
        shown = listing((_told(row) for row in worst), 3)
        columns = count(len(worst), "column")
        sentence = (
            f"In {columns} a missing value goes with the label for a group of {display(attribute, 60)}, beyond chance "
            f"(Holm): {shown}. Dropping such rows moves base rates."
        )
        yield Finding("missing_by_label", sentence, tuple(worst))


def _told(row: Row) -> str:
    absent, there = (
        f"{percent(row['favorable_' + kind] / row[kind])} ({share(row['favorable_' + kind], row[kind])})"
        for kind in ("missing", "present")
    )
    return (
        f"{display(row['column'], 60)} (favorable for “{display(row['group'], 60)}”: {absent} without a value, {there} "
        "with one)"
    )
