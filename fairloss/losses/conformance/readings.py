"""What a criterion says to a batch: the value and the gradient of its penalty."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fairloss.losses.conformance.batches import Batch
from fairloss.losses.conformance.subjects import Criterion, NotALoss, Subject

__all__ = ["Reading", "alike", "evaluating", "look", "read", "settled", "slope"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The loss of a batch, without a graph.

    Parameters
    ----------
    loss, base : Tensor
        Scalars: all of it, and the part that knows no groups.
    slope, base_slope : Tensor
        Their gradients with respect to the input.
    """

    loss: Tensor
    base: Tensor
    slope: Tensor
    base_slope: Tensor

    @property
    def penalty(self) -> Tensor:
        """The part of the loss that knows groups."""
        return self.loss - self.base

    @property
    def penalty_slope(self) -> Tensor:
        """The gradient of that part."""
        return self.slope - self.base_slope

    @property
    def adds_nothing(self) -> bool:
        """Whether groups add exactly nothing to loss and gradient: zero, but for a few roundings."""
        few = 4 * torch.finfo(self.slope.dtype).eps
        value, slopes = self.penalty.abs(), self.penalty_slope.abs()
        largest = max(self.base_slope.abs().max().item(), 1 / len(slopes))
        return bool(value <= few * max(self.base.abs().item(), 1)) and bool((slopes <= few * largest).all())

    @property
    def finite(self) -> bool:
        """Whether neither NaN nor infinity is in the loss or the gradient."""
        return bool(self.loss.isfinite()) and bool(self.slope.isfinite().all())


def read(
    subject: Subject,
    batch: Batch,
    groups: int,
    *,
    history: Batch | None = None,
    dtype: torch.dtype = torch.float64,
) -> Reading:
    """Look at a batch with a criterion in evaluation mode, that was trained on the history or else on the batch."""
    criterion = subject.trained(batch if history is None else history, groups, dtype=dtype)
    return look(subject, evaluating(criterion), batch, dtype=dtype)


def settled(subject: Subject, history: Batch, *, dtype: torch.dtype = torch.float64) -> Criterion:
    """Make a criterion for three groups that has learned from the history, in evaluation mode."""
    return evaluating(subject.trained(history, 3, dtype=dtype))


def look(subject: Subject, criterion: Criterion, batch: Batch, *, dtype: torch.dtype = torch.float64) -> Reading:
    """Compute loss, base and their gradients with this criterion as it is."""
    leaf = subject.leaf(batch, dtype)
    loss, base = subject.call(criterion, batch, leaf), subject.call_base(batch, leaf)
    return Reading(loss.detach(), base.detach(), slope(loss, leaf), slope(base, leaf))


def slope(loss: Tensor, leaf: Tensor) -> Tensor:
    """Give the gradient; zeros where the loss does not depend on the input at all.

    Raises
    ------
    NotALoss
        If the gradient has another type or device than the input.
    """
    if not loss.requires_grad:
        return torch.zeros_like(leaf)
    found: Tensor | None = torch.autograd.grad(loss, leaf, allow_unused=True)[0]
    if found is None:
        return torch.zeros_like(leaf)
    if (found.dtype, found.device) != (leaf.dtype, leaf.device):
        raise NotALoss(f"gave a gradient of {found.dtype} on {found.device} for {leaf.dtype} on {leaf.device}")
    return found.detach()


def evaluating(criterion: Criterion) -> Criterion:
    """Put a module into evaluation mode; other callables have none."""
    return criterion.eval() if isinstance(criterion, nn.Module) else criterion


def alike(first: Tensor, second: Tensor, tolerance: float = 1e-9) -> bool:
    """Tell whether two tensors agree, relative to the largest of their entries (or to 0.001, where all are smaller).

    Examples
    --------
    >>> alike(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1e-12]))
    True
    """
    first, second = first.double(), second.double()
    if first.shape != second.shape:
        return False
    scale = max(1e-3, first.abs().max().item(), second.abs().max().item())
    return bool(((first - second).abs() <= tolerance * scale).all())
