"""Where the gaps lie whoever the rows without a recorded group belong to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fairloss.audit.estimates import estimate
from fairloss.audit.findings import Finding
from fairloss.audit.missing import Unknown
from fairloss.audit.plan import Plan
from fairloss.audit.results import Row, attribute_of, reference_code
from fairloss.audit.wording import display, number, phrase, points, span
from fairloss.inference import difference_interval, unknown_group_bounds
from fairloss.notions import RATES, GroupCounts, Rate

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["UNKNOWN_COLUMNS", "unknown_findings", "unknown_rows"]

UNKNOWN_COLUMNS = (
    "attribute",
    "rate",
    "group",
    "reference",
    "rows_unknown",
    "rate_low",
    "rate_high",
    "gap",
    "gap_low",
    "gap_high",
)


def unknown_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group with a name: the outcome rate and its gap over all ways to assign the unknown rows.

    Where the unknown rows form a group, their outcomes are known; where they were left out, these are open too.
    """
    for counts, unknown in zip(report.tables, report.unknown, strict=True):
        rate = RATES["selection_rate" if counts.has_decisions else "base_rate"]
        if unknown.rows and counts.squares is None and rate in report.plan.rates and isinstance(rate, Rate):
            yield from _rows(rate, counts, unknown, report.plan)


def _rows(rate: Rate, counts: GroupCounts, unknown: Unknown, plan: Plan) -> Iterator[Row]:
    x, n = (np.asarray(form(counts.cells), np.float64) for form in (rate.of, rate.among))
    named = [code for code, name in enumerate(counts.names) if name != unknown.group and n[code] > 0]
    if len(named) < 2 or plan.fixed_reference(attribute_of(counts)) == (unknown.group or ""):
        return
    known = _only(counts, named)
    reference = reference_code(estimate(rate, known, plan.level), known, plan)
    if unknown.group is None:
        # The favorable among the left out are open: none for the low ends, all for the high ends.
        ends = [
            unknown_group_bounds(x[named], n[named], each, unknown.rows, reference=reference)
            for each in (0, unknown.rows)
        ]
    else:
        more = counts.names.index(unknown.group)
        ends = [unknown_group_bounds(x[named], n[named], x[more], n[more], reference=reference)] * 2
    rates = x[named] / n[named]
    low, high = ends[0].low, ends[1].high
    for place, code in enumerate(named):
        if place == reference:
            gaps = (0.0, 0.0, 0.0)
        else:
            gaps = (rates[place] - rates[reference], low[place] - high[reference], high[place] - low[reference])
        head = (attribute_of(counts), rate.name, counts.names[code], counts.names[named[reference]], unknown.rows)
        values = (*head, *map(float, (low[place], high[place], *gaps)))
        yield dict(zip(UNKNOWN_COLUMNS, values, strict=True))


def _only(counts: GroupCounts, named: list[int]) -> GroupCounts:
    codes = np.full(counts.n_groups, -1)
    codes[named] = np.arange(len(named))
    if counts.grouping is None:
        return counts.regroup(codes, len(named))
    grouping = type(counts.grouping)(counts.grouping.attributes, tuple(counts.grouping.levels[code] for code in named))
    return counts.regroup(codes, grouping)


def unknown_findings(report: AuditReport) -> Iterator[Finding]:
    """Say where an established gap could have the other direction, whoever the unknown rows are."""
    rates = {(row["attribute"], row["rate"], row["group"]): row for row in report.rows("rates")}
    for row in report.rows("unknown_bounds"):
        group, reference = (rates[row["attribute"], row["rate"], row[side]] for side in ("group", "reference"))
        if row["gap_low"] < 0 < row["gap_high"] and _differ(group, reference, report.plan.level):
            names = f"{display(row['group'], 60)} and {display(row['reference'], 60)}"
            rows = f"{number(row['rows_unknown'])} rows without a value of {display(row['attribute'], 60)}"
            sentence = (
                f"The {rows} could turn the gap in {phrase(row['rate'])} between {names} around: "
                f"{points(row['gap'])} points as recorded, anything from "
                f"{span(points(row['gap_low']), points(row['gap_high']))} points if they belong to these groups."
            )
            yield Finding("gap_depends_on_unknown", sentence, (row,))


def _differ(group: Row, reference: Row, level: float) -> bool:
    """Whether the rates as recorded differ by more than chance explains."""
    counts = (one[name] for one in (group, reference) for name in ("numerator", "denominator"))
    interval = difference_interval(*counts, level=level)
    return not interval.low <= 0 <= interval.high
