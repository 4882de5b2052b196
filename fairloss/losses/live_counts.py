"""The gradient of counts: from the cells of a table back to the rows that were counted, in closed form."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from fairloss.losses.soft_counts import CountedRows

__all__ = ["live_change", "row_slopes"]


def row_slopes(behind: CountedRows, slope: Tensor) -> Tensor:
    """Give what a slope of counts means for the decision of each row, (n, questions).

    Counts are linear in the decisions: a row of weight w adds w × d to its cell of favorable decisions and w × (1 - d)
    to the other one. So the slope is, for the decision of a row, its weight times the difference of the slopes of the
    two cells, and no graph of the counting needs to be kept.

    Parameters
    ----------
    behind : CountedRows
        The rows.
    slope : Tensor of shape (labels, questions, groups)
        The slope of the cell of favorable decisions less that of the other one.
    """
    return _row_slopes(behind.members, behind.masses, slope).to(behind.soft.dtype)


def live_change(behind: CountedRows, scale: Tensor) -> Tensor:
    """Give zeros of the shape of the counts, whose gradient is that of scale × the counts of these rows.

    Parameters
    ----------
    behind : CountedRows
        The rows.
    scale : Tensor of shape (labels, questions, groups)
        How many times the rows of each cell stand for themselves.

    Returns
    -------
    Tensor of shape (questions, groups, labels, 2)
    """
    change: Tensor = _Change.apply(behind.soft, behind.members, behind.masses, scale)  # type: ignore[no-untyped-call]
    return change


class _Change(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, soft: Tensor, members: Tensor, masses: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(members, masses, scale)
        ctx.dtype = soft.dtype
        return scale.new_zeros(2, *scale.shape).permute(2, 3, 1, 0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        members, masses, scale = ctx.saved_tensors
        slope = (gradient[..., 1] - gradient[..., 0]).movedim(-1, 0) * scale
        return _row_slopes(members, masses, slope).to(ctx.dtype), None, None, None


def _row_slopes(members: Tensor, masses: Tensor, slope: Tensor) -> Tensor:
    return ((slope @ members.T) * masses).sum(0).T
