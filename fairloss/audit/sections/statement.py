"""What people stated, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.statements import STATEMENT, Statement
from fairloss.audit.statements.shapes import Field
from fairloss.audit.wording import display

__all__ = ["statement_sections"]

_ORIGINS = {
    "test": "The audited rows are test data: no decision of the system in use is among them.",
    "synthetic": "The audited rows are synthetic: they were generated, and no person was decided about.",
}


def statement_sections(report: AuditReport) -> Iterator[Section]:
    """Give what was stated, where there is a statement."""
    said: Statement | None = report.evidence.get("statement")
    if said is None or not said.fields:
        return
    warning = _ORIGINS.get(said.get("data.origin"))
    texts = ("What people stated about the audit; none of it follows from the counts.", *([warning] if warning else []))
    loose = tuple(_facts(STATEMENT, said.fields))
    tables = tuple(_tables(STATEMENT, said.fields))
    parts = tuple(
        Section(one.reads, facts=tuple(_facts(one, said.fields[one.name])),
                tables=tuple(_tables(one, said.fields[one.name])))
        for one in STATEMENT.fields
        if one.kind == "table" and one.name in said.fields
    )  # fmt: skip
    yield Section("What was stated", texts, facts=loose, tables=tables, sections=parts)


def _facts(shape: Field, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in shape.fields:
        if one.name in values and one.kind not in ("table", "rows"):
            yield one.reads, _words(values[one.name])


def _tables(shape: Field, values: Mapping[str, Any]) -> Iterator[Table]:
    for one in shape.fields:
        if one.name in values and one.kind == "rows":
            rows = tuple(tuple(display(row.get(key.name, "–")) for key in one.fields) for row in values[one.name])
            yield Table(one.reads, tuple(Column(key.reads) for key in one.fields), rows)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{display(key)}: {display(text)}" for key, text in value.items())
    return "; ".join(map(display, value)) if isinstance(value, list) else display(value)
