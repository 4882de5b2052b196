"""What a statement may say: every field, once, with its name on the page."""

from __future__ import annotations

from fairloss.audit.statements.shapes import Field

__all__ = ["STATEMENT"]


def _table(name: str, reads: str, *fields: Field) -> Field:
    return Field(name, reads, "table", fields=fields)


def _rows(name: str, reads: str, *fields: Field) -> Field:
    return Field(name, reads, "rows", fields=fields)


STATEMENT = _table(
    "statement",
    "What was stated",
    _table(
        "auditor",
        "The auditor",
        Field("name", "Name"),
        Field("organization", "Organization"),
        Field("independent", "Independent of the audited system", "yes_no"),
        Field("independence", "Grounds for independence"),
        Field("interests", "Interests and engagement terms"),
    ),
    _table(
        "system",
        "The system",
        Field("name", "Name"),
        Field("version", "Version"),
        Field("vendor", "Vendor"),
        Field("purpose", "Intended purpose"),
        Field("inputs", "Inputs"),
        Field("model", "Model, loss and constraints"),
        Field("inventory", "Inventory entry and tier"),
        Field("variables_reviewed", "Review of variables and proxies"),
    ),
    _table(
        "decision",
        "The decision",
        Field("point", "Point in the process"),
        Field("kind", "Kind", choices=("selection", "classification", "score", "price")),
        Field("favorable", "What the favorable decision means"),
        Field("cut_off", "Cut-off"),
        Field("cut_off_source", "Source of the cut-off"),
        Field("role", "Role of the system in the decision"),
    ),
    _table(
        "deployment",
        "Use",
        Field("distribution_date", "First day of use", "date"),
        Field("employer", "Deployed by"),
        Field("jurisdictions", "Jurisdictions", "texts"),
        Field("locations", "Positions and places"),
        Field("notice", "Notice to the people who are decided about"),
    ),
    _table(
        "data",
        "The data",
        Field("source", "Source"),
        Field("explanation", "Explanation"),
        Field("origin", "Origin", choices=("historical", "test", "synthetic")),
        Field("why_not_historical", "Why historical data were not used"),
        Field("generation", "How test data were generated and obtained"),
        Field("period_from", "From", "date"),
        Field("period_to", "To", "date"),
        Field("unit", "What one row is"),
        Field("collection", "How the attributes were recorded"),
        Field("population", "Who the rows stand for"),
        Field("gaps", "Known gaps"),
        Field("split", "Part of the data and what it was never used for"),
        _rows("exclusions", "Rows left out", Field("rule", "Rule", required=True), Field("rows", "Rows")),
    ),
    _table(
        "label",
        "The label",
        Field("definition", "Definition"),
        Field("maturity", "When it is known, and for whom"),
        Field("errors", "Known errors"),
    ),
    Field("categories", "Which audited column holds which category", "names"),
    _table(
        "small_categories",
        "Small categories",
        Field("choice", "In the ratios", choices=("included", "left_out")),
        Field("share_of", "Share of", choices=("known", "all")),
        Field("justification", "Justification"),
    ),
    _table(
        "validity",
        "Validity",
        Field("evidence", "Evidence that what is measured matters for the work or the credit"),
        Field("performance", "Accuracy and calibration by group"),
    ),
    _table(
        "alternatives",
        "Alternatives",
        Field("search", "What was searched"),
        Field("trained", "Models trained, and seeds"),
        Field("margin", "Margin of equal performance, and when it was set"),
        Field("stopping", "Why the search ended"),
        Field("chosen", "What was chosen"),
        Field("reason", "Why"),
    ),
    _table(
        "adverse_action",
        "Reasons for refusals",
        Field("method", "How reasons are chosen"),
        Field("accuracy", "How their accuracy was checked"),
    ),
    _table(
        "bias_profile",
        "Bias profile",
        Field("stakeholders", "Stakeholders"),
        Field("groups_at_risk", "Groups at risk, and why these"),
        Field("hazards", "Hazards by stage of the life cycle"),
        Field("treatment", "Treatment of each hazard"),
        Field("metrics", "Metrics chosen and rejected, and why"),
        Field("residual_risk", "Residual risk"),
        Field("feedback", "Feedback loops"),
    ),
    Field("overrides", "Overrides and judgment by people"),
    Field("oversight", "Human oversight"),
    Field("robustness", "Robustness: seeds, shifts, other groups"),
    _table(
        "logs",
        "Logs",
        Field("kept", "What is logged"),
        Field("retention", "How long logs and records are kept"),
        Field("documents", "How long documents are kept"),
    ),
    _table(
        "monitoring",
        "Monitoring",
        Field("plan", "Plan: metrics, windows, alerts"),
        Field("owner", "Owner"),
        Field("next_audit", "Next audit", "date"),
    ),
    _table("rights", "Rights", Field("assessment", "Assessment of the effect on rights"), Field("contact", "Contact")),
    Field("limits", "Limits", "texts"),
    _rows("not_assessed", "Not assessed", Field("topic", "Topic", required=True), Field("reason", "Reason")),
    _rows("signatures", "Signatures", *(Field(n, n.capitalize(), required=True) for n in ("name", "role")),
          Field("date", "Date", "date", required=True)),
)  # fmt: skip
"""The whole statement: tables of fields, as a TOML file or a mapping gives them."""
