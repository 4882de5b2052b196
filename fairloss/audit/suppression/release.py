"""What was decided about the tables of a record, and how the rules for its evidence answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fairloss.audit.report import AuditReport
from fairloss.audit.suppression.book import Book
from fairloss.audit.suppression.merging import merge_grouping
from fairloss.audit.suppression.partition import Parts, is_small
from fairloss.audit.suppression.record import Together
from fairloss.notions import Grouping

__all__ = ["Release", "Rule", "Shown", "Table"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Table = tuple[int, Parts]
"""The place of a table, and which of its groups stand alone and which together."""


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What was decided so far.

    Parameters
    ----------
    book : Book
        All counts, and what is printed of them; its first layers are the labels and decisions of the tables.
    parts : tuple of (parts or None)
        For each table which groups stand alone and which together; None where it is not shown.
    people : tuple of array of shape (groups, labels, decisions)
        The rows of each table, whatever they weigh.
    strata : (parts, int), optional
        Which strata stand alone and which together, and of how many shown tables they are shown.
    edges : tuple of array
        The ends of the ranges of scores, for the first tables that are shown.
    """

    book: Book
    parts: tuple[Parts | None, ...]
    people: tuple[Floats, ...]
    strata: tuple[Parts, int] | None = None
    edges: tuple[Floats, ...] = ()

    @property
    def least(self) -> int:
        """The smallest count that may be printed."""
        return self.book.least

    @property
    def shown(self) -> list[Table]:
        """The tables that are shown, by their place, with their parts."""
        return [(place, parts) for place, parts in enumerate(self.parts) if parts is not None]

    @property
    def is_whole(self) -> bool:
        """Whether every group of every table is shown by itself."""
        return all(parts is not None and len(parts[-1]) == 1 for parts in self.parts)

    @property
    def layers(self) -> int:
        """How many layers the tables have: labels times decisions."""
        return int(np.prod(self.people[0].shape[1:]))

    def sums(self, tables: Sequence[Table] | None = None) -> list[Floats]:
        """Give the sums that the shown tables, or some of them, print in a layer."""
        chosen = self.shown if tables is None else tables
        return [self.book.frame.part(place, part) for place, parts in chosen for part in parts]

    def choices(self, report: AuditReport) -> list[list[Table]]:
        """Give the shown tables, and then those before the first crossed one, where that are fewer."""
        groupings = [report.tables[place].grouping for place, _ in self.shown]
        crossed = [at for at, grouping in enumerate(groupings) if grouping and len(grouping.attributes) > 1]
        return [self.shown, self.shown[: crossed[0]]] if crossed and crossed[0] else [self.shown]

    def printing(self, values: Floats, ties: ArrayLike) -> Book | None:
        """Print the shown groups in more layers; None where that prints or tells a small count.

        Parameters
        ----------
        values : array of shape (layers, places)
            The counts of the layers.
        ties : array of shape (k, layers of the book and these)
            As in `Book.extended`.
        """
        if is_small(np.stack(self.sums()) @ values.T, self.least).any():
            return None
        first = len(self.book.values)
        added = [[first + layer] for layer in range(len(values))]
        book = self.book.extended(values, ties).published(self.sums(), added)
        return None if book.is_large or not book.leaves_all_open() else book

    def grouping(self, report: AuditReport, place: int) -> Grouping | None:
        """Give the names of the groups of a table as they are shown."""
        grouping = report.tables[place].grouping
        return None if grouping is None else merge_grouping(grouping, self.parts[place] or ())


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Evidence as it is shown.

    Parameters
    ----------
    value : object
        The evidence.
    release : Release
        What was decided, and is printed now.
    together : tuple of (attribute, names)
        What is shown as one in it.
    left_out : tuple of (what, reason)
        What of it could not be shown.
    """

    value: Any
    release: Release
    together: tuple[Together, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


Rule = Callable[[Any, AuditReport, Release], Shown | str]
"""From evidence, the whole record and what was decided so far to what is shown, or the reason why nothing is."""
