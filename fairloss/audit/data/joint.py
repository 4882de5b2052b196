"""How well all columns together tell the group: an additive score, learned on one half and judged on the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.areas import held_out_area
from fairloss.audit.data.columns import whole_array
from fairloss.audit.data.looking import Look
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.results import Row
from fairloss.notions import GroupCounts, Groups
from fairloss.notions.counting import count

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "JOINT_COLUMNS",
    "JointScores",
    "additive_scores",
    "count_joint",
    "inconsistent_joint",
    "joint_rows",
    "read_joint",
    "write_joint",
]

JOINT_COLUMNS = ("attribute", "group", "columns", "rows", "rows_of_group", "auc", "low", "high")

_LEARN_FROM = 20_000
_CYCLES = 10
_RIDGE = 1.0
_LONGEST_STEP = 2.0
_SCORE_BINS = 32
_LEAST = 40
Floats = np.ndarray[Any, np.dtype[np.float64]]
Codes = Sequence[np.ndarray[Any, np.dtype[np.integer[Any]]]]


@dataclass(frozen=True, slots=True, eq=False)
class JointScores:
    """For one attribute the scores by which all columns together tell a group from the rest.

    Parameters
    ----------
    attribute : str
        The attribute.
    groups : tuple of str
        The groups that were told from the rest; of two groups one stands for both.
    columns : int
        How many columns were used.
    cells : integer array of shape (groups, 2, 2, score bins)
        Rows by half, whether they are of the group, and score from low to high.
    """

    attribute: str
    groups: tuple[str, ...]
    columns: int
    cells: np.ndarray[Any, np.dtype[np.int64]]


def count_joint(columns: Sequence[Look], groups: Groups, halves: Any, keys: Any) -> JointScores:
    """Learn to tell each group on one half of the rows and count its scores on the other half.

    Groups of fewer than 40 rows are left out, as their share could not be learned from half of them.
    """
    sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=groups.n_groups)
    large = [code for code in range(groups.n_groups) if min(sizes[code], sizes.sum() - sizes[code]) >= _LEAST]
    if (sizes > 0).sum() == 2:
        large = large[:1]
    known = groups.codes >= 0
    codes, bins = [one.bins.codes[known] for one in columns], [len(one.bins) for one in columns]
    cells = []
    for code in large:
        told = groups.codes[known] == code
        cells.append(_count_scores(codes, bins, told, halves[known], keys[known]))
    shape = (len(large), 2, 2, _SCORE_BINS)
    names = tuple(groups.names[code] for code in large)
    return JointScores(groups.grouping.attribute, names, len(columns), np.array(cells, dtype=np.int64).reshape(shape))


def _count_scores(codes: Codes, bins: Sequence[int], told: Any, halves: Any, keys: Any) -> Any:
    cells = np.zeros((2, 2, _SCORE_BINS), dtype=np.int64)
    for half in (0, 1):
        learn, judge = np.flatnonzero(halves != half), np.flatnonzero(halves == half)
        if len(learn) > _LEARN_FROM:
            learn = np.sort(learn[np.argpartition(keys[learn], _LEARN_FROM)[:_LEARN_FROM]])
        score = additive_scores([one[learn] for one in codes], bins, told[learn], [one[judge] for one in codes])
        edges = np.unique(np.quantile(score, np.arange(1, _SCORE_BINS) / _SCORE_BINS)) if len(score) else score
        places = np.searchsorted(edges, score, side="right")
        counted = count([(told[judge].astype(np.uint8), 2), (places, _SCORE_BINS)])
        cells[half] = counted
    return cells


def additive_scores(codes: Codes, bins: Sequence[int], told: Any, judged: Codes) -> Floats:
    """Score rows by a logistic model with one weight for each bin of each column.

    Ridge 1, fitted by ten rounds of Newton's steps over the columns: one column at a time, whose bins do not overlap,
    so that every step is a division. Scores are log odds up to a constant.

    Parameters
    ----------
    codes : sequence of integer arrays of shape (n,)
        The bin of each row, column by column.
    bins : sequence of int
        The number of bins of each column.
    told : bool array of shape (n,)
        What to learn.
    judged : sequence of integer arrays of shape (m,)
        The bins of the rows that are scored.

    Returns
    -------
    float64 array of shape (m,)

    Examples
    --------
    >>> codes = [np.array([0, 0, 1, 1] * 50)]
    >>> additive_scores(codes, [2], np.array([0, 0, 1, 1] * 50, dtype=bool), [np.array([0, 1])]).round(1).tolist()
    [-3.4, 3.4]
    """
    answer = np.asarray(told, dtype=np.float64)
    share = min(max(float(answer.mean()) if len(answer) else 0.5, 1e-6), 1 - 1e-6)
    log_odds = np.full(len(answer), np.log(share / (1 - share)))
    weights = [np.zeros(size) for size in bins]
    for _ in range(_CYCLES):
        for place, column in enumerate(codes):
            chance = 1 / (1 + np.exp(-log_odds))
            slope = np.bincount(column, answer - chance, minlength=bins[place]) - _RIDGE * weights[place]
            bend = np.bincount(column, chance * (1 - chance), minlength=bins[place]) + _RIDGE
            step = np.clip(slope / bend, -_LONGEST_STEP, _LONGEST_STEP)
            weights[place] += step
            log_odds += step[column]
    score = np.zeros(len(judged[0]) if judged else 0)
    for weight, column in zip(weights, judged, strict=True):
        score += weight[column]
    return score


def joint_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per attribute and group that was told from the rest."""
    for found in report.evidence.get("joint_scores", ()):
        strict = 1 - (1 - report.plan.level) / max(len(found.groups), 1)
        for group, cells in zip(found.groups, found.cells, strict=True):
            area = held_out_area(cells, strict)
            sizes = (int(cells.sum()), int(cells[:, 1].sum()))
            values = (found.attribute, group, found.columns, *sizes, area.value, area.low, area.high)
            yield dict(zip(JOINT_COLUMNS, values, strict=True))


def write_joint(scores: Sequence[JointScores]) -> list[dict[str, Any]]:
    """Give joint scores as plain data."""
    return [{name: getattr(one, name) for name in ("attribute", "groups", "columns", "cells")} for one in scores]


def read_joint(data: Sequence[Mapping[str, Any]], tables: tuple[GroupCounts, ...]) -> tuple[JointScores, ...]:
    """Read what `write_joint` wrote."""
    found = []
    for one in data:
        names = tuple(one["groups"])
        cells = whole_array(one["cells"], (len(names), 2, 2, _SCORE_BINS)) if names else np.zeros((0, 2, 2, 1), int)
        found.append(JointScores(str(one["attribute"]), names, int(one["columns"]), cells))
    return tuple(found)


def inconsistent_joint(report: AuditReport) -> Iterator[Mismatch]:
    """Compare the rows that were scored with the rows of each half in the counts of columns."""
    columns = report.evidence.get("columns")
    if columns is None or not columns.columns:
        return
    stated = dict(report.evidence.get("stated_leaks", ()))
    used = sum(one.may_be_used(stated) for one in columns.columns)
    for place, (found, names) in enumerate(zip(report.evidence["joint_scores"], columns.groups, strict=True)):
        yield from compare_values(found.columns, used, f"/joint_scores/{place}/columns")
        rows = _scored_rows(report, place)
        for which, group in enumerate(found.groups):
            own = rows[names.index(group)]
            expected = np.stack([rows.sum(0) - own, own], axis=1)
            held = found.cells[which].sum(-1)
            if len(rows[0]) == 1:
                held = held.sum(0, keepdims=True)
            yield from compare_values(held.tolist(), expected.tolist(), f"/joint_scores/{place}/cells/{which}")


def _scored_rows(report: AuditReport, place: int) -> Any:
    """Count the rows of each group by half; of a sample, whose halves are its own, in one."""
    if "row_sample" not in report.evidence:
        return report.evidence["columns"].columns[0].cells[place].sum((2, 3))
    equal = report.evidence["equal_rows"][place]
    return equal.rows[equal.measures.index("copies")][:, None]
