"""The published JSON Schemas: of an audit, its core and a file for each member it may have, and of a comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fairloss.audit.catalogue import EVIDENCE, RESULTS

__all__ = ["change_schema", "record_schema"]

_FOLDER = Path(__file__).parent / "schemas"


def record_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) that every record of the schema ``fairloss-audit/1`` meets.

    Examples
    --------
    >>> record_schema()["properties"]["schema"]
    {'const': 'fairloss-audit/1'}
    """
    schema = _read(_FOLDER / "record.json")
    schema["properties"] |= {name: _read(_FOLDER / "members" / f"{name}.json") for name in (*EVIDENCE, *RESULTS)}
    return schema


def change_schema() -> dict[str, Any]:
    """Give the JSON Schema that every comparison of the schema ``fairloss-audit-change/1`` meets, that of audits in it.

    Examples
    --------
    >>> change_schema()["properties"]["after"]
    {'$ref': 'urn:fairloss:schema:fairloss-audit-1'}
    """
    schema = _read(_FOLDER / "change.json")
    schema["$defs"]["audit"] = record_schema()
    return schema


def _read(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema
