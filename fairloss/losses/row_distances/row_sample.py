"""What a distance between whole distributions looks at: the rows on which one rate of a notion is compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

__all__ = ["RowDistance", "RowSample"]


@dataclass(frozen=True, slots=True)
class RowSample:
    """Rows of a batch, one number each, with what is known about the person's group.

    Parameters
    ----------
    values : Tensor of shape (n,)
        What should not depend on the group, with a gradient: usually the soft decision.
    attribute : Tensor of shape (n, G) or (n, d)
        Shares of membership in [0, 1]; or, where ``continuous``, the values of a continuous attribute.
    weight : Tensor of shape (n,)
        How many rows each row stands for: a row of weight 2 is that row twice, one of weight 0 is not there. It is 0
        where the attribute is unknown and where the notion leaves the row out, as equal opportunity does with rows
        whose label is unfavorable.
    label : Tensor of shape (n,) or None
        What would have been right, in [0, 1]; None in regression.
    continuous : bool
        Whether the attribute is a number and no group.
    """

    values: Tensor
    attribute: Tensor
    weight: Tensor
    label: Tensor | None = None
    continuous: bool = False


class RowDistance(ABC):
    """How far the values are from being independent of the attribute: a number that needs rows, not counts.

    A distance is a value without state; one that has parameters gives a module in `bind`.
    """

    categorical: ClassVar[bool] = True
    """Whether it takes groups."""
    continuous: ClassVar[bool] = False
    """Whether it takes a continuous attribute."""
    needs_label: ClassVar[bool] = False
    """Whether it compares values with labels."""
    frequencies: ClassVar[bool] = False
    """Whether it looks at pairs of different rows, for which a weight is a number of copies."""

    @abstractmethod
    def __call__(self, sample: RowSample) -> Tensor:
        """Give the distance, a scalar; exactly 0 with zero gradient where there is nothing to compare."""

    def bind(self, width: int) -> RowDistance | nn.Module:
        """Give what computes it inside one criterion, for an attribute of ``width`` groups or numbers."""
        return self
