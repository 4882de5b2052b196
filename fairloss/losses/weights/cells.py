"""From rows to cells and back: which group, or which group and label, a row is in."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.errors import InputError

__all__ = ["Cells"]


@dataclass(frozen=True, slots=True)
class Cells:
    """Which cells the rows are in; a cell is a group with a label. Each row has a share in each.

    Parameters
    ----------
    members : Tensor of shape (n, G)
        Shares of membership.
    labels : Tensor of shape (n, labels)
        Shares of the labels, or a column of ones where only groups matter; divided by the sum of the row in
        ``members`` where that is above 1, so that a row in several groups is shared among them.
    known : Tensor of shape (n,)
        How much of the group of each row is known.
    """

    members: Tensor
    labels: Tensor
    known: Tensor

    @classmethod
    def of(cls, members: Tensor, label: Tensor | None = None) -> Cells:
        """Place rows by shares of membership (n, G) and by labels, (n, 1) or one-hot (n, classes).

        Raises
        ------
        InputError
            If rows have several labels.

        Examples
        --------
        >>> Cells.of(torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0]])).labels.tolist()
        [[0.0, 0.5]]
        """
        total = members.sum(1)
        labels = torch.ones_like(total)[:, None] if label is None else _label_shares(label.to(members))
        return cls(members, labels / total.clamp_min(1)[:, None], total.clamp_max(1))

    @property
    def shape(self) -> tuple[int, int]:
        """The number of groups and of labels."""
        return self.members.shape[1], self.labels.shape[1]

    def sums(self, losses: Tensor, weight: Tensor | None) -> Tensor:
        """Sum the weight, the weighted loss and the squared weight of each cell: shape (3, groups, labels)."""
        each = torch.ones_like(losses) if weight is None else weight
        columns = torch.stack([each, each * losses, each * each], 1)[:, :, None] * self.labels[:, None]
        return (self.members.T @ columns.flatten(1)).view(-1, *columns.shape[1:]).transpose(0, 1)

    def spread(self, factor: Tensor) -> Tensor:
        """Give the factor of each row: that of its cell, a mean for a row in several, 1 for one that is in none."""
        mixed: Tensor = (self.members @ factor * self.labels).sum(1)
        return mixed + (1 - self.known)


def _label_shares(label: Tensor) -> Tensor:
    columns = torch.cat([1 - label, label], 1) if label.shape[1] == 1 else label
    if label.shape[1] > 1 and not torch.allclose(columns.sum(1), columns.new_ones(()), atol=1e-3):
        raise InputError(
            f"CellWeights by label needs one label per row, got {label.shape[1]} questions with a label each. "
            "Weigh by='group'."
        )
    return columns
