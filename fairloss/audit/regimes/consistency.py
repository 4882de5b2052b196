"""Whether tables of the same people add up: nobody is in a crossed table who is not in the table of one attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.findings import Finding
from fairloss.audit.wording import display, listing

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["disagreeing_tables"]

Cells = np.ndarray[Any, np.dtype[np.float64]]


def disagreeing_tables(report: AuditReport) -> Iterator[Finding]:
    """Name the categories that have more people of one outcome in a crossed table than in the table of one attribute.

    A crossed table may hold fewer people, those whose other attribute is known, but never more. Published tables of
    counts are where this happens; tables that were counted from the same rows add up.
    """
    alone = dict(zip(report.attributes, report.tables, strict=True))
    for crossed in report.tables:
        grouping = crossed.grouping
        if grouping is None or len(grouping.attributes) < 2:
            continue
        for name in grouping.attributes:
            if name not in alone or alone[name].cells.shape[1:] != crossed.cells.shape[1:]:
                continue
            merged, codes = grouping.marginal([name])
            sums = np.zeros((len(merged), *crossed.cells.shape[1:]))
            np.add.at(sums, codes, np.asarray(crossed.cells, dtype=np.float64))
            known = {level: place for place, level in enumerate(alone[name].names)}
            more = [
                level
                for level, cells in zip(merged.names, sums, strict=True)
                if level not in known or _exceeds(cells, np.asarray(alone[name].cells[known[level]]))
            ]
            if more:
                shown = listing(display(level, 60) for level in more)
                sentence = (
                    f"The tables of {display(grouping.attribute, 60)} and of {display(name, 60)} do not add up: "
                    f"{shown} {'has' if len(more) == 1 else 'have'} more people of one outcome where "
                    "the attributes are crossed. They were not counted from the same people."
                )
                row = {"attribute": name, "column": grouping.attribute, "group": more[0]}
                yield Finding("tables_disagree", sentence, (row,))


def _exceeds(part: Cells, whole: Cells) -> bool:
    return bool((part > whole * (1 + 1e-9) + 1e-9).any())
