"""What thin groups, weights and wrong labels do to the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fairloss.audit.figures import estimate_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.statistics.label_sensitivity import ASSUMED_ERRORS
from fairloss.audit.wording import display, number, percent, phrase, points

__all__ = ["robustness_sections"]

_MOST_ROWS = 120


def robustness_sections(report: AuditReport) -> Iterator[Section]:
    """Give shrunken rates, effective numbers of rows and label errors, where there are any."""
    tables = tuple(table for build in (_shrunken, _effective, _label_sensitivity) for table in build(report))
    if tables:
        yield Section("How far the numbers carry", tables=tables)


def _shrunken(report: AuditReport) -> Iterator[Table]:
    rows = report.rows("shrunken")
    if not rows:
        return
    cells = [
        (
            display(row["group"]),
            percent(row["raw"]),
            estimate_text({**row, "value": row["shrunken"]}, "share"),
            percent(row["own_weight"]),
        )
        for row in rows
    ]
    heads = ("As counted", "Drawn toward all groups", "Weight of its own rows")
    yield Table(
        f"{phrase(rows[0]['rate']).capitalize()} of thin groups of {display(rows[0]['attribute'], 80)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "An extra view: on average nearer to the truth, for a group that truly differs farther from it. The rate as "
        "counted stays the number to quote (beta-binomial, empirical Bayes).",
    )


def _effective(report: AuditReport) -> Iterator[Table]:
    rows = report.rows("effective_sizes")
    if not rows:
        return
    people: Counter[tuple[str, str]] = Counter()
    for row in report.rows("cell_rows"):
        people[row["attribute"], row["group"]] += row["rows"]
    cells = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)}",
            number(people[row["attribute"], row["group"]]) if people else "–",
            number(round(row["weight"], 1)),
            number(round(row["effective_rows"], 1)),
        )
        for row in rows
    ]
    yield Table(
        "How many rows the weighted rows stand for",
        (Column("Group"), *(Column(head, numeric=True) for head in ("Rows", "Sum of weights", "Effective rows"))),
        tuple(cells),
        "Effective: as many rows of equal weight know as much (Kish). Intervals rest on such numbers.",
    )


def _label_sensitivity(report: AuditReport) -> Iterator[Table]:
    rows = report.rows("label_sensitivity")
    if not rows:
        return
    cells = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)} and {display(row['reference'], 80)}",
            phrase(row["rate"]),
            row["error"],
            points(row["gap"]),
            *(points(row[f"gap_at_{share:g}"]) for share in ASSUMED_ERRORS),
            percent(row["explains"]),
        )
        for row in rows[:_MOST_ROWS]
    ]
    heads = ("As recorded", *(f"{percent(share, 0)} wrong" for share in ASSUMED_ERRORS), "Would explain it")
    yield Table(
        "Gaps in points if a share of the labels of the group were wrong",
        (Column("Groups"), Column("Rate"), Column("Labels"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "Missed: favorable labels recorded as unfavorable; spurious: the reverse. The labels of the reference are "
        "taken as right; a dash where the counts rule such an error out. Whether an error is plausible is for those to "
        "say who know how the labels came about.",
    )
