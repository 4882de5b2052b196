"""How scores hold against labels by group: calibration, and ROC curves with the decisions on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.charts import Calibration, Roc, calibration, roc
from fairloss.audit.figures import estimate_text, is_drawn
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.sections.score_views import drawn_groups, edges_at_quantiles, group_names
from fairloss.audit.wording import display, number, percent, ratio, share, span
from fairloss.notions import RATES, GroupCounts, ScoreHistogram

__all__ = ["calibration_sections"]

_POINTS = 60


def calibration_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute the share of favorable labels by score, and the ROC curves."""
    for place, (attribute, scores) in enumerate(zip(report.attributes, report.scores, strict=False)):
        rows = [row for row in report.rows("calibration") if row["attribute"] == attribute]
        if not rows or not drawn_groups(scores) or not is_drawn(report.tables[place]):
            continue
        name = display(attribute, 80)
        figures = (_calibration(scores, rows, name, report.plan.level), _roc(scores, report.tables[place], name))
        yield Section(f"Scores against labels by {name}", figures=figures)


def _calibration(scores: ScoreHistogram, rows: list[Row], name: str, level: float) -> Figure:
    names = group_names(scores)
    drawn = [names[code] for code in drawn_groups(scores)]
    lines = [
        Calibration(
            display(group, 80),
            tuple((row["mean_score"], row["share"], row["low"], row["high"]) for row in rows if row["group"] == group),
        )
        for group in drawn
    ]
    cells = [
        (
            display(row["group"]),
            span(ratio(row["score_from"]), ratio(row["score_to"])),
            ratio(row["mean_score"]),
            share(row["favorable"], row["rows"]),
            estimate_text(row, "share"),
        )
        for row in rows
        if row["group"] in drawn
    ]
    heads = ("Scores", "Mean score", "Favorable labels", f"Share ({percent(level, 0)} interval)")
    title = f"Share of favorable labels by score and {name}"
    table = Table(title, (Column("Group"), *(Column(head, numeric=True) for head in heads)), tuple(cells))
    probable = bool(scores.edges[0] == 0 and scores.edges[-1] == 1)
    caption = (
        f"{title}, in ranges that hold a tenth of all scores each, with the intervals of Agresti and Coull. A score "
        "means the same in two groups where these shares agree."
    )
    return Figure(calibration(lines, title=title, description=caption, diagonal=probable), caption, table)


def _roc(scores: ScoreHistogram, counts: GroupCounts, name: str) -> Figure:
    above = np.asarray(scores.at_thresholds().cells, np.float64)[..., 1]
    places = edges_at_quantiles(scores, _POINTS)
    names, totals, auc = group_names(scores), above[0], scores.auc()
    decided = counts.has_labels and counts.has_decisions
    points = {name: np.asarray(RATES[name](counts)) for name in _POINT} if decided else {}
    curves, rows = [], []
    for code in drawn_groups(scores):
        if not (totals[code] > 0).all():
            continue
        false, true = (above[places[::-1], code, label] / totals[code, label] for label in (0, 1))
        point = tuple(float(points[rate][code]) for rate in _POINT) if decided else None
        curves.append(Roc(display(names[code], 80), false, true, point))  # type: ignore[arg-type]
        texts = (percent(one) for one in point) if point else ("–", "–")
        rows.append((display(names[code]), number(totals[code].sum()), *texts, ratio(float(auc[code]))))
    heads = ("Rows with a score", "False positive rate", "True positive rate", "AUC")
    title = f"ROC curves by {name}"
    table = Table(title, (Column("Group"), *(Column(head, numeric=True) for head in heads)), tuple(rows))
    note = " Open marks: the decisions." if decided else ""
    caption = f"{title}; the diagonal is a score that says nothing.{note}"
    return Figure(roc(curves, title=title, description=caption), caption, table)


_POINT = ("false_positive_rate", "true_positive_rate")
