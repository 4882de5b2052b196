"""The scores of one attribute by group."""

from __future__ import annotations

from fairloss.audit.figures import estimate_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.wording import display, number, percent, ratio

__all__ = ["score_section"]


def score_section(report: AuditReport, attribute: str) -> Section:
    """Give mean score and AUC of each group."""
    rows = [row for row in report.rows("scores") if row["attribute"] == attribute]
    cells = [
        (
            display(row["group"]),
            number(row["rows"]),
            number(row["without_score"]),
            ratio(row["mean"]),
            row["note"] or estimate_text({**row, "value": row["auc"]}, "ratio"),
        )
        for row in rows
    ]
    level = percent(report.plan.level, 0)
    heads = ("Rows", "Without a score", "Mean score", f"AUC ({level} interval)")
    table = Table(
        f"Scores by {display(attribute, 80)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "AUC: the share of pairs with different labels that the score puts in the right order; DeLong's interval.",
    )
    return Section("Scores", tables=(table,))
