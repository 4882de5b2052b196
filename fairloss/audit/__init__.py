"""What was found: the audit, its findings, and the report."""

from __future__ import annotations

from fairloss.audit.archive import SCHEMA
from fairloss.audit.change import AuditChange, compare, compare_predictions
from fairloss.audit.change_sections import change_evidence_sections, change_section, change_sections
from fairloss.audit.charts import Line, Mark, Pair, dots, dumbbell, forest
from fairloss.audit.counts import audit_counts
from fairloss.audit.data import audit_data
from fairloss.audit.findings import Finding
from fairloss.audit.frontier import Point, frontier
from fairloss.audit.markdown import markdown
from fairloss.audit.method import limit_section, method_section
from fairloss.audit.missing import MissingValues, Unknown
from fairloss.audit.page import Column, Figure, Section, Table, page
from fairloss.audit.plan import DEFAULT_NOTIONS, About, Plan
from fairloss.audit.predictions import audit_predictions, audit_table
from fairloss.audit.report import AuditReport
from fairloss.audit.sections import evidence_sections, report_sections, summary_section
from fairloss.audit.wording import REJECTED_WORDS, lint

__all__ = [
    "DEFAULT_NOTIONS",
    "REJECTED_WORDS",
    "SCHEMA",
    "About",
    "AuditChange",
    "AuditReport",
    "Column",
    "Figure",
    "Finding",
    "Line",
    "Mark",
    "MissingValues",
    "Pair",
    "Plan",
    "Point",
    "Section",
    "Table",
    "Unknown",
    "audit_counts",
    "audit_data",
    "audit_predictions",
    "audit_table",
    "change_evidence_sections",
    "change_section",
    "change_sections",
    "compare",
    "compare_predictions",
    "dots",
    "dumbbell",
    "evidence_sections",
    "forest",
    "frontier",
    "limit_section",
    "lint",
    "markdown",
    "method_section",
    "page",
    "report_sections",
    "summary_section",
]
