"""From a table that was looked through to counts: missing values, columns, joint scores and equal rows."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.data.columns import ColumnCounts, Columns, count_column
from fairloss.audit.data.duplicates import RowHashes, count_duplicates, has_surprising_copies
from fairloss.audit.data.folds import draw_halves
from fairloss.audit.data.joint import count_joint
from fairloss.audit.data.looking import Look, Looked, read_both
from fairloss.audit.data.near_copies import NearCopies, count_near_copies
from fairloss.audit.data.parts import Parts
from fairloss.audit.data.row_sample import RowSample
from fairloss.audit.missing import MissingValues
from fairloss.notions import Groups
from fairloss.tables import missing_flags, read_contents, value_hashes

__all__ = ["Seen", "all_columns", "count_rows", "missing_values"]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A table that was looked through.

    Parameters
    ----------
    table, other : frame or mapping
        The table, and another one that it is compared with, or None.
    names : tuple of str
        The columns that were looked at, the sensitive ones apart.
    looked : Looked
        What was seen in these, and then in the sensitive ones.
    label : integer array of shape (n,)
        The label of each row.
    groups : sequence of Groups
        The groups of each attribute alone.
    """

    table: Any
    other: Any
    names: tuple[str, ...]
    looked: Looked
    label: Any
    groups: Sequence[Groups]

    @property
    def looks(self) -> list[Look]:
        """The columns, in the rows of the table alone."""
        return [look.first(len(self.label)) for look in self.looked.looks[: len(self.names)]]


def missing_values(seen: Seen, groups: Sequence[Groups]) -> tuple[MissingValues, ...]:
    """Count the rows without a value by column and group, crossed groups included."""
    looks = seen.looks
    found = []
    for each in groups if looks else ():
        known = each.codes >= 0
        codes = each.codes[known]
        lacking = [np.bincount(codes[_absent(look)[known]], minlength=each.n_groups) for look in looks]
        total = np.bincount(codes, minlength=each.n_groups)
        found.append(MissingValues(each.grouping.attribute, each.names, seen.names, np.stack(lacking), total))
    return tuple(found)


def _absent(look: Look) -> Any:
    codes = look.bins.codes
    return codes == len(look.bins) - 1 if look.bins.has_missing else np.zeros(len(codes), dtype=bool)


def count_rows(
    seen: Seen,
    parts: Parts,
    identifier: Any,
    leaks: Container[str],
    *,
    columns: Columns | None = None,
    sample: RowSample | None = None,
) -> dict[str, Any]:
    """Count columns, joint scores and equal rows; nothing where no column was looked at.

    Parameters
    ----------
    seen : Seen
        The table.
    parts : Parts
        The part of each row.
    identifier : array-like or None
        Who each row is about.
    leaks : container of str
        Columns that a model could not use.
    columns : Columns, optional
        What was counted of all rows, where the table holds a sample of them.
    sample : RowSample, optional
        That sample.
    """
    looks = seen.looks
    if not looks:
        return {}
    features = seen.looked.hashes[: len(seen.label)]
    whole = features + value_hashes(read_contents(seen.label), "(label)")
    halves, keys = draw_halves(whole)
    told = [look for look in looks if not look.identifies and look.name not in leaks]
    if columns is None:
        columns = all_columns(seen.groups, [count_column(look, seen.label, halves, seen.groups) for look in looks])
    hashes = RowHashes(features, whole, keys, None if identifier is None else _people(identifier))
    equal = count_duplicates(hashes, seen.label, seen.groups, parts.other_rows(seen.looked.hashes, whole))
    return {
        "columns": columns,
        "joint_scores": tuple(count_joint(told, each, halves, keys) for each in seen.groups) if told else (),
        "equal_rows": equal,
        "near_copies": _near_copies(seen, whole) if has_surprising_copies(equal[0], columns, sample) else (),
    }


def all_columns(groups: Sequence[Groups], counted: Sequence[ColumnCounts]) -> Columns:
    """Put counts of columns together."""
    attributes = tuple(each.grouping.attribute for each in groups)
    return Columns(attributes, tuple(each.names for each in groups), tuple(counted))


def _people(identifier: Any) -> Any:
    """Give a hash of each row's person; a row without one is somebody of its own."""
    hashes, absent = value_hashes(read_contents(identifier), "(identifier)"), missing_flags(identifier)
    return np.where(absent, np.arange(len(hashes), dtype=np.uint64), hashes)


def _near_copies(seen: Seen, whole: Any) -> tuple[NearCopies, ...]:
    """Read the columns once more, where there are more equal rows than independent columns would give."""
    names = [look.name for look in seen.looks if look.is_compared]
    columns = ((name, value_hashes(read_both(seen.table, seen.other, name), name)[: len(whole)]) for name in names)
    return count_near_copies(whole, columns)
