"""How rows of an audit look: their texts and their charts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

from fairloss.audit.charts import MOST_SERIES, SELECTION_LINES, Line, Mark, dots, forest
from fairloss.audit.page import Figure, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST, Row
from fairloss.audit.wording import clean, display, percent, phrase, points, ratio, share
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = [
    "describe",
    "estimate_text",
    "forest_figure",
    "gap_text",
    "is_drawn",
    "p_text",
    "parts",
    "rate_figure",
    "reading_text",
    "summary_figure",
]

_ROWS_PER_CHART = 24
"""A chart with more rows is split, so that each part fits on a printed page."""

_READINGS = {
    "shortfall_established": "ratio below four-fifths established",
    "difference_established_below_mark": "difference established; that it goes beyond four-fifths is not",
    "difference_established_shortfall_ruled_out": "difference established; a ratio below four-fifths is ruled out",
    "difference_established_above_mark": "difference established; a ratio below four-fifths is not ruled out",
    "shortfall_ruled_out": "no difference established; a ratio below four-fifths is ruled out",
    "below_mark_by_chance": "below four-fifths, but chance is a sufficient explanation",
    "not_resolved": "not resolved: too few rows to tell",
    "difference_established": "difference established",
    "not_established": "no difference established",
    "undefined": "undefined",
}
_OPEN = {"below_mark_by_chance", "not_resolved", "not_established", "shortfall_ruled_out"}

Item = TypeVar("Item")


def is_drawn(counts: GroupCounts) -> bool:
    """Whether lines are drawn for the groups: not for crossed ones where a chart could tell only some of them apart."""
    is_crossed = counts.grouping is not None and len(counts.grouping.attributes) > 1
    return not is_crossed or int((counts.sizes > 0).sum()) <= MOST_SERIES


def reading_text(row: Row) -> str:
    """Give the reading of a row in words."""
    return _READINGS[row["reading"]]


def estimate_text(row: Row, kind: str) -> str:
    """Write an estimate with its interval, as a ``"share"`` or a ``"ratio"``; a dash where undefined."""
    shown = percent if kind == "share" else ratio
    if math.isnan(row["value" if "value" in row else "share"]):
        return "–"
    value = row["value"] if "value" in row else row["share"]
    if math.isnan(row["low"]):
        return shown(value)
    return f"{shown(value)} ({shown(row['low']).removesuffix(' %')} to {shown(row['high']).removesuffix(' %')})"


def gap_text(row: Row, bounded: bool) -> str:
    """Write a difference with its interval, in percentage points where the rate is a share."""
    if not bounded:
        return estimate_text(row, "ratio") if row["value"] >= 0 or math.isnan(row["value"]) else _signed(row)
    if math.isnan(row["value"]):
        return "–"
    texts = [points(row[key]) for key in ("value", "low", "high")]
    if row["group"] == WORST:
        texts = [text.lstrip("+") for text in texts]
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


def _signed(row: Row) -> str:
    texts = [f"{row[key]:+.2f}".replace("-", "−") for key in ("value", "low", "high")]
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


def p_text(value: float) -> str:
    """Write a p value; a dash where no test was possible."""
    return "–" if math.isnan(value) else "<\u00a00.0001" if value < 0.0001 else f"{value:.4f}"


def rate_figure(report: AuditReport, attribute: str, rate: Rate | MeanRate, table: Table) -> list[Figure]:
    """Draw a rate in each group of an attribute, from low to high, with the line of all rows together."""
    rows = [row for row in report.rate_rows if (row["attribute"], row["rate"]) == (attribute, rate.name)]
    rows.sort(key=lambda row: math.inf if math.isnan(row["value"]) else row["value"])
    counts = report.tables[report.attributes.index(attribute)]
    overall = float(rate(counts.overall())[0])
    kind = "share" if rate.is_bounded else "ratio"
    shown = percent if rate.is_bounded else ratio
    lines = () if math.isnan(overall) else (Line(overall, f"all {shown(overall)}"),)
    largest = max((row["denominator"] for row in rows if not math.isnan(row["denominator"])), default=1.0)
    marks = [_rate_mark(row, kind, largest) for row in rows]
    title = f"{phrase(rate.name).capitalize()} by {display(attribute, 80)}"
    caption = (
        f"{title}, with {percent(report.plan.level, 0)} intervals; the dashed line is the rate of all rows together."
    )
    return [
        Figure(
            dots(part, title=f"{title}{suffix}", description=describe(part), lines=lines, percent=rate.is_bounded),
            caption + suffix,
            table if not suffix or suffix.endswith(" 1)") else None,
        )
        for part, suffix in parts(marks)
    ]


def forest_figure(report: AuditReport, attribute: str, rate: Rate | MeanRate) -> list[Figure]:
    """Draw the ratio of each group to the reference."""
    marks, references = [], []
    for row in _ratios(report, attribute, rate.name):
        marks.append(_ratio_mark(report, row))
        references.append(row["reference"])
    if not marks:
        return []
    title = f"{phrase(rate.name).capitalize()} relative to {display(references[0], 60)}"
    caption = f"{title}. Open marks: chance is a sufficient explanation. Dashed lines: four-fifths and equality."
    return [
        Figure(forest(part, title=f"{title}{suffix}", description=describe(part)), caption + suffix)
        for part, suffix in parts(marks)
    ]


def summary_figure(report: AuditReport) -> Iterator[Figure]:
    """Draw the one chart of the first page: the lowest ratios of the first rate in every attribute."""
    rate = report.plan.rates[0]
    most = max(2, 8 // len(report.attributes))
    marks = []
    for attribute in report.attributes:
        rows = [row for row in _ratios(report, attribute, rate.name) if not math.isnan(row["value"])]
        if rows:
            marks.append(
                Mark(f"{display(attribute)}:", *(math.nan,) * 3, f"relative to {display(rows[0]['reference'])}")
            )
        marks += [_ratio_mark(report, row) for row in rows[:most]]
    if marks:
        title = f"{phrase(rate.name).capitalize()}: the lowest ratios to the reference group"
        level = percent(report.plan.level, 0)
        caption = f"{title}, with {level} intervals. Open marks: chance is a sufficient explanation."
        lines = SELECTION_LINES if rate.name == "selection_rate" else SELECTION_LINES[1:]
        yield Figure(forest(marks, title=title, description=describe(marks), lines=lines), caption)


def _ratios(report: AuditReport, attribute: str, rate: str) -> list[Row]:
    notion = next(one for one in report.plan.notions if rate in [each.name for each in one.rates])
    wanted = (attribute, notion.name, rate, "ratio")
    rows = [
        row
        for row in report.disparity_rows
        if (row["attribute"], row["notion"], row["rate"], row["comparison"]) == wanted and row["group"] != WORST
    ]
    return sorted(rows, key=lambda row: math.inf if math.isnan(row["value"]) else row["value"])


def _rate_mark(row: Row, kind: str, largest: float) -> Mark:
    behind = "" if math.isnan(row["numerator"]) else f"{share(row['numerator'], row['denominator'])} · "
    text = row["note"] or behind + estimate_text(row, kind)
    size = 0.5 if math.isnan(row["denominator"]) else row["denominator"] / max(largest, 1)
    return Mark(display(row["group"]), row["value"], row["low"], row["high"], text, size)


def _ratio_mark(report: AuditReport, row: Row) -> Mark:
    rates = {
        one["group"]: one
        for one in report.rate_rows
        if (one["attribute"], one["rate"]) == (row["attribute"], row["rate"])
    }
    mine = rates[row["group"]]
    behind = "" if math.isnan(mine["numerator"]) else f"{share(mine['numerator'], mine['denominator'])} · "
    largest = max((one["denominator"] for one in rates.values()), default=1.0)
    size = 0.5 if math.isnan(mine["denominator"]) else mine["denominator"] / max(largest, 1)
    text = row["note"] or behind + estimate_text(row, "ratio")
    return Mark(display(row["group"]), row["value"], row["low"], row["high"], text, size, row["reading"] in _OPEN)


def parts(marks: Sequence[Item]) -> list[tuple[Sequence[Item], str]]:
    """Split a long chart into parts of equal length."""
    number = max(1, -(-len(marks) // _ROWS_PER_CHART))
    size = -(-len(marks) // number)
    if number == 1:
        return [(marks, "")]
    return [(marks[size * place : size * (place + 1)], f" (part {place + 1})") for place in range(number)]


def describe(marks: Sequence[Mark]) -> str:
    """Say the first rows of a chart in words; the table holds them all."""
    said = "; ".join(f"{clean(mark.label, 40)}: {mark.text}" for mark in marks[:6])
    return said + ("; and more in the table." if len(marks) > 6 else ".")
