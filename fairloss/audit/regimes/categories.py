"""The categories of one table as a rule counts them: known ones only, in whole numbers, unknown ones counted apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["Category", "highest", "known_codes", "selected_categories", "unknown_rows_of"]


@dataclass(frozen=True, slots=True)
class Category:
    """One category of a table.

    Parameters
    ----------
    name : str
        What it is called.
    favorable, rows : float
        People with the favorable outcome, of all people of the category: whole numbers, or sums of weights.
    """

    name: str
    favorable: float
    rows: float

    @property
    def rate(self) -> Fraction | None:
        """The exact share with the favorable outcome; None without people."""
        return Fraction(self.favorable) / Fraction(self.rows) if self.rows else None


def selected_categories(report: AuditReport, place: int) -> list[Category]:
    """Give the known categories of a table with the people who were selected; none where nothing was decided."""
    counts = report.tables[place]
    if not counts.has_decisions:
        return []
    selected = np.asarray(counts.cells)[..., 1].sum(-1).tolist()
    sizes = np.asarray(counts.sizes).tolist()
    return [Category(counts.names[code], selected[code], sizes[code]) for code in known_codes(report, place)]


def known_codes(report: AuditReport, place: int) -> list[int]:
    """Give the codes of the groups in which no attribute is without a value."""
    grouping = report.tables[place].grouping
    if grouping is None:
        return list(range(len(report.tables[place].names)))
    absent = {name: one.group for name, one in zip(report.attributes, report.unknown, strict=True)}
    return [
        code
        for code, levels in enumerate(grouping.levels)
        if all(absent.get(name) != level for name, level in zip(grouping.attributes, levels, strict=True))
    ]


def unknown_rows_of(report: AuditReport, place: int) -> float:
    """Count the people of a table whose category is unknown: those left out of it, and those in groups without one."""
    unknown = report.unknown[place]
    sizes: Any = np.asarray(report.tables[place].sizes)
    known = known_codes(report, place)
    apart = float(sizes.sum() - sizes[known].sum())
    return apart if unknown.group is not None else apart + unknown.rows


def highest(categories: Sequence[Category]) -> Category | None:
    """Give the category with the highest rate, compared exactly; of equal ones the largest. None without people."""
    known = [one for one in categories if one.rate is not None]
    return max(known, key=lambda one: (one.rate or 0, one.rows), default=None)
