"""The memory of cell weights: how many rows and what mean loss each group, or group and label, has had lately."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.losses.reduce import sum_over_processes
from fairloss.losses.state import ShapedLater
from fairloss.losses.weights.cells import Cells

__all__ = ["CellEvidence", "CellMemory", "mass_factor"]

_RAREST = 1e-12
"""A cell with a smaller share of the weight has faded from memory, and is as good as unseen."""


@dataclass(frozen=True, slots=True)
class CellEvidence:
    """What is known about each cell: a group (one column), or a group with a label. All of shape (groups, labels).

    Parameters
    ----------
    share : Tensor
        The share of the cell in the weight of all rows of known group, from the memory; together 1.
    loss : Tensor
        The mean loss of the cell, from the memory; 0 without rows.
    rows : Tensor
        How many rows in memory that is, by Kish's effective number ``(sum w)^2 / sum w^2``.
    present : Tensor of bool
        Whether the batch has rows of the cell.
    batch_loss : Tensor
        The mean loss of the cell in the batch; 0 without rows.
    row_share : Tensor
        The share that one row of the cell has in the weight of a training batch; 0 without rows, and in evaluation.
    """

    share: Tensor
    loss: Tensor
    rows: Tensor
    present: Tensor
    batch_loss: Tensor
    row_share: Tensor

    @property
    def seen(self) -> Tensor:
        """Tell which cells have rows in memory."""
        return self.share > _RAREST


def mass_factor(mass: Tensor, cells: CellEvidence) -> Tensor:
    """Give the factor that turns the share of each cell in the rows into the mass that it should have.

    The masses are scaled to sum to 1 over the cells that have rows, so that the weighted mean of the factor is 1; a
    cell without rows has factor 1.

    Examples
    --------
    >>> share, none = torch.tensor([[0.8], [0.2], [0.0]]), torch.zeros(3, 1)
    >>> mass_factor(torch.ones(3, 1), CellEvidence(share, none, none, none > 0, none, none))[:, 0].tolist()
    [0.625, 2.5, 1.0]
    """
    kept = torch.where(cells.seen, mass, 0)
    total = kept.sum()
    scaled = kept / torch.where(total > 0, total, 1)
    return torch.where(cells.seen & (total > 0), scaled / torch.where(cells.seen, cells.share, 1), 1)


class CellMemory(ShapedLater):
    """Fading sums of each cell: weight, weighted loss, squared weight.

    With each training batch of b rows of known group the memory fades by ``exp(-b / horizon)``, and the batch, summed
    over all processes, is added. A batch whose losses are not finite is not remembered.

    Parameters
    ----------
    horizon : float
        How many rows the memory holds when it is full.
    """

    sums: Tensor

    def __init__(self, horizon: float) -> None:
        super().__init__("sums")
        self.horizon = horizon

    def forward(self, cells: Cells, losses: Tensor, weight: Tensor | None) -> CellEvidence:
        """Learn from rows in training; in evaluation recall, or judge the rows alone where nothing was learned.

        Parameters
        ----------
        cells : Cells
            Which cells the rows are in.
        losses, weight : Tensor of shape (n,)
        """
        now, rows = cells.sums(losses, weight), cells.known.sum()
        if not self.training:
            recalled = self.kept("sums", now) if self.sums.numel() else _finite_or_zero(now)
            return _evidence(recalled, _finite_or_zero(now), learning=False)
        now, rows = sum_over_processes(now, rows)
        before = self.kept("sums", now)
        total = torch.addcmul(now, before, torch.exp(-rows / self.horizon))
        self.sums = torch.where(total.isfinite().all(), total, before)
        return _evidence(self.sums, _finite_or_zero(now), learning=True)


def _evidence(total: Tensor, now: Tensor, learning: bool) -> CellEvidence:
    weight, batch_weight = total[0], now[0]
    one_row = _ratio(now[2], batch_weight)
    return CellEvidence(
        share=_ratio(weight, weight.sum()),
        loss=_ratio(total[1], weight),
        rows=_ratio(weight * weight, total[2]),
        present=batch_weight > 0,
        batch_loss=_ratio(now[1], batch_weight),
        row_share=_ratio(one_row, batch_weight.sum()) if learning else torch.zeros_like(one_row),
    )


def _ratio(of: Tensor, among: Tensor) -> Tensor:
    return of / torch.where(among > 0, among, 1)


def _finite_or_zero(sums: Tensor) -> Tensor:
    return torch.where(sums.isfinite().all(), sums, 0)
