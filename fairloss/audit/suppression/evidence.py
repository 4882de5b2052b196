"""What was given beside the tables, without small counts: a rule for each kind of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fairloss.audit.report import AuditReport
from fairloss.audit.suppression import counted, given, scores
from fairloss.audit.suppression.record import LeftOut, Together
from fairloss.audit.suppression.release import Release, Rule

__all__ = ["RULES", "released"]

_RULES: dict[str, Rule] = {
    "statement": given.kept,
    "stated_leaks": given.kept,
    "regimes": given.where_whole,
    "stated_population": given.population,
    "missing": counted.missing,
    "stages": counted.stages,
    "strata": counted.strata,
    "row_counts": counted.row_counts,
    "score_histograms": scores.score_histograms,
    "median_counts": scores.median_counts,
    "score_moments": scores.score_moments,
    "reasons": given.reasons,
    "memberships": given.memberships,
    "strange_values": given.strange_values,
    "clusters": given.left_out(
        "sums of squares over few clusters tell the people of one; intervals here take rows as independent"
    ),
    "columns": given.left_out(
        "most bins hold few people of a group, and columns that depend on one another would tell each other's"
    ),
    "joint_scores": given.left_out("most of their bins hold few people of a group"),
    "row_sample": given.left_out("all that rests on the sampled rows is left out"),
    "equal_rows": given.left_out("few people have the same values as another"),
    "near_copies": given.left_out("few people differ from another in one column only"),
    "annotator_counts": given.left_out("most annotators labeled few people of a group"),
    "parts": given.left_out("most bins of a column hold few people of a part, and columns would tell each other's"),
}
RULES: Mapping[str, Rule] = MappingProxyType(_RULES)
"""How evidence is shown without small counts, by its name; in this order."""


def released(report: AuditReport, release: Release) -> tuple[dict[str, Any], tuple[Together, ...], tuple[LeftOut, ...]]:
    """Give the evidence that can be shown, what is shown as one in it, and what is left out with the reasons."""
    evidence: dict[str, Any] = {}
    together: list[Together] = []
    left_out: list[LeftOut] = []
    for name, rule in RULES.items():
        if name not in report.evidence:
            continue
        found = rule(report.evidence[name], report, release)
        if isinstance(found, str):
            left_out.append((name.replace("_", " "), found))
        else:
            evidence[name], release = found.value, found.release
            together += found.together
            left_out += found.left_out
    return evidence, tuple(together), tuple(left_out)
