"""The first page: what was audited, on how many rows, what was found, what was not, and who answers for it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fairloss.audit.figures import summary_figure
from fairloss.audit.page import Section
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST
from fairloss.audit.wording import count, display, listing, number, percent, phrase, share
from fairloss.notions import Rate

__all__ = ["closing_sections", "findings_sections", "summary_section", "unknown_text"]

_MOST_FINDINGS = 6
_UNSETTLED = ("not_resolved", "below_mark_by_chance")


def summary_section(report: AuditReport, title: str = "Summary") -> Section:
    """Give the first page."""
    total = len(report.findings)
    rest = f"The first {_MOST_FINDINGS} of {total} findings; the others are listed under “All findings”."
    return Section(
        title,
        paragraphs=(rest,) if total > _MOST_FINDINGS else (),
        facts=tuple(_facts(report)),
        findings=tuple(str(finding) for finding in report.findings[:_MOST_FINDINGS]),
        figures=tuple(summary_figure(report)),
        sections=closing_sections(report),
    )


def closing_sections(report: AuditReport) -> tuple[Section, ...]:
    """Give what ends a first page: what the data do not tell, who answers for it, and the checksum of the record."""
    return (
        Section("What could not be determined", tuple(_undetermined(report))),
        Section("Response and record", tuple(_signed(report))),
    )


def findings_sections(report: AuditReport) -> Iterator[Section]:
    """Give all findings, where the first page does not hold them all."""
    if len(report.findings) > _MOST_FINDINGS:
        yield Section("All findings", findings=tuple(map(str, report.findings)))


def unknown_text(report: AuditReport) -> str:
    """Name the rows without a value of each attribute; empty where there are none."""
    pairs = zip(report.attributes, report.unknown, strict=True)
    return ", ".join(f"{display(name, 40)}: {number(one.rows)}" for name, one in pairs if one.rows)


def _facts(report: AuditReport) -> Iterator[tuple[str, str]]:
    about, first = report.about, report.tables[0]
    stated = report.evidence.get("statement")
    period = [stated.get(f"data.period_{end}") for end in ("from", "to")] if stated else []
    for name, value in (
        ("Audited", about.model or (stated.get("system.name") if stated else "")),
        ("Data", about.source),
        ("Favorable decision", about.favorable),
        ("Period", " to ".join(one for one in period if one)),
    ):
        if value:
            yield name, display(value, 120)
    yield "Rows", number(float(first.sizes.sum())) + (" (weighted)" if first.squares is not None else "")
    groups = zip(report.attributes, report.tables, strict=True)
    yield "Groups", listing([f"{display(name, 40)}: {number(float((one.sizes > 0).sum()))}" for name, one in groups], 6)
    unknown = unknown_text(report)
    if unknown:
        yield "Rows without a value", unknown
    hidden = report.evidence.get("suppression")
    if hidden is not None:
        yield "Small counts", f"below {hidden.smallest} people hidden"
    for rate in report.plan.rates:
        if rate.name in ("selection_rate", "base_rate", "accuracy") and isinstance(rate, Rate):
            pooled = first.overall()
            x, n = float(rate.of(pooled.cells)[0]), float(rate.among(pooled.cells)[0])
            yield f"{phrase(rate.name).capitalize()}, all rows", f"{percent(x / n)} ({share(x, n)})"


def _undetermined(report: AuditReport) -> Iterator[str]:
    """Say what the data do not tell: too few rows, undefined rates, and what was not supplied."""
    texts = [*_unsettled(report), *_undefined(report), *_absent(report)]
    yield " ".join(texts) if texts else "Every comparison that was asked for could be made."


def _unsettled(report: AuditReport) -> Iterator[str]:
    rows = [
        row
        for row in report.disparity_rows
        if (row["rate"], row["comparison"]) == ("selection_rate", "ratio") and row["group"] != WORST
    ]
    open_rows = [row for row in rows if row["reading"] in _UNSETTLED]
    if open_rows:
        names = listing((display(row["group"], 40) for row in open_rows), 3)
        yield (
            f"Whether the selection rate is below four-fifths is not resolved in {len(open_rows)} of {len(rows)} "
            f"comparisons ({names}): too few rows to tell."
        )


def _undefined(report: AuditReport) -> Iterator[str]:
    rows = [row for row in report.rate_rows if math.isnan(row["value"])]
    if rows:
        groups = listing((display(name, 40) for name in dict.fromkeys(row["group"] for row in rows)), 3)
        yield f"{count(len(rows), 'rate')} of {len(report.rate_rows)} had no value, for {groups}."


def _absent(report: AuditReport) -> Iterator[str]:
    if not report.tables[0].has_labels:
        yield "Errors by group were not measured: no labels were supplied."
    if report.control is None:
        yield "Rates within comparable cases were not measured: no strata were supplied."


def _signed(report: AuditReport) -> Iterator[str]:
    """Give the state of the responses, the auditor, the date, and the checksum of the record."""
    from fairloss.audit.archive import to_mapping

    yield _responses(report)
    stated = report.evidence.get("statement")
    auditor = stated.get("auditor.name") if stated else ""
    date = f" Date: {display(report.about.created, 60)}." if report.about.created else " Date: not supplied."
    held = to_mapping(report)["integrity"]["sha256"]
    yield f"Auditor: {display(auditor, 120) if auditor else 'not supplied'}.{date} SHA-256 of the record: {held}."


def _responses(report: AuditReport) -> str:
    given = report.evidence.get("responses", ())
    if not given:
        return f"Response: none is recorded to the {count(len(report.findings), 'finding')}."
    left = sum(one.state in ("open", "in_progress") for one in given)
    return f"Response: recorded to {len(given)} of {count(len(report.findings), 'finding')}; {left} not closed."
