"""The record of a change: two audits, and the joint counts where both saw the same people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fairloss.audit.change.gaps import FARTHEST_COLUMNS, GAP_CHANGE_COLUMNS, farthest_rows, gap_rows
from fairloss.audit.change.pairing import change_interval
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row, attribute_of
from fairloss.audit.writing import write
from fairloss.notions import GroupCounts

__all__ = ["RATE_CHANGE_COLUMNS", "AuditChange"]

RATE_CHANGE_COLUMNS = ("attribute", "group", "rate", "before", "after", "change", "low", "high", "note")


@dataclass(frozen=True, eq=False)
class AuditChange:
    """Two audits of the same groups side by side.

    Made by `compare`, or by `compare_predictions` where both decided about the same people.

    Parameters
    ----------
    before, after : AuditReport
        The two audits.
    names : (str, str)
        What they are called.
    pairs : tuple of GroupCounts
        Where the same people were decided twice: per attribute the counts of shape (2, groups, labels, 2), first
        decision first, from which both audits follow.

    Attributes
    ----------
    rates : pandas.DataFrame
        attribute, group, rate, before, after, change, low, high, note. The interval of the change is paired; NaN where
        it is not known that both saw the same people.
    gaps : pandas.DataFrame
        attribute, notion, comparison, and the worst gap before and after, each with its simultaneous interval.
    farthest : pandas.DataFrame
        attribute, notion, when, rate, group, reference, before, after, change, low, high: of the two groups that are
        farthest apart ``when`` (before, and after where these are others), the value in ``reference`` minus that in
        ``group``. The paired interval of its change holds for all pairs of groups in all rates of the notion at once,
        because the data chose the pair.
    """

    before: AuditReport
    after: AuditReport
    names: tuple[str, str] = ("before", "after")
    pairs: tuple[GroupCounts, ...] = ()

    @cached_property
    def rate_rows(self) -> list[Row]:
        """The rows of `rates`, as mappings."""
        later = {_rate_key(row): row for row in self.after.rate_rows}
        ends = self._intervals()
        rows = []
        for row in self.before.rate_rows:
            other = later.get(_rate_key(row))
            if other is not None:
                low, high = ends.get(_rate_key(row), (math.nan, math.nan))
                values = (row["value"], other["value"], other["value"] - row["value"], low, high)
                key = (row["attribute"], row["group"], row["rate"])
                rows.append(dict(zip(RATE_CHANGE_COLUMNS, (*key, *values, row["note"] or other["note"]), strict=True)))
        return rows

    @cached_property
    def gap_rows(self) -> list[Row]:
        """The rows of `gaps`, as mappings."""
        return list(gap_rows(self))

    @cached_property
    def farthest_rows(self) -> list[Row]:
        """The rows of `farthest`, as mappings."""
        return list(farthest_rows(self))

    @property
    def rates(self) -> Any:
        """Each rate in each group, before and after."""
        return _frame(self.rate_rows, RATE_CHANGE_COLUMNS)

    @property
    def gaps(self) -> Any:
        """The worst gap of each notion, before and after."""
        return _frame(self.gap_rows, GAP_CHANGE_COLUMNS)

    @property
    def farthest(self) -> Any:
        """How the difference between the two groups farthest apart changed."""
        return _frame(self.farthest_rows, FARTHEST_COLUMNS)

    def to_json(self, path: str | Path | None = None) -> str:
        """Give the change as JSON with both audits, and write it where a path is given."""
        from fairloss.audit.archive import change_to_json

        return write(change_to_json(self), path)

    def to_html(self, path: str | Path | None = None, *, title: str = "Before and after") -> str:
        """Give the comparison as one self-contained page, and write it where a path is given."""
        from fairloss.audit.change.sections import change_sections
        from fairloss.audit.page import page

        return write(page(title, change_sections(self), created=self.after.about.created), path)

    def _intervals(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        found = {}
        for pairs in self.pairs:
            for rate in self.before.plan.rates:
                low, high = change_interval(rate, pairs, self.before.plan.level)
                for code, group in enumerate(pairs.names):
                    found[attribute_of(pairs), group, rate.name] = (float(low[code]), float(high[code]))
        return found


def _rate_key(row: Row) -> tuple[str, str, str]:
    return row["attribute"], row["group"], row["rate"]


def _frame(rows: list[Row], columns: tuple[str, ...]) -> Any:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))
