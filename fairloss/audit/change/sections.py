"""The comparison of two audits as sections of a page: the answer first, then what is behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from fairloss.audit.change.answer import change_section, closing_change_sections, is_share
from fairloss.audit.change.record import AuditChange
from fairloss.audit.change.scores import score_change_sections
from fairloss.audit.charts import Pair, dumbbell
from fairloss.audit.figures import is_drawn, parts
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.results import Row
from fairloss.audit.sections import limit_section, method_section
from fairloss.audit.wording import display, percent, phrase, points, ratio
from fairloss.notions import MeanRate, Rate

__all__ = ["change_evidence_sections", "change_section", "change_sections"]


def change_sections(change: AuditChange) -> list[Section]:
    """Give the sections of a page about a change, in reading order; the first one fills the first page."""
    first, second = (display(name, 40) for name in change.names)
    answer = change_section(change, f"From {first} to {second}")
    return [
        replace(answer, sections=(*answer.sections, *closing_change_sections(change))),
        *change_evidence_sections(change),
        method_section(change.before),
        limit_section(change.before),
    ]


def change_evidence_sections(change: AuditChange) -> list[Section]:
    """Give what is behind the answer: all gaps, the scores, and each attribute that both audits have."""
    return [
        Section("The largest gaps", tables=(_gap_table(change), *_farthest_table(change))),
        *score_change_sections(change),
        *(_attribute_section(change, name) for name in change.before.attributes if name in change.after.attributes),
    ]


def _gap_table(change: AuditChange) -> Table:
    rows = []
    found = {(row["attribute"], row["notion"], row["comparison"]): row for row in change.gap_rows}
    for attribute, notion in dict.fromkeys((row["attribute"], row["notion"]) for row in change.gap_rows):
        gap, low_over_high = found[attribute, notion, "difference"], found[attribute, notion, "ratio"]
        share = is_share(change, notion)
        gaps = [_gap(gap, side) if share else _ratio(gap, side) for side in ("before", "after")]
        moved = points(gap["change"]) if share else _signed(gap["change"])
        ratios = [_ratio(low_over_high, side) for side in ("before", "after")]
        rows.append((display(attribute, 80), phrase(notion), *gaps, moved, *ratios))
    names = [display(name, 40) for name in change.names]
    kinds = (f"Gap, {names[0]}", f"Gap, {names[1]}", "Change", f"Ratio, {names[0]}", f"Ratio, {names[1]}")
    return Table(
        "The largest gap between any two groups",
        (Column("Attribute"), Column("Notion"), *(Column(kind, numeric=True) for kind in kinds)),
        tuple(rows),
        "A gap is in percentage points, a ratio is the lowest over the highest value. Intervals at "
        f"{percent(change.before.plan.level, 0)} hold for all pairs of groups at once.",
    )


def _farthest_table(change: AuditChange) -> Iterator[Table]:
    rows = [
        (
            display(row["attribute"], 80),
            phrase(row["notion"]),
            f"{display(row['reference'], 80)} minus {display(row['group'], 80)}, {phrase(row['rate'])}",
            row["when"],
            *(_apart(row[side], is_share(change, row["notion"])) for side in ("before", "after")),
            _change_text({**row, "note": ""}, is_share(change, row["notion"])).removesuffix(" points"),
        )
        for row in change.farthest_rows
    ]
    if not rows:
        return
    paired = "" if not change.pairs else " Intervals are paired and hold for all pairs of groups of a notion at once."
    heads = (Column("Attribute"), Column("Notion"), Column("Difference"), Column("Farthest apart"))
    yield Table(
        "The two groups farthest apart, and how the difference between them changed",
        (*heads, *(Column(display(name, 40), True) for name in change.names), Column("Change", True)),
        tuple(rows),
        f"Differences of shares in percentage points; those farthest apart after only where they are others.{paired}",
    )


def _apart(value: float, share: bool) -> str:
    return points(value) if share else _signed(value)


def _gap(row: Row, side: str) -> str:
    if math.isnan(row[side]):
        return "–"
    low, high = (points(row[f"{side}_{end}"]).lstrip("+") for end in ("low", "high"))
    return f"{points(row[side]).lstrip('+')} ({low} to {high})"


def _ratio(row: Row, side: str) -> str:
    if math.isnan(row[side]):
        return "–"
    return f"{ratio(row[side])} ({ratio(row[f'{side}_low'])} to {ratio(row[f'{side}_high'])})"


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}".replace("-", "−")


def _attribute_section(change: AuditChange, attribute: str) -> Section:
    """Give each rate by group; where a chart cannot tell all groups apart, its table alone."""
    counts = change.before.tables[change.before.attributes.index(attribute)]
    by_rate = [(rate, _rate_table(change, attribute, rate)) for rate in change.before.plan.rates]
    title = f"By {display(attribute, 80)}"
    if not is_drawn(counts):
        return Section(title, tables=tuple(table for _, table in by_rate))
    sections = (
        Section(phrase(rate.name).capitalize(), figures=tuple(_rate_figures(change, attribute, rate, table)))
        for rate, table in by_rate
    )
    return Section(title, sections=tuple(sections))


def _rate_table(change: AuditChange, attribute: str, rate: Rate | MeanRate) -> Table:
    shown = percent if rate.is_bounded else ratio
    cells = tuple(
        (display(row["group"]), shown(row["before"]), shown(row["after"]), _change_text(row, rate.is_bounded))
        for row in _rows(change, attribute, rate)
    )
    heads = (Column("Group"), *(Column(display(name, 40), True) for name in change.names), Column("Change", True))
    return Table(_title(attribute, rate), heads, cells, _interval_note(change))


def _rate_figures(change: AuditChange, attribute: str, rate: Rate | MeanRate, table: Table) -> Iterator[Figure]:
    pairs = [
        Pair(row["group"], row["before"], row["after"], text[-1])
        for row, text in zip(_rows(change, attribute, rate), table.rows, strict=True)
    ]
    for place, (part, suffix) in enumerate(parts(pairs)):
        title = f"{_title(attribute, rate)}{suffix}"
        chart = dumbbell(part, title=title, names=change.names, percent=rate.is_bounded)
        yield Figure(chart, f"{title}.", None if place else table)


def _rows(change: AuditChange, attribute: str, rate: Rate | MeanRate) -> list[Row]:
    return [row for row in change.rate_rows if (row["attribute"], row["rate"]) == (attribute, rate.name)]


def _title(attribute: str, rate: Rate | MeanRate) -> str:
    return f"{phrase(rate.name).capitalize()} by {display(attribute, 60)}"


def _change_text(row: Row, bounded: bool) -> str:
    if math.isnan(row["change"]):
        return row["note"] or "–"
    shown = points if bounded else _signed
    unit = " points" if bounded else ""
    interval = "" if math.isnan(row["low"]) else f" ({shown(row['low'])} to {shown(row['high'])})"
    return f"{shown(row['change'])}{interval}{unit}"


def _interval_note(change: AuditChange) -> str:
    level = percent(change.before.plan.level, 0)
    return f"Intervals of the change at {level}, paired: the same people before and after." if change.pairs else ""
