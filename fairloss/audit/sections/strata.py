"""Rates and gaps with the strata held constant."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from fairloss.audit.charts import MOST_SERIES, Stratum, strata_dots
from fairloss.audit.figures import estimate_text, gap_text, is_drawn
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, percent, phrase, points, share
from fairloss.notions import Rate

__all__ = ["strata_sections"]

_MOST_STRATA, _MOST_DRAWN = 120, 26
_SAME_MIX = "Same mix in both"


def strata_sections(report: AuditReport) -> Iterator[Section]:
    """Give gaps over all rows and within strata, where there are any."""
    if report.control is None:
        return
    by, level = display(report.control.grouping.attribute, 80), percent(report.plan.level, 0)
    rows = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)} and {display(row['reference'], 80)}",
            phrase(row["rate"]),
            points(row["crude"]),
            gap_text({**row, "value": row["adjusted"]}, bounded=True),
            f"{row['strata']} ({percent(row['covered'])})",
        )
        for row in report.rows("adjusted")
    ]
    heads = ("Gap over all rows", f"Gap with {by} held constant ({level} interval)", "Strata (share of people)")
    adjusted = Table(
        f"Differences in points, over all rows and with {by} held constant",
        (Column("Groups"), Column("Rate"), *(Column(head, numeric=True) for head in heads)),
        tuple(rows),
        "Held constant: both rates are averaged over the strata that have people of both groups, with the weights of "
        "all people (direct standardization). A gap that shrinks is explained in part; whether it is justified is not "
        "said.",
    )
    rate = report.plan.rates[0].name
    inside = [
        row for row in report.rows("stratum_rates") if row["rate"] == rate and row["attribute"] == report.attributes[0]
    ]
    cells = [
        (display(r["stratum"]), display(r["group"]), share(r["numerator"], r["denominator"]), estimate_text(r, "share"))
        for r in inside[:_MOST_STRATA]
    ]
    note = f"The first {_MOST_STRATA} of {len(inside)} rows." if len(inside) > _MOST_STRATA else ""
    columns = (
        Column(by),
        Column("Group"),
        Column("Count", numeric=True),
        Column(f"Rate ({level} interval)", numeric=True),
    )
    table = Table(
        f"{phrase(rate).capitalize()} by {by} and {display(report.attributes[0], 80)}", columns, tuple(cells), note
    )
    figures = tuple(_figures(report, by)) if isinstance(report.plan.rates[0], Rate) else ()
    yield Section(f"With {by} held constant", figures=figures, tables=(adjusted, table))


def _figures(report: AuditReport, by: str) -> Iterator[Figure]:
    """Draw the first rate within each stratum, over all rows, and with the strata held constant."""
    rate = report.plan.rates[0].name
    for attribute, counts in zip(report.attributes, report.tables, strict=True):
        largest = sorted(range(len(counts.names)), key=lambda code: -float(counts.sizes[code]))[:MOST_SERIES]
        groups = [counts.names[code] for code in sorted(largest) if counts.sizes[code] > 0]
        rows = _strata(report, attribute, rate, groups)
        if not 0 < len(rows) <= _MOST_DRAWN or not is_drawn(counts):
            continue
        title = f"{phrase(rate).capitalize()} by {by} and {display(attribute, 60)}"
        same = f", as they are and with the same mix of {by} in both groups" if rows[-1].label == _SAME_MIX else ""
        caption = f"{title}. Open marks: all strata together{same}."
        chart = strata_dots(rows, [display(group, 60) for group in groups], title=title, description=caption)
        yield Figure(chart, caption, _drawn_table(report, by, attribute, rows, groups))


def _strata(report: AuditReport, attribute: str, rate: str, groups: list[str]) -> list[Stratum]:
    """Give one row per stratum, one pooled and, between two groups, one that is standardized."""
    inside = [r for r in report.rows("stratum_rates") if (r["attribute"], r["rate"]) == (attribute, rate)]
    names = list(dict.fromkeys(row["stratum"] for row in inside))
    rows = [_stratum(display(name, 60), [r for r in inside if r["stratum"] == name], groups) for name in names]
    pooled = [r for r in report.rate_rows if (r["attribute"], r["rate"]) == (attribute, rate)]
    rows.append(replace(_stratum("All together", pooled, groups), total=True))
    held = [r for r in report.rows("adjusted") if (r["attribute"], r["rate"]) == (attribute, rate)]
    if len(groups) == 2 and len(held) == 1:
        values = {held[0]["group"]: held[0]["adjusted_group"], held[0]["reference"]: held[0]["adjusted_reference"]}
        three = tuple((values[group], math.nan, math.nan) for group in groups)
        rows.append(Stratum(_SAME_MIX, three, ", ".join(percent(one[0]) for one in three), total=True))
    return rows


def _stratum(label: str, rows: list[Row], groups: list[str]) -> Stratum:
    found = {row["group"]: row for row in rows}
    values = tuple((found[g]["value"], found[g]["low"], found[g]["high"]) for g in groups)
    shown = values if len(values) == 2 else ()  # more would not fit beside the plot; the table has them
    return Stratum(label, values, ", ".join(percent(value[0]) for value in shown))


def _drawn_table(report: AuditReport, by: str, attribute: str, rows: list[Stratum], groups: list[str]) -> Table:
    level = percent(report.plan.level, 0)
    heads = (Column(by), *(Column(f"{display(group, 60)} ({level} interval)", numeric=True) for group in groups))
    cells = tuple((row.label, *(_three_text(three) for three in row.values)) for row in rows)
    return Table(f"{phrase(report.plan.rates[0].name).capitalize()} by {by} and {display(attribute, 60)}", heads, cells)


def _three_text(three: tuple[float, float, float]) -> str:
    return estimate_text(dict(zip(("value", "low", "high"), three, strict=True)), "share")
