"""Weights by how many rows there are: rare groups, or rare pairs of group and label, count for more."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import torch
from torch import Tensor, nn

from fairloss.errors import InputError
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.cell_memory import CellEvidence, mass_factor
from fairloss.losses.weights.weighted_cells import WeightedCells, check_by

__all__ = ["InverseFrequency", "Reweighing"]


@dataclass(frozen=True, slots=True)
class Reweighing:
    """Weigh each group and label by ``P(g) P(y) / P(g, y)``, so that they are independent in the weighted rows.

    The probabilities come from the memory. The weighted mean of the factor is 1; where a group lacks a label the other
    factors are scaled up to keep that. `fairloss.preprocessing.Reweighing` gives the same for a table.

    Raises
    ------
    InputError
        With the first batch, if the base loss is one of regression, which has no label.

    References
    ----------
    Kamiran & Calders (2012), Data preprocessing techniques for classification without discrimination.

    Examples
    --------
    >>> weights = Reweighing().bind(Attribute("sex", ("f", "m")), memory=10_000)
    >>> members, label = torch.eye(2)[[0, 0, 0, 1, 1, 1]], torch.tensor([1.0, 0, 0, 1, 1, 0])[:, None]
    >>> weights(torch.zeros(6), members, label, None).tolist()
    [1.5, 0.75, 0.75, 0.75, 0.75, 1.5]
    """

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that counts."""
        return _Labelled(_independent, "cell", memory)


class _Labelled(WeightedCells):
    def forward(self, losses: Tensor, members: Tensor, label: Tensor | None, weight: Tensor | None) -> Tensor:
        if label is None:
            raise InputError(
                "Reweighing makes the label independent of the group, but a regression output is no label. "
                "Use InverseFrequency, which needs none."
            )
        return super().forward(losses, members, label, weight)


def _independent(cells: CellEvidence) -> Tensor:
    return mass_factor(cells.share.sum(1, keepdim=True) * cells.share.sum(0), cells)


@dataclass(frozen=True, slots=True)
class InverseFrequency:
    r"""Weigh each group, or each group and label, by a power of how rare it is.

    The factor of cell c is :math:`\pi_c^{-\text{power}}` over its weighted mean, where :math:`\pi_c` is the share of
    the cell in the memory: with power 1 all cells weigh alike together, however few rows they have.

    Parameters
    ----------
    by : str
        ``"group"`` or ``"cell"``, which is group and label.
    power : float
        From 0 (no weighting) to 1 (inverse frequency); 0.5 is the inverse square root.
    cap : float
        No factor is larger, 1 or more; the other factors grow so that the mean is 1 still.

    Raises
    ------
    InputError
        If a setting is out of range.

    References
    ----------
    King & Zeng (2001), Logistic regression in rare events data; Mahajan et al. (2018), Exploring the limits of weakly
    supervised pretraining (the square root).

    Examples
    --------
    >>> weights = InverseFrequency().bind(Attribute("sex", ("f", "m")), memory=10_000)
    >>> weights(torch.zeros(4), torch.eye(2)[[0, 0, 0, 1]], None, None)[2:].tolist()
    [0.6666..., 2.0]
    """

    by: str = "group"
    power: float = 1.0
    cap: float = inf

    def __post_init__(self) -> None:
        """Check the settings."""
        check_by("InverseFrequency", self.by)
        if not (self.power >= 0 and isfinite(self.power)):
            raise InputError(f"The power of InverseFrequency must be 0 or more, got {self.power!r}. 1 is usual.")
        if not self.cap >= 1:
            raise InputError(
                f"The cap of InverseFrequency must be 1 or more, got {self.cap!r}. The mean of the factors is 1."
            )

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that counts."""
        return WeightedCells(self._factor, self.by, memory)

    def _factor(self, cells: CellEvidence) -> Tensor:
        share = torch.where(cells.seen, cells.share, 1)
        # the rarest cell gets 1, so that no power overflows
        mass = share * (share.min() / share) ** self.power
        return _capped(mass_factor(mass, cells), cells, self.cap)


def _capped(factor: Tensor, cells: CellEvidence, cap: float) -> Tensor:
    """Cut the factors that pass the cap, and scale the others up so that the weighted mean stays 1.

    Of the candidates "the k largest are cut, the others multiplied by s_k" the first whose others stay below is right.
    The last one always is, but for rounding.
    """
    if cap == inf:
        return factor
    share = torch.where(cells.seen, cells.share, 0).flatten()
    order = torch.where(cells.seen, factor, 0).flatten().argsort(descending=True)
    sizes, factors = share[order], factor.flatten()[order]
    cut = sizes.cumsum(0) - sizes
    rest = (sizes * factors).flip(0).cumsum(0).flip(0)
    scale = (sizes.sum() - cap * cut) / torch.where(rest > 0, rest, 1)
    fits = (scale * factors <= cap * (1 + 1000 * torch.finfo(share.dtype).eps)).to(torch.int8).argmax()
    return torch.where(cells.seen, (factor * scale[fits]).clamp_max(cap), 1)
