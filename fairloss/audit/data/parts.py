"""The parts that drift is measured between: those of one table, or one table and another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.data.drift import Drift, DriftColumn
from fairloss.audit.data.duplicates import OtherRows
from fairloss.audit.data.people import Roles
from fairloss.audit.missing import Unknown
from fairloss.errors import InputError, quote
from fairloss.notions import Groups
from fairloss.notions.counting import count
from fairloss.tables import Encoder, binary, column, encode, read_contents, value_hashes
from fairloss.tables.levels import free_name

__all__ = ["Parts", "divided", "no_parts", "other_groups", "other_table"]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Which part each row belongs to, the rows of another table below those of the first.

    Parameters
    ----------
    parts : Groups, optional
        The part of each row; None where there is but one.
    reference : int
        The part that the others are compared with.
    label : integer array, optional
        The label of each row; None where the other table has none.
    groups : sequence of Groups
        The groups of each row, attribute by attribute.
    times : array, optional
        How many rows each entry stands for; one where not given.
    """

    parts: Groups | None = None
    reference: int = 0
    label: Any = None
    groups: Sequence[Groups] = ()
    times: Any = None

    def drift(self, columns: Sequence[DriftColumn]) -> Drift | None:
        """Count labels by part, and put them beside the columns."""
        if self.parts is None:
            return None
        labeled = self.groups if self.label is not None else ()
        return Drift(
            self.parts.names,
            self.parts.names[self.reference],
            tuple(columns),
            tuple(each.grouping.attribute for each in labeled),
            tuple(each.names for each in labeled),
            tuple(self._labels(self.parts, each) for each in labeled),
        )

    def _labels(self, parts: Groups, groups: Groups) -> Any:
        """Count by part, group and label."""
        known = (parts.codes >= 0) & (groups.codes >= 0)
        crossed = np.where(known, parts.codes.astype(np.int64) * groups.n_groups + groups.codes, -1)
        weight = None if self.times is None else self.times.astype(np.float64)
        cells = count([(crossed, parts.n_groups * groups.n_groups), (self.label, 2)], weight)
        return np.asarray(cells).reshape(parts.n_groups, groups.n_groups, 2).astype(np.int64)

    def other_rows(self, features: Any, whole: Any) -> OtherRows | None:
        """Give the rows outside the reference part; ``features`` are hashes of all rows, ``whole`` of the first table.

        None where there is but one part, or no label to compare.
        """
        if self.parts is None or self.label is None:
            return None
        every = whole
        if len(whole) < len(self.parts):
            below = features[len(whole) :] + value_hashes(read_contents(self.label[len(whole) :]), "(label)")
            every = np.concatenate([whole, below])
        outside = (self.parts.codes >= 0) & (self.parts.codes != self.reference)
        held = every[self.parts.codes == self.reference]
        return OtherRows(held, every[outside], [each[outside] for each in self.groups])


def no_parts() -> Parts:
    """Give a table that is whole."""
    return Parts()


def divided(values: Any, name: str, groups: Sequence[Groups], label: Any, times: Any = None) -> Parts:
    """Read the parts from a column.

    Raises
    ------
    InputError
        Where it names fewer than two.
    """
    parts = encode({name: values}, missing="unknown")
    if parts.n_groups < 2:
        raise InputError(
            f"The split {quote(name)} needs two parts or more, got {quote(parts.names)} alone. Leave split out, or "
            "name the column that tells them apart."
        )
    known = parts.codes >= 0
    sizes = np.bincount(parts.codes[known], None if times is None else times[known], minlength=parts.n_groups)
    first = [code for code, part in enumerate(parts.names) if part.strip().casefold() in ("train", "training")]
    return Parts(parts, first[0] if first else int(sizes.argmax()), label, groups, times)


def other_table(
    other: Mapping[str, Any], roles: Roles, groups: Sequence[Groups], unknown: Sequence[Unknown], codes: Any
) -> Parts:
    """Put the rows of another table below the first, whose groups and label codes are given."""
    below = [
        encoder.encode({name: column(other, name, who="against")}, unseen="unknown")
        for name, encoder in zip(roles.sensitive, other_groups(groups, unknown, roles), strict=True)
    ]
    stacked = [
        Groups(np.concatenate([each.codes, more.codes]), each.grouping)
        for each, more in zip(groups, below, strict=True)
    ]
    given = None
    if roles.label in other:
        role = f"The label {quote(roles.label)} of against"
        given = np.concatenate([codes, binary(other[roles.label], pos_label=roles.pos_label, role=role)])
    parts = Groups.of(np.repeat([0, 1], [len(codes), len(below[0])]), ["this table", "the other"], "table")
    return Parts(parts, 0, given, stacked)


def other_groups(groups: Sequence[Groups], unknown: Sequence[Unknown], roles: Roles) -> list[Encoder]:
    """Give what finds the groups of each attribute in another table; those that the first has not are unknown there."""
    pairs = zip(groups, unknown, strict=False)
    taken = [free_name("missing", set(each.names) - {absent.group}) for each, absent in pairs]
    return [Encoder(each.grouping, roles.missing, (name,)) for each, name in zip(groups, taken, strict=True)]
