"""The outline of an audit of hiring and work."""

from __future__ import annotations

from fairloss.audit.outlines.outline import Chapter, Outline

__all__ = ["HR"]

HR = Outline(
    "hr",
    "employers, their auditors and the people who are selected from",
    (
        Chapter("Scope", ("scope",)),
        Chapter("Data", ("people", "suppression")),
        Chapter("Selection by group", ("decisions",)),
        Chapter("Reading the ratios", ("chance",)),
        Chapter("Stages of the funnel", ("funnel",), "Stages before the audited decision: not supplied."),
        Chapter(
            "Within comparable cases", ("strata",), "Rates within positions, places or qualifications: not measured."
        ),
        Chapter("Scores", ("scores",), "The scores behind the decisions: not supplied."),
        Chapter(
            "Validity",
            ("errors", "performance", "calibration"),
            "Accuracy by group: not measured, because no outcomes were supplied. Evidence that what is measured "
            "matters for the work: not supplied.",
        ),
        Chapter(
            "Alternatives and mitigation",
            ("candidates", "change", "before"),
            "Other procedures, and figures before and after mitigation: not supplied.",
        ),
        Chapter("The labels before any model", ("labels",)),
        Chapter("All findings", ("findings",)),
        Chapter("Monitoring", ("monitoring",)),
        Chapter("How to read the numbers", ("method",)),
        Chapter("Limits", ("limits",)),
        Chapter("Where it comes from", ("provenance",)),
    ),
)
"""Scope, data, selection, reading, funnel, comparable cases, scores, validity, alternatives, limits."""
