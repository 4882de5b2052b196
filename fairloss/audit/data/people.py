"""Who is in the data and who has the favorable label: counts by group that any engine gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.missing import Unknown
from fairloss.audit.statistics.row_counts import RowCounts
from fairloss.audit.strata import Strata, count_strata
from fairloss.audit.tallies import Missing, group_tables, rows_behind, unknown_rows
from fairloss.errors import quote
from fairloss.notions import GroupCounts
from fairloss.tables import Encoder, Tally, encode, favorable, tally_table
from fairloss.tables.crossing import Cells
from fairloss.tables.encoder import learn

__all__ = ["People", "Roles", "count_people"]

Codes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is what.

    Parameters
    ----------
    label : str
        The label.
    sensitive : tuple of str
        The attributes.
    weight, annotator : str, optional
        The weights, and who gave the label.
    strata : tuple of str
        What may explain a gap.
    pos_label : scalar
        The favorable label.
    cross : bool
        Whether the attributes are also crossed.
    missing : {"group", "unknown"}
        What a row without a value of an attribute becomes.
    """

    label: str
    sensitive: tuple[str, ...]
    weight: str | None = None
    annotator: str | None = None
    strata: tuple[str, ...] = ()
    pos_label: Any = 1
    cross: bool = True
    missing: Missing = "group"

    def labels_of(self, cells: Cells, label: str | None = None) -> Codes:
        """Tell for each cell whether its label is the favorable one."""
        names, role = cells.values(label or self.label), f"The label {quote(self.label)}"
        return favorable(names, cells.counts.tolist(), pos_label=self.pos_label, role=role)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The counts of an audit of data, and the groups that they are of.

    Parameters
    ----------
    counts : tuple of GroupCounts
        The labels by group: each attribute alone, then all crossed.
    encoders : tuple of Encoder
        What gives rows the same groups.
    unknown : tuple of Unknown
        The rows without a group.
    strata, annotators : Strata, optional
        The labels within the strata, and by who gave them.
    row_counts : RowCounts, optional
        The rows behind weights.
    """

    counts: tuple[GroupCounts, ...]
    encoders: tuple[Encoder, ...]
    unknown: tuple[Unknown, ...]
    strata: Strata | None
    annotators: Strata | None
    row_counts: RowCounts | None


def count_people(table: Any, roles: Roles) -> People:
    """Count the labels of a table, in memory or in an engine.

    Raises
    ------
    InputError
        Where the label has no two values, a weight is none, or a column is not there.
    """
    names = [*roles.sensitive, roles.label, *roles.strata]
    tally = tally_table(table, names, weight=roles.weight, who="audit_data")
    labels, features = roles.labels_of(tally.cells), _values(tally, roles.sensitive)
    groups = group_tables(features, cross=roles.cross, missing=roles.missing)
    strata = encode(_values(tally, roles.strata), cross=True) if roles.strata else None
    annotators = None
    if roles.annotator is not None:
        names = [*roles.sensitive, roles.label, roles.annotator]
        given = tally_table(table, names, who="audit_data")
        alone = group_tables(_values(given, roles.sensitive), cross=False, missing=roles.missing)
        who, codes = encode(_values(given, [roles.annotator]), cross=True), roles.labels_of(given.cells)
        annotators = count_strata(lambda each: given.counts(codes, None, each), alone, who)
    return People(
        tuple(tally.counts(labels, None, each) for each in groups),
        tuple(learn(tally.cells.select(each.grouping.attributes), missing=roles.missing) for each in groups),
        tuple(unknown_rows(features, groups, tally.cells.counts)),
        None if strata is None else count_strata(lambda each: tally.counts(labels, None, each), groups, strata),
        annotators,
        rows_behind(lambda each: tally.rows(labels, None, each), groups, strata) if tally.weights else None,
    )


def _values(tally: Tally, names: Sequence[str]) -> dict[str, Any]:
    return {name: tally.cells.values(name) for name in names}
