"""Who is in the data, and which values are missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from fairloss.audit.figures import estimate_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.wording import display, number, percent, share

__all__ = ["people_sections"]


def people_sections(report: AuditReport) -> Iterator[Section]:
    """Give how many rows each group has, and where values are missing."""
    tables: list[Table] = []
    level = percent(report.plan.level, 0)
    for attribute, rows in groupby(report.rows("representation"), key=lambda row: row["attribute"]):
        people = [(display(row["group"]), number(row["rows"]), estimate_text(row, "share")) for row in rows]
        heads = [Column("Group"), Column("Rows", numeric=True), Column(f"Share ({level} interval)", numeric=True)]
        tables.append(Table(f"Rows by {display(attribute, 80)}", tuple(heads), tuple(people)))
    for attribute, rows in groupby(report.rows("missing_values"), key=lambda row: row["attribute"]):
        lacking = [
            (
                display(row["column"]),
                display(row["group"]),
                share(row["missing"], row["rows"]),
                estimate_text(row, "share"),
            )
            for row in rows
        ]
        heads = [Column("Column"), Column("Group"), Column("Missing", numeric=True), Column("Share", numeric=True)]
        tables.append(Table(f"Missing values by {display(attribute, 80)}", tuple(heads), tuple(lacking)))
    yield Section("Who is in the data", tables=tuple(tables))
