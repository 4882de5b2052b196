"""The outline of an audit of lending."""

from __future__ import annotations

from fairloss.audit.outlines.outline import Chapter, Outline

__all__ = ["CREDIT"]

CREDIT = Outline(
    "credit",
    "lenders, their model validators and examiners",
    (
        Chapter("Model and decision", ("scope", "statement")),
        Chapter("Data and groups", ("people", "suppression", "data")),
        Chapter("Outcomes by group", ("decisions", "comparisons", "chance", "funnel")),
        Chapter(
            "Outcomes over all cut-offs", ("scores", "score_gaps"), "The scores behind the decisions: not supplied."
        ),
        Chapter(
            "Conditional disparity",
            ("strata", "stratified"),
            "Rates within products, places or score bands: not measured.",
        ),
        Chapter(
            "Behavior of the model by group",
            ("errors", "performance", "calibration"),
            "Accuracy and calibration by group: not measured, because no matured labels were supplied.",
        ),
        Chapter("How far the numbers carry", ("clusters", "uncertain_groups", "robustness")),
        Chapter(
            "Less discriminatory alternatives",
            ("candidates", "change", "before"),
            "A search for alternatives: not supplied.",
        ),
        Chapter("The labels before any model", ("labels",)),
        Chapter("Findings and responses", ("findings", "responses")),
        Chapter("Monitoring plan", ("monitoring",), "A plan for monitoring: not supplied."),
        Chapter("Law and practice", ("regimes",)),
        Chapter("How to read the numbers", ("method",)),
        Chapter("Limits", ("limits",)),
        Chapter("Where it comes from", ("provenance",)),
    ),
)
"""Model, data, outcomes, cut-offs, conditional disparity, behavior, alternatives, monitoring, limits."""
