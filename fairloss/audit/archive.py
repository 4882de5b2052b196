"""An audit as JSON: canonical, deterministic, self-describing. Schema ``fairloss-audit/1``; back in `restoring`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

import fairloss
from fairloss.audit.catalogue import EVIDENCE, RESULTS
from fairloss.audit.findings import Finding
from fairloss.audit.integrity import seal
from fairloss.audit.missing import Unknown
from fairloss.audit.plan import Plan
from fairloss.audit.report import AuditReport
from fairloss.notions import GroupCounts, MeanRate, Notion, Rate

if TYPE_CHECKING:
    from fairloss.audit.change import AuditChange

__all__ = [
    "CHANGE_SCHEMA",
    "SCHEMA",
    "change_to_json",
    "change_to_mapping",
    "dump",
    "given_to_mapping",
    "notion_to_mapping",
    "to_json",
    "to_mapping",
]

SCHEMA = "fairloss-audit/1"
CHANGE_SCHEMA = "fairloss-audit-change/1"


def to_json(report: AuditReport) -> str:
    """Give the record as JSON: sorted keys, numbers as numbers, null with a note where undefined."""
    return dump(to_mapping(report))


def dump(value: Any) -> str:
    """Give plain data as canonical JSON with a line feed at its end."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def to_mapping(report: AuditReport) -> dict[str, Any]:
    """Give the record as plain data: what it was computed from, what was computed, and its checksum."""
    data = {
        **given_to_mapping(report),
        **{name: report.rows(name) for name in RESULTS if report.rows(name)},
        "findings": [_finding(one) for one in report.findings],
    }
    return seal(_plain(data))


def given_to_mapping(report: AuditReport) -> dict[str, Any]:
    """Give what the record was computed from as plain data: the questions, the counts and the evidence."""
    data = {
        "schema": SCHEMA,
        "producer": {"name": "fairloss", "version": fairloss.__version__},
        "about": asdict(report.about),
        "plan": _plan(report.plan),
        "counts": [_counts(counts, rows) for counts, rows in zip(report.tables, report.unknown, strict=True)],
        **{name: EVIDENCE[name].write(report.evidence[name]) for name in EVIDENCE if name in report.evidence},
    }
    plain: dict[str, Any] = _plain(data)
    return plain


def change_to_json(change: AuditChange) -> str:
    """Give a comparison as JSON."""
    return dump(change_to_mapping(change))


def change_to_mapping(change: AuditChange) -> dict[str, Any]:
    """Give a comparison as plain data: both audits, and the joint counts of the same people where they are known."""
    data = {
        "schema": CHANGE_SCHEMA,
        "names": change.names,
        "before": to_mapping(change.before),
        "after": to_mapping(change.after),
        "pairs": [{"cells": pairs.cells, "squares": pairs.squares} for pairs in change.pairs],
        "rates": change.rate_rows,
        "gaps": change.gap_rows,
        "farthest": change.farthest_rows,
    }
    return seal(_plain(data))


def _finding(finding: Finding) -> dict[str, Any]:
    return {"id": finding.id, "code": finding.code, "sentence": finding.sentence, "evidence": finding.evidence}


def _counts(counts: GroupCounts, unknown: Unknown) -> dict[str, Any]:
    return {
        "attributes": counts.grouping.attributes if counts.grouping else None,
        "levels": counts.grouping.levels if counts.grouping else None,
        "cells": counts.cells,
        "squares": counts.squares,
        "unknown": asdict(unknown),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    reference = plan.reference if isinstance(plan.reference, str) else dict(plan.reference)
    asked = {"level": plan.level, "reference": reference, "random_state": plan.random_state}
    return {**asked, "notions": [notion_to_mapping(one) for one in plan.notions]}


def notion_to_mapping(notion: Notion) -> dict[str, Any]:
    """Give the definition of a notion as plain data."""
    fields = {"name": notion.name, "reads": notion.reads, "source": notion.source}
    return {**fields, "rates": [_rate(rate) for rate in notion.rates]}


def _rate(rate: Rate | MeanRate) -> dict[str, Any]:
    fields = {"name": rate.name, "reads": rate.reads}
    if isinstance(rate, MeanRate):
        return {**fields, "mean_of": [_rate(one) for one in rate.rates]}
    return {**fields, "of": asdict(rate.of), "among": asdict(rate.among)}


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
