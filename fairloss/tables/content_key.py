"""A number for each row that follows from what it holds, and that every engine computes to the same bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import narwhals.stable.v2 as nw

from fairloss.tables.frames import Lazy, collect

__all__ = ["ContentKey"]

_WEYL = (0.6180339887498949, 0.7548776662466927, 0.5698402909980532)
"""Multiples of these have fractions that are spread evenly (the golden ratio, and two roots like it)."""
_FINE, _COARSE, _LAST = 2.0**40 * _WEYL[0], 2.0**20 * _WEYL[1], 104729.0 * _WEYL[2]
_ABSENT = 0.61
_TAIL, _BITS = 3, 4
_WRITTEN_ALIKE = (nw.String, nw.Categorical, nw.Enum, nw.Boolean, nw.Date, nw.Object)
_SIGNS = tuple(tuple(chr(sign) for sign in range(33, 127) if sign >> bit & 1) for bit in range(_BITS))


@dataclass(frozen=True)
class ContentKey:
    """How a number in [0, 1) is made of some columns: equal rows get the same one, others any other.

    Only casts to doubles, the four operations, floors and comparisons of single signs are used: they mean the same in
    all engines. Of a number the digits within its range count, of a text its length and its last three signs.

    Parameters
    ----------
    numbers : mapping of column to (lowest, highest)
        Columns of numbers.
    texts : tuple of str
        Columns of texts.
    """

    numbers: Mapping[str, tuple[float, float]]
    texts: tuple[str, ...] = ()

    @classmethod
    def over(cls, frame: Lazy, kinds: Mapping[str, Any], *, texts: int) -> ContentKey:
        """Make the key of all columns of numbers and of the first so many others; the table is read once."""
        numeric = [name for name, kind in kinds.items() if kind.is_numeric()]
        others = [name for name, kind in kinds.items() if isinstance(kind, _WRITTEN_ALIKE)]
        values = {name: nw.col(name).cast(nw.Float64) for name in numeric}
        held = {name: nw.when(value - value == 0).then(value) for name, value in values.items()}
        asked = [getattr(nw.col(name), end)().alias(f"{end} {name}") for name in held for end in ("min", "max")]
        found: dict[str, Any] = {}
        if asked:
            rows = collect(frame.select(**held).select(*asked)).to_dict(as_series=False)
            found = {name: value for name, (value,) in rows.items()}
        ends = {name: (_number(found[f"min {name}"]), _number(found[f"max {name}"])) for name in numeric}
        return cls({name: pair for name, pair in ends.items() if pair[1] > pair[0]}, tuple(others[:texts]))

    def of(self, names: Sequence[str]) -> ContentKey:
        """Keep some columns; without any of them everything."""
        kept = {name: ends for name, ends in self.numbers.items() if name in names}
        texts = tuple(name for name in self.texts if name in names)
        return ContentKey(kept, texts) if kept or texts else self

    def expression(self) -> nw.Expr:
        """Give the key of each row."""
        parts = [_of_number(name, *ends) for name, ends in self.numbers.items()]
        parts += [_of_text(name) for name in self.texts]
        weighted = (part * (1.0 + place * _WEYL[0]) for place, part in enumerate(parts))
        return _fraction(reduce(add, weighted, nw.lit(0.0)) * _LAST)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _fraction(value: nw.Expr) -> nw.Expr:
    return value - value.floor().cast(nw.Float64)


def _of_number(name: str, low: float, high: float) -> nw.Expr:
    value = nw.col(name).cast(nw.Float64)
    share = (value - low) * (1.0 / (high - low))  # polars would divide by multiplying, others not
    return nw.when(value - value == 0).then(_fraction(share * _COARSE) + _fraction(share * _FINE)).otherwise(_ABSENT)


def _of_text(name: str) -> nw.Expr:
    text = nw.col(name).cast(nw.String)
    total = text.str.len_chars().cast(nw.Float64) * _WEYL[1]
    for place in range(_TAIL):
        sign = text.str.tail(place + 1).str.head(1)
        for bit, signs in enumerate(_SIGNS):
            weight = _WEYL[2] * (1.0 + place * _BITS + bit)
            total = total + nw.when(sign.is_in(signs)).then(weight).otherwise(0.0)
    return nw.when(~text.is_null()).then(total).otherwise(_ABSENT)
