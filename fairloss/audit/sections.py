"""An audit as sections of a page: the answer first, then each attribute, then how to read it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.plan import FOUR_FIFTHS_SOURCE, Plan
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST, Row
from fairloss.audit.views import (
    estimate_text,
    forest_figure,
    gap_text,
    p_text,
    rate_figure,
    reading_text,
    summary_figure,
)
from fairloss.audit.wording import display, listing, number, percent, phrase, ratio, share
from fairloss.notions import MeanRate, Notion, Rate

__all__ = ["evidence_sections", "limit_section", "method_section", "report_sections", "summary_section"]

_MOST_FINDINGS = 6
_POLICIES = {"highest": "the group with the highest value of that rate", "largest": "the group with the most rows"}


def report_sections(report: AuditReport) -> list[Section]:
    """Give the sections of a report, in reading order."""
    return [summary_section(report), *evidence_sections(report), method_section(report), limit_section(report)]


def evidence_sections(report: AuditReport) -> list[Section]:
    """Give what is behind the summary: each attribute, who is in the data, and the findings beyond the first."""
    sections = [_attribute_section(report, name) for name in report.attributes]
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


def method_section(report: AuditReport, title: str = "How to read the numbers") -> Section:
    """Say which definitions, intervals, tests and references were used."""
    plan = report.plan
    level = percent(plan.level, 0)
    reference = _reference_text(plan)
    weighted = any(counts.squares is not None for counts in report.tables)
    texts = [
        f"Each group is compared with a reference: {reference}. A difference is the group's rate minus that of the "
        "reference, a ratio is the group's rate over it.",
        f"Intervals hold at {level}: Wilson for a rate, Newcombe for a difference, Koopman for a ratio, the delta "
        "method for rates that are no share of people. The interval of the largest gap holds for all pairs of groups "
        "at once.",
        "The p value tests equality, two-sided: pooled z, or Fisher's mid-p where an expected count is below 5. "
        "Holm's adjustment covers the groups of one attribute and one notion.",
        "A reading says “established” only where an interval, adjusted for all comparisons of the table, excludes the "
        f"alternative. Four-fifths is a mark for selection ratios ({FOUR_FIFTHS_SOURCE}), not a verdict.",
    ]
    if weighted:
        texts.append("Rows are weighted: counts are sums of weights, intervals use the effective number of rows.")
    rows = tuple((phrase(one.name), one.reads, _who(one)) for one in plan.notions)
    heads = (Column("Notion"), Column("Meaning"), Column("Source"))
    return Section(title, tuple(texts), tables=(Table("What was measured", heads, rows),))


def _who(notion: Notion) -> str:
    """Give authors and year; titles of papers may hold words that a report must not say."""
    authors, closed, _ = notion.source.partition(")")
    return authors + closed if authors else "a rate of its own"


def _reference_text(plan: Plan) -> str:
    if isinstance(plan.reference, str):
        return _POLICIES[plan.reference]
    named = listing(f"{display(group, 40)} for {display(attribute, 40)}" for attribute, group in plan.reference)
    return f"{named}; for other attributes {_POLICIES['highest']}"


def limit_section(report: AuditReport, title: str = "What this does not establish") -> Section:
    """Say what the numbers leave open."""
    texts = [
        "These are rates in one set of rows. They do not establish why groups differ, and they hold for other people "
        "only as far as those rows stand for them.",
        "Rows are taken as independent. Where one person, one advert or one case has several rows, intervals are too "
        "narrow.",
    ]
    if report.tables[0].has_labels and not report.is_data_audit:
        texts.append("Rates that ask for the label take the label as true; an error in the label is an error in them.")
    if len(report.attributes) < 2:
        texts.append("One attribute was audited; groups that cross it with another may differ more.")
    return Section(title, tuple(texts))
