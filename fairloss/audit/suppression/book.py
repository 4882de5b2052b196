"""What a reader of a record knows of its counts: which sums are printed, and what they leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fairloss.audit.suppression.partition import is_small
from fairloss.audit.suppression.structure import Structure
from fairloss.inference.disclosure import PublishedSums, leaves_open

__all__ = ["Book"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
MOST_COUNTS = 6000
"""With more counts than this nothing is added to a book: to search through them would take minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The counts of a record in layers, and the sums of them that are printed.

    A layer holds the people of one label and decision, or of one range of scores, and so on: one count for each place
    of the structure. Two things are known of it whatever is printed: that all tables hold the same people, and how
    layers add up to others.

    Parameters
    ----------
    frame : Structure
        How the tables hang together.
    least : int
        The smallest count that may be printed.
    values : array of shape (layers, places)
        The true counts.
    zeros : bool array of the same shape
        The counts of 0 that a reader is taken to know.
    sums : PublishedSums
        What is printed or known of all layers, one after the other.

    Examples
    --------
    >>> from fairloss.audit.suppression.structure import structure
    >>> from fairloss.notions import GroupCounts
    >>> counts = GroupCounts(np.array([[[20]], [[3]], [[9]]]))
    >>> frame = structure([counts], [])
    >>> book = Book.of(frame, 11, frame.values([counts.cells[:, 0, 0]])[None])
    >>> book.published([frame.part(0, [0]), frame.part(0, [1, 2])]).leaves_all_open()
    True
    >>> book.published([frame.part(0, [0, 1]), frame.part(0, [1, 2]), frame.part(0, [0])]).leaves_all_open()
    False
    """

    frame: Structure
    least: int
    values: Floats
    zeros: np.ndarray[Any, np.dtype[np.bool_]]
    sums: PublishedSums

    @classmethod
    def of(cls, frame: Structure, least: int, values: Floats) -> Book:
        """Begin with layers of which a reader knows every count of 0, and nothing is printed."""
        held = PublishedSums.of(np.zeros((0, frame.size)))
        empty = cls(frame, least, np.zeros((0, frame.size)), np.zeros((0, frame.size), dtype=bool), held)
        return empty.extended(values, (), zeros=True)

    def extended(self, values: Floats, ties: ArrayLike, *, zeros: bool = False) -> Book:
        """Add layers.

        Parameters
        ----------
        values : array of shape (layers, places)
            Their counts.
        ties : array of shape (k, layers old and new)
            The combinations of layers that are 0 at every place.
        zeros : bool
            Whether a reader is taken to know every count of 0 in them, or of people in no group only.
        """
        known = values == 0
        if not zeros:
            known[:, self.frame.groups] = False
        first = len(self.values)
        book = replace(self, values=np.vstack([self.values, values]), zeros=np.vstack([self.zeros, known]))
        book = book.published(list(self.frame.relations()), [[layer] for layer in range(first, len(book.values))])
        if np.size(ties):
            book = replace(book, sums=book.sums + PublishedSums.of(np.eye(self.frame.size), ties))
        return book

    def published(self, sums: Sequence[Floats], layers: Sequence[Sequence[int]] | None = None) -> Book:
        """Print sums in every layer; or their totals over each of some sets of layers."""
        chosen = [[layer] for layer in range(len(self.values))] if layers is None else layers
        if not len(sums) or not chosen:
            return self
        each = np.zeros((len(chosen), len(self.values)))
        for row, added in zip(each, chosen, strict=True):
            row[list(added)] = 1
        return replace(self, sums=self.sums + PublishedSums.of(np.stack(sums), each))

    @property
    def is_large(self) -> bool:
        """Whether there are too many counts to search through, and some that are small."""
        return self.values.size > MOST_COUNTS and bool(is_small(self.values, self.least).any())

    def leaves_all_open(self) -> bool:
        """Say whether every small count could, for all that is printed, be any number from 1 to one below the least."""
        hidden = np.flatnonzero(is_small(self.values.ravel(), self.least))
        ends = {"low": 1.0, "high": self.least - 1.0}
        return leaves_open(self.sums, self.values.ravel(), hidden, known=self.zeros.ravel(), **ends)
