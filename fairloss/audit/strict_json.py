"""Reading JSON that can be read in one way only: no key twice, no NaN, no endless nesting."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from fairloss.errors import InputError, quote

__all__ = ["load"]


def load(path: str | Path) -> Any:
    """Give the plain data of a JSON file.

    Raises
    ------
    InputError
        One sentence where the file cannot be read, is no JSON, names a key twice or holds NaN, infinity or a number
        beyond double precision.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"The audit cannot be read from {quote(str(path))}: {reason}. Check the path.") from error
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise InputError(
            f"An audit is a JSON file, but {quote(str(path))} is not: {error.msg} in line {error.lineno}. "
            "Write it with report.to_json(path)."
        ) from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(
            f"An audit is a plain JSON file, but {quote(str(path))} is not: {reason}. Write it with report.to_json."
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {quote(twice)} is there twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{quote(text)} is beyond double precision")
    return value
