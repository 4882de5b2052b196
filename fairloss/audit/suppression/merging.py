"""Several groups as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fairloss.audit.suppression.partition import Parts
from fairloss.notions import GroupCounts, Grouping

__all__ = ["merge", "merge_cells", "merge_grouping"]


def merge(counts: GroupCounts, parts: Parts, axis: int = 0) -> GroupCounts:
    """Give the counts with each part along an axis as one; the third axis from the end is that of the groups."""
    of_groups = counts.grouping is not None and axis == np.ndim(counts.cells) - 3
    grouping = merge_grouping(counts.grouping, parts) if of_groups and counts.grouping else counts.grouping
    squares = None if counts.squares is None else merge_cells(counts.squares, parts, axis)
    return GroupCounts(merge_cells(counts.cells, parts, axis), squares, grouping)


def merge_cells(cells: Any, parts: Parts, axis: int = 0) -> Any:
    """Give counts of any shape with the members along an axis added up, part by part."""
    return np.stack([np.take(cells, part, axis).sum(axis) for part in parts], axis)


def merge_grouping(grouping: Grouping, parts: Parts) -> Grouping:
    """Name the parts: a group that stands alone keeps its name."""
    alone = tuple(grouping.levels[part[0]] for part in parts if len(part) == 1)
    if len(parts[-1]) == 1:
        return Grouping(grouping.attributes, alone)
    return Grouping(grouping.attributes, (*alone, _together(alone, len(parts[-1]), len(grouping.attributes))))


def _together(others: Sequence[tuple[str, ...]], number: int, attributes: int) -> tuple[str, ...]:
    """Give a level that no group has."""
    name = f"{number} groups together"
    while any(level[0] == name for level in others):
        name += "…"
    return (name, *("any",) * (attributes - 1))
