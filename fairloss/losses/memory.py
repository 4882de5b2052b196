"""The memory of a criterion: counts of the last rows, fading, so that a rate is not read from one batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import SupportsFloat

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.live_counts import live_change, row_slopes
from fairloss.losses.reduce import process_count
from fairloss.losses.soft_counts import BatchCounts, CountedRows
from fairloss.losses.state import ShapedLater

__all__ = ["CountMemory", "Evidence"]

_TINY = 1e-30
"""The weight of no rows at all, to divide by."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the groups of one attribute: the batch, on top of the memory.

    Parameters
    ----------
    counts : Tensor of shape (2, questions, groups, labels, 2)
        Counts by the soft and by the deployed decisions, of memory and batch together, without a gradient.
    behind : CountedRows
        The rows of the batch.
    scale : Tensor of shape (labels, questions, groups)
        How many rows each row of the batch stands for, so that its gradient stands for that of all rows in memory and
        is an unbiased estimate whatever the batch size.
    known : Tensor, a scalar
        The weight of all rows, those in memory included.
    fade : Tensor, a scalar
        The share of the memory that is left with this batch, from 0 to 1.
    squares : Tensor of shape (questions, groups, labels, 3), optional
        The sums behind the variance of a rate, see `BatchCounts`, faded twice as fast and with a gradient.
    """

    counts: Tensor
    behind: CountedRows
    scale: Tensor
    known: Tensor
    fade: Tensor
    squares: Tensor | None = None

    @property
    def live(self) -> Tensor:
        """The soft counts with their gradient."""
        return self.counts[0] + live_change(self.behind, self.scale)

    def row_slopes(self, slope: Tensor) -> Tensor:
        """Give, without a gradient, the slope in each soft decision of what has this slope in the counts.

        It is that of moving weight to favorable decisions, (labels, questions, groups).
        """
        return row_slopes(self.behind, self.scale * slope)

    @property
    def soft(self) -> Tensor:
        """The soft counts without a gradient."""
        return self.counts[0]

    @property
    def hard(self) -> Tensor:
        """The counts by the deployed decisions."""
        return self.counts[1]


class CountMemory(ShapedLater):
    """Fading counts of one attribute.

    With each batch of b rows the memory fades by ``exp(-b / horizon)``, and the batch is added.

    Parameters
    ----------
    horizon : float
        How many rows the memory holds when it is full.
    with_squares : bool
        Whether batches bring the squares behind the variance of rates.
    """

    counts: Tensor
    squares: Tensor

    def __init__(self, horizon: float, *, with_squares: bool = False) -> None:
        super().__init__("counts", *(["squares"] if with_squares else []))
        self.with_squares = with_squares
        if not (isinstance(horizon, SupportsFloat) and horizon > 0):
            raise InputError(f"The memory of FairLoss is a number of rows above 0, got {horizon!r}. Try 10000.")
        self.horizon = horizon

    def forward(self, batch: BatchCounts) -> Evidence:
        """Put a batch on top of the memory; in training, remember it. In evaluation the batch stands alone."""
        total, fade = batch.cells, torch.exp(batch.rows * (-1 / self.horizon))  # nothing here has a gradient
        if self.training:
            before = self.kept("counts", total)
            total = torch.addcmul(total, before, fade)
            total = torch.where(total.sum() < torch.inf, total, before)  # a batch that is not finite is forgotten
            self.keep("counts", total)
        cells = total[0].sum(-1)
        known = cells[0].sum().clamp_min(_TINY)
        scale = _scale(cells, known, batch)
        squares = None if batch.squares is None else self._with_squares(batch.squares, fade)
        processes = process_count() if self.training else 1
        scale = scale if processes == 1 else scale * processes
        return Evidence(total, batch.behind, scale, known, fade, squares)

    def _with_squares(self, now: Tensor, fade: Tensor) -> Tensor:
        """Add the squares up; their gradient too is that of the batch standing for all rows in memory."""
        rest = now.detach()
        with torch.no_grad():
            before = self.kept("squares", rest)
            total = rest + before * fade * fade if self.training else rest
            scale = (total.sum() / rest.sum().clamp_min(1e-12)).clamp_min(1)
            if self.training:
                self.keep("squares", torch.where(total.sum().isfinite(), total, before))
        return total + scale * (now - rest)


def _scale(cells: Tensor, known: Tensor, batch: BatchCounts) -> Tensor:
    """Give the factor from the batch to the population, by label, question and group.

    It is (weight in memory) / (weight in batch), but no single row may weigh more than the whole cell it is in:
    a group that turns up once in many batches would make the gradient explode.
    """
    if batch.rows is not batch.weight:
        cells = cells * (batch.rows / batch.weight)
    return torch.minimum(cells, known / batch.weight).clamp_min(1.0).movedim(-1, 0)
