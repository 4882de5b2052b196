"""The same people decided twice: counts of label, first and second decision, and what changed in a rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairloss.inference import normal_interval
from fairloss.notions import GroupCounts, Groups, MeanRate, Rate

__all__ = ["after_of", "before_of", "change_interval", "count_pairs"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


def count_pairs(label: Any, before: Any, after: Any, groups: Groups, weight: Any = None) -> GroupCounts:
    """Count rows by first decision, group, label and second decision, of shape (2, groups, labels, 2).

    Additive like any counts; its two margins are the counts of the two moments.
    """
    halves = []
    for decision in (0, 1):
        rows = np.flatnonzero(np.asarray(before) == decision)
        parts = [None if values is None else np.asarray(values)[rows] for values in (label, after, weight)]
        halves.append(GroupCounts.of(parts[0], parts[1], groups[rows], parts[2]))
    cells = np.stack([half.cells for half in halves])
    squares = None if weight is None else np.stack([half.row_squares for half in halves])
    return GroupCounts(cells, squares, groups.grouping)


def before_of(pairs: GroupCounts) -> GroupCounts:
    """Give the counts of the first decisions."""
    first = [np.moveaxis(array.sum(-1), 0, -1) for array in _arrays(pairs)]
    return GroupCounts(first[0], first[1] if len(first) > 1 else None, pairs.grouping)


def after_of(pairs: GroupCounts) -> GroupCounts:
    """Give the counts of the second decisions."""
    second = [array.sum(0) for array in _arrays(pairs)]
    return GroupCounts(second[0], second[1] if len(second) > 1 else None, pairs.grouping)


def change_interval(rate: Rate | MeanRate, pairs: GroupCounts, level: float) -> tuple[Floats, Floats]:
    """Give the ends of the interval of each group's change, second value minus first, on the same people.

    A row moves the change by its influence on the second value minus that on the first; the sum of squares over all
    rows is the variance. A share whose denominator no decision can change gets Bonett and Price's adjustment (2012,
    Journal of Educational and Behavioral Statistics 37, 479-488), one more row changed each way, which keeps a width
    where nobody changed; the plain interval of the others has none there.
    """
    first, second = before_of(pairs), after_of(pairs)
    value = np.asarray(rate(second), np.float64) - np.asarray(rate(first), np.float64)
    if isinstance(rate, Rate) and rate.is_proportion and not rate.among.needs_decision and pairs.squares is None:
        return _bonett_price(rate, pairs, value, level)
    moved = rate.influence(second)[..., None, :] - rate.influence(first)[..., :, None]
    squares = np.moveaxis(np.asarray(pairs.row_squares, np.float64), 0, -2)
    variance = (moved**2 * squares).sum((-1, -2, -3))
    interval = normal_interval(value, np.sqrt(variance), level=level)
    known = ~np.isnan(value)
    return np.where(known, interval.low, np.nan), np.where(known, interval.high, np.nan)


def _bonett_price(rate: Rate, pairs: GroupCounts, value: Floats, level: float) -> tuple[Floats, Floats]:
    cells = np.asarray(pairs.cells, np.float64)
    of = np.array(rate.of.weights)
    n = np.asarray(rate.among(after_of(pairs).cells), np.float64)
    labels = cells.shape[-2]
    gained = np.zeros_like(n)
    lost = np.zeros_like(n)
    for label in range(labels):
        step = of[label, 1] - of[label, 0]
        up, down = cells[0, :, label, 1], cells[1, :, label, 0]
        gained += np.where(step > 0, up, down) * abs(step)
        lost += np.where(step > 0, down, up) * abs(step)
    plus, minus = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    error = np.sqrt(np.maximum(plus + minus - (plus - minus) ** 2, 0) / (n + 2))
    interval = normal_interval(plus - minus, error, level=level, bounds=(-1.0, 1.0))
    known = n > 0
    low, high = np.fmin(interval.low, value), np.fmax(interval.high, value)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _arrays(pairs: GroupCounts) -> list[Any]:
    return [pairs.cells] if pairs.squares is None else [pairs.cells, pairs.squares]
