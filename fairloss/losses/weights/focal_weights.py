"""Weights by how large the loss of a group is, as a power of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor, nn

from fairloss.errors import InputError
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.cell_memory import CellEvidence, mass_factor
from fairloss.losses.weights.weighted_cells import WeightedCells, check_by

__all__ = ["GroupFocal"]


@dataclass(frozen=True, slots=True)
class GroupFocal:
    r"""Weigh each group, or each group and label, by a power of its mean loss.

    The factor of cell c is :math:`L_c^\gamma` over its weighted mean, where :math:`L_c` is the mean loss of the cell in
    the memory: what focal loss does to rows, done to groups. A negative mean loss counts as 0; where no cell has a
    positive one, all factors are 1.

    Parameters
    ----------
    gamma : float
        How strongly, 0 or more; 0 is no weighting.
    by : str
        ``"group"`` or ``"cell"``, which is group and label.

    Raises
    ------
    InputError
        If a setting is out of range.

    References
    ----------
    Lin, Goyal, Girshick, He & Dollár (2017), Focal loss for dense object detection (for rows); Li, Sanjabi, Beirami &
    Smith (2020), Fair resource allocation in federated learning: the gradient of their q-fair loss
    :math:`\sum_c \pi_c L_c^{q + 1} / (q + 1)` has these weights with :math:`\gamma = q`, up to the scale.

    Examples
    --------
    >>> weights = GroupFocal(gamma=1.0).bind(Attribute("sex", ("f", "m")), memory=10_000)
    >>> weights(torch.tensor([1.0, 1.0, 3.0, 3.0]), torch.eye(2)[[0, 0, 1, 1]], None, None).tolist()
    [0.5, 0.5, 1.5, 1.5]
    """

    gamma: float = 1.0
    by: str = "group"

    def __post_init__(self) -> None:
        """Check the settings."""
        check_by("GroupFocal", self.by)
        if not (self.gamma >= 0 and isfinite(self.gamma)):
            raise InputError(f"The gamma of GroupFocal must be 0 or more, got {self.gamma!r}. 1 is usual.")

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that remembers the losses."""
        return WeightedCells(self._factor, self.by, memory)

    def _factor(self, cells: CellEvidence) -> Tensor:
        loss = torch.where(cells.seen, cells.loss, 0).clamp_min(0)
        worst = loss.max()
        relative = torch.where(worst > 0, loss, 1) / torch.where(worst > 0, worst, 1)
        return mass_factor(cells.share * relative**self.gamma, cells)
