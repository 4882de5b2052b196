"""The published JSON Schema of an audit record: its core, and a file for each member that an audit may have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fairloss.audit.catalogue import EVIDENCE, RESULTS

__all__ = ["record_schema"]

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


def _read(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema
