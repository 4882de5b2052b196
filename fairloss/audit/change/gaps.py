"""How far groups lie apart, before and after: the largest gaps, and the two groups behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.change.pairing import change_interval
from fairloss.audit.results import WORST, Row, attribute_of
from fairloss.notions import GroupCounts, MeanRate, Notion, Rate

if TYPE_CHECKING:
    from fairloss.audit.change.record import AuditChange

__all__ = ["FARTHEST_COLUMNS", "GAP_CHANGE_COLUMNS", "farthest_rows", "gap_rows"]

GAP_CHANGE_COLUMNS = (
    "attribute",
    "notion",
    "comparison",
    "before",
    "before_low",
    "before_high",
    "after",
    "after_low",
    "after_high",
    "change",
)
FARTHEST_COLUMNS = (
    "attribute",
    "notion",
    "when",
    "rate",
    "group",
    "reference",
    "before",
    "after",
    "change",
    "low",
    "high",
)
_ESTIMATE = ("value", "low", "high")
_KEY = ("attribute", "notion", "comparison")


def gap_rows(change: AuditChange) -> Iterator[Row]:
    """Give one row per attribute, notion and comparison that both audits have: the worst gap before and after."""
    later = {_key(row): row for row in change.after.disparity_rows if row["group"] == WORST}
    for row in change.before.disparity_rows:
        if row["group"] == WORST and _key(row) in later:
            other = later[_key(row)]
            values = (*(row[name] for name in _ESTIMATE), *(other[name] for name in _ESTIMATE))
            moved = other["value"] - row["value"]
            yield dict(zip(GAP_CHANGE_COLUMNS, (*_key(row), *values, moved), strict=True))


def farthest_rows(change: AuditChange) -> Iterator[Row]:
    """Give how the difference changed between the two groups farthest apart before, and after where these are others.

    The data choose the pairs, and by that choice alone the first difference shrinks on average and the second grows.
    So the paired interval holds at Bonferroni's level for all pairs of groups in all rates of the notion. It combines
    those of the two groups, which share no person, by squaring and adding (Newcombe 1998; Zou and Donner 2008,
    Statistics in Medicine 27).
    """
    pairs = {attribute_of(one): one for one in change.pairs}
    for attribute in dict.fromkeys(row["attribute"] for row in change.rate_rows):
        known: dict[str, list[Row]] = {}
        for row in change.rate_rows:
            if row["attribute"] == attribute and not math.isnan(row["change"]):
                known.setdefault(row["rate"], []).append(row)
        for notion in change.before.plan.notions:
            yield from _farthest(attribute, notion, known, pairs.get(attribute), change.before.plan.level)


def _farthest(
    attribute: str, notion: Notion, known: dict[str, list[Row]], pairs: GroupCounts | None, level: float
) -> Iterator[Row]:
    tables = [(rate, known[rate.name]) for rate in notion.rates if len(known.get(rate.name, ())) > 1]
    compared = sum(math.comb(len(rows), 2) for _, rows in tables)
    seen: set[tuple[str, frozenset[str]]] = set()
    for when in ("before", "after") if tables else ():
        rate, lowest, highest = max(
            ((rate, *_ends(rows, when)) for rate, rows in tables), key=lambda one: one[2][when] - one[1][when]
        )
        pair = (rate.name, frozenset((lowest["group"], highest["group"])))
        if pair in seen:
            continue
        seen.add(pair)
        ends = _interval(rate, pairs, (lowest, highest), 1 - (1 - level) / compared)
        apart = [highest[side] - lowest[side] for side in ("before", "after", "change")]
        head = (attribute, notion.name, when, rate.name, lowest["group"], highest["group"])
        yield dict(zip(FARTHEST_COLUMNS, (*head, *apart, *ends), strict=True))


def _ends(rows: list[Row], when: str) -> tuple[Row, Row]:
    """Give the group with the lowest value and that with the highest; of equal ones the first, but never one twice."""
    ordered = sorted(rows, key=lambda row: row[when])
    return ordered[0], next(row for row in ordered[1:] if row[when] == ordered[-1][when])


def _interval(
    rate: Rate | MeanRate, pairs: GroupCounts | None, rows: Sequence[Row], level: float
) -> tuple[float, float]:
    """Give the ends of the change of the second row's value minus the first one's."""
    if pairs is None:
        return math.nan, math.nan
    low, high = change_interval(rate, pairs, level)
    first, second = (pairs.names.index(row["group"]) for row in rows)
    lose, gain = (row["change"] for row in rows)
    moved = gain - lose
    below: Any = np.hypot(gain - low[second], high[first] - lose)
    above: Any = np.hypot(high[second] - gain, lose - low[first])
    return float(moved - below), float(moved + above)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)
