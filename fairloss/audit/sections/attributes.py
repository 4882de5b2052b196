"""The rates and gaps of each attribute: those of the decisions alone, and those that ask for the label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from fairloss.audit.figures import (
    estimate_text,
    forest_figure,
    gap_text,
    p_text,
    rate_figure,
    reading_text,
)
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST, Row
from fairloss.audit.wording import display, percent, phrase, share
from fairloss.notions import MeanRate, Notion, Rate

__all__ = ["decision_sections", "performance_sections"]


def decision_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute the gaps and rates of what was decided; in an audit of data, of the labels."""
    what = "Labels" if report.is_data_audit else "Decisions"
    rates = [rate for rate in report.plan.rates if _is_outcome(report, rate)]
    notions = [notion for notion in report.plan.notions if all(rate in rates for rate in notion.rates)]
    yield from _sections(report, what, rates, notions)


def performance_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute the gaps and rates that hold decisions against labels."""
    rates = [rate for rate in report.plan.rates if not _is_outcome(report, rate)]
    notions = [notion for notion in report.plan.notions if any(rate in rates for rate in notion.rates)]
    yield from _sections(report, "Decisions against labels", rates, notions)


def _is_outcome(report: AuditReport, rate: Rate | MeanRate) -> bool:
    return report.is_data_audit or not rate.needs_label


def _sections(
    report: AuditReport, what: str, rates: Sequence[Rate | MeanRate], notions: Sequence[Notion]
) -> Iterator[Section]:
    for attribute in report.attributes if rates else ():
        tables = (_gap_table(report, attribute, notions),) if notions else ()
        inner = tuple(_rate_section(report, attribute, rate) for rate in rates)
        yield Section(f"{what} by {display(attribute, 80)}", tables=tables, sections=inner)


def _gap_table(report: AuditReport, attribute: str, notions: Sequence[Notion]) -> Table:
    worst = [row for row in report.disparity_rows if row["attribute"] == attribute and row["group"] == WORST]
    rows = []
    for notion in notions:
        gap, ratio = (row for row in worst if row["notion"] == notion.name)
        bounded = all(rate.is_bounded for rate in notion.rates)
        between = gap["note"] if math.isnan(gap["value"]) else _ends(report, gap)
        cells = (phrase(gap["rate"]), gap_text(gap, bounded), estimate_text(ratio, "ratio"), between)
        rows.append((phrase(notion.name), *cells, reading_text(ratio if ratio["reading"] != "undefined" else gap)))
    level = percent(report.plan.level, 0)
    return Table(
        f"The largest gap between any two groups of {display(attribute, 80)}",
        (
            Column("Notion"),
            Column("Rate"),
            Column(f"Gap in points ({level} interval)", numeric=True),
            Column(f"Lowest over highest ({level} interval)", numeric=True),
            Column("Lowest / highest"),
            Column("Reading"),
        ),
        tuple(rows),
        "The intervals hold for all pairs of groups at once; an interval from 0 (or to 1) does not rule out equality.",
    )


def _ends(report: AuditReport, gap: Row) -> str:
    key = (gap["attribute"], gap["rate"])
    rows = [row for row in report.rate_rows if (row["attribute"], row["rate"]) == key and not math.isnan(row["value"])]
    lowest = min(rows, key=lambda row: float(row["value"]))["group"]
    return f"{display(lowest, 80)} / {display(gap['reference'], 80)}"


def _rate_section(report: AuditReport, attribute: str, rate: Rate | MeanRate) -> Section:
    figures = [rate_figure(report, attribute, rate, _rate_table(report, attribute, rate))]
    if rate.name == "selection_rate":
        figures.append(forest_figure(report, attribute, rate))
    meaning = f"{rate.reads[:1].upper()}{rate.reads[1:]}." if rate.reads else ""
    return Section(
        phrase(rate.name).capitalize(), (meaning,) if meaning else (), figures=tuple(f for one in figures for f in one)
    )


def _rate_table(report: AuditReport, attribute: str, rate: Rate | MeanRate) -> Table:
    bounded = rate.is_bounded
    values = [row for row in report.rate_rows if (row["attribute"], row["rate"]) == (attribute, rate.name)]
    notion = min((n for n in report.plan.notions if rate in n.rates), key=lambda one: len(one.rates))
    key = (attribute, notion.name, rate.name)
    against = [
        r for r in report.disparity_rows if (r["attribute"], r["notion"], r["rate"]) == key and r["group"] != WORST
    ]
    found = {(row["group"], row["comparison"]): row for row in against}
    reference = against[0]["reference"]
    rows = []
    for row in values:
        behind = "" if math.isnan(row["numerator"]) else share(row["numerator"], row["denominator"])
        head = (display(row["group"]), behind, estimate_text(row, "share" if bounded else "ratio") or row["note"])
        if row["group"] == reference:
            rows.append((*head, "reference", "reference", "", "", ""))
            continue
        difference, ratio = found[row["group"], "difference"], found[row["group"], "ratio"]
        tests = (p_text(difference["p_value"]), p_text(difference["p_adjusted"]))
        reading = reading_text(ratio if ratio["reading"] != "undefined" else difference)
        texts = (gap_text(difference, bounded), estimate_text(ratio, "ratio"), *tests, reading)
        rows.append((*head, *texts))
    level = percent(report.plan.level, 0)
    heads = (
        "Count",
        f"Rate ({level} interval)",
        "Difference, points" if bounded else "Difference",
        "Ratio",
        "p",
        "p, Holm",
    )
    return Table(
        f"{phrase(rate.name).capitalize()} by {display(attribute, 60)}, compared with {display(reference, 60)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads), Column("Reading")),
        tuple(rows),
    )
