"""Counts by group, label and decision: everything to the right of them is plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from fairloss.losses.decisions import Decided
from fairloss.losses.reduce import process_count, sum_over_processes

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
    masses : Tensor of shape (labels, k, n)
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
    weight, rows : Tensor, scalars
        The weight of the rows of known group, and their number; the same tensor where no row has a weight.
    behind : CountedRows
        The rows of this process.
    squares : Tensor of shape (questions, groups, labels, 3), optional
        Weight × (1 - d)², (1 - d) d and d² of the soft decisions d, with a gradient: what the variance of a rate needs.
    """

    cells: Tensor
    weight: Tensor
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
    return _product(members, _masses(label, decision.T), _no_and_yes(decision.T))


def batch_counts(
    membership: Tensor, decided: Decided, weight: Tensor | None, *, with_squares: bool = False
) -> BatchCounts:
    """Count a batch by the soft and by the hard decisions, in one product."""
    with torch.no_grad():
        if decided.weight is not None:
            membership = membership * (decided.weight > 0).to(membership.dtype)[:, None]
            weight = decided.weight if weight is None else weight * decided.weight
        members = membership if weight is None else membership * weight[:, None]
        if decided.label is None:  # numbers of any size: 1 - d and d would not add up to 1 in single precision
            members, decision = _precise(members), _precise(_rows_last(decided.soft, decided.hard))
            masses, sides = torch.ones_like(decision[:1]), _no_and_yes(decision)
        else:
            sides = _no_and_yes(_rows_last(decided.soft, decided.hard, decided.label))
            masses, sides = sides[:, 2], sides[:, :2]
        cells = _product(members, masses[:, None], sides)
        total = members.sum()
        rows = total if weight is None else membership.sum()
    squares = None
    if with_squares:
        soft = decided.soft.T if decided.label is not None else _precise(decided.soft.T)
        other = 1 - soft
        squares = _product(members, masses, torch.stack([other * other, other * soft, soft * soft]))
    return BatchCounts(cells, total, rows, CountedRows(decided.soft, members, masses), squares)


def over_processes(*batches: BatchCounts) -> tuple[BatchCounts, ...]:
    """Add up what the processes counted, in one message: from here on all of them know the same."""
    if process_count() == 1:
        return batches
    fields = [(batch.cells, batch.weight, batch.rows, batch.squares) for batch in batches]
    sums = iter(sum_over_processes(*(part for parts in fields for part in parts if part is not None)))
    together = []
    for batch in batches:
        cells, weight, rows = (next(sums).detach() for _ in range(3))
        squares = None if batch.squares is None else next(sums)
        together.append(replace(batch, cells=cells, weight=weight, rows=rows, squares=squares))
    return tuple(together)


def _rows_last(*columns: Tensor) -> Tensor:
    return torch.stack(columns).mT.contiguous()


def _precise(values: Tensor) -> Tensor:
    return values if values.device.type == "mps" else values.double()  # that device knows no double precision


def _masses(label: Tensor | None, like: Tensor) -> Tensor:
    return torch.ones_like(like)[None] if label is None else _no_and_yes(label.T)


def _no_and_yes(share: Tensor) -> Tensor:
    """Put 1 - share and share beside each other, on a new first axis."""
    start, slope = _ends(share.ndim + 1, share.dtype, share.device)
    return torch.addcmul(start, share, slope)


@cache
def _ends(ndim: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    with torch.inference_mode(False):
        ends = torch.tensor([[1, 0], [-1, 1]], dtype=dtype, device=device)
        return ends[0].view(2, *(ndim - 1) * (1,)), ends[1].view(2, *(ndim - 1) * (1,))


def _product(members: Tensor, masses: Tensor, sides: Tensor) -> Tensor:
    """Sum members × masses × sides over the rows: (..., questions, groups, labels, sides).

    Rows are the last axis of the factors, so that each is one long run in memory; of the result groups are, as the
    product with the forms of rates wants them.
    """
    features = masses[:, None] * sides
    return (features @ members).movedim((0, 1), (-2, -1))
