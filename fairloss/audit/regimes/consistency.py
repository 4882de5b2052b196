"""Whether tables of the same people add up: nobody is in a crossed table who is not in the table of one attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fairloss.audit.findings import Finding
from fairloss.audit.wording import display, listing

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport
    from fairloss.notions import GroupCounts

__all__ = ["disagreeing_tables"]

_ROUNDING = 1e-9
"""Sums of weights differ by so little from one order of the rows to another."""


def disagreeing_tables(report: AuditReport) -> Iterator[Finding]:
    """Name the categories that have more people of one outcome in a crossed table than in the table of one attribute.

    A crossed table may hold fewer people, those whose other attribute is known, but never more. Published tables of
    counts are where this happens; tables that were counted from the same rows add up.
    """
    alone = dict(zip(report.attributes, report.tables, strict=True))
    for crossed in report.tables:
        names = crossed.grouping.attributes if crossed.grouping else ()
        for name in names if len(names) > 1 else ():
            more = _categories_with_more(crossed, name, alone[name]) if name in alone else []
            if more:
                yield _finding(" × ".join(names), name, more)


def _categories_with_more(crossed: GroupCounts, name: str, alone: GroupCounts) -> list[str]:
    """Give the categories of an attribute of which the crossed table has more people, by label and decision."""
    if crossed.grouping is None or crossed.cells.shape[1:] != alone.cells.shape[1:]:
        return []
    merged, codes = crossed.grouping.marginal([name])
    sums = np.zeros((len(merged), *crossed.cells.shape[1:]))
    np.add.at(sums, codes, np.asarray(crossed.cells, dtype=np.float64))
    known = dict(zip(alone.names, np.asarray(alone.cells, dtype=np.float64), strict=True))
    return [
        level
        for level, cells in zip(merged.names, sums, strict=True)
        if level in known and (cells > known[level] * (1 + _ROUNDING) + _ROUNDING).any()
    ]


def _finding(crossed: str, name: str, more: list[str]) -> Finding:
    shown = listing(display(level, 60) for level in more)
    sentence = (
        f"The tables of {display(crossed, 60)} and of {display(name, 60)} do not add up: {shown} "
        f"{'has' if len(more) == 1 else 'have'} more people of one outcome where the attributes are crossed. "
        "They were not counted from the same people."
    )
    return Finding("tables_disagree", sentence, ({"attribute": name, "column": crossed, "group": more[0]},))
