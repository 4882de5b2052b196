"""The outline of an audit outside hiring and credit, in the order of the technical documentation of the EU AI Act."""

from __future__ import annotations

from fairloss.audit.outlines.outline import Chapter, Outline

__all__ = ["GENERAL"]

GENERAL = Outline(
    "general",
    "anybody who decides about people",
    (
        Chapter("Purpose and context", ("scope",)),
        Chapter("Data", ("people", "suppression")),
        Chapter("The data before training", ("labels",)),
        Chapter("Results by group", ("decisions", "chance", "funnel")),
        Chapter("Decisions held against labels", ("errors", "performance")),
        Chapter("Scores", ("scores", "calibration")),
        Chapter("Within comparable cases", ("strata",)),
        Chapter("Before and after mitigation", ("candidates", "change", "before")),
        Chapter("All findings", ("findings",)),
        Chapter("Monitoring after deployment", ("monitoring",)),
        Chapter("How to read the numbers", ("method",)),
        Chapter("What this does not establish", ("limits",)),
        Chapter("Where it comes from", ("provenance",)),
    ),
)
"""Purpose, data, results, errors, scores, comparable cases, mitigation, monitoring, limits."""
