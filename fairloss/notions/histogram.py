"""Scores by group and label on a fixed grid: the additive table behind thresholds, AUC, calibration and score gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.errors import InputError
from fairloss.notions.arrays import divide
from fairloss.notions.counting import axis, count, fitted, group_codes, numbers, row_weights, same_length
from fairloss.notions.counts import GroupCounts
from fairloss.notions.groups import Grouping, Groups

__all__ = ["ScoreHistogram", "threshold_counts"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class ScoreHistogram:
    """Counts of rows by group, label and score bin; histograms on the same edges add and subtract.

    A bin holds the scores from its left edge up to, and without, its right edge; the last bin holds its right edge too.
    A decision is ``score >= threshold``, so at an edge the histogram gives exact counts.

    Parameters
    ----------
    cells : array of shape (groups, labels, bins)
        Row counts, or sums of weights; a label axis of length 1 means that no label is known.
    edges : array of shape (bins + 1,)
        Increasing bin edges.
    missing : array of shape (groups, labels)
        Rows without a score. They are in no bin, and never silently a "no".
    grouping : Grouping, optional
        What the groups are called.

    Examples
    --------
    >>> histogram = ScoreHistogram.of([0, 1, 1], [0.2, 0.4, 0.9], [0, 0, 1], bins=10)
    >>> histogram.auc()
    array([ 1., nan])
    """

    cells: Any
    edges: Floats
    missing: Any
    grouping: Grouping | None = None

    @classmethod
    def of(
        cls, label: Any, score: Any, groups: Any, weight: Any = None, *, bins: int = 1024, edges: Any = None
    ) -> ScoreHistogram:
        """Count scores.

        Parameters
        ----------
        label : array of shape (n,) or None
            Codes 0 and 1; None where no label is known.
        score : array of shape (n,)
            Compared in double precision whatever its type; NaN is counted as missing.
        groups : Groups or integer array of shape (n,)
            The group of each row; -1 is left out.
        weight : array of shape (n,), optional
            Non-negative weights.
        bins : int
            The number of equal bins on [0, 1], where no edges are given.
        edges : array of shape (bins + 1,), optional
            Increasing bin edges.

        Raises
        ------
        InputError
            If a score lies outside the edges, or the edges do not increase.
        """
        grid = np.linspace(0.0, 1.0, bins + 1) if edges is None else np.asarray(edges, dtype=np.float64)
        if grid.ndim != 1 or len(grid) < 2 or not (np.diff(grid) > 0).all():
            raise InputError(
                "ScoreHistogram needs two or more increasing edges, got others. Sort them and drop repeats."
            )
        codes, n_groups = group_codes(groups)
        same_length("ScoreHistogram.of", len(codes), label=label, score=score, weight=weight)
        values = numbers(score, "score")
        absent = np.isnan(values)
        outside = ~absent & ((values < grid[0]) | (values > grid[-1]))
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            raise InputError(
                f"Scores must lie in [{grid[0]:g}, {grid[-1]:g}], got {values[row]:g} in row {row}. "
                "Pass edges that cover the scores."
            )
        size = len(grid) - 1
        places = np.minimum(np.searchsorted(grid, values, side="right") - 1, size - 1)
        y, bins_of = axis(label, len(codes), "label", 2), (np.where(absent, size, places), size + 1)
        table = count([(codes, n_groups), y, bins_of], None if weight is None else row_weights(weight))
        if table is None:
            n_labels = fitted([(codes, n_groups), y], ("label",))[1][1]
            raise InputError(f"A score histogram needs labels 0 and 1, got {n_labels} classes. Code one class as 1.")
        return cls(table[..., :-1], grid, table[..., -1], groups.grouping if isinstance(groups, Groups) else None)

    def __add__(self, other: ScoreHistogram) -> ScoreHistogram:
        return self._combine(other, 1) if isinstance(other, ScoreHistogram) else NotImplemented

    def __radd__(self, other: object) -> ScoreHistogram:
        """Start the ``sum`` of many histograms, which Python starts from 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __sub__(self, other: ScoreHistogram) -> ScoreHistogram:
        return self._combine(other, -1) if isinstance(other, ScoreHistogram) else NotImplemented

    def _combine(self, other: ScoreHistogram, sign: int) -> ScoreHistogram:
        if not np.array_equal(self.edges, other.edges) or self.cells.shape != other.cells.shape:
            raise InputError(
                "Histograms merge on the same edges and groups only, got different ones. Count on one grid."
            )
        cells, missing = self.cells + sign * other.cells, self.missing + sign * other.missing
        return ScoreHistogram(cells, self.edges, missing, self.grouping or other.grouping)

    def at_thresholds(self) -> GroupCounts:
        """Give the counts that each edge would give as a threshold, of shape (bins + 1, groups, labels, 2)."""
        above = np.flip(np.cumsum(np.flip(self.cells, -1), -1), -1)
        selected = np.concatenate([above, np.zeros_like(above[..., :1])], -1)
        refused = selected[..., :1] - selected
        return GroupCounts(np.moveaxis(np.stack([refused, selected], -1), -2, 0), grouping=self.grouping)

    def auc(self) -> Floats:
        """Give each group's area under the ROC curve, scores in one bin counting as ties; NaN without both labels.

        The Mann-Whitney statistic: the share of (favorable, unfavorable) pairs that are in the right order.
        """
        self._need_labels()
        negative, positive = self.cells[:, 0].astype(np.float64), self.cells[:, 1].astype(np.float64)
        below = np.cumsum(negative, -1) - negative / 2
        return np.asarray(divide((positive * below).sum(-1), positive.sum(-1) * negative.sum(-1)))

    def label_rate(self) -> Floats:
        """Give the share of favorable labels in each bin, of shape (groups, bins); NaN in empty bins."""
        self._need_labels()
        return np.asarray(divide(self.cells[:, 1], self.cells.sum(1)))

    def cdf(self) -> Floats:
        """Give each group's share of scores below each edge, of shape (groups, bins + 1)."""
        rows = self.cells.sum(1)
        steps = np.concatenate([np.zeros_like(rows[:, :1]), np.cumsum(rows, -1)], -1)
        return np.asarray(divide(steps, rows.sum(-1)[:, None]))

    def kolmogorov_smirnov(self) -> Floats:
        """Give the largest distance between the score distributions of each pair of groups, (groups, groups)."""
        cdf = self.cdf()
        return np.asarray(np.abs(cdf[:, None] - cdf[None]).max(-1))

    def wasserstein(self) -> Floats:
        """Give the area between the score distributions of each pair of groups, of shape (groups, groups).

        The 1-Wasserstein distance of the binned scores, in units of the score.
        """
        cdf, widths = self.cdf(), np.diff(self.edges)
        inside = (cdf[:, :-1] + cdf[:, 1:]) / 2
        return np.asarray((np.abs(inside[:, None] - inside[None]) * widths).sum(-1))

    def _need_labels(self) -> None:
        if self.cells.shape[1] == 1:
            raise InputError("This needs labels, but the histogram holds scores only. Count with the labels.")


def threshold_counts(label: Any, score: Any, groups: Any, weight: Any = None) -> tuple[Floats, GroupCounts]:
    """Count exactly at every threshold that makes a difference.

    Parameters
    ----------
    label, score, groups, weight
        As in `ScoreHistogram.of`; no score may be missing.

    Returns
    -------
    thresholds : array of shape (t,)
        Infinity, where nobody is selected, then the distinct scores from high to low. A decision is
        ``score >= threshold``.
    counts : GroupCounts
        Of shape (t, groups, labels, 2).

    Notes
    -----
    The table has one entry per distinct score and group; for more than about 1e5 distinct scores use `ScoreHistogram`.

    Examples
    --------
    >>> thresholds, counts = threshold_counts([0, 1], [0.3, 0.8], [0, 0])
    >>> thresholds.tolist(), counts.cells[:, 0, 1, 1].tolist()
    ([inf, 0.8, 0.3], [0, 1, 1])
    """
    values = numbers(score, "score")
    if np.isnan(values).any():
        raise InputError(
            f"Thresholds need a score in every row, got {int(np.isnan(values).sum())} missing. Drop those rows."
        )
    distinct = np.unique(values)
    edges = np.concatenate([distinct, [np.inf]])
    counts = ScoreHistogram.of(label, values, groups, weight, edges=edges).at_thresholds()
    return edges[::-1], GroupCounts(counts.cells[::-1], grouping=counts.grouping)
