"""Counts by group, label and decision inside the graph: everything to the right of them is plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.losses.decisions import Decided
from fairloss.losses.reduce import sum_over_processes

__all__ = ["BatchCounts", "batch_counts", "count", "over_processes"]


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """What one batch says about one attribute.

    Parameters
    ----------
    cells : Tensor of shape (2, questions, groups, labels, 2)
        Weight by label and decision: first with the soft decisions, which have a gradient, then with the hard ones.
    rows : Tensor, a scalar
        How many rows have a known group.
    """

    cells: Tensor
    rows: Tensor


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
    features = torch.stack([1 - decision, decision], dim=-1)[..., None, :]
    if label is not None:
        features = features * torch.stack([1 - label, label], dim=-1)[..., None]
    members = membership if weight is None else membership * weight[:, None]
    cells = members.T @ features.flatten(1)
    return cells.view(-1, *features.shape[1:]).transpose(0, 1)


def batch_counts(membership: Tensor, decided: Decided, weight: Tensor | None) -> BatchCounts:
    """Count a batch by the soft and by the hard decisions, in one product."""
    decision = torch.cat([decided.soft, decided.hard], dim=1)
    label = None if decided.label is None else torch.cat([decided.label, decided.label], dim=1)
    cells = count(membership, label, decision, weight)
    return BatchCounts(cells.reshape(2, -1, *cells.shape[1:]), membership.detach().sum())


def over_processes(*batches: BatchCounts) -> tuple[BatchCounts, ...]:
    """Add up what the processes counted, in one message: from here on all of them know the same."""
    sums = sum_over_processes(*(part for batch in batches for part in (batch.cells, batch.rows)))
    return tuple(BatchCounts(cells, rows) for cells, rows in zip(sums[::2], sums[1::2], strict=True))
