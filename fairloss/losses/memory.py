"""The memory of a criterion: counts of the last rows, fading, so that a rate is not read from one batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.soft_counts import BatchCounts
from fairloss.losses.state import ShapedLater

__all__ = ["CountMemory", "Evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the groups of one attribute: the batch, on top of the memory.

    Parameters
    ----------
    live : Tensor of shape (questions, groups, labels, 2)
        Soft counts. The value is memory and batch together; the gradient is that of the batch, scaled up to stand for
        all the rows in memory, so that it is an unbiased estimate whatever the batch size.
    soft, hard : Tensor of the same shape
        The same counts without a gradient, by the soft and by the deployed decisions.
    row_weight : Tensor, a scalar
        The mean weight of a row of the batch: what turns weights into rows.
    renewal : Tensor, a scalar
        The share of the memory that this batch renews, from 0 to 1.
    """

    live: Tensor
    soft: Tensor
    hard: Tensor
    row_weight: Tensor
    renewal: Tensor


class CountMemory(ShapedLater):
    """Fading counts of one attribute.

    With each batch of b rows the memory fades by ``exp(-b / horizon)``, and the batch is added.

    Parameters
    ----------
    horizon : float
        How many rows the memory holds when it is full.
    """

    counts: Tensor

    def __init__(self, horizon: float) -> None:
        super().__init__("counts")
        if not horizon > 0:
            raise InputError(f"The memory of FairLoss is a number of rows above 0, got {horizon!r}. Try 10000.")
        self.horizon = horizon

    def forward(self, batch: BatchCounts) -> Evidence:
        """Put a batch on top of the memory; in training, remember it. In evaluation the batch stands alone."""
        with torch.no_grad():
            now = batch.cells.detach()
            fade = torch.exp(-batch.rows / self.horizon)
            alone = not self.training or self.counts.numel() == 0
            total = now if alone else torch.addcmul(now, self.counts.to(now), fade)
            row_weight = now[0, 0].sum() / batch.rows.clamp_min(1e-12)
            scale = self._scale(total[0], now[0], row_weight)
        soft, hard = total[0], total[1]
        live = soft + scale * (batch.cells[0] - now[0])
        if self.training:
            before = self.counts.to(now) if self.counts.numel() else torch.zeros_like(now)
            self.counts = torch.where(total.isfinite().all(), total, before)
        return Evidence(live, soft, hard, row_weight, 1 - fade)

    @staticmethod
    def _scale(total: Tensor, now: Tensor, row_weight: Tensor) -> Tensor:
        """Give the factor from the batch to the population, by question, group and label.

        It is (weight in memory) / (weight in batch), but no single row may weigh more than the whole cell it is in:
        a group that turns up once in many batches would make the gradient explode.
        """
        ratio = total[0].sum() / now[0].sum().clamp_min(1e-12)
        cell_rows = total.sum(-1, keepdim=True) / row_weight.clamp_min(1e-12)
        return torch.minimum(ratio, cell_rows).clamp_min(1.0)
