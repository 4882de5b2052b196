"""Auditing data before any model: who is in it, how often the label is favorable, and whose values are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairloss.audit.counts import audit_counts
from fairloss.audit.missing import MissingValues
from fairloss.audit.plan import About
from fairloss.audit.regimes.asked import Stated
from fairloss.audit.regimes.catalogue import RegimeNames
from fairloss.audit.report import AuditReport
from fairloss.audit.tallies import Missing, group_tables, unknown_rows
from fairloss.errors import quote
from fairloss.notions import GroupCounts, Groups
from fairloss.tables import binary, column, column_names, missing_flags, read_table, same_rows, weights

__all__ = ["audit_data"]


def audit_data(
    table: Any,
    *,
    label: str,
    sensitive: str | Sequence[str],
    weight: str | None = None,
    columns: Sequence[str] | None = None,
    pos_label: Any = 1,
    level: float = 0.95,
    cross: bool = True,
    reference: str | Mapping[str, str] = "highest",
    missing: Missing = "group",
    about: About | Mapping[str, Any] | None = None,
    regimes: RegimeNames = (),
    statement: Stated = None,
) -> AuditReport:
    """Audit data before any model: base rates, representation and missing values by group.

    Parameters
    ----------
    table : frame, mapping of columns, or path
        A pandas, polars or pyarrow frame, a mapping of arrays, or the path of a CSV or Parquet file.
    label : str
        The column of the label, with two values.
    sensitive : str or sequence of str
        The columns of the sensitive attributes.
    weight : str, optional
        The column of the weights; missing values are counted in rows all the same.
    columns : sequence of str, optional
        The columns whose missing values are counted; all but the sensitive ones, label and weight where not given.
    pos_label : scalar
        The favorable label.
    level, cross, reference, missing, about, regimes, statement
        As in `audit_predictions`.

    Returns
    -------
    AuditReport
        Its rate is the base rate; ``representation`` and ``missing_values`` say who is there and what is not.

    Raises
    ------
    InputError
        As `audit_table`.

    Examples
    --------
    >>> table = {"sex": list("FFMMM"), "income": [None, 1.0, 2.0, 1.0, 3.0], "repaid": [0, 1, 1, 1, 0]}
    >>> report = audit_data(table, label="repaid", sensitive="sex")
    >>> report.missing_values[["group", "column", "missing", "rows"]].values.tolist()
    [['F', 'income', 1, 2], ['M', 'income', 0, 3]]
    """
    frame = read_table(table)
    names = [sensitive] if isinstance(sensitive, str) else list(sensitive)
    features = {name: column(frame, name, who="audit_data") for name in names}
    values = column(frame, label, who="audit_data")
    mass = None if weight is None else column(frame, weight, who="audit_data")
    same_rows("audit_data", label=values, weight=mass, sensitive=features)
    groups = group_tables(features, cross=cross, missing=missing)
    codes = binary(values, pos_label=pos_label, role=f"The label {quote(label)}")
    counts = [GroupCounts.of(codes, None, each, None if mass is None else weights(mass)) for each in groups]
    used = {label, weight, *names}
    looked_at = columns if columns is not None else [name for name in column_names(frame) if name not in used]
    flags = {name: missing_flags(column(frame, name, who="audit_data")) for name in looked_at}
    return audit_counts(
        counts,
        level=level,
        reference=reference,
        about=about,
        unknown=unknown_rows(features, groups),
        evidence={"missing": tuple(_missing_values(each, flags) for each in groups) if flags else ()},
        regimes=regimes,
        statement=statement,
    )


def _missing_values(groups: Groups, flags: Mapping[str, Any]) -> MissingValues:
    known = groups.codes >= 0
    codes = groups.codes[known]
    rows = np.bincount(codes, minlength=groups.n_groups)
    counted = [np.bincount(codes[flag[known]], minlength=groups.n_groups) for flag in flags.values()]
    return MissingValues(groups.grouping.attribute, groups.names, tuple(flags), np.stack(counted), rows)
