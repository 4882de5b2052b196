"""A run as plain data and back: counts and questions are kept, and every figure is recomputed from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import fairloss
from fairloss.audit.archive import change_to_mapping, to_mapping
from fairloss.audit.change import AuditChange
from fairloss.audit.integrity import checksum, seal
from fairloss.audit.mismatches import ABSENT, Mismatch, compare_values, number_pointers
from fairloss.audit.report import AuditReport
from fairloss.audit.restoring import DAMAGE, damaged, restore
from fairloss.audit.strict_json import load
from fairloss.audit.verify import Verification, verify
from fairloss.errors import InputError, quote
from fairloss.notions import Grouping
from fairloss.workflow.definition import Definition
from fairloss.workflow.result import RunResult
from fairloss.workflow.rows import Provenance
from fairloss.workflow.tally import Tally

__all__ = ["SCHEMA", "run_from_mapping", "run_to_mapping", "verify_run"]

SCHEMA = "fairloss-run/1"
_AUDITS = ("data", "change")


def run_to_mapping(result: RunResult) -> dict[str, Any]:
    """Give a run as plain values, ready for JSON; what is undefined is None."""
    data = {
        "schema": SCHEMA,
        "producer": dict(result.producer),
        "definition": result.definition.model_dump(mode="json"),
        "source": {
            "name": result.source.name,
            "rows": result.source.rows,
            "facts": list(result.source.facts.items()),  # in their order, which a mapping would lose
            "warnings": list(result.source.warnings),
        },
        "notes": list(result.notes),
        "groups": {"attributes": result.grouping.attributes, "levels": result.grouping.levels},
        "tallies": [tally.to_dict() for tally in result.tallies],
        "frontier": _rows(result.frontier),
        "summary": _rows(result.summary),
        "choice": {"name": result.choice.name, "met": result.choice.met, "reason": result.choice.reason},
        "monitor_plan": result.monitor_plan.to_dict(),
        "data": to_mapping(result.data),
        "change": change_to_mapping(result.change),
    }
    plain: dict[str, Any] = json.loads(json.dumps(data))
    return seal(plain)


def run_from_mapping(data: Any) -> RunResult:
    """Rebuild a run from plain values; figures, choice and plan are recomputed from its counts.

    Raises
    ------
    InputError
        Where it is no run, or damaged.
    """
    found = data.get("schema") if isinstance(data, Mapping) else None
    if found != SCHEMA:
        raise InputError(f"A run has the schema {quote(SCHEMA)}, got {quote(found)}. Write it with result.to_json.")
    try:
        before, change = restore(data["data"]), restore(data["change"])
        if not isinstance(before, AuditReport) or not isinstance(change, AuditChange):
            raise ValueError("a run holds the audit of its data and a comparison")
        source, groups = data["source"], data["groups"]
        return RunResult(
            definition=Definition.model_validate(data["definition"]),
            source=Provenance(source["name"], source["rows"], dict(source["facts"]), tuple(source["warnings"])),
            data=before,
            change=change,
            tallies=tuple(Tally.from_dict(one) for one in data["tallies"]),
            grouping=Grouping(tuple(groups["attributes"]), tuple(tuple(level) for level in groups["levels"])),
            notes=tuple(data["notes"]),
            producer=dict(data["producer"]),
        )
    except DAMAGE as error:
        raise damaged(error) from error


def verify_run(record: Mapping[str, Any] | str | Path) -> Verification:
    """Recompute every number of a run from the counts in it, and compare; see `fairloss.audit.verify`.

    Parameters
    ----------
    record : mapping or path
        The plain data of a run, or the path of its ``report.json``.

    Returns
    -------
    Verification
        What the definition asks for, and how many rows were read, follow from no count: the checksum covers them.

    Raises
    ------
    InputError
        One sentence where the record is no run or so damaged that nothing can be recomputed.
    """
    data = load(record) if isinstance(record, str | Path) else record
    restored = run_from_mapping(data)
    try:
        audits = {name: verify(data[name]) for name in _AUDITS}
        mismatches = [*compare_values(_own(data), _own(run_to_mapping(restored)))]
    except DAMAGE as error:
        raise damaged(error) from error
    own = [pointer for pointer, _ in number_pointers(_own(data), "")]
    for name, found in audits.items():
        mismatches += [Mismatch(f"/{name}{one.pointer}", one.found, one.expected) for one in found.mismatches]
    return Verification(
        (*mismatches, *_broken_seal(data)),
        len(own) + sum(found.numbers for found in audits.values()),
        (
            *filter(_is_stated, own),
            *(f"/{name}{pointer}" for name, found in audits.items() for pointer in found.not_recomputed),
        ),
        str(data["producer"]["fairloss"]),
        fairloss.__version__,
    )


def _own(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in (*_AUDITS, "integrity")}


def _is_stated(pointer: str) -> bool:
    """Whether a number was given and nothing is computed from it."""
    if pointer.startswith("/definition/"):
        return pointer != "/definition/goal/tolerance"
    return pointer == "/source/rows"


def _broken_seal(data: Mapping[str, Any]) -> list[Mismatch]:
    held = data.get("integrity")
    found = held.get("sha256", ABSENT) if isinstance(held, Mapping) else ABSENT
    expected = checksum(data)
    return [] if found == expected else [Mismatch("/integrity/sha256", found, expected)]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return listed
