"""The outline of an audit outside hiring and credit, in the order of the technical documentation of the EU AI Act."""

from __future__ import annotations

from fairloss.audit.outlines.outline import Chapter, Outline

__all__ = ["GENERAL"]

GENERAL = Outline(
    "general",
    "anybody who decides about people",
    (
        Chapter("Purpose and context", ("scope", "statement")),
        Chapter("Data", ("people", "suppression", "data")),
        Chapter("The data before training", ("labels",)),
        Chapter("Results by group", ("decisions", "comparisons", "chance", "funnel")),
        Chapter("Decisions held against labels", ("errors", "performance")),
        Chapter("Scores", ("scores", "score_gaps", "calibration")),
        Chapter("Within comparable cases", ("strata", "stratified")),
        Chapter("How far the numbers carry", ("clusters", "uncertain_groups", "robustness")),
        Chapter("Before and after mitigation", ("candidates", "change", "before")),
        Chapter("Findings and responses", ("findings", "responses")),
        Chapter("Monitoring after deployment", ("monitoring",)),
        Chapter("Law and practice", ("regimes",)),
        Chapter("How to read the numbers", ("method",)),
        Chapter("What this does not establish", ("limits",)),
        Chapter("Where it comes from", ("provenance",)),
    ),
)
"""Purpose, data, results, errors, scores, comparable cases, mitigation, monitoring, limits."""
