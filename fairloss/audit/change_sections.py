"""The comparison of two audits as sections of a page, with before-and-after charts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fairloss.audit.change import AuditChange
from fairloss.audit.charts import Pair, dumbbell
from fairloss.audit.figures import parts
from fairloss.audit.findings import constant_decisions
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.results import Row
from fairloss.audit.sections import limit_section, method_section
from fairloss.audit.wording import display, number, percent, phrase, points, ratio

__all__ = ["change_evidence_sections", "change_section", "change_sections"]


def change_sections(change: AuditChange) -> list[Section]:
    """Give the sections of a page about a change, in reading order."""
    first, second = (display(name, 40) for name in change.names)
    return [
        change_section(change, f"From {first} to {second}"),
        *change_evidence_sections(change),
        method_section(change.before),
        limit_section(change.before),
    ]


def change_evidence_sections(change: AuditChange) -> list[Section]:
    """Give what is behind the answer: each attribute that both audits have."""
    return [_attribute_section(change, name) for name in change.before.attributes if name in change.after.attributes]


def change_section(change: AuditChange, title: str = "What changed") -> Section:
    """Give the answer: how each largest gap moved, as sentences, a chart and a table."""
    rows = [row for row in change.gap_rows if row["comparison"] == "difference" and _is_share(change, row["notion"])]
    paired = "the same people were decided twice" if change.pairs else "two audits; the people may differ"
    facts = (
        ("Compared", f"{display(change.names[0], 40)} and {display(change.names[1], 40)}"),
        ("Rows", number(float(change.after.tables[0].sizes.sum()))),
        ("Pairing", paired),
    )
    figures = tuple(
        Figure(
            dumbbell(part, title=f"Largest gaps{suffix}", names=change.names),
            f"The largest gap between any two groups in each notion{suffix}.",
        )
        for part, suffix in parts([_gap_pair(row) for row in rows])
    )
    return Section(
        title, facts=facts, findings=tuple(_sentences(change, rows)), figures=figures, tables=(_table(change),)
    )


def _sentences(change: AuditChange, rows: list[Row]) -> Iterator[str]:
    for name, report in zip(change.names, (change.before, change.after), strict=True):
        yield from (f"In “{display(name, 40)}”: {finding}" for finding in constant_decisions(report.tables[0]))
    for row in rows[:6]:
        if math.isnan(row["change"]):
            continue
        moved = "did not move" if row["change"] == 0 else "went down" if row["change"] < 0 else "went up"
        yield (
            f"The largest gap in {phrase(row['notion'])} by {display(row['attribute'], 60)} {moved}, from "
            f"{_gap(row, 'before')} to {_gap(row, 'after')} points."
        )


def _gap(row: Row, side: str) -> str:
    if math.isnan(row[side]):
        return "–"
    low, high = (points(row[f"{side}_{end}"]).lstrip("+") for end in ("low", "high"))
    return f"{points(row[side]).lstrip('+')} ({low} to {high})"


def _gap_pair(row: Row) -> Pair:
    text = f"{points(row['before']).lstrip('+')} to {points(row['after']).lstrip('+')} points"
    return Pair(f"{display(row['attribute'], 40)}, {phrase(row['notion'])}", row["before"], row["after"], text)


def _table(change: AuditChange) -> Table:
    rows = []
    found = {(row["attribute"], row["notion"], row["comparison"]): row for row in change.gap_rows}
    for attribute, notion in dict.fromkeys((row["attribute"], row["notion"]) for row in change.gap_rows):
        gap, low_over_high = found[attribute, notion, "difference"], found[attribute, notion, "ratio"]
        share = _is_share(change, notion)
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


def _ratio(row: Row, side: str) -> str:
    if math.isnan(row[side]):
        return "–"
    return f"{ratio(row[side])} ({ratio(row[f'{side}_low'])} to {ratio(row[f'{side}_high'])})"


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}".replace("-", "−")


def _is_share(change: AuditChange, notion: str) -> bool:
    return all(rate.is_bounded for one in change.before.plan.notions if one.name == notion for rate in one.rates)


def _attribute_section(change: AuditChange, attribute: str) -> Section:
    sections = []
    for rate in change.before.plan.rates:
        rows = [row for row in change.rate_rows if (row["attribute"], row["rate"]) == (attribute, rate.name)]
        shown = percent if rate.is_bounded else ratio
        title = f"{phrase(rate.name).capitalize()} by {display(attribute, 60)}"
        cells = tuple(
            (display(row["group"]), shown(row["before"]), shown(row["after"]), _change_text(row, rate.is_bounded))
            for row in rows
        )
        heads = (Column("Group"), *(Column(display(name, 40), True) for name in change.names), Column("Change", True))
        table = Table(title, heads, cells, _interval_note(change))
        figures = [
            Figure(
                dumbbell(part, title=f"{title}{suffix}", names=change.names, percent=rate.is_bounded),
                f"{title}{suffix}.",
                table if suffix in ("", " (part 1)") else None,
            )
            for part, suffix in parts(
                [
                    Pair(row["group"], row["before"], row["after"], text[-1])
                    for row, text in zip(rows, cells, strict=True)
                ]
            )
        ]
        sections.append(Section(phrase(rate.name).capitalize(), figures=tuple(figures)))
    return Section(f"By {display(attribute, 80)}", sections=tuple(sections))


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
