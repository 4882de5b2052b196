"""What was stated about the subject of the audit, and what was not."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.wording import display

__all__ = ["scope_sections"]


def scope_sections(report: AuditReport) -> Iterator[Section]:
    """Give what the caller said: the system, the decision, the data, the date; "not supplied" where nothing was."""
    about = report.about
    stated = (
        ("Audited system or procedure", about.model),
        ("Favorable decision", about.favorable),
        ("Source of the data", about.source),
        ("Audited attributes", ", ".join(display(name, 80) for name in report.attributes)),
        ("Random seed", "" if about.seed is None else str(about.seed)),
        ("Date", about.created),
    )
    rows = tuple((name, display(value, 400) if value else "not supplied") for name, value in stated)
    yield Section("What was stated", tables=(Table("What was audited", (Column("What"), Column("Stated")), rows),))
