"""The published JSON Schema of the record of a run."""

from __future__ import annotations

from typing import Any

from fairloss.audit import change_schema
from fairloss.workflow.definition import Definition
from fairloss.workflow.record import SCHEMA

__all__ = ["run_schema"]

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": ["number", "null"]}
_TEXTS = {"type": "array", "items": _TEXT}
_SHA = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def run_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) that every record of the schema ``fairloss-run/1`` meets.

    Examples
    --------
    >>> run_schema()["properties"]["schema"]
    {'const': 'fairloss-run/1'}
    """
    definition = Definition.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:fairloss:schema:fairloss-run-1",
        "title": "The record of a run, fairloss-run/1",
        "description": "The counts of every candidate's decisions, both audits, and every figure that follows.",
        **_object(
            schema={"const": SCHEMA},
            producer=_TEXT_BY_NAME,
            definition={"$ref": "urn:fairloss:schema:definition"},
            source=_object(name=_TEXT, rows=_COUNT, facts=_array(_pair(_TEXT)), warnings=_TEXTS),
            notes=_TEXTS,
            groups=_object(attributes=_TEXTS, levels=_array(_TEXTS)),
            tallies=_array(_tally()),
            frontier=_array(
                _figures({"seed", "rows"}, {"candidate", "part", "fitted_on"}, {"constant", "uses_attribute"})
            ),
            summary=_array(_figures({"seeds"}, {"candidate"}, set())),
            choice=_object(name=_TEXT, met=_FLAG, reason=_TEXT),
            monitor_plan=_plan(),
            data={"$ref": "urn:fairloss:schema:fairloss-audit-1"},
            change={"$ref": "urn:fairloss:schema:fairloss-audit-change-1"},
            integrity=_object(canonicalization={"const": "RFC 8785"}, sha256=_SHA),
        ),
        "$defs": {
            "change": change_schema(),
            "definition": {"$id": "urn:fairloss:schema:definition", **definition},
        },
    }


_TEXT_BY_NAME = {"type": "object", "additionalProperties": _TEXT}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _pair(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 2, "maxItems": 2}


def _tally() -> dict[str, Any]:
    cells = {"type": "array", "items": _pair(_pair(_COUNT)), "minItems": 2}
    texts = dict.fromkeys(("candidate", "part", "fitted_on"), _TEXT)
    return _object(seed={"type": "integer"}, auc=_NUMBER, uses_attribute=_FLAG, cells=cells, **texts)


def _figures(counts: set[str], texts: set[str], flags: set[str]) -> dict[str, Any]:
    """One row of figures: what is named here, and numbers (accuracy, AUC, one gap for each notion)."""
    named = {name: {"type": "integer"} for name in counts}
    named |= dict.fromkeys(texts, _TEXT) | dict.fromkeys(flags, _FLAG)
    figures = dict.fromkeys(("accuracy", "auc", "selection_rate"), _NUMBER)
    row = _object(**dict(sorted((named | figures).items())))
    return {
        **row,
        "patternProperties": {"^(gap_.+|base_rate|accuracy_sd|auc_sd|selection_rate_sd)$": _NUMBER},
    }


def _plan() -> dict[str, Any]:
    texts = dict.fromkeys(("audit", "notion", "source"), _TEXT)
    baseline = {"type": "object", "additionalProperties": _array(_NUMBER)}
    return _object(
        attributes=_TEXTS, tolerance={"type": "number"}, groups=_TEXTS, rows=_array(_COUNT), baseline=baseline, **texts
    )
