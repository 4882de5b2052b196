"""From cells to rows: what is known about each group (and label), and the factor that its rows get from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from fairloss.errors import InputError, quote
from fairloss.losses.membership import Attribute
from fairloss.losses.reduce import sum_over_processes
from fairloss.losses.state import ShapedLater

__all__ = ["CellEvidence", "CellMemory", "Cells", "WeightedCells", "Weighting", "check_by", "mass_factor", "wide"]

_RAREST = 1e-12
"""A cell with a smaller share of the weight has faded from memory, and is as good as unseen."""


class Weighting(Protocol):
    """A way to weigh rows by their group, a value without state; any object with this member can stand in."""

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that holds the state of one criterion.

        Its ``forward(losses, members, label, weight)`` gives the factor of each row: see `CellWeights.bind`.
        """


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

    def forward(self, places: Tensor, losses: Tensor, weight: Tensor | None) -> CellEvidence:
        """Learn from rows in training; in evaluation recall, or judge the rows alone where nothing was learned.

        Parameters
        ----------
        places : Tensor of shape (n, groups, labels)
            Shares of membership in the cells.
        losses, weight : Tensor of shape (n,)
        """
        now, rows = _batch_sums(places, losses, weight), places.sum()
        if not self.training:
            self._check(now)
            recalled = self.sums.to(now) if self.sums.numel() else _finite_or_zero(now)
            return _evidence(recalled, _finite_or_zero(now), learning=False)
        now, rows = sum_over_processes(now, rows)
        self._check(now)
        before = self.sums.to(now) if self.sums.numel() else torch.zeros_like(now)
        total = torch.addcmul(now, before, torch.exp(-rows / self.horizon))
        self.sums = torch.where(total.isfinite().all(), total, before)
        return _evidence(self.sums, _finite_or_zero(now), learning=True)

    def _check(self, now: Tensor) -> None:
        if self.sums.numel() and self.sums.shape != now.shape:
            raise InputError(
                f"CellWeights learned from {tuple(self.sums.shape[1:])} groups and labels, got a batch with "
                f"{tuple(now.shape[1:])}. Keep the number of classes."
            )


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


def _batch_sums(places: Tensor, losses: Tensor, weight: Tensor | None) -> Tensor:
    """Sum weight, weighted loss and squared weight by cell: shape (3, groups, labels)."""
    flat = places.flatten(1)
    each = torch.ones_like(losses) if weight is None else weight
    sums = torch.stack([each, each * losses], 0) @ flat
    squares = (each * each) @ (flat * flat)
    return torch.cat([sums, squares[None]]).view(3, *places.shape[1:])


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
    return torch.where(among > 0, of, 0) / torch.where(among > 0, among, 1)


def _finite_or_zero(sums: Tensor) -> Tensor:
    return torch.where(sums.isfinite().all(), sums, 0)
