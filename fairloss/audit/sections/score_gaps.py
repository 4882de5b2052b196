"""How far the scores of groups lie apart."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.figures import gap_text, p_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, percent, ratio

__all__ = ["score_gap_sections"]


def score_gap_sections(report: AuditReport) -> Iterator[Section]:
    """Give score gaps, where there are scores."""
    rows = report.rows("score_gaps")
    if not rows:
        return
    level = percent(report.plan.level, 0)
    cells = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)} and {display(row['reference'], 80)}",
            gap_text({**row, "value": row["standardized_difference"]}, bounded=False),
            f"{ratio(row['distance'])} ({p_text(row['distance_p_value'])})",
            gap_text(_auc(row), bounded=False),
            ratio(row["area_between_curves"]),
        )
        for row in rows
    ]
    heads = (
        f"Mean, in {rows[0]['unit']} standard deviations ({level} interval)",
        "Largest distance (p)",
        "Difference of AUC",
        "Area between ROC curves",
    )
    gaps = Table(
        "Scores of each group against the reference",
        (Column("Groups"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "Scores count by the middle of their bin. Largest distance: Kolmogorov and Smirnov. AUC: DeLong's interval. "
        "The area between two ROC curves is above 0 by chance even for equal curves.",
    )
    yield Section("Scores compared", tables=(gaps,))


def _auc(row: Row) -> Row:
    return {"value": row["auc_difference"], "low": row["auc_difference_low"], "high": row["auc_difference_high"]}
