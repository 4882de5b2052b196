"""All rates of a notion at once: their forms, stacked into one small matrix."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.notions import MeanRate, Notion, Rate
from fairloss.notions.forms import ROWS

__all__ = ["RateValues", "StackedRates"]

_NEGLIGIBLE = 1e-9
"""A rate among less than this share of a group's rows is undefined: soft decisions are never exactly 0."""
_TINY = 1e-30


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
        The variance of each value as an estimate from so many rows, infinite where it cannot be estimated (one row);
        only where a distance asked for it.
    rows : Tensor of shape (questions, 1, groups), optional
        The weight of all rows of the group.
    numerator : Tensor of the same shape as the values, optional
        What is divided by ``among``.
    """

    values: Tensor
    defined: Tensor
    among: Tensor
    noise: Tensor | None = None
    rows: Tensor | None = None
    numerator: Tensor | None = None

    @property
    def of(self) -> Tensor:
        """The numerator; of a mean of rates, value × among."""
        return self.values * self.among if self.numerator is None else self.numerator

    def __getitem__(self, place: int) -> RateValues:
        """Take one along the first axis, such as that of the soft and of the deployed decisions."""
        return RateValues(self.values[place], self.defined[place], self.among[place])


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
        forms = [part.of for part in flat] + [part.among for part in flat] + [ROWS]
        self._forms = torch.tensor([form.weights for form in forms], dtype=torch.float64)
        self._mixed = len(flat) > len(parts)
        self._owner = torch.tensor([number for number, rates in enumerate(parts) for _ in rates])
        self._placed: dict[tuple[int, torch.dtype, torch.device], tuple[Tensor, Tensor, Tensor]] = {}

    def __call__(self, cells: Tensor) -> RateValues:
        """Evaluate on cells of shape (..., groups, labels, 2)."""
        of, among, rows = self._sums(cells)
        defined = among > _NEGLIGIBLE * rows
        if cells.requires_grad:  # where() would multiply the infinite slope of 0 / 0 by 0
            values = torch.where(defined, of, 0) / torch.where(defined, among, 1)
        else:
            values = torch.where(defined, of / among, 0)
        if not self._mixed:
            return RateValues(values, defined, among, rows=rows, numerator=of)
        mix = self._place(cells)[2]
        complete = (mix @ defined.to(mix.dtype)) > 1 - 1e-3
        smallest = torch.stack([among[..., self._owner == owner, :].amin(-2) for owner in range(len(self.names))], -2)
        return RateValues(torch.where(complete, mix @ values, 0), complete, smallest, rows=rows)

    def slope(self, cells: Tensor, rates: RateValues, price: Tensor) -> Tensor:
        """Give what the sum of price × rate gains where weight moves from unfavorable to favorable decisions.

        It is the residual form of the rate: a unit of weight in a cell moves a rate by
        ``(of - value * among) / (weight among)``.

        Parameters
        ----------
        cells : Tensor of shape (questions, groups, labels, 2)
            Without a gradient.
        rates : RateValues
            The rates of these cells.
        price : Tensor of shape (questions, rates, groups)
            0 where a rate is undefined.

        Returns
        -------
        Tensor of shape (labels, questions, groups)
        """
        _, turns, mix = self._place(cells)
        values, among = rates.values, rates.among
        if self._mixed:
            of, among, _ = self._sums(cells)
            values, price = of / among.clamp_min(_TINY), mix.T @ price
        pull = price / among.clamp_min(_TINY)
        stacked = torch.cat([pull, pull * values], dim=-2).transpose(0, 1)
        return (turns @ stacked.flatten(1)).view(len(turns), *stacked.shape[1:])

    def noise(self, cells: Tensor, squares: Tensor) -> Tensor:
        """Estimate the variance of each rate, of shape (questions, rates, groups).

        For rows of weight w whose residual is ``e = of - value * among`` it is, without bias,
        ``sum(w e²) / (sum(w among)² - sum(w among²))``, a weight being a number of rows; for a plain rate of n rows
        this is the variance of the rows divided by n.

        Parameters
        ----------
        cells : Tensor of shape (questions, groups, labels, 2)
        squares : Tensor of shape (questions, groups, labels, 3)
            See `BatchCounts`.
        """
        forms, _, mix = self._place(cells)
        of, among, rows = self._sums(cells)
        defined = among > _NEGLIGIBLE * rows
        values = torch.where(defined, of, 0) / torch.where(defined, among, 1)
        pairs = forms[:-1].view(2, self._size, 1, cells.shape[-2], 2)
        residual = pairs[0] - values[..., None, None] * pairs[1]
        spread = (_crossed(residual) * squares[:, None]).sum((-1, -2))
        free = among * among - (_crossed(pairs[1]) * squares[:, None]).sum((-1, -2))
        enough = free > 1e-6 * among * among
        noise = torch.where(enough, spread, 0) / torch.where(enough, free, 1)
        if self._mixed:
            noise, enough = (mix * mix) @ noise, (mix @ enough.to(mix.dtype)) > 1 - 1e-3
        return torch.where(enough, noise, torch.inf)

    def _sums(self, cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give numerators, denominators and rows, each of shape (..., forms, groups)."""
        *questions, groups, labels, sides = cells.shape
        table = cells.movedim((-2, -1), (0, 1)).reshape(labels * sides, -1)
        sums = (self._place(cells)[0] @ table).view(-1, *questions, groups)
        of, among, rows = sums.split_with_sizes([self._size, self._size, 1])
        return of.movedim(0, -2), among.movedim(0, -2), rows.movedim(0, -2)

    def _place(self, cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give the forms; what a turn of decisions adds to numerators and takes from denominators; what mixes parts.

        They come in the type, on the device and for the label axis of the cells.
        """
        key = (cells.shape[-2], cells.dtype, cells.device)
        if key not in self._placed:
            with torch.inference_mode(False):
                forms = self._forms[:, : cells.shape[-2]].flatten(1).to(cells.device, cells.dtype)
                owners = torch.nn.functional.one_hot(self._owner, len(self.names)).T.to(cells.device, cells.dtype)
                turns = forms[:-1].view(2, self._size, -1, 2).diff(dim=-1)[..., 0]
                turns = torch.cat([turns[0], -turns[1]]).T.contiguous()
                self._placed[key] = forms, turns, owners / owners.sum(1, keepdim=True)
        return self._placed[key]


def _crossed(sides: Tensor) -> Tensor:
    """Give the coefficients of (1 - d)², (1 - d) d and d² in the square of a (1 - d) + b d."""
    no, yes = sides.unbind(-1)
    return torch.stack([no * no, 2 * no * yes, yes * yes], dim=-1)
