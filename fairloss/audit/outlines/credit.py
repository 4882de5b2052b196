"""The outline of an audit of lending."""

from __future__ import annotations

from fairloss.audit.outlines.outline import Chapter, Outline

__all__ = ["CREDIT"]

CREDIT = Outline(
    "credit",
    "lenders, their model validators and examiners",
    (
        Chapter("Model and decision", ("scope",)),
        Chapter("Data and groups", ("people", "suppression")),
        Chapter("Outcomes by group", ("decisions", "chance", "funnel")),
        Chapter("Outcomes over all cut-offs", ("scores",), "The scores behind the decisions: not supplied."),
        Chapter("Conditional disparity", ("strata",), "Rates within products, places or score bands: not measured."),
        Chapter(
            "Behavior of the model by group",
            ("errors", "performance", "calibration"),
            "Accuracy and calibration by group: not measured, because no matured labels were supplied.",
        ),
        Chapter(
            "Less discriminatory alternatives",
            ("candidates", "change", "before"),
            "A search for alternatives: not supplied.",
        ),
        Chapter("The labels before any model", ("labels",)),
        Chapter("All findings", ("findings",)),
        Chapter("Monitoring plan", ("monitoring",), "A plan for monitoring: not supplied."),
        Chapter("How to read the numbers", ("method",)),
        Chapter("Limits", ("limits",)),
        Chapter("Where it comes from", ("provenance",)),
    ),
)
"""Model, data, outcomes, cut-offs, conditional disparity, behavior, alternatives, monitoring, limits."""
