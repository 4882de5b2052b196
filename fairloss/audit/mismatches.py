"""Where two pieces of plain data differ, by JSON pointer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ABSENT", "Mismatch", "compare_values", "number_pointers"]

ABSENT = "(absent)"
"""What stands for a value that is there on one side only."""

RELATIVE, ABSOLUTE = 1e-9, 1e-15
"""How close recomputed numbers come: other machines may round the last digits in another way."""

_RELATIVE_ONLY = ("p_value", "p_adjusted")
"""Numbers that are exact however small they are; others may be what rounding leaves of a zero."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One value of a record that is not what its counts say.

    Parameters
    ----------
    pointer : str
        Where it is, as a JSON pointer (RFC 6901).
    found, expected : number, str, None, mapping or list
        What the record holds, and what was recomputed.
    """

    pointer: str
    found: Any
    expected: Any

    def __str__(self) -> str:
        return f"{self.pointer}: found {_short(self.found)}, expected {_short(self.expected)}"


def compare_values(found: Any, expected: Any, pointer: str = "") -> Iterator[Mismatch]:
    """Give every place where two plain values differ; numbers may differ by rounding.

    Examples
    --------
    >>> [str(one) for one in compare_values({"a": [1, 2.5]}, {"a": [1, 2.6], "b": None})]
    ['/a/1: found 2.5, expected 2.6', "/b: found '(absent)', expected None"]
    """
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        for key in [*found, *(key for key in expected if key not in found)]:
            place = _below(pointer, key)
            yield from compare_values(found.get(key, ABSENT), expected.get(key, ABSENT), place)
    elif isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        for index in range(max(len(found), len(expected))):
            first, second = (side[index] if index < len(side) else ABSENT for side in (found, expected))
            yield from compare_values(first, second, _below(pointer, index))
    elif not _same(found, expected, 0.0 if pointer.endswith(_RELATIVE_ONLY) else ABSOLUTE):
        yield Mismatch(pointer, found, expected)


def _same(found: Any, expected: Any, absolute: float) -> bool:
    if _is_number(found) and _is_number(expected):
        return math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=absolute)
    return type(found) is type(expected) and bool(found == expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_pointers(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Give every number in plain data with its JSON pointer."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from number_pointers(one, _below(pointer, key))
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from number_pointers(one, _below(pointer, place))
    elif _is_number(value):
        yield pointer, value


def _below(pointer: str, key: object) -> str:
    escaped = str(key).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{escaped}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
