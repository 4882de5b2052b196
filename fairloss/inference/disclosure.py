"""What published sums tell of the counts that they add up: bounds by linear programming."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.errors import InputError

__all__ = ["PublishedSums", "leaves_open"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.intp]]
_SLACK = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSums:
    """Linear combinations of counts whose values a reader knows, as a sparse matrix.

    Parameters
    ----------
    rows, columns : integer array of shape (entries,)
        Which combination, and which count in it.
    coefficients : array of shape (entries,)
        The factor of that count.
    number : int
        How many combinations there are.

    Examples
    --------
    >>> sums = PublishedSums.of(np.array([[1, 1, 0]])) + PublishedSums.of(np.array([[0, 1, 1]]))
    >>> sums.number, sums.rows.tolist(), sums.columns.tolist()
    (2, [0, 0, 1, 1], [0, 1, 1, 2])
    """

    rows: Places
    columns: Places
    coefficients: Floats
    number: int

    @classmethod
    def of(cls, combinations: Any, layers: Any = ((1,),)) -> PublishedSums:
        """Repeat combinations in several layers of counts: the Kronecker product of two small matrices.

        Parameters
        ----------
        combinations : array of shape (sums, counts of a layer)
            Their coefficients within a layer.
        layers : array of shape (k, layers)
            The coefficients of whole layers; each row is joined with each combination.
        """
        inner, outer = np.atleast_2d(combinations), np.atleast_2d(layers)
        (down, across), (below, along) = np.nonzero(inner), np.nonzero(outer)
        rows = (below[:, None] * len(inner) + down).ravel()
        columns = (along[:, None] * inner.shape[1] + across).ravel()
        coefficients = (outer[below, along][:, None] * inner[down, across]).ravel().astype(np.float64)
        return cls(rows, columns, coefficients, len(inner) * len(outer))

    def __add__(self, other: PublishedSums) -> PublishedSums:
        parts = ((self.rows, other.rows + self.number), (self.columns, other.columns))
        rows, columns = (np.concatenate(pair) for pair in parts)
        coefficients = np.concatenate([self.coefficients, other.coefficients])
        return PublishedSums(rows, columns, coefficients, self.number + other.number)


def leaves_open(sums: PublishedSums, counts: Any, hidden: Any, *, low: float, high: float, known: Any = None) -> bool:
    """Say whether published sums leave every hidden count open between two values.

    Parameters
    ----------
    sums : PublishedSums
        The combinations whose values are published.
    counts : array of shape (n,)
        The true counts, from which those values follow.
    hidden : integer array of shape (h,)
        The places of the counts that must stay open.
    low, high : float
        Every hidden count must be possible both at or below ``low`` and at or above ``high``.
    known : bool array of shape (n,), optional
        Counts that a reader is taken to know.

    Returns
    -------
    bool

    Raises
    ------
    InputError
        Where a combination has no place among the counts.

    Notes
    -----
    A table of counts of 0 or more is possible if it has the published sums. The possible tables are convex, so a count
    that can be both low and high can be everything between. Possible here are real numbers; where the possible tables
    have whole corners, as for tables of one or two crossed attributes, the ends are reached by whole counts too.

    Examples
    --------
    >>> total = PublishedSums.of(np.array([[1, 1, 1]]))
    >>> leaves_open(total, [3, 9, 20], [0], low=1, high=10)
    True
    >>> leaves_open(total + PublishedSums.of(np.array([[0, 0, 1]])), [3, 4, 20], [0, 1], low=1, high=10)
    False
    """
    values, places = np.asarray(counts, dtype=np.float64), np.asarray(hidden, dtype=np.intp)
    if sums.columns.size and int(sums.columns.max()) >= values.size:
        raise InputError(f"A sum asks for count {int(sums.columns.max())}, but there are {values.size}. Add counts.")
    fixed = np.zeros(values.size, dtype=bool) if known is None else np.asarray(known, dtype=bool)
    if fixed[places].any():
        return False
    if not places.size:
        return True
    program = _Program(sums, values, fixed)
    least = program.reach(places[values[places] > low], low, upward=False)
    return least and program.reach(places[values[places] < high], high, upward=True)


class _Program:
    """All tables of counts that have the published sums."""

    def __init__(self, sums: PublishedSums, values: Floats, fixed: Any) -> None:
        from scipy.sparse import csr_array

        entries = (sums.coefficients, (sums.rows, sums.columns))
        self._matrix = csr_array(entries, shape=(sums.number, values.size))
        self._sums = self._matrix @ values
        self._bounds = np.stack([np.where(fixed, values, np.minimum(values, 0.0)), np.where(fixed, values, np.inf)], 1)

    def reach(self, places: Places, end: float, *, upward: bool) -> bool:
        """Say whether each place can reach an end; one table shows it for many places at once."""
        left = list(map(int, places))
        together = True
        while left:
            tried = left if together else left[:1]
            table = self._push(tried, end, upward=upward)
            if table is None:
                return False
            reached = {at for at in left if (table[at] >= end - _SLACK if upward else table[at] <= end + _SLACK)}
            if not together and left[0] not in reached:
                return False
            together = bool(reached) and not (together and len(reached) * 4 < len(tried))
            left = [at for at in left if at not in reached]
        return True

    def _push(self, places: list[int], end: float, *, upward: bool) -> Floats | None:
        """Give a possible table in which the places are as far as they can be on their way to an end."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, hstack

        n, k = self._matrix.shape[1], len(places)
        if not upward:
            cost = np.zeros(n)
            cost[places] = 1.0
            found = linprog(cost, A_eq=self._matrix, b_eq=self._sums, bounds=self._bounds)
            return found.x if found.status == 0 else None
        # What is beyond the end does not count: so one table lifts as many places as it can.
        cost = np.concatenate([np.zeros(n), -np.ones(k)])
        below = (np.concatenate([-np.ones(k), np.ones(k)]), (np.tile(np.arange(k), 2), [*places, *range(n, n + k)]))
        padded = hstack([self._matrix, csr_array((self._matrix.shape[0], k))])
        bounds = np.concatenate([self._bounds, np.tile([-np.inf, end], (k, 1))])
        caps = csr_array(below, shape=(k, n + k))
        found = linprog(cost, A_ub=caps, b_ub=np.zeros(k), A_eq=padded, b_eq=self._sums, bounds=bounds)
        return found.x[:n] if found.status == 0 else None
