"""A number for each row that follows from what it holds, and that every engine computes to the same bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any

import narwhals.stable.v2 as nw

from fairloss.tables.frames import Lazy, collect
from fairloss.tables.levels import level_order

__all__ = ["MOST_LEVELS", "ContentKey", "is_text"]

_WEYL = (0.6180339887498949, 0.7548776662466927, 0.5698402909980532)
"""Multiples of these have fractions that are spread evenly (the golden ratio, and two numbers like it)."""
_FINE, _COARSE, _LAST = 2.0**40 * _WEYL[0], 2.0**20 * _WEYL[1], 104729.0 * _WEYL[2]
_ABSENT = 0.61
_PLACES, _MANY = 2.0**16, 10_000
"""Numbers alone make a key where they fill so many of so many places."""
MOST_LEVELS, _TEXTS, _LEVELS = 1000, 12, 64


@dataclass(frozen=True)
class ContentKey:
    """How a number in [0, 1) is made of some columns: equal rows get the same one, others any other.

    Only casts to doubles, sums, products, floors and comparisons for equality are used: they mean the same in all
    engines. (Quotients do not: polars divides by multiplying with the inverse.)

    Parameters
    ----------
    numbers : mapping of column to (lowest, highest)
        Columns of numbers.
    texts : mapping of column to levels
        Columns of texts, and the levels that count; others count as one.

    Examples
    --------
    >>> from fairloss.tables.frames import as_lazy
    >>> frame = as_lazy({"age": [30, 31, 30], "sex": ["F", "M", "F"]})
    >>> key = ContentKey.over(frame, frame.collect_schema())
    >>> key.numbers, key.texts
    ({'age': (30.0, 31.0)}, {'sex': ('F', 'M')})
    >>> first, second, third = frame.select(key=key.expression()).collect()["key"]
    >>> bool(first == third != second)
    True
    """

    numbers: Mapping[str, tuple[float, float]]
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def over(cls, frame: Lazy, kinds: Mapping[str, Any]) -> ContentKey:
        """Make the key of all columns of numbers and, where these take few values, of texts."""
        numeric = [name for name, kind in kinds.items() if kind.is_numeric()]
        values = {name: nw.col(name).cast(nw.Float64) for name in numeric}
        held = {name: nw.when(value - value == 0).then(value) for name, value in values.items()}
        asked = [getattr(nw.col(name), end)().alias(f"{end} {name}") for name in held for end in ("min", "max")]
        found: dict[str, Any] = {}
        if asked:
            rows = collect(frame.select(**held).select(*asked)).to_dict(as_series=False)
            found = {name: value for name, (value,) in rows.items()}
        ends = {name: (_number(found[f"min {name}"]), _number(found[f"max {name}"])) for name in numeric}
        key = cls({name: pair for name, pair in ends.items() if pair[1] > pair[0]})
        if key.numbers and _filled_places(frame, key) >= _MANY:
            return key
        return replace(key, texts=_levels(frame, kinds))

    def of(self, frame: Lazy, kinds: Mapping[str, Any]) -> ContentKey:
        """Make the key of these columns alone, texts included; everything where they make none."""
        numbers = {name: ends for name, ends in self.numbers.items() if name in kinds}
        texts = {name: levels for name, levels in self.texts.items() if name in kinds}
        texts |= _levels(frame, {name: kind for name, kind in kinds.items() if name not in texts})
        return ContentKey(numbers, texts) if numbers or texts else self

    def expression(self) -> nw.Expr:
        """Give the key of each row."""
        parts = [_of_number(name, *ends) for name, ends in self.numbers.items()]
        parts += [_of_text(name, levels) for name, levels in self.texts.items()]
        weighted = (part * (1.0 + place * _WEYL[0]) for place, part in enumerate(parts))
        return _fraction(reduce(add, weighted, nw.lit(0.0)) * _LAST)


def is_text(kind: Any) -> bool:
    """Tell whether a column of this kind holds texts."""
    return isinstance(kind, nw.String | nw.Categorical | nw.Enum)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _filled_places(frame: Lazy, key: ContentKey) -> int:
    places = frame.select(place=(key.expression() * _PLACES).floor())
    return len(collect(places.group_by("place").agg(nw.len().alias("rows"))))


def _levels(frame: Lazy, kinds: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """List the most frequent levels of the first columns of texts that have no more than a thousand."""
    found = {}
    texts = [name for name, kind in kinds.items() if is_text(kind)]
    for name in texts[:_TEXTS]:
        text = frame.select(level=nw.col(name).cast(nw.String))
        sizes = collect(text.group_by("level").agg(nw.len().alias("rows")).head(MOST_LEVELS + 1))
        rows = dict(zip(sizes["level"].to_list(), sizes["rows"].to_list(), strict=True))
        levels = [level for level in rows if isinstance(level, str)]
        # An engine may write what others hold as truth values.
        if 1 < len(levels) <= MOST_LEVELS and not {"True", "False"} >= set(levels):
            ranked = sorted(levels, key=lambda level: (-rows[level], level_order(level)))
            found[name] = tuple(ranked[:_LEVELS])
    return found


def _fraction(value: nw.Expr) -> nw.Expr:
    return value - value.floor().cast(nw.Float64)


def _of_number(name: str, low: float, high: float) -> nw.Expr:
    value = nw.col(name).cast(nw.Float64)
    share = (value - low) * (1.0 / (high - low))
    return nw.when(value - value == 0).then(_fraction(share * _COARSE) + _fraction(share * _FINE)).otherwise(_ABSENT)


def _of_text(name: str, levels: Sequence[str]) -> nw.Expr:
    text = nw.col(name).cast(nw.String)
    weights = ((level, (place + 1.0) * _WEYL[1] % 1) for place, level in enumerate(levels))
    return reduce(add, (nw.when(text == level).then(weight).otherwise(0.0) for level, weight in weights), nw.lit(0.0))
