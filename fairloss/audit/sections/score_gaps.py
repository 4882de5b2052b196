"""How far the scores of groups lie apart, and whether they mean the same in each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from fairloss.audit.figures import estimate_text, gap_text, p_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, percent, ratio, share, span

__all__ = ["score_gap_sections"]

_MOST_ROWS = 120


def score_gap_sections(report: AuditReport) -> Iterator[Section]:
    """Give score gaps and calibration, where there are scores."""
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
    yield Section("Scores compared", tables=(gaps, *_calibration(report)))


def _calibration(report: AuditReport) -> Iterator[Table]:
    for attribute, group in groupby(report.rows("calibration"), key=lambda row: row["attribute"]):
        rows = list(group)
        shown = rows[:_MOST_ROWS]
        note = f" The first {_MOST_ROWS} of {len(rows)} rows." if len(rows) > _MOST_ROWS else ""
        cells = [
            (
                display(row["group"]),
                span(ratio(row["score_from"]), ratio(row["score_to"])),
                ratio(row["mean_score"]),
                share(row["favorable"], row["rows"]),
                estimate_text(row, "share"),
            )
            for row in shown
        ]
        heads = ("Scores", "Mean score", "Favorable labels", "Share")
        yield Table(
            f"Labels at similar scores, by {display(attribute, 80)}",
            (Column("Group"), *(Column(head, numeric=True) for head in heads)),
            tuple(cells),
            "Ranges hold a tenth of all scores each. A score means the same in two groups where these shares agree."
            + note,
        )


def _auc(row: Row) -> Row:
    return {"value": row["auc_difference"], "low": row["auc_difference_low"], "high": row["auc_difference_high"]}
