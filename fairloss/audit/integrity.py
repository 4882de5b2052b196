"""The checksum of a record: canonical bytes that any language can make again, and their SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

__all__ = ["CANONICAL", "canonical", "checksum", "seal"]

CANONICAL = "RFC 8785"
_EXACT = 2**53
"""From here on RFC 8785 reads a whole number as the nearest double."""


def canonical(value: Any) -> str:
    """Write plain data in the one form of RFC 8785 (JCS): sorted keys, no spaces, numbers as ECMAScript writes them.

    Examples
    --------
    >>> canonical({"b": [1.0, 1e-7, True], "a": None})
    '{"a":null,"b":[1,1e-7,true]}'
    """
    if isinstance(value, Mapping):
        # The order of UTF-16 units, as the standard asks, is not that of code points.
        keys = sorted(value, key=lambda key: str(key).encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_text(str(key))}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value) if abs(value) < _EXACT else _number(float(value))
    return _number(value) if isinstance(value, float) else _text(value)


def checksum(record: Mapping[str, Any]) -> str:
    """Give the SHA-256 of a record without its ``integrity``, in hexadecimal."""
    rest = {key: value for key, value in record.items() if key != "integrity"}
    return hashlib.sha256(canonical(rest).encode("utf-8", "surrogatepass")).hexdigest()


def seal(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the record with its checksum.

    Examples
    --------
    >>> seal({"a": 1})["integrity"]["sha256"][:16]
    '015abd7f5cc57a2d'
    """
    return {**record, "integrity": {"canonicalization": CANONICAL, "sha256": checksum(record)}}


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """Write the shortest digits that give the number back, laid out as ECMAScript does (ECMA-262, 6.1.6.1.20)."""
    if value == 0:
        return "0"
    _, figures, exponent = Decimal(repr(abs(value))).as_tuple()
    digits = "".join(map(str, figures))
    point = len(digits) + int(exponent)
    digits = digits.rstrip("0")
    sign = "-" if value < 0 else ""
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{point - 1:+d}"
