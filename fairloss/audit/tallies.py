"""From rows counted by their values to the report: which column is the label, the decision, an attribute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fairloss.audit.counts import audit_counts
from fairloss.audit.missing import Unknown
from fairloss.audit.report import AuditReport
from fairloss.audit.statistics.row_counts import RowCounts
from fairloss.audit.strata import count_strata
from fairloss.errors import InputError
from fairloss.notions import GroupCounts, Grouping, Groups
from fairloss.tables import Tally, encode, favorable, missing_flags
from fairloss.tables.columns import feature_columns
from fairloss.tables.crossing import Cells

__all__ = ["Attributes", "Missing", "audit_tally", "group_tables", "place_attributes", "rows_behind", "unknown_rows"]

Missing = Literal["group", "unknown"]


@dataclass(frozen=True)
class Attributes:
    """Where attributes are in a tally: each in a column, or all in one column of codes.

    Parameters
    ----------
    keys : mapping of attribute to column
        The columns.
    grouping : Grouping, optional
        What the codes stand for.
    """

    keys: Mapping[str, str]
    grouping: Grouping | None = None

    def by_cell(self, cells: Cells) -> Mapping[str, Any] | Groups:
        """Give the attributes of each cell."""
        values = {name: cells.values(key) for name, key in self.keys.items()}
        if self.grouping is None:
            return values
        (codes,) = values.values()
        return Groups(np.array(codes).astype(np.int64), self.grouping)


def audit_tally(
    tally: Tally,
    sensitive: Attributes,
    *,
    label: str | None,
    decision: str | None,
    strata: Attributes | None = None,
    pos_label: Any = 1,
    cross: bool = True,
    missing: Missing = "group",
    evidence: Mapping[str, Any] | None = None,
    **options: Any,
) -> AuditReport:
    """Audit what was counted, with the columns that are the label, the decision and so on; as `audit_predictions`."""
    if label is None and decision is None:
        raise InputError("An audit needs labels or decisions, got neither. Pass y_true, y_pred or both.")
    cells = tally.cells
    y, d = (
        None if name is None else favorable(cells.values(name), cells.counts.tolist(), pos_label=pos_label, role=name)
        for name in (label, decision)
    )
    features = sensitive.by_cell(cells)
    groups = group_tables(features, cross=cross, missing=missing)
    within = None if strata is None else encode(strata.by_cell(cells), cross=True)
    control = None if within is None else count_strata(lambda each: tally.counts(y, d, each), groups, within)
    return audit_counts(
        [tally.counts(y, d, each) for each in groups],
        unknown=unknown_rows(features, groups, cells.counts),
        evidence={
            "score_histograms": tuple(tally.histogram(y, each) for each in groups) if tally.scores else (),
            "strata": control,
            "row_counts": tally.weights and rows_behind(lambda each: tally.rows(y, d, each), groups, within),
            **(evidence or {}),
        },
        **options,
    )


def rows_behind(rows: Callable[[Groups], GroupCounts], groups: Sequence[Groups], within: Groups | None) -> RowCounts:
    """Count the rows that are weighted, in each table and within strata."""
    strata = () if within is None else count_strata(rows, groups, within).tables
    return RowCounts(*(tuple(one.cells for one in counted) for counted in (map(rows, groups), strata)))


def group_tables(features: Any, *, cross: bool, missing: Missing) -> list[Groups]:
    """Give the groups of each attribute alone, and of all of them crossed where there are several."""
    alone = list(encode(features, cross=False, missing=missing).values())
    return [*alone, encode(features, cross=True, missing=missing)] if cross and len(alone) > 1 else alone


def unknown_rows(features: Any, groups: Sequence[Groups], rows: Any = None) -> list[Unknown]:
    """Count for each table the rows without a value, and name the group that they form.

    Parameters
    ----------
    features, groups
        Attributes, and the tables that were made of them.
    rows : array of shape (n,), optional
        How many rows each entry stands for.
    """
    columns = {} if isinstance(features, Groups) else feature_columns(features)
    found = []
    for each in groups:
        places, group = np.flatnonzero(each.codes < 0), None
        if not len(places) and each.grouping.attribute in columns:
            places = np.flatnonzero(missing_flags(columns[each.grouping.attribute]))
            group = each.names[each.codes[places[0]]] if len(places) else None
        found.append(Unknown(len(places) if rows is None else int(rows[places].sum()), group))
    return found


def place_attributes(role: str, features: Any) -> tuple[Attributes, dict[str, Any]]:
    """Give attributes their places in a tally, and the columns that stand there."""
    if isinstance(features, Groups):
        return Attributes({features.grouping.attribute: role}, features.grouping), {role: features.codes}
    columns = feature_columns(features)
    keys = {name: f"{role} {place}" for place, name in enumerate(columns)}
    return Attributes(keys), {keys[name]: values for name, values in columns.items()}
