"""The first page: what was audited, on how many rows, and what was found."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.figures import summary_figure
from fairloss.audit.page import Section
from fairloss.audit.report import AuditReport
from fairloss.audit.wording import display, number, percent, phrase, share
from fairloss.notions import Rate

__all__ = ["findings_sections", "summary_section"]

_MOST_FINDINGS = 6


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


def findings_sections(report: AuditReport) -> Iterator[Section]:
    """Give all findings, where the first page does not hold them all."""
    if len(report.findings) > _MOST_FINDINGS:
        yield Section("All findings", findings=tuple(map(str, report.findings)))


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
