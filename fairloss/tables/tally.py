"""Rows counted by the values that they hold: all that an audit needs to know of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.errors import InputError
from fairloss.notions import GroupCounts, Groups, ScoreHistogram
from fairloss.notions.counting import count
from fairloss.tables.crossing import Cells, Crossing, cross
from fairloss.tables.grid import BINS, ScoreGrid
from fairloss.tables.outcomes import weights
from fairloss.tables.sums import FixedPoint, WeightSums

__all__ = ["BinnedScores", "Tally", "tally_columns"]

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.integer[Any]]]


@dataclass(frozen=True, eq=False)
class BinnedScores:
    """Entries that hold a score: single rows, or rows of one cell and one bin.

    Parameters
    ----------
    grid : ScoreGrid
        The bins.
    cells : integer array of shape (entries,)
        The cell of each entry.
    bins : integer array of shape (entries,)
        Its bin; ``BINS`` where it has no score.
    rows : float array of shape (entries,), optional
        How many rows it stands for; one each where not given.
    """

    grid: ScoreGrid
    cells: Integers
    bins: Integers
    rows: Floats | None = None


@dataclass(frozen=True, eq=False)
class Tally:
    """Rows counted by the values that they hold in some columns.

    Parameters
    ----------
    cells : Cells
        The combinations of values that occur, and the rows of each.
    weights : WeightSums, optional
        The sums of weights in each cell.
    scores : BinnedScores, optional
        The scores of its rows.

    Examples
    --------
    >>> tally = tally_columns({"sex": ["F", "M", "F"], "hired": [1, 1, 0]}, weight=[0.1, 0.2, 0.3])
    >>> tally.cells.levels
    (('F', '1'), ('F', '0'), ('M', '1'))
    >>> tally.counts(None, np.array([0, 1, 1]), Groups.of([0, 0, 1], ["F", "M"])).cells.tolist()
    [[[0.1, 0.3]], [[0.0, 0.2]]]
    """

    cells: Cells
    weights: WeightSums | None = None
    scores: BinnedScores | None = None

    def counts(self, label: Bytes | None, decision: Bytes | None, groups: Groups) -> GroupCounts:
        """Count by group, label and decision, each of which is known by cell: codes of shape (cells,), or None."""
        if self.weights is None:
            return self.rows(label, decision, groups)
        axes = _axes(label, decision, groups)
        return GroupCounts(*self.weights.totals(lambda amounts: np.asarray(count(axes, amounts))), groups.grouping)

    def rows(self, label: Bytes | None, decision: Bytes | None, groups: Groups) -> GroupCounts:
        """Count rows, whatever they weigh; the arguments are those of `counts`."""
        rows = count(_axes(label, decision, groups), self.cells.counts.astype(np.float64))
        return GroupCounts(rows.astype(np.int64), None, groups.grouping)

    def histogram(self, label: Bytes | None, groups: Groups) -> ScoreHistogram:
        """Count the rows with a score by group, label and bin; the arguments are those of `counts`."""
        if self.scores is None:
            raise InputError("A histogram needs scores, but none were counted. Name their column.")
        labels, size = _axis(label, groups)
        places = self.scores.cells
        axes = [(groups.codes[places], groups.n_groups), (labels[places], size), (self.scores.bins, BINS + 1)]
        table = count(axes, self.scores.rows).astype(np.int64)
        return ScoreHistogram(table[..., :-1], self.scores.grid.edges, table[..., -1], groups.grouping)


def tally_columns(
    columns: Mapping[str, Any],
    *,
    score: Any = None,
    weight: Any = None,
    roles: tuple[str, str] = ("y_score", "sample_weight"),
) -> Tally:
    """Count the rows of equally long columns.

    Parameters
    ----------
    columns : mapping from name to array-like
        The columns to cross.
    score, weight : array-like of shape (n,), optional
        What to put in bins, and what to add up.
    roles : tuple of str
        What the score and the weight are called in errors.

    Raises
    ------
    InputError
        Where scores are no finite numbers (missing ones apart), or weights none from 0 up.
    """
    mass = None if weight is None else weights(weight, role=roles[1])
    crossing = cross(columns)
    summed = None if mass is None else _weigh(mass, crossing)
    return Tally(crossing.cells, summed, None if score is None else _bin(score, crossing, roles[0]))


def _weigh(mass: Floats, crossing: Crossing) -> WeightSums:
    point = FixedPoint.over(float(mass.max()), rows=len(mass))
    sums = [[crossing.sums(digit) for digit in point.digits(mass, power=power)] for power in (1, 2)]
    return WeightSums(point, np.array(sums))


def _bin(score: Any, crossing: Crossing, role: str) -> BinnedScores:
    try:
        values = np.asarray(score, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{role} needs one number per row, got {error}. Convert the column to numbers.") from error
    seen = values[~np.isnan(values)]
    grid = ScoreGrid.over(float(seen.min(initial=np.inf)), float(seen.max(initial=-np.inf)), role=role)
    bins = np.nan_to_num(grid.places(values), copy=False, nan=BINS).astype(np.int16)
    return BinnedScores(grid, crossing.places, bins)


def _axes(label: Bytes | None, decision: Bytes | None, groups: Groups) -> list[tuple[Any, int]]:
    return [(groups.codes, groups.n_groups), _axis(label, groups), _axis(decision, groups)]


def _axis(codes: Bytes | None, groups: Groups) -> tuple[Bytes, int]:
    return (np.zeros(len(groups), dtype=np.uint8), 1) if codes is None else (codes, 2)
