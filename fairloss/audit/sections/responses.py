"""What is done about each finding."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.statements import response_text
from fairloss.audit.wording import display

__all__ = ["response_section", "response_sections"]


def response_sections(report: AuditReport) -> Iterator[Section]:
    """Give the findings with the response to each, where the audit has responses, a statement or regimes."""
    if report.findings and {"responses", "statement", "regimes"} & set(report.evidence):
        yield response_section(report)


def response_section(report: AuditReport, title: str = "Responses to the findings") -> Section:
    """Give each finding, its name, and what is done about it."""
    rows = tuple(
        (str(finding), finding.id, f"Response: {display(response_text(report, finding))}")
        for finding in report.findings
    )
    answered = sum(not row[2].endswith("none recorded") for row in rows)
    text = f"{answered} of {len(rows)} findings have a response."
    heads = tuple(map(Column, ("Finding", "Name", "Response")))
    return Section(title, (text,), tables=(Table("Findings and responses", heads, rows),))
