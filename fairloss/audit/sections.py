"""An audit as sections of a page: the answer first, then each attribute, then how to read it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from fairloss.audit.method import limit_section, method_section
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST, Row
from fairloss.audit.strata import Strata
from fairloss.audit.views import (
    estimate_text,
    forest_figure,
    gap_text,
    p_text,
    rate_figure,
    reading_text,
    summary_figure,
)
from fairloss.audit.wording import display, number, percent, phrase, points, ratio, share
from fairloss.notions import MeanRate, Rate

__all__ = ["evidence_sections", "report_sections", "summary_section"]

_MOST_FINDINGS = 6
_MOST_STRATA = 120


def report_sections(report: AuditReport) -> list[Section]:
    """Give the sections of a report, in reading order."""
    return [summary_section(report), *evidence_sections(report), method_section(report), limit_section(report)]


def evidence_sections(report: AuditReport) -> list[Section]:
    """Give what is behind the summary: each attribute, who is in the data, and the findings beyond the first."""
    sections = [_attribute_section(report, name) for name in report.attributes]
    if report.control is not None:
        sections.append(_strata_section(report, report.control))
    sections.append(_people_section(report))
    if len(report.findings) > _MOST_FINDINGS:
        sections.append(Section("All findings", findings=tuple(map(str, report.findings))))
    return sections


def summary_section(report: AuditReport, title: str = "Summary") -> Section:
    """Give the first page: what was audited, on how many rows, the main findings and one chart."""
    total = len(report.findings)
    rest = f"The first {_MOST_FINDINGS} of {total} findings; the others are listed under “All findings”."
    return Section(
        title,
        paragraphs=(rest,) if total > _MOST_FINDINGS else (),
        facts=tuple(_facts(report)),
        findings=tuple(str(finding) for finding in report.findings[:_MOST_FINDINGS]),
        figures=tuple(summary_figure(report)),
    )


def _facts(report: AuditReport) -> Iterator[tuple[str, str]]:
    about, first = report.about, report.tables[0]
    for name, value in (("Audited", about.model), ("Data", about.source), ("Favorable decision", about.favorable)):
        if value:
            yield name, display(value, 120)
    yield "Rows", number(float(first.sizes.sum())) + (" (weighted)" if first.squares is not None else "")
    for name, counts in zip(report.attributes, report.tables, strict=True):
        yield f"Groups of {display(name, 40)}", number(float((counts.sizes > 0).sum()))
    pairs = zip(report.attributes, report.unknown, strict=True)
    unknown = [f"{display(name, 40)}: {number(one.rows)}" for name, one in pairs if one.rows]
    if unknown:
        yield "Rows without a value", ", ".join(unknown)
    for rate in report.plan.rates:
        if rate.name in ("selection_rate", "base_rate", "accuracy") and isinstance(rate, Rate):
            pooled = first.overall()
            x, n = float(rate.of(pooled.cells)[0]), float(rate.among(pooled.cells)[0])
            yield f"{phrase(rate.name).capitalize()}, all rows", f"{percent(x / n)} ({share(x, n)})"
    if about.seed is not None:
        yield "Random seed", str(about.seed)


def _attribute_section(report: AuditReport, attribute: str) -> Section:
    rates = [_rate_section(report, attribute, rate) for rate in report.plan.rates]
    scores = [_score_section(report, attribute)] if report.scores else []
    tables = (_gap_table(report, attribute),)
    return Section(f"By {display(attribute, 80)}", tables=tables, sections=(*rates, *scores))


def _gap_table(report: AuditReport, attribute: str) -> Table:
    worst = [row for row in report.disparity_rows if row["attribute"] == attribute and row["group"] == WORST]
    rows = []
    for notion in report.plan.notions:
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


def _strata_section(report: AuditReport, control: Strata) -> Section:
    by, level = display(control.grouping.attribute, 80), percent(report.plan.level, 0)
    rows = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)} and {display(row['reference'], 80)}",
            phrase(row["rate"]),
            points(row["crude"]),
            gap_text({**row, "value": row["adjusted"]}, bounded=True),
            f"{row['strata']} ({percent(row['covered'])})",
        )
        for row in report.adjusted_rows
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
    inside = [row for row in report.stratum_rows if row["rate"] == rate and row["attribute"] == report.attributes[0]]
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
    return Section(f"With {by} held constant", tables=(adjusted, table))


def _score_section(report: AuditReport, attribute: str) -> Section:
    rows = [row for row in report.score_rows if row["attribute"] == attribute]
    cells = [
        (
            display(row["group"]),
            number(row["rows"]),
            number(row["without_score"]),
            ratio(row["mean"]),
            row["note"] or estimate_text({**row, "value": row["auc"]}, "ratio"),
        )
        for row in rows
    ]
    level = percent(report.plan.level, 0)
    heads = ("Rows", "Without a score", "Mean score", f"AUC ({level} interval)")
    table = Table(
        f"Scores by {display(attribute, 80)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "AUC: the share of pairs with different labels that the score puts in the right order; DeLong's interval.",
    )
    return Section("Scores", tables=(table,))


def _people_section(report: AuditReport) -> Section:
    tables: list[Table] = []
    level = percent(report.plan.level, 0)
    for attribute, rows in groupby(report.representation_rows, key=lambda row: row["attribute"]):
        people = [(display(row["group"]), number(row["rows"]), estimate_text(row, "share")) for row in rows]
        heads = [Column("Group"), Column("Rows", numeric=True), Column(f"Share ({level} interval)", numeric=True)]
        tables.append(Table(f"Rows by {display(attribute, 80)}", tuple(heads), tuple(people)))
    for attribute, rows in groupby(report.missing_rows, key=lambda row: row["attribute"]):
        lacking = [
            (
                display(row["column"]),
                display(row["group"]),
                share(row["missing"], row["rows"]),
                estimate_text(row, "share"),
            )
            for row in rows
        ]
        heads = [Column("Column"), Column("Group"), Column("Missing", numeric=True), Column("Share", numeric=True)]
        tables.append(Table(f"Missing values by {display(attribute, 80)}", tuple(heads), tuple(lacking)))
    return Section("Who is in the data", tables=tuple(tables))
