"""Weights for the worst part only: the rows, or the groups, with the largest loss (CVaR)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fairloss.errors import InputError
from fairloss.losses.membership import Attribute
from fairloss.losses.reduce import rows_of_all_processes, sum_over_processes
from fairloss.losses.state import ShapedLater
from fairloss.losses.weights.cell_memory import CellEvidence
from fairloss.losses.weights.cells import Cells
from fairloss.losses.weights.weighted_cells import WeightedCells, check_by, wide

__all__ = ["CVaR"]


@dataclass(frozen=True, slots=True)
class CVaR:
    r"""Minimize the mean loss of the worst share alpha of the rows, or of the worst groups that make up this share.

    By row: a row has the factor :math:`1/\alpha` where its loss exceeds the threshold :math:`\eta`, 1 where it equals
    it, and 0 below. The threshold is learned: the first training batch gives its quantile of order
    :math:`1 - \alpha`, and each later batch moves it by the subgradient :math:`1 - P(\text{loss} > \eta) / \alpha` of
    :math:`\eta + E[(\text{loss} - \eta)_+] / \alpha`, *after* the factors of the batch are given. As :math:`\eta` does
    not depend on the batch, the gradient is unbiased for this objective at any batch size; the quantile of each batch
    would read the tail of small batches too low. Where nothing was learned yet, the quantile of the batch is used.

    By group or cell: the cells with the largest mean loss in the memory have the factor :math:`1/\alpha`, up to the
    share :math:`\alpha` of the rows; the cell in which it is used up has what is left, shared with those of equal loss.
    The factors have the weighted mean 1.

    Parameters
    ----------
    alpha : float
        The share of the rows that counts, above 0; 1 is no weighting.
    by : str
        ``"row"``, ``"group"`` or ``"cell"``, which is group and label. Rows whose group is unknown keep the factor 1
        here too; where no groups are known at all, pass ``groups=1`` and the code 0 for each row.

    Raises
    ------
    InputError
        If a setting is out of range.

    Notes
    -----
    Where labels are noisy, the rows with the largest loss are those with the wrong labels: a small alpha by row then
    leads to the model that gives all rows one probability. Compare with plain training, or weigh by group.

    References
    ----------
    Rockafellar & Uryasev (2000), Optimization of conditional value-at-risk; Hashimoto, Srivastava, Namkoong & Liang
    (2018), Fairness without demographics in repeated loss minimization; Williamson & Menon (2019), Fairness risk
    measures (over groups).

    Examples
    --------
    >>> weights = CVaR(alpha=0.5).bind(Attribute("all", ("0",)), memory=10_000)
    >>> weights(torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.ones(4, 1), None, None).tolist()
    [0.0, 0.0, 2.0, 2.0]
    """

    alpha: float = 0.2
    by: str = "row"

    def __post_init__(self) -> None:
        """Check the settings."""
        check_by("CVaR", self.by, ("row", "group", "cell"))
        if not 0 < self.alpha <= 1:
            raise InputError(f"The alpha of CVaR is a share above 0, at most 1, got {self.alpha!r}. Try 0.2.")

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that remembers the threshold, or the losses of the groups."""
        if self.by == "row":
            return WorstRows(self.alpha, memory)
        return WeightedCells(self._factor, self.by, memory)

    def _factor(self, cells: CellEvidence) -> Tensor:
        share, loss = torch.where(cells.seen, cells.share, 0).flatten(), cells.loss.flatten()
        worse = share @ (loss[:, None] > loss).to(share)
        alike = share @ (loss[:, None] == loss).to(share)
        part = (self.alpha - worse) / torch.where(alike > 0, alike, 1)
        return torch.where(cells.seen, part.clamp(0, 1).view_as(cells.share) / self.alpha, 1)


class WorstRows(ShapedLater):
    """CVaR over rows at work in a criterion.

    The buffer ``tail`` holds the threshold, the fading mean distance of the losses from it, and the fading number of
    rows behind it. The threshold moves by subgradient × this distance × the share of the rows that the batch brings:
    it means the same in each unit of the loss and at each batch size. That share is held at alpha or less, for else a
    batch could throw the threshold beyond all losses.

    Parameters
    ----------
    alpha : float
        The share of the rows that counts.
    memory : float
        How many rows the threshold follows.
    """

    tail: Tensor

    def __init__(self, alpha: float, memory: float) -> None:
        super().__init__("tail")
        self.alpha, self.horizon = alpha, memory

    @torch.no_grad()
    def forward(self, losses: Tensor, members: Tensor, label: Tensor | None, weight: Tensor | None) -> Tensor:
        """Give the factor of each row, (n,); labels do not matter here."""
        losses, members, weight = wide(losses, members, weight)
        if self.alpha == 1:
            return torch.ones_like(losses)
        known = Cells.of(members).known
        size = known if weight is None else known * weight
        if self.tail.numel():
            threshold = self.tail.to(losses)[0]
            factor = _beyond(losses, threshold, self.alpha, losses.new_ones(()))
        else:
            threshold, at_threshold = self._quantile(losses, size)
            factor = _beyond(losses, threshold, self.alpha, at_threshold)
        if self.training:
            self._move(threshold, losses, factor, known, size)
        return known * factor + (1 - known)

    def _quantile(self, losses: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
        """Find the threshold of a batch, and the factor at it with which the weighted mean is 1."""
        if self.training:
            losses, size = rows_of_all_processes(losses, size)  # for the first batch only
        total = size.sum()
        order = losses.argsort(descending=True)
        behind = size[order].cumsum(0)
        place = (behind < self.alpha * total * (1 - 1e-6)).sum().clamp_max(len(order) - 1)
        threshold = losses[order[place]]
        above, at = size[losses > threshold].sum(), size[losses == threshold].sum()
        left = (self.alpha * total - above) / torch.where(at > 0, at, 1)
        return threshold, (left / self.alpha).clamp(0, 1 / self.alpha)

    def _move(self, threshold: Tensor, losses: Tensor, factor: Tensor, known: Tensor, size: Tensor) -> None:
        sums = torch.stack([size.sum(), size @ factor, size @ (losses - threshold).abs(), known.sum()])
        (sums,) = sum_over_processes(sums)
        mean_factor, spread = sums[1:3] / torch.where(sums[0] > 0, sums[0], 1)
        before = self.tail.to(losses) if self.tail.numel() else torch.stack([threshold, spread, 0 * spread])
        rows = before[2] * torch.exp(-sums[3] / self.horizon) + sums[3]
        pace = sums[3] / torch.where(rows > 0, rows, 1)
        after = torch.stack(
            [
                threshold + pace.clamp_max(self.alpha) * before[1] * (mean_factor - 1),
                before[1] + pace * (spread - before[1]),
                rows,
            ]
        )
        usable = after.isfinite().all() & (sums[0] > 0)
        if self.tail.numel() or usable:
            self.tail = torch.where(usable, after, before)


def _beyond(losses: Tensor, threshold: Tensor, alpha: float, at_threshold: Tensor) -> Tensor:
    return torch.where(losses == threshold, at_threshold, (losses > threshold).to(losses) / alpha)
