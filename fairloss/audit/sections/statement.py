"""What people stated, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.statements import STATEMENT, Statement
from fairloss.audit.statements.shapes import Field
from fairloss.audit.wording import display, phrase

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
    tables = [table for one in STATEMENT.fields if one.kind == "table" for table in _tables(one, said.fields)]
    rest = Field(STATEMENT.name, "Other statements", "table", fields=_loose(STATEMENT))
    yield Section("What was stated", texts, tables=(*tables, *_tables(rest, {rest.name: said.fields})))


def _loose(shape: Field) -> tuple[Field, ...]:
    return tuple(one for one in shape.fields if one.kind != "table")


def _tables(shape: Field, held: Mapping[str, Any]) -> Iterator[Table]:
    """Give one table of what was stated, and one more for each list of rows."""
    values = held.get(shape.name, {})
    texts = tuple(
        (one.reads, _words(one, values[one.name])) for one in shape.fields if one.name in values and one.kind != "rows"
    )
    if texts:
        yield Table(shape.reads, (Column("Field"), Column("Stated")), texts)
    for one in shape.fields:
        if one.name in values and one.kind == "rows":
            rows = tuple(tuple(display(row.get(key.name, "–")) for key in one.fields) for row in values[one.name])
            yield Table(one.reads, tuple(Column(key.reads) for key in one.fields), rows)


def _words(shape: Field, value: Any) -> str:
    if shape.choices:
        return phrase(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{display(key)}: {display(text)}" for key, text in value.items())
    return "; ".join(map(display, value)) if isinstance(value, list) else display(value)
