"""The fields of the file of a regime."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fairloss.audit.statements.shapes import Field

__all__ = ["CONFIDENCE", "REGIME", "STATUSES"]

STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "in_force": "in force",
        "in_force_enforcement_reduced": "in force; enforcement by the agency is reduced",
        "adopted": "adopted, applies later",
        "proposed": "proposed",
        "removal_proposed": "in force; its removal is proposed",
        "removed": "removed",
        "replaced": "replaced before it applied",
        "superseded": "superseded",
        "practice": "practice and case law, no rule",
        "standard": "a standard, voluntary",
    }
)
"""Code of a legal state to its words."""

CONFIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "A": "seen in an official text or a copy of it",
        "B": "from memory of the official text, cross-checked",
        "C": "one secondary source, or sources disagree",
    }
)
"""How sure the account of a law is."""


def _needed(name: str, reads: str, kind: str = "text", choices: tuple[str, ...] = ()) -> Field:
    return Field(name, reads, kind, choices, required=True)


_LAW = (
    _needed("name", "Name"),
    _needed("citation", "Citation"),
    _needed("status", "State", choices=tuple(STATUSES)),
    _needed("asks", "What it asks of an audit"),
    _needed("source", "Where the state was seen"),
    _needed("confidence", "Confidence", choices=tuple(CONFIDENCE)),
    Field("effective", "Effective", "date"),
    Field("doubt", "What is not sure"),
)
_MARK = (_needed("name", "Name"), _needed("value", "Value"), _needed("source", "Source"), Field("note", "Note"))
_TABLE = (
    _needed("builder", "Builder"),
    _needed("title", "Title"),
    Field("measure", "Measure", choices=("selection_rate", "scoring_rate")),
    Field("categories", "Categories", "texts"),
    Field("reference", "Reference", choices=("highest", "control")),
    Field("mark", "Mark"),
    Field("small", "Mark of a small category"),
    Field("deviations", "Mark of standard deviations"),
)
_CONDITION = (_needed("pointer", "Pointer"), Field("values", "Values", "texts"))
_ITEM = (
    _needed("id", "Name"),
    _needed("sentence", "What is asked for"),
    _needed("citation", "Citation"),
    _needed("pointer", "Pointer into the record"),
    Field("applies", "When it applies", "table", fields=_CONDITION),
    Field("insufficient", "Values that do not answer it", "texts"),
)

REGIME = Field(
    "regime",
    "A regime",
    "table",
    fields=(
        _needed("name", "Name"),
        _needed("title", "Title"),
        _needed("asks", "What it asks of a report"),
        _needed("last_checked", "Last checked", "date"),
        Field("reading", "How its tables are read"),
        Field("laws", "Laws", "rows", fields=_LAW, required=True),
        Field("marks", "Marks", "rows", fields=_MARK),
        Field("roles", "Roles", "rows", fields=(_needed("name", "Name"), Field("columns", "Columns", "texts"))),
        Field("tables", "Tables", "rows", fields=_TABLE),
        Field("items", "Items", "rows", fields=_ITEM, required=True),
        Field(
            "not_covered",
            "Not covered",
            "rows",
            fields=(_needed("topic", "Topic"), _needed("citation", "Citation"), _needed("reason", "Reason")),
        ),
    ),
)
"""What a TOML file of a regime holds."""
