"""What was found: the audit, its findings, and the report."""

from __future__ import annotations

from fairloss.audit.archive import SCHEMA
from fairloss.audit.change import AuditChange, compare, compare_predictions
from fairloss.audit.change.sections import change_evidence_sections, change_section, change_sections
from fairloss.audit.charts import Line, Mark, Pair, Point, dots, dumbbell, forest, frontier
from fairloss.audit.counts import audit_counts
from fairloss.audit.data.auditing import audit_data
from fairloss.audit.difference import AuditDifference, difference
from fairloss.audit.exports import EXPORTS, Export, export
from fairloss.audit.findings import Finding
from fairloss.audit.markdown import markdown
from fairloss.audit.mismatches import Mismatch
from fairloss.audit.missing import MissingValues, Unknown
from fairloss.audit.outlines import OUTLINES, Chapter, Outline
from fairloss.audit.page import Column, Figure, Section, Table, page
from fairloss.audit.plan import DEFAULT_NOTIONS, About, Plan
from fairloss.audit.predictions import audit_predictions
from fairloss.audit.regimes import REGIMES, Assessment, Reasons, Regime, assess, principal_reasons
from fairloss.audit.report import AuditReport
from fairloss.audit.schema import change_schema, record_schema
from fairloss.audit.sections import (
    chapter_sections,
    evidence_sections,
    limit_section,
    method_section,
    report_sections,
    summary_section,
)
from fairloss.audit.sections.summary import closing_sections, unknown_text
from fairloss.audit.slices import Slice, SliceSearch, find_slices
from fairloss.audit.stages.entry import audit_stages
from fairloss.audit.statements import Response, Statement, read_responses, respond, response_text
from fairloss.audit.suppression.suppress import suppress
from fairloss.audit.table import audit_table
from fairloss.audit.verify import Verification, verify
from fairloss.audit.wording import REJECTED_WORDS, lint

__all__ = [
    "DEFAULT_NOTIONS",
    "EXPORTS",
    "OUTLINES",
    "REGIMES",
    "REJECTED_WORDS",
    "SCHEMA",
    "About",
    "Assessment",
    "AuditChange",
    "AuditDifference",
    "AuditReport",
    "Chapter",
    "Column",
    "Export",
    "Figure",
    "Finding",
    "Line",
    "Mark",
    "Mismatch",
    "MissingValues",
    "Outline",
    "Pair",
    "Plan",
    "Point",
    "Reasons",
    "Regime",
    "Response",
    "Section",
    "Slice",
    "SliceSearch",
    "Statement",
    "Table",
    "Unknown",
    "Verification",
    "assess",
    "audit_counts",
    "audit_data",
    "audit_predictions",
    "audit_stages",
    "audit_table",
    "change_evidence_sections",
    "change_schema",
    "change_section",
    "change_sections",
    "chapter_sections",
    "closing_sections",
    "compare",
    "compare_predictions",
    "difference",
    "dots",
    "dumbbell",
    "evidence_sections",
    "export",
    "find_slices",
    "forest",
    "frontier",
    "limit_section",
    "lint",
    "markdown",
    "method_section",
    "page",
    "principal_reasons",
    "read_responses",
    "record_schema",
    "report_sections",
    "respond",
    "response_text",
    "summary_section",
    "suppress",
    "unknown_text",
    "verify",
]
