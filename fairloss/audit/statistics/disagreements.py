"""Tables of one audit that count the same people differently, as published tables sometimes do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.findings import Finding
from fairloss.audit.results import Row, attribute_of
from fairloss.audit.wording import display, number
from fairloss.notions import GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["DISAGREEMENT_COLUMNS", "disagreement_findings", "disagreement_rows"]

DISAGREEMENT_COLUMNS = ("attribute", "group", "other_attribute", "rows", "other_rows", "favorable", "other_favorable")
ALL = "(all rows)"


def disagreement_rows(report: AuditReport) -> Iterator[Row]:
    """Compare each table with the crossed one group by group, and with the first one in all; rows that differ only.

    Where rows without a value are left out, a crossed table holds fewer people of a group, and never more.
    """
    complete = [not unknown.rows or unknown.group is not None for unknown in report.unknown]
    pairs = list(zip(report.tables, complete, strict=True))
    for counts, whole in pairs:
        for other, crossed_whole in pairs:
            if counts is not other and _is_part(counts, other):
                rows = _differing(counts, other.marginal(*_attributes(counts)), attribute_of(other))
                yield from rows if whole and crossed_whole else filter(_has_more, rows)
    alike = [counts for counts, whole in pairs if whole]
    for counts in alike[1:]:
        yield from _differing(counts.overall(), alike[0].overall(), attribute_of(alike[0]), attribute_of(counts))


def _has_more(row: Row) -> bool:
    """Whether the crossed table has more people of the group, or more of one outcome, than the other."""
    unfavorable = (row["other_rows"] - row["other_favorable"], row["rows"] - row["favorable"])
    pairs = ((row["other_rows"], row["rows"]), (row["other_favorable"], row["favorable"]), unfavorable)
    return any(part > whole * (1 + 1e-9) + 1e-9 for part, whole in pairs)


def disagreement_findings(report: AuditReport) -> Iterator[Finding]:
    """Warn where the tables do not add up."""
    rows = report.rows("disagreements")
    if not rows:
        return
    first = rows[0]
    group = "all rows" if first["group"] == ALL else display(first["group"], 60)
    sentence = (
        f"The tables do not add up: for {group} the table by {display(first['attribute'], 60)} has "
        f"{number(first['favorable'])} favorable of {number(first['rows'])} rows, the table by "
        f"{display(first['other_attribute'], 60)} {number(first['other_favorable'])} of {number(first['other_rows'])} "
        f"({len(rows)} such differences). Each table was used as it is."
    )
    yield Finding("tables_disagree", sentence, tuple(rows))


def _attributes(counts: GroupCounts) -> tuple[str, ...]:
    return counts.grouping.attributes if counts.grouping else ()


def _is_part(counts: GroupCounts, other: GroupCounts) -> bool:
    return 0 < len(_attributes(counts)) < len(_attributes(other)) and set(_attributes(counts)) <= set(
        _attributes(other)
    )


def _differing(
    counts: GroupCounts, other: GroupCounts, other_attribute: str, whole: str | None = None
) -> Iterator[Row]:
    theirs = {name: pair for name, *pair in _sums(other)}
    for name, rows, favorable in _sums(counts):
        pair = theirs.get(name, [0.0, 0.0])
        if not (math.isclose(rows, pair[0], rel_tol=1e-9) and math.isclose(favorable, pair[1], rel_tol=1e-9)):
            head = (attribute_of(counts), name, other_attribute) if whole is None else (whole, ALL, other_attribute)
            yield dict(zip(DISAGREEMENT_COLUMNS, (*head, rows, pair[0], favorable, pair[1]), strict=True))


def _sums(counts: GroupCounts) -> Iterator[tuple[Any, ...]]:
    """Give name, rows and favorable rows of each group."""
    cells = np.asarray(counts.cells, np.float64)
    favorable = cells[..., -1].sum(-1) if counts.has_decisions else cells[:, -1].sum(-1)
    yield from zip(counts.names, cells.sum((-1, -2)).tolist(), favorable.tolist(), strict=True)
