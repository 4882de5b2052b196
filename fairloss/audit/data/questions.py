"""What an audit of data was asked: the roles of columns, which columns to look at, and what to compare them with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairloss.audit.data.people import Roles

__all__ = ["Questions"]


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """What is asked of a table.

    Parameters
    ----------
    roles : Roles
        The label, the attributes, the weight and so on.
    columns : tuple of str
        The columns to look at, the sensitive ones apart.
    identifier, split : str, optional
        Who a row is about, and which part it belongs to.
    expected : mapping of column to levels
        The levels that a column should have.
    leaks : mapping of column to reason
        The columns that a model could not use.
    """

    roles: Roles
    columns: tuple[str, ...]
    identifier: str | None
    split: str | None
    expected: Mapping[str, Sequence[Any]]
    leaks: Mapping[str, str]

    @property
    def every_column(self) -> tuple[str, ...]:
        """All columns that are looked at, the sensitive ones last."""
        return (*self.columns, *self.roles.sensitive)

    @property
    def needed(self) -> list[str]:
        """All columns that are needed, each once."""
        roles = self.roles
        single = (roles.label, roles.weight, roles.annotator, self.identifier, self.split)
        return list(dict.fromkeys([*self.every_column, *roles.strata, *filter(None, single)]))
