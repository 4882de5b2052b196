"""What is known once some sums are published: a ledger of linear combinations, and what they give away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Ledger"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
_ZERO = 1e-7


class Ledger:
    """The sums of hidden counts that a reader knows.

    A reader who knows some sums knows every linear combination of them. A count is given away when it is such a
    combination: when its unit vector lies in the span of what is known.

    Parameters
    ----------
    size : int
        How many counts there are.
    sensitive : sequence of int
        The places of the counts that must not be given away.

    Examples
    --------
    >>> ledger = Ledger(3, [0])
    >>> ledger.publish([[1, 1, 1]])
    >>> ledger.gives_away([[0, 1, 0]]), ledger.gives_away([[0, 1, 0], [0, 0, 1]])
    (False, True)
    """

    def __init__(self, size: int, sensitive: Sequence[int]) -> None:
        self._basis = np.zeros((0, size))
        self._left = np.eye(size)[list(sensitive)] if len(sensitive) else np.zeros((0, size))

    def publish(self, sums: Iterable[ArrayLike]) -> None:
        """Add sums to what is known."""
        self._basis, self._left = self._after(sums)

    def gives_away(self, sums: Iterable[ArrayLike]) -> bool:
        """Say whether a sensitive count is known once these sums are published too."""
        _, left = self._after(sums)
        return bool((np.abs(left).max(axis=1, initial=0.0) < _ZERO).any())

    def _after(self, sums: Iterable[ArrayLike]) -> tuple[Floats, Floats]:
        """Give the orthonormal basis of all that is then known, and what it leaves open of each sensitive count."""
        basis, left = self._basis, self._left
        for one in sums:
            vector = np.asarray(one, np.float64)
            size = float(np.linalg.norm(vector))
            for _ in range(2):  # twice is enough: what rounding leaves the first time goes the second
                vector = vector - basis.T @ (basis @ vector)
            length = float(np.linalg.norm(vector))
            if length <= _ZERO * max(size, 1.0):
                continue
            direction = vector / length
            basis = np.vstack([basis, direction])
            left = left - np.outer(left @ direction, direction)
        return basis, left
