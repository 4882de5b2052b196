"""A record out of its JSON: counts and questions are read, everything else is recomputed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairloss.audit.archive import CHANGE_SCHEMA, SCHEMA, notion_to_mapping
from fairloss.audit.catalogue import EVIDENCE
from fairloss.audit.change import AuditChange
from fairloss.audit.members import read_cells
from fairloss.audit.missing import Unknown
from fairloss.audit.plan import About, Plan
from fairloss.audit.report import AuditReport
from fairloss.audit.strict_json import load
from fairloss.errors import InputError, quote
from fairloss.notions import Form, GroupCounts, Grouping, MeanRate, Notion, Rate, resolve

__all__ = ["DAMAGE", "change_from_mapping", "damaged", "from_mapping", "read", "restore"]


def restore(data: Any) -> AuditReport | AuditChange:
    """Rebuild an audit, or a comparison of two, from plain data: what its schema says.

    Raises
    ------
    InputError
        Where it is neither, or damaged.
    """
    is_change = isinstance(data, Mapping) and data.get("schema") == CHANGE_SCHEMA
    return change_from_mapping(data) if is_change else from_mapping(data)


def read(path: str | Path) -> AuditReport:
    """Read an audit from a JSON file.

    Raises
    ------
    InputError
        One sentence where the file cannot be read, is no JSON or no audit.
    """
    return from_mapping(load(path))


def from_mapping(data: Any) -> AuditReport:
    """Rebuild the record from plain data; only counts, plan and about are read."""
    found = data.get("schema") if isinstance(data, Mapping) else None
    if found != SCHEMA:
        raise InputError(f"An audit has the schema {quote(SCHEMA)}, got {quote(found)}. Write it with report.to_json.")
    try:
        tables = tuple(_read_counts(one) for one in data["counts"])
        unknown = tuple(Unknown(**one["unknown"]) for one in data["counts"])
        evidence = {name: kind.read(data[name], tables) for name, kind in EVIDENCE.items() if name in data}
        return AuditReport(tables, _read_plan(data["plan"]), About.of(data["about"]), unknown, evidence)
    except DAMAGE as error:
        raise damaged(error) from error


def change_from_mapping(data: Mapping[str, Any]) -> AuditChange:
    """Rebuild a comparison from plain data; only the two audits and the joint counts are read."""
    try:
        before, after = from_mapping(data["before"]), from_mapping(data["after"])
        tables = zip(data["pairs"], before.tables, strict=False)
        pairs = tuple(read_cells(one, counts.grouping, axes=4) for one, counts in tables)
        return AuditChange(before, after, (str(data["names"][0]), str(data["names"][1])), pairs)
    except DAMAGE as error:
        raise damaged(error) from error


DAMAGE = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
"""What a record raises that is not what `to_mapping` wrote; an InputError is a ValueError."""


def damaged(error: Exception) -> InputError:
    """Give the sentence for a record that cannot be recomputed; an InputError is one already."""
    if isinstance(error, InputError):
        return error
    return InputError(f"The audit record is damaged: {quote(str(error))}. Write it again with report.to_json.")


def _read_counts(data: Mapping[str, Any]) -> GroupCounts:
    levels = None if data["levels"] is None else tuple(tuple(level) for level in data["levels"])
    grouping = None if levels is None else Grouping(tuple(data["attributes"]), levels)
    return read_cells(data, grouping)


def _read_plan(data: Mapping[str, Any]) -> Plan:
    notions = [_read_notion(one) for one in data["notions"]]
    asked = {name: data[name] for name in ("level", "reference", "random_state")}
    return Plan.of(notions, **asked)


def _read_notion(data: Mapping[str, Any]) -> Notion:
    """Give the catalogue's notion where it is the same, else the one that the record describes."""
    notion = Notion(data["name"], tuple(map(_read_rate, data["rates"])), data["reads"], data["source"])
    try:
        known = resolve(notion.name)
    except InputError:
        return notion
    return known if notion_to_mapping(known) == notion_to_mapping(notion) else notion


def _read_rate(data: Mapping[str, Any]) -> Rate | MeanRate:
    if "mean_of" in data:
        rates = tuple(rate for one in data["mean_of"] if isinstance(rate := _read_rate(one), Rate))
        return MeanRate(data["name"], rates, data["reads"])
    return Rate(data["name"], Form(**data["of"]), Form(**data["among"]), data["reads"])
