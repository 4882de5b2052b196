"""Which groups can be shown, and which must be shown together so that no small count is given away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fairloss.audit.suppression.book import Book

__all__ = ["Parts", "is_small", "partition"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Parts = tuple[tuple[int, ...], ...]
"""Which members stand alone, and which, as the last part, together."""


def is_small(values: Floats, least: int) -> Any:
    """Say which counts are of 1 to least - 1 people; 0 is not small."""
    return (values > 0) & (values < least)


def partition(cells: Floats, after: Callable[[Parts], Book], least: int) -> tuple[Parts, Book] | None:
    """Put members together, the smallest first, until nothing small is printed or told.

    Parameters
    ----------
    cells : array of shape (members, cells)
        The counts that would be printed of each member; they add up over members.
    after : callable
        From parts to the book in which they are printed.
    least : int
        The smallest count that may be printed.

    Returns
    -------
    (parts, book), or None
        None where nothing but the whole could be printed.
    """
    order = np.argsort(cells.sum(1), kind="stable").tolist()
    hidden = [code for code in order if is_small(cells[code], least).any()]
    while len(hidden) < len(order):
        alone = tuple((code,) for code in range(len(order)) if code not in hidden)
        parts = (*alone, tuple(sorted(hidden))) if hidden else alone
        if _is_printable(cells, hidden, least):
            book = after(parts)
            if book.leaves_all_open():
                return parts, book
        hidden.append(next(code for code in order if code not in hidden))
    return None


def _is_printable(cells: Floats, hidden: Sequence[int], least: int) -> bool:
    return len(hidden) != 1 and not is_small(cells[list(hidden)].sum(0), least).any()
