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
from fairloss.audit.wording import count, display, percent, share
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
    """Name, column by column, the groups in which a missing value goes with the label, the largest difference first."""
    rows = [row for row in report.rows("missing_by_label") if row["p_adjusted"] < finding_chance(report.plan.level)]
    found = []
    for attribute, column in dict.fromkeys((row["attribute"], row["column"]) for row in rows):
        own = [row for row in rows if (row["attribute"], row["column"]) == (attribute, column)]
        own.sort(key=lambda row: -abs(row["difference"]))
        found.append((-abs(own[0]["difference"]), Finding("missing_by_label", _sentence(own), tuple(own))))
    yield from (finding for _, finding in sorted(found, key=lambda pair: pair[0]))


def _sentence(rows: list[Row]) -> str:
    row = rows[0]
    more = f" The same holds for {count(len(rows) - 1, 'more group')}." if len(rows) > 1 else ""
    absent, there = (
        f"{percent(row['favorable_' + kind] / row[kind])} ({share(row['favorable_' + kind], row[kind])})"
        for kind in ("missing", "present")
    )
    return (
        f"In group “{display(row['group'], 60)}” of {display(row['attribute'], 60)} the label is favorable in {absent} "
        f"of the rows without a value of {display(row['column'], 60)} and in {there} of the others: dropping rows "
        f"moves the base rate.{more}"
    )
