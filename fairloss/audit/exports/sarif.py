"""The findings of an audit as results of SARIF 2.1.0, the format of code scanning."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import fairloss
from fairloss.audit.archive import dump
from fairloss.audit.findings import Finding
from fairloss.audit.report import AuditReport
from fairloss.audit.wording import clean

__all__ = ["sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    "constant_decisions": ("warning", "The decision is the same for everybody."),
    "gap_established": ("warning", "A difference between groups is established."),
    "gap_not_established": ("note", "No difference between groups is established."),
    "below_four_fifths": ("warning", "A selection rate is below four-fifths of the highest."),
    "reversal": ("warning", "A gap changes its direction within strata."),
    "strata_differ": ("note", "The strata differ in a comparison."),
    "not_resolved": ("note", "The rows are too few to tell."),
    "one_decision_reverses": ("note", "One decision turns a shortfall around."),
    "chosen_by_luck": ("note", "The lowest ratio is what luck makes of equal groups."),
    "tables_disagree": ("warning", "Tables of the audit do not add up."),
    "gap_within_clusters": ("warning", "A gap is not established once rows of one cluster are taken together."),
    "gap_depends_on_unknown": ("warning", "Rows without a group could turn a gap around."),
    "unknown_group": ("note", "Rows have no value of an attribute."),
    "missing_values": ("note", "Values are missing more often for one group than for another."),
    "representation": ("warning", "Groups have other shares in the data than in the stated population."),
    "leak": ("warning", "A column tells the label so well that it may have come after it."),
    "identifier": ("note", "A column names single rows."),
    "proxy": ("warning", "Columns tell the group of a person."),
    "restated_attribute": ("warning", "A column restates an attribute."),
    "missing_by_label": ("warning", "A missing value goes with the label."),
    "wrong_labels": ("note", "So many wrong labels would explain a gap."),
    "annotators": ("warning", "The label depends on who gave it."),
    "label_conflicts": ("warning", "Equal people get different labels, in one group more often than in another."),
    "duplicates": ("warning", "Rows are there twice."),
    "equal_rows": ("note", "Rows are equal about as often as chance has it."),
    "categories": ("warning", "A column holds values that look wrong."),
    "drift": ("warning", "Columns are distributed otherwise in another part."),
    "base_rate_drift": ("warning", "A base rate is another one in another part."),
    "sampled_rows": ("note", "Some numbers rest on a sample of the rows."),
    "not_determinable": ("note", "A rate is undefined for a group."),
    "reasons_differ": ("warning", "A reason for refusals is given to one group more often than to another."),
}
"""Code of a finding to its level and what it says; a finding of a code that is not listed is a note."""


def sarif(report: AuditReport) -> str:
    """Give the findings as a SARIF log with one run: the code is the rule, the evidence lies in the properties."""
    codes = list(dict.fromkeys(finding.code for finding in report.findings))
    driver = {
        "name": "fairloss",
        "version": fairloss.__version__,
        "rules": [{"id": code, "shortDescription": {"text": _rule(code)[1]}} for code in codes],
    }
    results = [_result(finding, codes.index(finding.code)) for finding in report.findings]
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    text = dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})
    return text.replace("<", "\\u003c")  # inert, too, where a page holds the log inside a script


def _rule(code: str) -> tuple[str, str]:
    return _RULES.get(code, ("note", code.replace("_", " ").capitalize() + "."))


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    names = [clean(f"{one.get('attribute', '')}/{one.get('rate', one.get('column', ''))}") for one in finding.evidence]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _rule(finding.code)[0],
        "message": {"text": _literal(str(finding))},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": name}]} for name in dict.fromkeys(names[:1])],
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {"evidence": [_clean(row) for row in finding.evidence]},
    }


def _literal(text: str) -> str:
    """Escape what SARIF reads as a link or a placeholder (3.11.5, 3.11.6)."""
    return re.sub(r"([\\\[\]])", r"\\\1", clean(text)).replace("{", "{{").replace("}", "}}")


def _fingerprint(finding: Finding) -> str:
    """Name what a finding is about, not its numbers, so that a later log can tell the same finding."""
    return hashlib.sha256("\x1f".join(finding.subject).encode("utf-8", "surrogatepass")).hexdigest()


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    return {key: clean(value) if isinstance(value, str) else value for key, value in row.items()}
