"""A weighting at work in a criterion: rows go to the memory, and get the factor of their group (and label)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from fairloss.errors import InputError, quote
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.cell_memory import CellEvidence, CellMemory
from fairloss.losses.weights.cells import Cells

__all__ = ["WeightedCells", "Weighting", "check_by", "wide"]


class Weighting(Protocol):
    """A way to weigh rows by their group, a value without state; any object with this member can stand in."""

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that holds the state of one criterion.

        Its ``forward(losses, members, label, weight)`` gives the factor of each row: see `CellWeights.bind`.
        """


class WeightedCells(nn.Module):
    """A weighting at work in a criterion: all rows of a cell have the factor of the cell.

    Parameters
    ----------
    rule : callable or torch.nn.Module
        ``rule(evidence)`` gives the factor of each cell, (groups, labels).
    by : str
        ``"group"`` or ``"cell"``, which is group and label.
    memory : float
        How many rows the memory holds.
    """

    def __init__(self, rule: Callable[[CellEvidence], Tensor], by: str, memory: float) -> None:
        super().__init__()
        self.rule, self.by, self.memory = rule, by, CellMemory(memory)

    @torch.no_grad()
    def forward(self, losses: Tensor, members: Tensor, label: Tensor | None, weight: Tensor | None) -> Tensor:
        """Give the factor of each row, (n,). Shares of membership mix the factors; a row without a group has 1."""
        losses, members, weight = wide(losses, members, weight)
        with torch.autocast(losses.device.type, enabled=False):  # the products that count need more than 11 bits
            cells = Cells.of(members, label if self.by == "cell" else None)
            return cells.spread(self.rule(self.memory(cells, losses, weight)))


def wide(losses: Tensor, members: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """Give all numbers in float32 or, where the losses are, in float64: half precision is too coarse for sums."""
    kind = torch.float64 if losses.dtype == torch.float64 else torch.float32
    return losses.to(kind), members.to(kind), None if weight is None else weight.to(kind)


def check_by(who: str, by: str, known: Sequence[str] = ("group", "cell")) -> None:
    """Require one of the ways to form cells.

    Raises
    ------
    InputError
        If it is another.
    """
    if by not in known:
        raise InputError(f"{who} weighs by {' or '.join(map(quote, known))}, got by={quote(by)}. Pass one of them.")
