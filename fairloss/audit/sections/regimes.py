"""What each regime asks for, its legal state, its tables, and what the record holds of it."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.regimes.assessment import Assessment, assess
from fairloss.audit.regimes.regime import Law, Regime
from fairloss.audit.regimes.shape import CONFIDENCE, STATUSES
from fairloss.audit.report import AuditReport
from fairloss.audit.sections.statutory import statutory_tables
from fairloss.audit.wording import display

__all__ = ["completeness_section", "regime_section", "regime_sections"]

_STATES = {"present": "present", "missing": "missing", "not_applicable": "not applicable"}


def regime_sections(report: AuditReport) -> Iterator[Section]:
    """Give one section for each regime that the audit was asked for."""
    for regime in report.evidence.get("regimes", ()):
        yield regime_section(assess(report, regime))


def regime_section(found: Assessment) -> Section:
    """Give what a regime asks for, its tables and what the record holds of it; no verdict."""
    regime = found.regime
    tables = tuple(statutory_tables(found))
    none = () if tables or not regime.tables else ("The audit holds nothing that these tables are made of.",)
    parts = [Section("Its tables", none, tables=tables)] if regime.tables else []
    return Section(
        display(regime.title, 120),
        tuple(display(text) for text in (regime.asks, regime.reading) if text),
        facts=(("Legal state as of", regime.last_checked), ("Legal advice", "none is given")),
        sections=(*parts, completeness_section(found), _law_section(regime)),
    )


def completeness_section(found: Assessment) -> Section:
    """Say which items the record holds, and which are missing."""
    missing = [display(one.item.sentence, 120) for one in found.missing]
    answer = f"{found} Present says that there is something, not that it is right or enough."
    says = f"Missing: {'; '.join(missing)}." if missing else "No item is missing."
    rows = tuple(
        (display(one.item.sentence), _STATES[one.state], display(one.item.citation), display(one.pointer))
        for one in found.items
    )
    heads = tuple(map(Column, ("Item", "State", "Asked for by", "Place in the record")))
    return Section("Completeness", (answer, says), tables=(Table("What the record holds", heads, rows),))


def _law_section(regime: Regime) -> Section:
    heads = ("Law", "State", "What it asks of an audit", "Seen in", "Confidence", "Not sure")
    laws = Table(
        f"Laws, as of {regime.last_checked}",
        tuple(map(Column, heads)),
        tuple(map(_law_row, regime.laws)),
        "Confidence: " + "; ".join(f"{letter}, {words}" for letter, words in CONFIDENCE.items()) + ".",
    )
    tables = [laws]
    if regime.marks:
        rows = tuple(tuple(map(display, (one.value, one.source, one.note or "–"))) for one in regime.marks)
        tables.append(Table("Marks", tuple(map(Column, ("Mark", "Source", "Note"))), rows))
    if regime.not_covered:
        rows = tuple(tuple(map(display, (one.topic, one.citation, one.reason))) for one in regime.not_covered)
        tables.append(Table("Not covered", tuple(map(Column, ("Topic", "Citation", "Why"))), rows))
    return Section("Legal state", tables=tuple(tables))


def _law_row(law: Law) -> tuple[str, ...]:
    state = STATUSES[law.status] + (f", {law.effective}" if law.effective else "")
    texts = (f"{law.name} ({law.citation})", state, law.asks, law.source, law.confidence, law.doubt or "–")
    return tuple(map(display, texts))
