"""The scores by group: how they lie, and what every cut-off would do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.charts import Sweep, distributions, sweep
from fairloss.audit.figures import estimate_text, is_drawn
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.sections.score_views import (
    coarse,
    cut_off_in_use,
    drawn_groups,
    edges_at_quantiles,
    group_names,
    is_uneven,
    sweep_ratios,
)
from fairloss.audit.wording import display, number, percent, ratio
from fairloss.notions import ScoreHistogram

__all__ = ["score_sections"]

_QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_POINTS, _CUT_OFFS = 80, 24


def score_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute mean score, AUC, distributions and the sweep over all cut-offs."""
    for place, (attribute, scores) in enumerate(zip(report.attributes, report.scores, strict=False)):
        name = display(attribute, 80)
        figures: tuple[Figure, ...] = ()
        if is_drawn(report.tables[place]):
            in_use = cut_off_in_use(scores, report.tables[place])
            figures = (*_distributions(scores, name, in_use), *_sweep(scores, name, in_use, report.plan.level))
        yield Section(f"Scores by {name}", tables=(_table(report, attribute),), figures=figures)


def _table(report: AuditReport, attribute: str) -> Table:
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
    return Table(
        f"Scores by {display(attribute, 80)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "AUC: the share of pairs with different labels that the score puts in the right order; DeLong's interval.",
    )


def _distributions(scores: ScoreHistogram, name: str, in_use: float | None) -> Iterator[Figure]:
    chosen, names = drawn_groups(scores), group_names(scores)
    if not chosen:
        return
    places = edges_at_quantiles(scores, _POINTS)
    cdf, edges = scores.cdf(), scores.edges
    lines = [(display(names[code], 80), edges[places].tolist(), cdf[code, places].tolist()) for code in chosen]
    rows = [
        (display(names[code]), *(ratio(float(edges[np.searchsorted(cdf[code], share)])) for share in _QUANTILES))
        for code in chosen
    ]
    heads = (Column("Group"), *(Column(percent(share, 0), numeric=True) for share in _QUANTILES))
    where = "at the upper end of its range" if is_uneven(scores) else "on the bins of the histogram"
    note = f"The score below which so many of the group lie, {where}."
    table = Table(f"Quantiles of the score by {name}", heads, tuple(rows), note)
    caption = f"Distribution of the score by {name}: the share of each group that scores below. {_most(scores, chosen)}"
    chart = distributions(lines, title=f"Distribution of the score by {name}", description=caption, operating=in_use)
    yield Figure(chart, caption.strip(), table)


def _sweep(scores: ScoreHistogram, name: str, in_use: float | None, level: float) -> Iterator[Figure]:
    chosen, names = drawn_groups(scores), group_names(scores)
    if len(chosen) < 2:
        return
    places = edges_at_quantiles(scores, _CUT_OFFS)[1:-1]
    if not places.size:
        return
    reference, *others = sorted(chosen, key=lambda code: -float(scores.cells[code].sum()))
    cutoffs = scores.edges[places]
    found = {code: sweep_ratios(scores, code, reference, places, level) for code in others}
    lines = [Sweep(display(names[code], 80), cutoffs, *found[code]) for code in others]
    rows = tuple(
        (ratio(float(cutoff)), *(_interval([line[at] for line in found[code]]) for code in others))
        for at, cutoff in enumerate(cutoffs)
    )
    heads = (Column("Cut-off"), *(Column(display(names[code], 60), numeric=True) for code in others))
    title = f"Selection ratio to {display(names[reference], 60)} over the cut-off, by {name}"
    table = Table(title, heads, rows)
    uneven = ", by ranges of different width" if is_uneven(scores) else ""
    known = "" if in_use is not None else " No bin edge, as a cut-off, gives exactly these decisions."
    caption = (
        f"{title}. The band holds at {percent(level, 0)} for all {len(cutoffs)} cut-offs of a line at once; the bars "
        f"beneath are the scores of all rows{uneven}.{known} {_most(scores, chosen)}"
    )
    chart = sweep(lines, *coarse(scores), title=title, description=caption, operating=in_use)
    yield Figure(chart, caption.strip(), table)


def _interval(three: list[float]) -> str:
    value, low, high = three
    return estimate_text({"value": value, "low": low, "high": high}, "ratio")


def _most(scores: ScoreHistogram, chosen: list[int]) -> str:
    filled = int((scores.cells.sum((1, 2)) > 0).sum())
    return f"The {len(chosen)} largest of {filled} groups." if filled > len(chosen) else ""
