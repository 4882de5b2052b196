"""An audit as sections of a page: the answer first, then chapters; a builder listed here and in an outline adds one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from fairloss.audit.outlines import OUTLINES, Chapter
from fairloss.audit.page import Section
from fairloss.audit.report import AuditReport
from fairloss.audit.sections.attributes import decision_sections, performance_sections
from fairloss.audit.sections.calibration import calibration_sections
from fairloss.audit.sections.chance import chance_sections
from fairloss.audit.sections.comparisons import comparison_sections
from fairloss.audit.sections.data import data_sections
from fairloss.audit.sections.errors import error_sections
from fairloss.audit.sections.funnel import funnel_sections
from fairloss.audit.sections.method import limit_section, method_section
from fairloss.audit.sections.people import people_sections
from fairloss.audit.sections.regimes import regime_sections
from fairloss.audit.sections.responses import response_sections
from fairloss.audit.sections.robustness import robustness_sections
from fairloss.audit.sections.scope import scope_sections
from fairloss.audit.sections.score_gaps import score_gap_sections
from fairloss.audit.sections.scores import score_sections
from fairloss.audit.sections.statement import statement_sections
from fairloss.audit.sections.strata import strata_sections
from fairloss.audit.sections.stratified import stratified_sections
from fairloss.audit.sections.summary import findings_sections, summary_section
from fairloss.audit.sections.suppression import suppression_sections
from fairloss.audit.sections.uncertain_groups import cluster_sections, uncertain_group_sections

__all__ = [
    "EVIDENCE_SECTIONS",
    "chapter_sections",
    "evidence_sections",
    "limit_section",
    "method_section",
    "report_sections",
    "summary_section",
]

_FRAME = ("scope", "findings", "method", "limits")


def _method(report: AuditReport) -> Iterator[Section]:
    yield method_section(report)


def _limits(report: AuditReport) -> Iterator[Section]:
    yield limit_section(report)


EVIDENCE_SECTIONS: Mapping[str, Callable[[AuditReport], Iterator[Section]]] = MappingProxyType(
    {
        "stratified": stratified_sections,
        "comparisons": comparison_sections,
        "score_gaps": score_gap_sections,
        "clusters": cluster_sections,
        "uncertain_groups": uncertain_group_sections,
        "robustness": robustness_sections,
        "data": data_sections,
        "responses": response_sections,
        "regimes": regime_sections,
        "statement": statement_sections,
        "scope": scope_sections,
        "people": people_sections,
        "suppression": suppression_sections,
        "decisions": decision_sections,
        "chance": chance_sections,
        "funnel": funnel_sections,
        "strata": strata_sections,
        "scores": score_sections,
        "errors": error_sections,
        "performance": performance_sections,
        "calibration": calibration_sections,
        "findings": findings_sections,
        "method": _method,
        "limits": _limits,
    }
)
"""What is behind the first page; a builder gives no section where the audit has nothing for it."""


def report_sections(report: AuditReport) -> list[Section]:
    """Give the sections of a report in reading order: the first page, then the chapters of the outline of its kind."""
    return [summary_section(report), *chapter_sections(report)]


def chapter_sections(
    report: AuditReport, kind: str | None = None, supplied: Mapping[str, Sequence[Section]] = MappingProxyType({})
) -> list[Section]:
    """Give the chapters of an outline, filled.

    Parameters
    ----------
    report : AuditReport
        The record.
    kind : str, optional
        A name in `OUTLINES`; that of the record where not given.
    supplied : mapping of name to sections
        What no builder makes from this record; see `fairloss.audit.outlines.SUPPLIED`.
    """
    outline = OUTLINES[kind or report.about.kind]
    made = {name: tuple(build(report)) for name, build in EVIDENCE_SECTIONS.items() if name not in outline.left_out}
    made |= {name: tuple(sections) for name, sections in supplied.items()}
    unplaced = tuple(name for name in made if name not in outline.builders)
    chapters = (*outline.chapters, Chapter("Further evidence", unplaced))
    return [section for chapter in chapters for section in _filled(chapter, made)]


def _filled(chapter: Chapter, made: Mapping[str, tuple[Section, ...]]) -> Iterator[Section]:
    """Give the chapter; what frames a report is a chapter by itself, everything else a part of one."""
    parts = tuple(section for name in chapter.builders for section in made.get(name, ()))
    if set(chapter.builders) <= set(_FRAME):
        yield from (replace(part, title=chapter.title) for part in parts)
    elif parts:
        yield Section(chapter.title, sections=parts)
    elif chapter.otherwise:
        yield Section(chapter.title, (chapter.otherwise,))


def evidence_sections(report: AuditReport) -> list[Section]:
    """Give what is behind the answer as one list: who is in the data, and what was measured for each attribute."""
    return [section for name, build in EVIDENCE_SECTIONS.items() if name not in _FRAME for section in build(report)]
