"""The table in the middle: how many rows of each group have which label and got which decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.notions.arrays import Array, stack, to_numpy
from fairloss.notions.counting import axis, count, fitted, group_codes, row_weights, same_length
from fairloss.notions.groups import Grouping, Groups

__all__ = ["GroupCounts"]


@dataclass(frozen=True, eq=False)
class GroupCounts:
    """Counts of rows by group, label and decision; everything that fair means is read from here.

    Counts add and subtract, so windows, shards and processes merge with ``+``, ``-`` and ``sum``.

    Parameters
    ----------
    cells : array of shape (..., groups, labels, decisions)
        Row counts, or sums of weights. NumPy, torch or exact fractions. A label (or decision) axis of length 1 means
        that labels (or decisions) are not known. Leading axes are free: thresholds, replicates, strata, classes.
    squares : array of the same shape, optional
        Sums of *squared* weights, from which standard errors follow; None where each row weighs one.
    grouping : Grouping, optional
        What the groups are called.

    Examples
    --------
    >>> counts = GroupCounts.of(label=[1, 0, 1, 1], decision=[1, 0, 0, 1], groups=[0, 0, 1, 1])
    >>> counts.cells.tolist()
    [[[1, 0], [0, 1]], [[0, 0], [1, 1]]]
    >>> (counts + counts).sizes.tolist()
    [4, 4]
    """

    cells: Array
    squares: Array | None = None
    grouping: Grouping | None = None

    def __post_init__(self) -> None:
        if getattr(self.cells, "ndim", 0) < 3:
            raise InputError(
                f"Counts need an array of shape (..., groups, labels, decisions), got shape "
                f"{getattr(self.cells, 'shape', None)}. Use GroupCounts.of to count rows."
            )
        if self.grouping is not None and len(self.grouping) != self.n_groups:
            raise InputError(
                f"The counts hold {self.n_groups} groups, but the grouping names {len(self.grouping)}. "
                "Pass the grouping that they were counted with."
            )

    @classmethod
    def of(cls, label: Any, decision: Any, groups: Any, weight: Any = None, *, classes: int = 2) -> GroupCounts:
        """Count rows.

        Parameters
        ----------
        label : array of shape (n,) or None
            Class codes 0, 1, ...; None where no label is known.
        decision : array of shape (n,) or None
            Class codes 0, 1, ..., or for two classes the share in [0, 1] that is decided favorably (a soft decision).
            None counts labels alone.
        groups : Groups or integer array of shape (n,)
            The group of each row; -1 is unknown and left out.
        weight : array of shape (n,), optional
            Non-negative weights.
        classes : int
            The number of classes, where these rows may lack the last of them.

        Raises
        ------
        InputError
            If lengths differ or values are missing or out of range.
        """
        codes, n_groups = group_codes(groups)
        n = len(codes)
        same_length("GroupCounts.of", n, label=label, decision=decision, weight=weight)
        weights = None if weight is None else row_weights(weight)
        y = axis(label, n, "label", classes)
        soft = _soft(decision)
        grouping = groups.grouping if isinstance(groups, Groups) else None
        if soft is not None:
            mass = np.ones(n) if weights is None else weights
            axes = fitted([(codes, n_groups), y], ("label",))
            halves = [count(axes, part) for part in (mass * (1 - soft), mass * soft)]
            return cls(np.stack(halves, axis=-1), grouping=grouping)
        axes = [(codes, n_groups), y, axis(decision, n, "decision", classes)]
        cells = count(axes, weights)
        if cells is None:
            axes = fitted(axes, ("label", "decision"))
            if label is not None and decision is not None:
                most = max(size for _, size in axes[1:])
                axes = [axes[0], *((values, most) for values, _ in axes[1:])]
            cells = count(axes, weights)
        return cls(cells, None if weights is None else count(axes, weights**2), grouping)

    @property
    def n_groups(self) -> int:
        """The number of groups."""
        return int(self.cells.shape[-3])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the groups; their codes where no grouping is known."""
        return self.grouping.names if self.grouping else tuple(str(code) for code in range(self.n_groups))

    @property
    def sizes(self) -> Array:
        """The rows (or the weight) of each group, of shape (..., groups)."""
        return self.cells.sum(-1).sum(-1)

    @property
    def has_labels(self) -> bool:
        """Whether labels were counted."""
        return bool(self.cells.shape[-2] > 1)

    @property
    def has_decisions(self) -> bool:
        """Whether decisions were counted."""
        return bool(self.cells.shape[-1] > 1)

    @property
    def row_squares(self) -> Array:
        """The sums of squared weights: the counts themselves where each row weighs one."""
        return self.cells if self.squares is None else self.squares

    def __add__(self, other: GroupCounts) -> GroupCounts:
        return self._combine(other, 1) if isinstance(other, GroupCounts) else NotImplemented

    def __radd__(self, other: object) -> GroupCounts:
        """Start the ``sum`` of many counts, which Python starts from 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __sub__(self, other: GroupCounts) -> GroupCounts:
        return self._combine(other, -1) if isinstance(other, GroupCounts) else NotImplemented

    def __mul__(self, factor: float) -> GroupCounts:
        """Scale every row's weight, as a decaying memory does."""
        squares = None if self.squares is None else self.squares * factor**2
        return GroupCounts(self.cells * factor, squares, self.grouping)

    def _combine(self, other: GroupCounts, sign: int) -> GroupCounts:
        if self.grouping is not None and other.grouping is not None and self.grouping != other.grouping:
            raise InputError(
                "Counts of different groups cannot be merged: "
                f"{quote(self.names[:4])} against {quote(other.names[:4])}. Encode both tables with the same codes."
            )
        if self.cells.shape[-3:] != other.cells.shape[-3:]:
            raise InputError(
                f"Counts of shapes {tuple(self.cells.shape)} and {tuple(other.cells.shape)} cannot be merged. "
                "Encode both tables with the same codes."
            )
        weighted = self.squares is not None or other.squares is not None
        squares = self.row_squares + sign * other.row_squares if weighted else None
        return GroupCounts(self.cells + sign * other.cells, squares, self.grouping or other.grouping)

    def regroup(self, codes: Sequence[int] | Array, grouping: Grouping | int) -> GroupCounts:
        """Merge groups.

        Parameters
        ----------
        codes : integer array of shape (G,)
            For each group the code of the new one; -1 drops the group.
        grouping : Grouping or int
            The new groups, or their number.
        """
        size = grouping if isinstance(grouping, int) else len(grouping)
        codes = to_numpy(codes)

        def merge(array: Array) -> Array:
            return stack([array[..., np.flatnonzero(codes == new), :, :].sum(-3) for new in range(size)], -3)

        squares = None if self.squares is None else merge(self.squares)
        return GroupCounts(merge(self.cells), squares, None if isinstance(grouping, int) else grouping)

    def marginal(self, *attributes: str) -> GroupCounts:
        """Sum crossed groups to those of some attributes.

        Examples
        --------
        >>> grouping = Grouping(("sex", "race"), (("F", "B"), ("F", "W"), ("M", "W")))
        >>> crossed = GroupCounts.of(None, [1, 0, 1], Groups(np.array([0, 1, 2]), grouping))
        >>> crossed.marginal("sex").cells[:, 0].tolist()
        [[1, 1], [0, 1]]
        """
        if self.grouping is None:
            raise InputError("Only counts of named groups have marginals, got bare codes. Count with a Groups object.")
        grouping, codes = self.grouping.marginal(attributes)
        return self.regroup(codes, grouping)

    def overall(self) -> GroupCounts:
        """Sum over the groups, keeping a group axis of length one."""
        return self.regroup([0] * self.n_groups, 1)

    def one_vs_rest(self) -> GroupCounts:
        """One two-by-two table per class, as a new first axis: the class against all others.

        Examples
        --------
        >>> counts = GroupCounts.of([0, 1, 2, 2], [0, 2, 2, 1], [0, 0, 0, 0])
        >>> counts.one_vs_rest().cells[2, 0].tolist()  # class 2: [[TN, FP], [FN, TP]]
        [[1, 1], [1, 1]]
        """
        tables = [self.binary([code]) for code in range(max(self.cells.shape[-2:]))]
        squares = None if self.squares is None else stack([table.row_squares for table in tables], 0)
        return GroupCounts(stack([table.cells for table in tables], 0), squares, self.grouping)

    def binary(self, favorable: Collection[int]) -> GroupCounts:
        """Merge classes to two: the favorable ones become 1, all others 0."""

        def merge(array: Array, axis: int) -> Array:
            size = array.shape[axis]
            if size == 1:
                return array
            array = array.swapaxes(axis, -1)
            chosen = [code for code in range(size) if code in favorable]
            rest = [code for code in range(size) if code not in favorable]
            return stack([array[..., rest].sum(-1), array[..., chosen].sum(-1)], -1).swapaxes(axis, -1)

        squares = None if self.squares is None else merge(merge(self.squares, -1), -2)
        return GroupCounts(merge(merge(self.cells, -1), -2), squares, self.grouping)


def _soft(decision: Any) -> Any:
    """Give decisions as shares in [0, 1] where they are not whole; None where they are hard."""
    array = np.zeros(0) if decision is None else to_numpy(decision)
    if (
        array.ndim != 1
        or not np.issubdtype(array.dtype, np.floating)
        or (array == np.floor(array))[array == array].all()
    ):
        return None
    bad = np.flatnonzero(~((array >= 0) & (array <= 1)))
    if len(bad):
        raise InputError(
            f"A decision must be a whole number, or a share from 0 to 1, got {array[bad[0]]} in row {bad[0]} "
            f"({len(bad)} such rows). Turn scores into decisions with a threshold first."
        )
    return array.astype(np.float64)
