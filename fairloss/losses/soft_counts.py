"""Counts by group, label and decision: everything to the right of them is plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from fairloss.losses.decisions import Decided
from fairloss.losses.reduce import sum_over_processes

__all__ = ["BatchCounts", "CountedRows", "batch_counts", "count", "over_processes"]


@dataclass(frozen=True, slots=True)
class CountedRows:
    """The rows behind the counts of a batch: what a gradient with respect to counts needs to reach them.

    Parameters
    ----------
    soft : Tensor of shape (n, k)
        The soft decisions, with their gradient.
    members : Tensor of shape (n, G)
        Weight × share in each group.
    masses : Tensor of shape (n, k, labels)
        The share of each label; a single 1 without labels.
    """

    soft: Tensor
    members: Tensor
    masses: Tensor


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """What one batch says about one attribute.

    Parameters
    ----------
    cells : Tensor of shape (2, questions, groups, labels, 2)
        Weight by label and decision: first by the soft decisions, then by the hard ones; without a gradient.
    rows : Tensor, a scalar
        How many rows have a known group.
    behind : CountedRows
        The rows of this process.
    squares : Tensor of shape (questions, groups, labels, 3), optional
        Weight × (1 - d)², (1 - d) d and d² of the soft decisions d, with a gradient: what the variance of a rate needs.
    """

    cells: Tensor
    rows: Tensor
    behind: CountedRows
    squares: Tensor | None = None


def count(membership: Tensor, label: Tensor | None, decision: Tensor, weight: Tensor | None = None) -> Tensor:
    """Count rows in one matrix product.

    Parameters
    ----------
    membership : Tensor of shape (n, G)
        One-hot codes or shares; zeros for a row whose group is unknown.
    label : Tensor of shape (n, k) or None
        Shares in [0, 1].
    decision : Tensor of shape (n, k)
        Shares in [0, 1], or any number for regression.
    weight : Tensor of shape (n,), optional
        What each row counts.

    Returns
    -------
    Tensor of shape (k, G, 2, 2), or (k, G, 1, 2) without labels
        Each cell is a sum of its own rows, never a difference of sums, so that an empty cell is exactly zero.

    Examples
    --------
    >>> who = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> count(who, torch.tensor([[1.0], [0.0], [1.0]]), torch.tensor([[0.75], [0.0], [1.0]])).tolist()
    [[[[1.0, 0.0], [0.25, 0.75]], [[0.0, 0.0], [0.0, 1.0]]]]
    """
    members = membership if weight is None else membership * weight[:, None]
    return _product(members, _masses(label, decision), torch.stack([1 - decision, decision], dim=-1))


def batch_counts(
    membership: Tensor, decided: Decided, weight: Tensor | None, *, with_squares: bool = False
) -> BatchCounts:
    """Count a batch by the soft and by the hard decisions, in one product."""
    with torch.no_grad():
        members = membership if weight is None else membership * weight[:, None]
        masses = _masses(decided.label, decided.hard)
        decision = torch.stack([decided.soft, decided.hard], dim=-1)
        sides = torch.stack([1 - decision, decision], dim=-1).flatten(-2)
        cells = _product(members, masses, sides)
        cells = cells.view(*cells.shape[:-1], 2, 2).movedim(-2, 0)
        rows = membership.sum()
    squares = None
    if with_squares:
        soft = decided.soft
        other = 1 - soft
        squares = _product(members, masses, torch.stack([other * other, other * soft, soft * soft], dim=-1))
    return BatchCounts(cells, rows, CountedRows(decided.soft, members, masses), squares)


def over_processes(*batches: BatchCounts) -> tuple[BatchCounts, ...]:
    """Add up what the processes counted, in one message: from here on all of them know the same."""
    fields = [(batch.cells, batch.rows, batch.squares) for batch in batches]
    sums = iter(sum_over_processes(*(part for parts in fields for part in parts if part is not None)))
    together = []
    for batch in batches:
        cells, rows = next(sums).detach(), next(sums).detach()
        together.append(replace(batch, cells=cells, rows=rows, squares=None if batch.squares is None else next(sums)))
    return tuple(together)


def _masses(label: Tensor | None, like: Tensor) -> Tensor:
    return like.new_ones(*like.shape, 1) if label is None else torch.stack([1 - label, label], dim=-1)


def _product(members: Tensor, masses: Tensor, sides: Tensor) -> Tensor:
    """Sum members × masses × sides over the rows: (questions, groups, labels, sides)."""
    features = masses[..., None] * sides[..., None, :]
    cells = members.T @ features.flatten(1)
    return cells.view(-1, *features.shape[1:]).transpose(0, 1)
