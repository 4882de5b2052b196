"""An audit as JSON and back: canonical, deterministic, self-describing. Schema ``fairloss-audit/1``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import fairloss
from fairloss.audit.missing import MissingValues, Unknown
from fairloss.audit.plan import About, Plan
from fairloss.audit.report import AuditReport
from fairloss.audit.strata import Strata
from fairloss.errors import InputError, quote
from fairloss.notions import Form, GroupCounts, Grouping, MeanRate, Notion, Rate, ScoreHistogram, resolve

if TYPE_CHECKING:
    from fairloss.audit.change import AuditChange

__all__ = ["CHANGE_SCHEMA", "SCHEMA", "change_to_json", "dump", "from_mapping", "read", "to_json", "to_mapping"]

SCHEMA = "fairloss-audit/1"
CHANGE_SCHEMA = "fairloss-audit-change/1"


def to_json(report: AuditReport) -> str:
    """Give the record as JSON: sorted keys, numbers as numbers, null with a note where undefined."""
    return dump(to_mapping(report))


def dump(value: Any) -> str:
    """Give plain data as canonical JSON with a line feed at its end."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def to_mapping(report: AuditReport) -> dict[str, Any]:
    """Give the record as plain data: what it was computed from, then what was computed."""
    return {
        "schema": SCHEMA,
        "producer": {"name": "fairloss", "version": fairloss.__version__},
        "about": asdict(report.about),
        "plan": _plan(report.plan),
        "counts": [_counts(counts, rows) for counts, rows in zip(report.tables, report.unknown, strict=True)],
        "missing": [
            {
                "attribute": table.attribute,
                "groups": table.groups,
                "columns": table.columns,
                "missing": table.missing,
                "rows": table.rows,
            }
            for table in report.missing
        ],
        "score_histograms": [_histogram(scores) for scores in report.scores],
        "strata": None if report.control is None else _strata(report.control),
        "rates": report.rate_rows,
        "disparities": report.disparity_rows,
        "representation": report.representation_rows,
        "missing_values": report.missing_rows,
        "scores": report.score_rows,
        "stratum_rates": report.stratum_rows,
        "adjusted": report.adjusted_rows,
        "findings": [{"code": one.code, "sentence": one.sentence, "evidence": one.evidence} for one in report.findings],
    }


def change_to_json(change: AuditChange) -> str:
    """Give a comparison as JSON: both audits, and the joint counts of the same people where they are known."""
    data = {
        "schema": CHANGE_SCHEMA,
        "names": change.names,
        "before": to_mapping(change.before),
        "after": to_mapping(change.after),
        "pairs": [{"cells": pairs.cells, "squares": pairs.squares} for pairs in change.pairs],
        "rates": change.rate_rows,
        "gaps": change.gap_rows,
    }
    return dump(data)


def read(path: str | Path) -> AuditReport:
    """Read an audit from a JSON file.

    Raises
    ------
    InputError
        One sentence where the file cannot be read, is no JSON or no audit.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"The audit cannot be read from {quote(str(path))}: {reason}. Check the path.") from error
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"An audit is a JSON file, but {quote(str(path))} is not: {error.msg} in line {error.lineno}. "
            "Write it with report.to_json(path)."
        ) from error
    return from_mapping(data)


def from_mapping(data: Any) -> AuditReport:
    """Rebuild the record from plain data; only counts, plan and about are read."""
    found = data.get("schema") if isinstance(data, Mapping) else None
    if found != SCHEMA:
        raise InputError(f"An audit has the schema {quote(SCHEMA)}, got {quote(found)}. Write it with report.to_json.")
    try:
        tables = tuple(_read_counts(one) for one in data["counts"])
        missing = tuple(_read_missing(one) for one in data["missing"])
        control = _read_strata(data["strata"], tables)
        unknown = tuple(Unknown(**one["unknown"]) for one in data["counts"])
        scores = tuple(
            _read_histogram(one, counts.grouping) for one, counts in zip(data["score_histograms"], tables, strict=False)
        )
        return AuditReport(tables, _read_plan(data["plan"]), About.of(data["about"]), unknown, missing, scores, control)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"The audit record is damaged: {quote(str(error))}. Write it again with report.to_json."
        ) from error


def _counts(counts: GroupCounts, unknown: Unknown) -> dict[str, Any]:
    return {
        "attributes": counts.grouping.attributes if counts.grouping else None,
        "levels": counts.grouping.levels if counts.grouping else None,
        "cells": counts.cells,
        "squares": counts.squares,
        "unknown": asdict(unknown),
    }


def _read_counts(data: Mapping[str, Any]) -> GroupCounts:
    levels = None if data["levels"] is None else tuple(tuple(level) for level in data["levels"])
    grouping = None if levels is None else Grouping(tuple(data["attributes"]), levels)
    return _read_cells(data, grouping)


def _read_cells(data: Mapping[str, Any], grouping: Grouping | None) -> GroupCounts:
    squares = None if data["squares"] is None else np.array(data["squares"], dtype=np.float64)
    cells = np.array(data["cells"])
    return GroupCounts(cells if squares is None else cells.astype(np.float64), squares, grouping)


def _read_missing(data: Mapping[str, Any]) -> MissingValues:
    names = (tuple(data["groups"]), tuple(data["columns"]))
    return MissingValues(data["attribute"], *names, np.array(data["missing"]), np.array(data["rows"]))


def _histogram(scores: ScoreHistogram) -> dict[str, Any]:
    """Name the filled cells only, as (group, label, bin, rows)."""
    filled = np.argwhere(scores.cells)
    entries = np.column_stack([filled, scores.cells[tuple(filled.T)]])
    return {"shape": scores.cells.shape, "filled": entries, "missing": scores.missing, "ends": scores.edges[[0, -1]]}


def _read_histogram(data: Mapping[str, Any], grouping: Grouping | None) -> ScoreHistogram:
    cells = np.zeros(data["shape"], dtype=np.int64)
    entries = np.array(data["filled"], dtype=np.int64).reshape(-1, 4)
    cells[tuple(entries[:, :3].T)] = entries[:, 3]
    low, high = map(float, data["ends"])
    edges = np.linspace(low, high, data["shape"][-1] + 1)
    return ScoreHistogram(cells, edges, np.array(data["missing"]), grouping)


def _strata(strata: Strata) -> dict[str, Any]:
    tables = [{"cells": counts.cells, "squares": counts.squares} for counts in strata.tables]
    return {"attributes": strata.grouping.attributes, "levels": strata.grouping.levels, "tables": tables}


def _read_strata(data: Mapping[str, Any] | None, tables: tuple[GroupCounts, ...]) -> Strata | None:
    if data is None:
        return None
    grouping = Grouping(tuple(data["attributes"]), tuple(tuple(level) for level in data["levels"]))
    pairs = zip(data["tables"], tables, strict=True)
    return Strata(grouping, tuple(_read_cells(one, counts.grouping) for one, counts in pairs))


def _plan(plan: Plan) -> dict[str, Any]:
    reference = plan.reference if isinstance(plan.reference, str) else dict(plan.reference)
    return {"level": plan.level, "reference": reference, "notions": [_notion(one) for one in plan.notions]}


def _read_plan(data: Mapping[str, Any]) -> Plan:
    notions = [_read_notion(one) for one in data["notions"]]
    return Plan.of(notions, level=data["level"], reference=data["reference"])


def _notion(notion: Notion) -> dict[str, Any]:
    fields = {"name": notion.name, "reads": notion.reads, "source": notion.source}
    return {**fields, "rates": [_rate(rate) for rate in notion.rates]}


def _read_notion(data: Mapping[str, Any]) -> Notion:
    """Give the catalogue's notion where it is the same, else the one that the record describes."""
    notion = Notion(data["name"], tuple(map(_read_rate, data["rates"])), data["reads"], data["source"])
    try:
        known = resolve(notion.name)
    except InputError:
        return notion
    return known if _notion(known) == _notion(notion) else notion


def _rate(rate: Rate | MeanRate) -> dict[str, Any]:
    fields = {"name": rate.name, "reads": rate.reads}
    if isinstance(rate, MeanRate):
        return {**fields, "mean_of": [_rate(one) for one in rate.rates]}
    return {**fields, "of": asdict(rate.of), "among": asdict(rate.among)}


def _read_rate(data: Mapping[str, Any]) -> Rate | MeanRate:
    if "mean_of" in data:
        rates = tuple(rate for one in data["mean_of"] if isinstance(rate := _read_rate(one), Rate))
        return MeanRate(data["name"], rates, data["reads"])
    return Rate(data["name"], Form(**data["of"]), Form(**data["among"]), data["reads"])


def _plain(value: Any) -> Any:
    """Turn arrays and numbers into what JSON knows: whole numbers as such, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value
    return value
