"""Auditing a funnel: from the columns of its stages to counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairloss.audit.counts import audit_counts
from fairloss.audit.report import AuditReport
from fairloss.audit.stages.funnel import Stages
from fairloss.audit.tallies import Missing, group_tables, unknown_rows
from fairloss.errors import InputError, quote
from fairloss.notions import GroupCounts, Groups
from fairloss.tables import binary, column, missing_flags, read_table, same_rows

__all__ = ["audit_stages"]

Codes = np.ndarray[Any, np.dtype[np.int64]]


def audit_stages(
    table: Any,
    *,
    stages: Sequence[str],
    sensitive: str | Sequence[str],
    pos_label: Any = 1,
    cross: bool = True,
    missing: Missing = "group",
    **options: Any,
) -> AuditReport:
    """Audit a funnel: the bottom line of everybody who entered, and each stage among those who reached it.

    Parameters
    ----------
    table : frame, mapping of columns, or path
        One row per person.
    stages : sequence of str
        The columns of the decisions, in order. A value is missing where the person did not reach the stage; who is
        refused at a stage, or missing in it, is not selected at the bottom line.
    sensitive : str or sequence of str
        The columns of the sensitive attributes.
    pos_label : scalar
        The value that means going on.
    cross, missing
        As in `audit_predictions`.
    **options
        As in `audit_counts`: ``notions``, ``level``, ``reference``, ``about``.

    Returns
    -------
    AuditReport
        Its decision is the bottom line; ``report.table("stage_rates")`` has one row per attribute, stage and group.

    Raises
    ------
    InputError
        Where there are fewer than two stages, nobody enters, or a person is at a stage without having passed the one
        before.

    Examples
    --------
    >>> table = {"sex": list("FFFMMM"), "test": [1, 1, 0, 1, 1, 1], "interview": [1, 0, None, 1, 1, 0]}
    >>> report = audit_stages(table, stages=["test", "interview"], sensitive="sex")
    >>> report.table("stage_rates")[["stage", "group", "numerator", "denominator"]].values.tolist()[:3]
    [['test', 'F', 2.0, 3.0], ['test', 'M', 3.0, 3.0], ['interview', 'F', 1.0, 2.0]]
    """
    frame = read_table(table)
    if len(stages) < 2:
        raise InputError(f"A funnel has two or more stages, got {len(stages)}. Use audit_table for a single decision.")
    names = [sensitive] if isinstance(sensitive, str) else list(sensitive)
    features = {name: column(frame, name, who="audit_stages") for name in names}
    columns = {name: column(frame, name, who="audit_stages") for name in stages}
    same_rows("audit_stages", sensitive=features, **columns)
    passed = {name: _passed(values, name, pos_label) for name, values in columns.items()}
    _check_order(passed)
    groups = group_tables(features, cross=cross, missing=missing)
    bottom = (passed[stages[-1]] == 1).astype(np.int64)
    found = Stages(tuple(stages), tuple(_count(passed, each) for each in groups))
    return audit_counts(
        [GroupCounts.of(None, bottom, each) for each in groups],
        unknown=unknown_rows(features, groups),
        evidence={"stages": found},
        **options,
    )


def _passed(values: Any, name: str, pos_label: Any) -> Codes:
    """Give 1 for going on, 0 for being refused, -1 where the stage was not reached."""
    absent = np.asarray(missing_flags(values))
    codes = np.full(len(absent), -1, dtype=np.int64)
    if not absent.all():
        codes[~absent] = binary(
            np.asarray(values, dtype=object)[~absent], pos_label=pos_label, role=f"The stage {quote(name)}"
        )
    return codes


def _check_order(passed: Mapping[str, Codes]) -> None:
    names, codes = list(passed), list(passed.values())
    absent = int((codes[0] < 0).sum())
    if absent:
        raise InputError(
            f"Everybody enters a funnel at its first stage, but {absent} rows have no value of {quote(names[0])}. "
            "Leave those rows out."
        )
    for place in range(1, len(names)):
        odd = int(((codes[place] >= 0) & (codes[place - 1] != 1)).sum())
        if odd:
            raise InputError(
                f"Nobody reaches the stage {quote(names[place])} without passing {quote(names[place - 1])}, but {odd} "
                "rows do. Set the later stage to missing there, or check the order of the stages."
            )


def _count(passed: Mapping[str, Codes], groups: Groups) -> GroupCounts:
    cells = [
        GroupCounts.of(
            None, np.maximum(codes, 0), Groups(np.where(codes >= 0, groups.codes, -1), groups.grouping)
        ).cells
        for codes in passed.values()
    ]
    return GroupCounts(np.stack(cells), grouping=groups.grouping)
