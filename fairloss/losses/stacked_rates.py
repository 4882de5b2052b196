"""All rates of a notion at once: their forms, stacked into one small matrix."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.notions import MeanRate, Notion, Rate

__all__ = ["RateValues", "StackedRates"]


@dataclass(frozen=True, slots=True)
class RateValues:
    """Rates by question, rate and group.

    Parameters
    ----------
    values : Tensor of shape (questions, rates, groups)
        Zero where undefined.
    defined : Tensor of bool, same shape
        Whether there is a value.
    among : Tensor, same shape
        The weight of the rows that the rate is a share of (for a mean of rates, of the smallest of them).
    noise : Tensor of the same shape, optional
        The variance of each value as an estimate from so many rows; only where a distance asked for it.
    rows : Tensor of shape (questions, 1, groups), optional
        The weight of all rows of the group.
    """

    values: Tensor
    defined: Tensor
    among: Tensor
    noise: Tensor | None = None
    rows: Tensor | None = None

    @property
    def of(self) -> Tensor:
        """The numerator: value × among, with the gradient of both."""
        return self.values * self.among


class StackedRates:
    """The rates of a notion as one matrix over the cells, so that the number of rates costs nothing.

    Parameters
    ----------
    notion : Notion
        Whose rates.

    Notes
    -----
    The forms are those of the notion, as numbers; the values equal ``rate(counts)`` of `fairloss.notions`.
    """

    def __init__(self, notion: Notion) -> None:
        self.names = tuple(rate.name for rate in notion.rates)
        parts = [rate.rates if isinstance(rate, MeanRate) else (rate,) for rate in notion.rates]
        flat: list[Rate] = [part for rates in parts for part in rates]
        self._size = len(flat)
        forms = [part.of for part in flat] + [part.among for part in flat]
        self._forms = torch.tensor([form.weights for form in forms], dtype=torch.float64)
        self._mixed = len(flat) > len(parts)
        self._owner = torch.tensor([number for number, rates in enumerate(parts) for _ in rates])
        self._placed: dict[tuple[int, torch.dtype, torch.device], tuple[Tensor, Tensor]] = {}

    def __call__(self, cells: Tensor) -> RateValues:
        """Evaluate on cells of shape (questions, groups, labels, 2)."""
        forms, mix = self._place(cells)
        sums = forms @ cells.flatten(-2).transpose(-1, -2)
        of, among = sums[..., : self._size, :], sums[..., self._size :, :]
        defined = among != 0
        values = torch.where(defined, of, 0) / torch.where(defined, among, 1)
        if not self._mixed:
            return RateValues(values, defined, among)
        complete = (mix @ defined.to(mix.dtype)) > 1 - 1e-3
        smallest = torch.stack([among[:, self._owner == owner].amin(1) for owner in range(len(self.names))], dim=1)
        return RateValues(torch.where(complete, mix @ values, 0), complete, smallest)

    def _place(self, cells: Tensor) -> tuple[Tensor, Tensor]:
        """Give the matrices in the type, on the device and for the label axis of the cells."""
        key = (cells.shape[-2], cells.dtype, cells.device)
        if key not in self._placed:
            forms = self._forms[:, : cells.shape[-2]].flatten(1).to(cells)
            owners = torch.nn.functional.one_hot(self._owner, len(self.names)).T.to(cells)
            self._placed[key] = forms, owners / owners.sum(1, keepdim=True)
        return self._placed[key]
