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
_Placed = tuple[Tensor, tuple[Tensor, Tensor], Tensor]


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
        forms = [part.of for part in flat] + [part.among for part in flat] + [ROWS, _NEGLIGIBLE * ROWS]
        self._forms = torch.tensor([form.weights for form in forms], dtype=torch.float64)
        self._mixed = len(flat) > len(parts)
        self._owner = torch.tensor([number for number, rates in enumerate(parts) for _ in rates])
        self._placed: dict[tuple[int, torch.dtype, torch.device], _Placed] = {}

    def __call__(self, cells: Tensor) -> RateValues:
        """Evaluate on cells of shape (..., groups, labels, 2)."""
        of, among, rows, least = self._sums(cells)
        defined = least < among
        values = of / among.clamp_min(_TINY) * defined  # 0 / 0 and its slope would be no numbers
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
        _, (gained, taken), mix = self._place(cells)
        values, among = rates.values, rates.among
        if self._mixed:
            of, among, _, _ = self._sums(cells)
            values, price = of / among.clamp_min(_TINY), mix.T @ price
        return (price / among.clamp_min(_TINY) * (gained - values * taken)).sum(-2)

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
        of, among, _, least = self._sums(cells)
        values = torch.where(among > least, of / among.clamp_min(_TINY), 0)
        pairs = forms[:-2].view(2, self._size, *forms.shape[1:])
        residual = pairs[0] - values[..., None, None] * pairs[1]
        spread = (_crossed(residual) * squares[:, None]).sum((-1, -2))
        free = among * among - (_crossed(pairs[1]) * squares[:, None]).sum((-1, -2))
        enough = free > 1e-6 * among * among
        noise = torch.where(enough, spread, 0) / torch.where(enough, free, 1)
        if self._mixed:
            noise, enough = (mix * mix) @ noise, (mix @ enough.to(mix.dtype)) > 1 - 1e-3
        return torch.where(enough, noise, torch.inf)

    def _sums(self, cells: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Give numerators, denominators, rows and the negligible part of these, each of shape (..., forms, groups)."""
        sums = (cells.unsqueeze(-4) * self._place(cells)[0]).sum((-1, -2))
        of, among, rows, least = sums.split_with_sizes([self._size, self._size, 1, 1], -2)
        return of, among, rows, least

    def _place(self, cells: Tensor) -> _Placed:
        """Give the forms; what a turn of decisions adds to numerators and takes from denominators; what mixes parts.

        They come in the type, on the device and for the label axis of the cells.
        """
        key = (cells.shape[-2], cells.dtype, cells.device)
        if key not in self._placed:
            with torch.inference_mode(False):
                forms = self._forms[:, None, : cells.shape[-2]].to(cells.device, cells.dtype)
                owners = torch.nn.functional.one_hot(self._owner, len(self.names)).T.to(cells.device, cells.dtype)
                turns = forms[:-2].diff(dim=-1).view(2, self._size, 1, -1, 1).transpose(1, 3).contiguous()
                self._placed[key] = forms, (turns[0], turns[1]), owners / owners.sum(1, keepdim=True)
        return self._placed[key]


def _crossed(sides: Tensor) -> Tensor:
    """Give the coefficients of (1 - d)², (1 - d) d and d² in the square of a (1 - d) + b d."""
    no, yes = sides.unbind(-1)
    return torch.stack([no * no, 2 * no * yes, yes * yes], dim=-1)
