"""What New York City's Local Law 144 has published: the summary of an audit on two pages, and its tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from fairloss.audit.exports.spreadsheet import inert
from fairloss.audit.markdown import markdown
from fairloss.audit.page import Column, Section, Table, page
from fairloss.audit.regimes.assessment import Assessment, assess
from fairloss.audit.regimes.categories import unknown_rows_of
from fairloss.audit.regimes.requests import requested_places
from fairloss.audit.report import AuditReport
from fairloss.audit.statements import Statement
from fairloss.audit.suppression import Suppression
from fairloss.audit.wording import display, number, percent
from fairloss.errors import InputError

__all__ = ["ll144_csv", "ll144_markdown", "ll144_summary"]

_NAME = "us-nyc-ll144"
_COLUMNS = ("table", "attribute", "category", "applicants", "favorable", "rate", "impact_ratio", "share", "left_out")
_FAVORABLE = {"selection_rate": "Selected", "scoring_rate": "Above the median score"}
_ORIGINS = {
    "historical": "Historical data of the use of the tool.",
    "test": "Test data: no decision of the tool in use is among them.",
    "synthetic": "Synthetic test data: generated, no person was assessed.",
}


def ll144_summary(report: AuditReport) -> str:
    """Give the public summary as a page with what 6 RCNY 5-303 lists, and no more.

    The date of the audit, source and explanation of the data, unknown counts, the three tables, the distribution date;
    what the statement does not say is marked as not stated. A left-out category keeps its count and rate: the rule asks
    for it however few people it has, so a record in which groups are hidden is refused.
    """
    _check_whole(report)
    return page(_title(report), _sections(report), created=report.about.created)


def ll144_markdown(report: AuditReport) -> str:
    """Give the public summary as Markdown, with the same sentences and tables."""
    _check_whole(report)
    return markdown(_title(report), _sections(report))


def ll144_csv(report: AuditReport) -> str:
    """Give the three tables of the public summary as one CSV table (RFC 4180), with a row of unknown people each."""
    _check_whole(report)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    found = assess(report, _NAME)
    for measure, attribute, rows in _tables(found, _said(report)):
        for row in rows:
            ratios = (row["rate"], row["ratio"], row["share"])
            counts = (row["rows"], row["favorable"])
            values = (measure, attribute, row["group"], *counts, *ratios, row["left_out"])
            writer.writerow([_cell(value) for value in values])
        unknown = _unknown(report, found)[attribute]
        writer.writerow([measure, inert(attribute), "unknown", _cell(unknown), *[""] * 5])
    return buffer.getvalue()


def _check_whole(report: AuditReport) -> None:
    hidden: Suppression | None = report.evidence.get("suppression")
    if hidden is not None and hidden.hides_groups:
        raise InputError(
            "The public summary of Local Law 144 shows every category with its count, but in this record small ones "
            "are hidden. Export the record that was made without suppress."
        )


def _title(report: AuditReport) -> str:
    return f"Summary of the audit of {display(_said(report).get('system.name') or report.about.model or 'a tool', 80)}"


def _sections(report: AuditReport) -> list[Section]:
    found, said = assess(report, _NAME), _said(report)
    dates = (
        ("Date of the most recent audit", report.about.created),
        ("First day of use (distribution date)", said.get("deployment.distribution_date")),
    )
    texts = (
        ("Source of the data", said.get("data.source")),
        ("Explanation of the data", said.get("data.explanation")),
        *_test_data(said),
    )
    facts = tuple((name, _stated(value)) for name, value in dates)
    tables = tuple(_table(report, found, said, *one) for one in _tables(found, said))
    none = () if tables else ("The audit holds no counts by sex, or by race and ethnicity, of a decision.",)
    about = Section("The audit", tuple(f"{name}: {_stated(value)}" for name, value in texts), facts)
    return [about, Section("Results", none, tables=tables)]


def _stated(value: Any) -> str:
    return display(value) if value else "not stated"


def _test_data(said: Statement) -> Iterator[tuple[str, Any]]:
    origin = said.get("data.origin")
    yield "Historical or test data", _ORIGINS.get(origin, "")
    if origin in ("test", "synthetic"):
        yield "Why historical data were not used", said.get("data.why_not_historical")
        yield "How the test data were generated and obtained", said.get("data.generation")


def _table(
    report: AuditReport, found: Assessment, said: Statement, measure: str, attribute: str, rows: list[dict[str, Any]]
) -> Table:
    rate = measure.replace("_", " ").capitalize()
    heads = ("Applicants", _FAVORABLE[measure], rate, "Impact ratio")
    cells = tuple(
        (display(row["group"]), number(row["rows"]), number(row["favorable"]), percent(row["rate"]), _ratio_text(row))
        for row in rows
    )
    notes = [f"Unknown category, not in the table: {number(_unknown(report, found)[attribute])}."]
    if any(row["left_out"] == "yes" for row in rows):
        why = said.get("small_categories.justification")
        said_why = f"Justification: {display(why)}" if why else "The justification is not stated."
        notes.append(f"Categories with less than 2 % of the data are left out of the ratios. {said_why}")
    if measure == "scoring_rate":
        notes.append(_median_text(report, attribute))
    columns = (Column("Category"), *(Column(head, numeric=True) for head in heads))
    return Table(f"{rate} by {display(attribute, 80)}", columns, cells, " ".join(notes))


def _median_text(report: AuditReport, attribute: str) -> str:
    rows = [row for row in report.rows("scoring_rates") if row["attribute"] == attribute]
    ties = sum(row["at_median"] for row in rows)
    return (
        f"The median of all {number(rows[0]['all_scores'])} scores is {rows[0]['median']:.6g}; "
        f"{number(ties)} in the table lie exactly at it and do not count as above."
    )


def _ratio_text(row: dict[str, Any]) -> str:
    if row["left_out"] == "yes":
        return "left out"
    return f"{row['ratio']:.3f}" if row["ratio"] == row["ratio"] else f"– ({row['note']})"


def _tables(found: Assessment, said: Statement) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Give measure, attribute and rows of each table; of a tool that is stated to score, the scoring rates alone."""
    kind = said.get("decision.kind")
    wanted = {"score": ("scoring_rate",), "": tuple(_FAVORABLE)}.get(kind, ("selection_rate",))
    for table in found.tables:
        if table.request.measure not in wanted:
            continue
        for attribute, rows in groupby(table.rows, key=lambda row: row["attribute"]):
            yield table.request.measure, attribute, list(rows)


def _unknown(report: AuditReport, found: Assessment) -> dict[str, float]:
    places = requested_places(report, found.regime, found.tables[0].request)
    return {report.attributes[place]: unknown_rows_of(report, place) for place in places}


def _said(report: AuditReport) -> Statement:
    return report.evidence.get("statement") or Statement({})


def _cell(value: Any) -> str | float:
    if isinstance(value, str):
        return inert(value)
    if value != value:
        return ""
    return int(value) if float(value).is_integer() else float(value)
