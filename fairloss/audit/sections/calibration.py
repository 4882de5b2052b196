"""How scores hold against labels by group: calibration, and ROC curves with the decisions on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.charts import Calibration, Roc, calibration, roc
from fairloss.audit.figures import estimate_text
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.sections.score_views import drawn_groups, edges_at_quantiles, group_names
from fairloss.audit.share_interval import share_interval
from fairloss.audit.wording import display, number, percent, ratio, share
from fairloss.notions import RATES, GroupCounts, ScoreHistogram

__all__ = ["calibration_sections"]

_BINS, _POINTS = 10, 60


def calibration_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute the share of favorable labels by score, and the ROC curves."""
    for place, (attribute, scores) in enumerate(zip(report.attributes, report.scores, strict=False)):
        if scores.cells.shape[1] != 2 or not drawn_groups(scores):
            continue
        name = display(attribute, 80)
        figures = (_calibration(scores, name, report.plan.level), _roc(scores, report.tables[place], name))
        yield Section(f"Scores against labels by {name}", figures=figures)


def _calibration(scores: ScoreHistogram, name: str, level: float) -> Figure:
    places = edges_at_quantiles(scores, _BINS)
    inner = places[:-1]
    cells = np.add.reduceat(scores.cells, inner, axis=-1)[..., : len(inner)]
    middles = (scores.edges[:-1] + scores.edges[1:]) / 2
    mass = np.add.reduceat(scores.cells.sum(1) * middles, inner, axis=-1)
    n, x = cells.sum(1).astype(np.float64), cells[:, 1].astype(np.float64)
    interval = share_interval(x, n, level=level)
    names, lines, rows = group_names(scores), [], []
    for code in drawn_groups(scores):
        bins = []
        for at in np.flatnonzero(n[code]):
            value, mean = float(x[code, at] / n[code, at]), float(mass[code, at] / n[code, at])
            ends = float(interval.low[code, at]), float(interval.high[code, at])
            bins.append((mean, value, *ends))
            text = estimate_text({"value": value, "low": ends[0], "high": ends[1]}, "share")
            rows.append((display(names[code]), ratio(mean), share(x[code, at], n[code, at]), text))
        lines.append(Calibration(display(names[code], 80), tuple(bins)))
    heads = ("Mean score", "Favorable labels", f"Share ({percent(level, 0)} interval)")
    title = f"Share of favorable labels by score and {name}"
    table = Table(title, (Column("Group"), *(Column(head, numeric=True) for head in heads)), tuple(rows))
    probable = bool(scores.edges[0] == 0 and scores.edges[-1] == 1)
    caption = f"{title}, in {len(inner)} bins of about as many rows each, with the intervals of Agresti and Coull."
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
