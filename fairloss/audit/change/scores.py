"""The scores behind two sets of decisions: how well they rank and hold against labels in each group."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fairloss.audit.change.record import AuditChange
from fairloss.audit.figures import estimate_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, percent, points, ratio

__all__ = ["score_change_sections"]

_TITLE = "Scores, before and after"
_SIDES = ("before", "after")
Keyed = dict[tuple[str, ...], Row]


def score_change_sections(change: AuditChange) -> Iterator[Section]:
    """Give one section where both audits hold scores of the same groups; none where one of them has no scores."""
    if not change.before.scores or not change.after.scores:
        return
    if _are_equal(change.before, change.after):
        text = (
            "Both decisions rest on the same scores, as far as the bins tell: what changed is where the line is drawn."
        )
        yield Section(_TITLE, (text,))
        return
    tables = (*_by_group(change), *_against_reference(change))
    if tables:
        yield Section(_TITLE, tables=tables)


def _are_equal(before: AuditReport, after: AuditReport) -> bool:
    return before.attributes == after.attributes and all(
        first.cells.shape == second.cells.shape
        and np.array_equal(first.cells, second.cells)
        and np.array_equal(first.edges, second.edges)
        for first, second in zip(before.scores, after.scores, strict=True)
    )


def _by_group(change: AuditChange) -> Iterator[Table]:
    first, second = (_keyed(report.rows("scores"), "attribute", "group") for report in (change.before, change.after))
    off = [_too_high(report) for report in (change.before, change.after)]
    rows = [
        (
            f"{display(key[0], 80)}: {display(key[1], 80)}",
            *(estimate_text({**side[key], "value": side[key]["auc"]}, "ratio") for side in (first, second)),
            *(points(each.get(key, math.nan)) for each in off),
        )
        for key in first
        if key in second
    ]
    if rows:
        level = percent(change.before.plan.level, 0)
        yield _table(
            change,
            "How well the scores of each group rank, and how far they are off",
            "Group",
            (f"AUC, {{}} ({level} interval)", "Too high, {}"),
            tuple(rows),
            "Too high: the mean score minus the share of favorable labels, in points; it says something where scores "
            "are probabilities. The two scores of a person are not counted together, so no change of an AUC has a "
            "paired interval.",
        )


def _against_reference(change: AuditChange) -> Iterator[Table]:
    names = ("attribute", "group", "reference")
    first, second = (_keyed(report.rows("score_gaps"), *names) for report in (change.before, change.after))
    columns = ("standardized_difference", "auc_difference", "area_between_curves")
    rows = [
        (
            f"{display(key[0], 80)}: {display(key[1], 80)} and {display(key[2], 80)}",
            *(_signed(side[key][column]) for column in columns[:2] for side in (first, second)),
            *(ratio(side[key][columns[2]]) for side in (first, second)),
        )
        for key in first
        if key in second
    ]
    if rows:
        yield _table(
            change,
            "Scores of each group against the reference",
            "Groups",
            ("Mean, in standard deviations, {}", "Difference of AUC, {}", "Area between ROC curves, {}"),
            tuple(rows),
            "Only groups whose reference is the same before and after. The area between two ROC curves is above 0 by "
            "chance even for equal curves.",
        )


def _table(
    change: AuditChange, title: str, first: str, heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...], note: str
) -> Table:
    names = [display(name, 40) for name in change.names]
    columns = (Column(first), *(Column(head.format(name), numeric=True) for head in heads for name in names))
    return Table(title, columns, rows, note)


def _keyed(rows: list[Row], *names: str) -> Keyed:
    return {tuple(row[name] for name in names): row for row in rows}


def _too_high(report: AuditReport) -> dict[tuple[str, ...], float]:
    """Give for each group the mean score minus the share of favorable labels, over the rows with a score."""
    sums: dict[tuple[str, ...], list[float]] = {}
    for row in report.rows("calibration"):
        total = sums.setdefault((row["attribute"], row["group"]), [0.0, 0.0, 0.0])
        for place, value in enumerate((row["mean_score"] * row["rows"], row["favorable"], row["rows"])):
            total[place] += value
    return {key: (scored - favorable) / rows for key, (scored, favorable, rows) in sums.items()}


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}".replace("-", "−")
