"""A table whose rows are all in memory, looked through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairloss.audit.data.counting import Seen, count_rows, missing_values
from fairloss.audit.data.drift import DriftColumn, count_drift
from fairloss.audit.data.looking import Looked, look_through
from fairloss.audit.data.parts import Parts, divided, no_parts, other_table
from fairloss.audit.data.people import People
from fairloss.audit.data.questions import Questions
from fairloss.errors import quote
from fairloss.tables import binary

__all__ = ["look_at_all"]


def look_at_all(
    rows: Mapping[str, Any], other: Mapping[str, Any] | None, people: People, asked: Questions
) -> dict[str, Any]:
    """Give what the rows of a table show beside the labels by group.

    Parameters
    ----------
    rows : mapping of column to values
        The table.
    other : mapping of column to values, optional
        Another one that it is compared with.
    people : People
        The groups.
    asked : Questions
        What is asked.
    """
    roles = asked.roles
    groups = [encoder.encode(rows) for encoder in people.encoders]
    singles = groups[: len(roles.sensitive)]
    codes = binary(rows[roles.label], pos_label=roles.pos_label, role=f"The label {quote(roles.label)}")
    looked = look_through(rows, asked.every_column, other=other, expected=asked.expected)
    seen = Seen(rows, other, asked.columns, looked, codes, singles)
    parts = no_parts() if asked.split is None else divided(rows[asked.split], asked.split, singles, codes)
    if other is not None:
        parts = other_table(other, roles, singles, people.unknown, codes)
    identifiers = None if asked.identifier is None else rows[asked.identifier]
    return {
        "missing": missing_values(seen, groups),
        "strange_values": looked.strange,
        "parts": parts.drift(_columns(looked, parts)),
        **count_rows(seen, parts, identifiers, asked.leaks),
    }


def _columns(looked: Looked, parts: Parts) -> list[DriftColumn]:
    """Count columns by part, but those that number the rows: they always differ."""
    compared = [look for look in looked.looks if look.is_compared]
    return [] if parts.parts is None else [count_drift(look.name, look.bins, parts.parts) for look in compared]
