"""From rows to cells and back: which group (and label) a row is in, and the factor that it gets from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from fairloss.errors import InputError, quote
from fairloss.losses.cell_memory import CellEvidence, CellMemory
from fairloss.losses.membership import Attribute

__all__ = ["Cells", "WeightedCells", "Weighting", "check_by", "wide"]


class Weighting(Protocol):
    """A way to weigh rows by their group, a value without state; any object with this member can stand in."""

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that holds the state of one criterion.

        Its ``forward(losses, members, label, weight)`` gives the factor of each row: see `CellWeights.bind`.
        """


@dataclass(frozen=True, slots=True)
class Cells:
    """Which cells the rows are in.

    Parameters
    ----------
    places : Tensor of shape (n, groups, labels)
        Shares of membership, together 1 at most: a row in several groups is shared among them.
    known : Tensor of shape (n,)
        How much of the group of each row is known.
    """

    places: Tensor
    known: Tensor

    @classmethod
    def of(cls, members: Tensor, label: Tensor | None = None) -> Cells:
        """Place rows by shares of membership (n, G) and by labels, (n, 1) or one-hot (n, classes).

        Raises
        ------
        InputError
            If rows have several labels.
        """
        total = members.sum(1)
        places = (members / total.clamp_min(1)[:, None])[:, :, None]
        return cls(places if label is None else places * _label_shares(label.to(members)), total.clamp_max(1))

    def spread(self, factor: Tensor) -> Tensor:
        """Give the factor of each row: that of its cell, a mean for a row in several, 1 for one that is in none."""
        return self.places.flatten(1) @ factor.flatten() + (1 - self.known)


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
            return cells.spread(self.rule(self.memory(cells.places, losses, weight)))


def wide(losses: Tensor, members: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """Take the numbers out of the graph, in float32 or, where the losses are, in float64."""
    kind = torch.float64 if losses.dtype == torch.float64 else torch.float32
    return losses.detach().to(kind), members.detach().to(kind), None if weight is None else weight.detach().to(kind)


def check_by(who: str, by: str, known: Sequence[str] = ("group", "cell")) -> None:
    """Require one of the ways to form cells.

    Raises
    ------
    InputError
        If it is another.
    """
    if by not in known:
        raise InputError(f"{who} weighs by {' or '.join(map(quote, known))}, got by={quote(by)}. Pass one of them.")


def _label_shares(label: Tensor) -> Tensor:
    columns = torch.cat([1 - label, label], 1) if label.shape[1] == 1 else label
    if label.shape[1] > 1 and not torch.allclose(columns.sum(1), columns.new_ones(()), atol=1e-3):
        raise InputError(
            f"CellWeights by label needs one label per row, got {label.shape[1]} questions with a label each. "
            "Weigh by='group'."
        )
    return columns[:, None, :]
