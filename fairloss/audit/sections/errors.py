"""The errors of the decisions by group: who is selected wrongly, who is refused wrongly."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fairloss.audit.charts import Mark, dots
from fairloss.audit.clustered_estimates import Counted, counted
from fairloss.audit.figures import describe, estimate_text, parts
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row, attribute_of, rate_rows
from fairloss.audit.wording import display, percent, phrase, share
from fairloss.notions import RATES

__all__ = ["error_sections"]

_RATES = tuple(RATES[name] for name in ("false_positive_rate", "false_negative_rate", "positive_predictive_value"))
_MOST_GROUPS = 24


def error_sections(report: AuditReport) -> Iterator[Section]:
    """Give false positive rate, false negative rate and positive predictive value by group, in one chart."""
    if not report.tables[0].has_labels or report.is_data_audit:
        return
    for table in counted(report):
        if len(table.counts.names) <= _MOST_GROUPS:  # with more, the tables of each rate say it better than a chart
            name = display(attribute_of(table.counts), 80)
            yield Section(f"Errors by {name}", figures=tuple(_figures(table, report.plan.level)))


def _figures(counted: Counted, level: float) -> Iterator[Figure]:
    rows = list(rate_rows(counted, _RATES, level))
    largest = max(row["denominator"] for row in rows)
    marks: list[Mark] = []
    for rate in _RATES:
        marks.append(Mark(f"{phrase(rate.name).capitalize()}:", *(math.nan,) * 3))
        marks += [_mark(row, largest) for row in rows if row["rate"] == rate.name]
    name = display(attribute_of(counted.counts), 80)
    cells = [(display(row["group"]), phrase(row["rate"]), _count(row), estimate_text(row, "share")) for row in rows]
    interval = f"Share ({percent(level, 0)} interval)"
    heads = (Column("Group"), Column("Rate"), Column("Count", numeric=True), Column(interval, numeric=True))
    table = Table(f"Errors by {name}", heads, tuple(cells))
    caption = (
        "False positive: selected, with an unfavorable label. False negative: not selected, with a favorable label. "
        "Positive predictive value: favorable labels among the selected."
    )
    for place, (part, suffix) in enumerate(parts(marks)):
        title = f"Errors by {name}{suffix}"
        chart = dots(part, title=title, description=describe(part))
        yield Figure(chart, caption + suffix, None if place else table)


def _mark(row: Row, largest: float) -> Mark:
    text = row["note"] or f"{_count(row)} · {estimate_text(row, 'share')}"
    size = row["denominator"] / max(largest, 1.0)
    return Mark(display(row["group"]), row["value"], row["low"], row["high"], text, size)


def _count(row: Row) -> str:
    return share(row["numerator"], row["denominator"])
