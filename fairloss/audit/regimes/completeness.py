"""What a record holds of what a regime asks for, item by item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairloss.audit.regimes.regime import Item, Regime
from fairloss.audit.regimes.roles import role_columns, table_of

__all__ = ["COMPLETENESS_COLUMNS", "ItemState", "check_items", "completeness_row"]

COMPLETENESS_COLUMNS = ("regime", "item", "state", "pointer", "sentence", "citation")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class ItemState:
    """Whether one item is in a record.

    Parameters
    ----------
    item : Item
        What is asked for.
    state : str
        ``"present"``, ``"missing"`` or ``"not_applicable"``.
    pointer : str
        Where it is, or would be, as a JSON pointer (RFC 6901); ``-`` stands for a table of counts that is not there.
    """

    item: Item
    state: str
    pointer: str


def check_items(regime: Regime, record: Mapping[str, Any]) -> tuple[ItemState, ...]:
    """Look up every item of a regime in a record.

    Parameters
    ----------
    regime : Regime
        What is asked for.
    record : mapping
        The plain data of an audit, or as much of it as there is.

    Returns
    -------
    tuple of ItemState
        In the order of the regime. Present says that there is something, not that it is right.

    Examples
    --------
    >>> from fairloss.audit.regimes import REGIMES
    >>> found = check_items(REGIMES["general"], {"statement": {"system": {"purpose": "Ranks applications"}}})
    >>> [(one.item.id, one.state) for one in found][:2]
    [('purpose', 'present'), ('decision_point', 'missing')]
    """
    places = _Places(regime, record)
    return tuple(_state(item, places) for item in regime.items)


def completeness_row(regime: Regime, found: ItemState) -> dict[str, Any]:
    """Give the state of an item as a row of the table of results."""
    item = found.item
    values = (regime.name, item.id, found.state, found.pointer, item.sentence, item.citation)
    return dict(zip(COMPLETENESS_COLUMNS, values, strict=True))


class _Places:
    """Finds values of a record by pointers that may name roles."""

    def __init__(self, regime: Regime, record: Mapping[str, Any]) -> None:
        self.record = record
        counts = record.get("counts") or []
        self.attributes: Sequence[Any] = [one.get("attributes") if isinstance(one, Mapping) else None for one in counts]
        stated = _look_up(record, "/statement/categories")
        self.columns = role_columns(regime, stated if isinstance(stated, Mapping) else {}, self.attributes)

    def pointer(self, template: str) -> str:
        """Put the places of tables where roles stand."""
        return re.sub(r"\{([^{}]*)\}", self._place, template)

    def value(self, template: str) -> Any:
        """Give the value at a pointer; None where there is none."""
        return _look_up(self.record, self.pointer(template))

    def _place(self, match: re.Match[str]) -> str:
        place = table_of(match.group(1), self.columns, self.attributes)
        return "-" if place is None else str(place)


def _state(item: Item, places: _Places) -> ItemState:
    pointer = places.pointer(item.pointer)
    if item.applies is not None:
        found = places.value(item.applies.pointer)
        wanted = item.applies.values
        if found in _EMPTY or (wanted and found not in wanted):
            return ItemState(item, "not_applicable", pointer)
    value = places.value(item.pointer)
    there = value not in _EMPTY and value not in item.insufficient
    return ItemState(item, "present" if there else "missing", pointer)


def _look_up(record: Any, pointer: str) -> Any:
    found = record
    for part in _parts(pointer):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list | tuple) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def _parts(pointer: str) -> Iterator[str]:
    yield from (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
