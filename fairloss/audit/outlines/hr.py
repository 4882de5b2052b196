"""The outline of an audit of hiring and work."""

from __future__ import annotations

from fairloss.audit.outlines.outline import Chapter, Outline

__all__ = ["HR"]

HR = Outline(
    "hr",
    "employers, their auditors and the people who are selected from",
    (
        Chapter("Scope", ("scope", "statement")),
        Chapter("Data", ("people", "suppression", "data")),
        Chapter("Selection by group", ("decisions",)),
        Chapter("Reading the ratios", ("comparisons", "chance")),
        Chapter("Stages of the funnel", ("funnel",), "Stages before the audited decision: not supplied."),
        Chapter(
            "Within comparable cases",
            ("strata", "stratified"),
            "Rates within positions, places or qualifications: not measured.",
        ),
        Chapter("Scores", ("scores", "score_gaps"), "The scores behind the decisions: not supplied."),
        Chapter(
            "Validity",
            ("errors", "performance", "calibration"),
            "Accuracy by group: not measured, because no outcomes were supplied. Evidence that what is measured "
            "matters for the work: not supplied.",
        ),
        Chapter("How far the numbers carry", ("clusters", "uncertain_groups", "robustness")),
        Chapter(
            "Alternatives and mitigation",
            ("candidates", "change", "before"),
            "Other procedures, and figures before and after mitigation: not supplied.",
        ),
        Chapter("The labels before any model", ("labels",)),
        Chapter("Findings and responses", ("findings", "responses")),
        Chapter("Monitoring", ("monitoring",)),
        Chapter("Law and practice", ("regimes",)),
        Chapter("How to read the numbers", ("method",)),
        Chapter("Limits", ("limits",)),
        Chapter("Where it comes from", ("provenance",)),
    ),
)
"""Scope, data, selection, reading, funnel, comparable cases, scores, validity, alternatives, limits."""
