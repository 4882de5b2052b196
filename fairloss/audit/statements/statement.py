"""What people state about an audit and no count can say: who, which system, which data, what was not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairloss.audit.statements.fields import STATEMENT
from fairloss.audit.statements.shapes import cleaned
from fairloss.audit.statements.toml_files import read_toml

__all__ = ["Statement", "read_statement", "write_statement"]


@dataclass(frozen=True, slots=True)
class Statement:
    """What was stated, field by field; nothing in it is checked against the world.

    Parameters
    ----------
    fields : mapping
        The tables and fields of `STATEMENT` that were filled in, as plain data.

    Examples
    --------
    >>> said = Statement.of({"system": {"name": "Screen"}, "data": {"origin": "historical"}})
    >>> said.get("data.origin"), said.get("data.period_from", "not stated")
    ('historical', 'not stated')
    """

    fields: Mapping[str, Any]

    @classmethod
    def of(cls, given: Statement | Mapping[str, Any] | str | Path) -> Statement:
        """Accept a statement, a mapping of its tables, or the path of a TOML file.

        Raises
        ------
        InputError
            One sentence that names every field that is unknown, wrong or absent; also where the file cannot be read.
        """
        if isinstance(given, Statement):
            return given
        data = read_toml(given, "A statement") if isinstance(given, str | Path) else given
        return cls(cleaned(STATEMENT, data, "A statement"))

    def get(self, place: str, otherwise: Any = "") -> Any:
        """Give the value at a dotted place, e.g. ``"data.origin"``."""
        found: Any = self.fields
        for name in place.split("."):
            if not isinstance(found, Mapping) or name not in found:
                return otherwise
            found = found[name]
        return found


def write_statement(statement: Statement) -> dict[str, Any]:
    """Give the statement as plain data."""
    return dict(statement.fields)


def read_statement(data: Mapping[str, Any], tables: Any) -> Statement:
    """Read what `write_statement` wrote."""
    return Statement.of(data)
