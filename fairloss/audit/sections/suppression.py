"""What was hidden because few people are behind it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.suppression import Suppression
from fairloss.audit.wording import display, listing, number, ratio
from fairloss.notions import ScoreHistogram

__all__ = ["suppression_sections"]


def suppression_sections(report: AuditReport) -> Iterator[Section]:
    """Say which groups are shown together and what is left out, where small counts were hidden."""
    found: Suppression | None = report.evidence.get("suppression")
    if found is None:
        return
    texts = [
        f"No count of 1 to {found.smallest - 1} people is shown, and each that is hidden could be any number from 1 to "
        f"{found.smallest - 1}, whatever a reader adds and subtracts. Groups that are too small are shown together, "
        "with others where a difference of totals would tell. Rates, ratios and the group with the highest rate are "
        "those of the groups as shown."
    ]
    if report.scores:
        texts.append(_ranges(report))
    tables = (
        Table(
            "Shown together",
            (Column("Attribute"), Column("Groups")),
            tuple((display(attribute, 80), listing(map(display, names), 40)) for attribute, names in found.together),
        ),
        Table(
            "Left out",
            (Column("What"), Column("Why")),
            tuple((display(what, 80), display(reason, 200)) for what, reason in found.left_out),
        ),
    )
    yield Section("Small counts", tuple(texts), tables=tuple(table for table in tables if table.rows))


def _ranges(report: AuditReport) -> str:
    """Say what ranges of scores do to numbers that rest on single scores."""
    scores = report.scores
    named = zip(report.attributes, scores, strict=False)
    numbers = listing((f"{number(len(one.edges) - 1)} by {display(name, 80)}" for name, one in named), 12)
    text = (
        f"Scores are known by ranges ({numbers}), the same for all groups of an attribute: scores of one range count "
        "as equal, and as the middle of it. A mean of the scores themselves may differ by up to "
        f"{ratio(max(_mean_error(one) for one in scores))}"
    )
    ties = [_tied(one) for one in scores if one.cells.shape[1] == 2]
    return text + (f", an AUC by up to {ratio(max(ties))}." if ties else ".")


def _mean_error(scores: ScoreHistogram) -> float:
    """Give half the mean width of the ranges of a group's scores, at its largest over the groups."""
    rows = np.asarray(scores.cells.sum(1), np.float64)
    sizes = rows.sum(1)
    return float((rows @ np.diff(scores.edges) / 2 / np.where(sizes, sizes, 1)).max())


def _tied(scores: ScoreHistogram) -> float:
    """Give half the share of pairs with different labels that are in one range, at its largest over the groups."""
    cells = np.asarray(scores.cells, np.float64)
    pairs = cells.sum(-1).prod(1)
    return float((cells.prod(1).sum(-1) / 2 / np.where(pairs, pairs, 1)).max())
