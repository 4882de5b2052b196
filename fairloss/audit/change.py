"""What changed between two audits: rates by group and gaps, before and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from fairloss.audit.counts import audit_counts
from fairloss.audit.pairing import after_of, before_of, change_interval, count_pairs
from fairloss.audit.plan import About, Notions
from fairloss.audit.regimes.asked import Stated
from fairloss.audit.regimes.catalogue import RegimeNames
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST, Row, attribute_of
from fairloss.audit.tallies import Missing, group_tables, unknown_rows
from fairloss.audit.writing import write
from fairloss.errors import InputError, quote
from fairloss.notions import GroupCounts
from fairloss.tables import binary, same_rows, weights

__all__ = ["GAP_CHANGE_COLUMNS", "RATE_CHANGE_COLUMNS", "AuditChange", "compare", "compare_predictions"]

RATE_CHANGE_COLUMNS = ("attribute", "group", "rate", "before", "after", "change", "low", "high", "note")
GAP_CHANGE_COLUMNS = (
    "attribute",
    "notion",
    "comparison",
    "before",
    "before_low",
    "before_high",
    "after",
    "after_low",
    "after_high",
    "change",
)


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
        later = {_gap_key(row): row for row in self.after.disparity_rows if row["group"] == WORST}
        rows = []
        for row in self.before.disparity_rows:
            if row["group"] != WORST or _gap_key(row) not in later:
                continue
            other = later[_gap_key(row)]
            values = (*(row[key] for key in _ESTIMATE), *(other[key] for key in _ESTIMATE))
            change = other["value"] - row["value"]
            rows.append(dict(zip(GAP_CHANGE_COLUMNS, (*_gap_key(row), *values, change), strict=True)))
        return rows

    @property
    def rates(self) -> Any:
        """Each rate in each group, before and after."""
        return _frame(self.rate_rows, RATE_CHANGE_COLUMNS)

    @property
    def gaps(self) -> Any:
        """The worst gap of each notion, before and after."""
        return _frame(self.gap_rows, GAP_CHANGE_COLUMNS)

    def to_json(self, path: str | Path | None = None) -> str:
        """Give the change as JSON with both audits, and write it where a path is given."""
        from fairloss.audit.archive import change_to_json

        return write(change_to_json(self), path)

    def to_html(self, path: str | Path | None = None, *, title: str = "Before and after") -> str:
        """Give the comparison as one self-contained page, and write it where a path is given."""
        from fairloss.audit.change_sections import change_sections
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


_ESTIMATE = ("value", "low", "high")


def compare(before: AuditReport, after: AuditReport, names: tuple[str, str] = ("before", "after")) -> AuditChange:
    """Put two audits side by side: what changed in each rate, each group and each gap.

    Parameters
    ----------
    before, after : AuditReport
        Audits with the same level. Attributes, groups and notions that only one of them has are left out.
    names : (str, str)
        What the two are called.

    Returns
    -------
    AuditChange
        Without intervals of the change, because counts do not say whether both saw the same people; where they did,
        use `compare_predictions`.

    Raises
    ------
    InputError
        If the levels differ, or if they share no attribute.

    Examples
    --------
    >>> from fairloss.audit import audit_counts
    >>> first = audit_counts(GroupCounts.of(None, [1, 1, 0, 0], [0, 0, 1, 1]))
    >>> second = audit_counts(GroupCounts.of(None, [1, 0, 1, 0], [0, 0, 1, 1]))
    >>> compare(first, second).gaps.query("comparison == 'difference'")[["before", "after"]].values.tolist()
    [[1.0, 0.0]]
    """
    if before.plan.level != after.plan.level:
        raise InputError(
            f"Two audits are compared at one level, got {before.plan.level:g} and {after.plan.level:g}. "
            "Audit both at the same level."
        )
    if not set(before.attributes) & set(after.attributes):
        raise InputError(
            f"Two audits are compared on the attributes that both have, got {quote(before.attributes)} and "
            f"{quote(after.attributes)}. Audit the same attributes."
        )
    return AuditChange(before, after, names)


def compare_predictions(
    y_true: Any,
    y_before: Any,
    y_after: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    names: tuple[str, str] = ("before", "after"),
    pos_label: Any = 1,
    level: float = 0.95,
    cross: bool = True,
    notions: Notions = None,
    reference: str | Mapping[str, str] = "highest",
    missing: Missing = "group",
    about: About | Mapping[str, Any] | None = None,
    regimes: RegimeNames = (),
    statement: Stated = None,
) -> AuditChange:
    """Audit two sets of decisions about the same people, and what changed, with paired intervals.

    Parameters
    ----------
    y_true : array-like of shape (n,) or None
        Labels.
    y_before, y_after : array-like of shape (n,)
        The two decisions about each row.
    names : (str, str)
        What the two are called.
    sensitive_features, sample_weight, pos_label, level, cross, notions, reference, missing, about, regimes, statement
        As in `audit_predictions`.

    Returns
    -------
    AuditChange
        Its ``before`` and ``after`` are full audits.

    Raises
    ------
    InputError
        As `audit_predictions`.

    Examples
    --------
    >>> change = compare_predictions(
    ...     None, [1, 1, 0, 0], [1, 0, 1, 0], sensitive_features={"sex": ["M", "M", "F", "F"]}
    ... )
    >>> change.rates[["group", "before", "after"]].values.tolist()
    [['F', 0.0, 0.5], ['M', 1.0, 0.5]]
    """
    given = {"sample_weight": sample_weight, "sensitive_features": sensitive_features}
    same_rows("compare_predictions", y_true=y_true, y_before=y_before, y_after=y_after, **given)
    label = None if y_true is None else binary(y_true, pos_label=pos_label, role="y_true")
    first = binary(y_before, pos_label=pos_label, role="y_before")
    second = binary(y_after, pos_label=pos_label, role="y_after")
    weight = None if sample_weight is None else weights(sample_weight)
    groups = group_tables(sensitive_features, cross=cross, missing=missing)
    pairs = tuple(count_pairs(label, first, second, each, weight) for each in groups)
    unknown = unknown_rows(sensitive_features, groups)
    audit = partial(
        audit_counts, notions=notions, level=level, reference=reference, about=about, unknown=unknown, regimes=regimes,
        statement=statement,
    )  # fmt: skip
    return AuditChange(audit([before_of(one) for one in pairs]), audit([after_of(one) for one in pairs]), names, pairs)


def _rate_key(row: Row) -> tuple[str, str, str]:
    return row["attribute"], row["group"], row["rate"]


def _gap_key(row: Row) -> tuple[str, str, str]:
    return row["attribute"], row["notion"], row["comparison"]


def _frame(rows: list[Row], columns: tuple[str, ...]) -> Any:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))
