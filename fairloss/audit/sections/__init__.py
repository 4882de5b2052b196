"""An audit as sections of a page: the answer first, then the evidence, then how to read it; one entry adds one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from fairloss.audit.page import Section
from fairloss.audit.report import AuditReport
from fairloss.audit.sections.attributes import attribute_sections
from fairloss.audit.sections.comparisons import comparison_sections
from fairloss.audit.sections.data import data_sections
from fairloss.audit.sections.method import limit_section, method_section
from fairloss.audit.sections.people import people_sections
from fairloss.audit.sections.regimes import regime_sections
from fairloss.audit.sections.responses import response_sections
from fairloss.audit.sections.robustness import robustness_sections
from fairloss.audit.sections.score_gaps import score_gap_sections
from fairloss.audit.sections.statement import statement_sections
from fairloss.audit.sections.strata import strata_sections
from fairloss.audit.sections.stratified import stratified_sections
from fairloss.audit.sections.summary import findings_sections, summary_section
from fairloss.audit.sections.uncertain_groups import cluster_sections, uncertain_group_sections

__all__ = [
    "EVIDENCE_SECTIONS",
    "evidence_sections",
    "limit_section",
    "method_section",
    "report_sections",
    "summary_section",
]

EVIDENCE_SECTIONS: Mapping[str, Callable[[AuditReport], Iterator[Section]]] = MappingProxyType(
    {
        "attributes": attribute_sections,
        "strata": strata_sections,
        "stratified": stratified_sections,
        "comparisons": comparison_sections,
        "score_gaps": score_gap_sections,
        "clusters": cluster_sections,
        "uncertain_groups": uncertain_group_sections,
        "robustness": robustness_sections,
        "people": people_sections,
        "data": data_sections,
        "findings": findings_sections,
        "responses": response_sections,
        "regimes": regime_sections,
        "statement": statement_sections,
    }
)
"""What is behind the summary, in reading order; a builder gives no section where the audit has nothing for it."""


def report_sections(report: AuditReport) -> list[Section]:
    """Give the sections of a report, in reading order."""
    return [summary_section(report), *evidence_sections(report), method_section(report), limit_section(report)]


def evidence_sections(report: AuditReport) -> list[Section]:
    """Give what is behind the summary: each attribute, who is in the data, and the findings beyond the first."""
    return [section for build in EVIDENCE_SECTIONS.values() for section in build(report)]
