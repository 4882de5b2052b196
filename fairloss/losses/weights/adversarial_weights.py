"""Weights of an adversary, who moves them to the groups with the largest loss: group DRO."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log

import torch
from torch import Tensor, nn

from fairloss.errors import InputError
from fairloss.losses.membership import Attribute
from fairloss.losses.state import ShapedLater
from fairloss.losses.weights.cell_memory import CellEvidence, mass_factor
from fairloss.losses.weights.weighted_cells import WeightedCells, check_by

__all__ = ["GroupDRO"]


@dataclass(frozen=True, slots=True)
class GroupDRO:
    r"""Minimize the loss of the worst group: exponentiated gradient ascent on the weights of the groups.

    Each training batch moves :math:`q_g \leftarrow q_g \exp(\text{step} \cdot (L_g + C / \sqrt{n_g})) / Z`, where
    :math:`L_g` is the mean loss of the group in the batch; its rows then have the factor :math:`q_g / \pi_g`, where
    :math:`\pi_g` is the share of the group in the memory, so that the loss is :math:`\sum_g q_g L_g` on average. Groups
    that the batch lacks keep their :math:`q_g`: Z keeps the sum over the others. At first all groups weigh alike.

    Parameters
    ----------
    step : float
        How fast the weights move, above 0.
    by : str
        ``"group"``, or ``"cell"`` for pairs of group and label, as in the source.
    adjustment : float
        C, 0 or more: favors small groups, whose loss on new rows exceeds that in training by more. :math:`n_g` is the
        number of rows of the group in memory, at most what the memory holds.

    Raises
    ------
    InputError
        If a setting is out of range.

    Notes
    -----
    In training no single row weighs more than its whole group should: a group of which a batch holds less than a row on
    average gets less than :math:`q_g`, for else it would make the gradient explode. Use larger batches or
    `GroupBatchSampler` for such groups. Large models need strong regularization or early stopping with it: where all
    training losses vanish there is no worst group.

    References
    ----------
    Sagawa, Koh, Hashimoto & Liang (2020), Distributionally robust neural networks for group shifts.

    Examples
    --------
    >>> weights = GroupDRO(step=1.0).bind(Attribute("sex", ("f", "m")), memory=10_000)
    >>> members, losses = torch.eye(2)[[0, 0, 0, 1]], torch.tensor([0.0, 0.0, 0.0, 2.0])
    >>> [round(factor, 4) for factor in weights(losses, members, None, None).tolist()]
    [0.1589, 0.1589, 0.1589, 3.5232]
    """

    step: float = 0.01
    by: str = "group"
    adjustment: float = 0.0

    def __post_init__(self) -> None:
        """Check the settings."""
        check_by("GroupDRO", self.by)
        if not (self.step > 0 and isfinite(self.step)):
            raise InputError(f"The step of GroupDRO must be above 0, got {self.step!r}. 0.01 is usual.")
        if not (self.adjustment >= 0 and isfinite(self.adjustment)):
            raise InputError(f"The adjustment of GroupDRO must be 0 or more, got {self.adjustment!r}. 0 is none.")

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that holds the weights of the groups."""
        return WeightedCells(_Adversary(self), self.by, memory)


class _Adversary(ShapedLater):
    """The weights q as logarithms, (groups, labels): a weight that has become tiny can come back."""

    log_mass: Tensor

    def __init__(self, settings: GroupDRO) -> None:
        super().__init__("log_mass")
        self.settings = settings

    def forward(self, cells: CellEvidence) -> Tensor:
        fresh = torch.full_like(cells.share, -log(cells.share.numel()))
        log_mass = self.log_mass.to(fresh) if self.log_mass.numel() else fresh
        if self.training:
            log_mass = self._move(log_mass, cells)
            self.log_mass = log_mass
        seen = torch.where(cells.seen, log_mass, -torch.inf)
        factor = mass_factor(torch.exp(log_mass - torch.where(cells.seen.any(), seen.max(), 0)), cells)
        return factor * _tamed(cells)

    def _move(self, log_mass: Tensor, cells: CellEvidence) -> Tensor:
        there = cells.present
        bonus = self.settings.adjustment / cells.rows.clamp_min(1).sqrt()
        moved = log_mass + self.settings.step * (cells.batch_loss + bonus)
        gained = _log_sum(moved, there) - _log_sum(log_mass, there)
        after = torch.where(there, moved - gained, log_mass)
        return torch.where(after.isfinite().all(), after, log_mass)


def _log_sum(values: Tensor, there: Tensor) -> Tensor:
    return torch.where(there, values, -torch.inf).flatten().logsumexp(0)


def _tamed(cells: CellEvidence) -> Tensor:
    """Give what is left of a factor, 1 or less, so that one row has at most the mass of its whole cell."""
    rare = cells.row_share > cells.share
    return torch.where(rare, cells.share, 1) / torch.where(rare, cells.row_share, 1)
