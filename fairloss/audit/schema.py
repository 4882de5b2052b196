"""The published JSON Schema of an audit record, a file of this package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["record_schema"]

_PATH = Path(__file__).parent / "schemas" / "fairloss-audit-1.json"


def record_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) that every record of the schema ``fairloss-audit/1`` meets.

    Examples
    --------
    >>> record_schema()["properties"]["schema"]
    {'const': 'fairloss-audit/1'}
    """
    schema: dict[str, Any] = json.loads(_PATH.read_text(encoding="utf-8"))
    return schema
