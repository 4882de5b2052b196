"""The parts that drift is measured between: those of one table, or one table and another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.data.drift import Drift, count_drift
from fairloss.audit.data.duplicates import OtherRows
from fairloss.audit.data.looking import Looked
from fairloss.audit.missing import Unknown
from fairloss.audit.tallies import Missing
from fairloss.errors import InputError, quote
from fairloss.notions import Groups
from fairloss.notions.counting import count
from fairloss.tables import Encoder, binary, column, column_names, encode, read_contents, value_hashes
from fairloss.tables.levels import free_name

__all__ = ["Parts", "divided", "no_parts", "other_table"]


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
    """

    parts: Groups | None = None
    reference: int = 0
    label: Any = None
    groups: Sequence[Groups] = ()

    def drift(self, looked: Looked) -> Drift | None:
        """Count labels and columns by part, but those that number the rows: they always differ."""
        if self.parts is None:
            return None
        parts = self.parts
        both = [look for look in looked.looks if look.is_compared]
        tables = []
        for each in self.groups if self.label is not None else ():
            crossed = np.where(each.codes < 0, -1, parts.codes.astype(np.int64) * each.n_groups + each.codes)
            cells = count([(np.where(parts.codes < 0, -1, crossed), parts.n_groups * each.n_groups), (self.label, 2)])
            tables.append(np.asarray(cells).reshape(parts.n_groups, each.n_groups, 2))
        labeled = self.groups if self.label is not None else ()
        return Drift(
            parts.names,
            parts.names[self.reference],
            tuple(count_drift(look.name, look.bins, parts) for look in both),
            tuple(each.grouping.attribute for each in labeled),
            tuple(each.names for each in labeled),
            tuple(tables),
        )

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


def divided(values: Any, name: str, groups: Sequence[Groups], label: Any) -> Parts:
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
    sizes = np.bincount(parts.codes[parts.codes >= 0], minlength=parts.n_groups)
    first = [code for code, part in enumerate(parts.names) if part.strip().casefold() in ("train", "training")]
    return Parts(parts, first[0] if first else int(sizes.argmax()), label, groups)


def other_table(
    other: Any,
    names: Sequence[str],
    groups: Sequence[Groups],
    unknown: Sequence[Unknown],
    *,
    missing: Missing,
    label: str,
    codes: Any,
    pos_label: Any,
) -> Parts:
    """Put another table below the first; groups that the first does not have are of no known group there."""
    features = {name: column(other, name, who="against") for name in names}
    stacked = []
    for name, each, absent in zip(names, groups, unknown, strict=False):
        encoder = Encoder(each.grouping, missing, (free_name("missing", set(each.names) - {absent.group}),))
        below = encoder.encode({name: features[name]}, unseen="unknown")
        stacked.append(Groups(np.concatenate([each.codes, below.codes]), each.grouping))
    rows = len(stacked[0]) - len(codes)
    given = None
    if label in column_names(other):
        later = binary(column(other, label), pos_label=pos_label, role=f"The label {quote(label)} of against")
        given = np.concatenate([codes, later])
    parts = Groups.of(np.repeat([0, 1], [len(codes), rows]), ["this table", "the other"], "table")
    return Parts(parts, 0, given, stacked)
