"""What a batch really holds: the rates of a notion by loops over groups, so that a check knows what to expect."""

from __future__ import annotations

from math import nan

import torch
from torch import Tensor

from fairloss.notions import MeanRate, Notion, Rate

__all__ = ["group_rates", "largest_gap"]


def group_rates(notion: Notion, decision: Tensor, label: Tensor, codes: Tensor) -> Tensor:
    """Compute each rate of a notion in each group, NaN where undefined.

    Parameters
    ----------
    notion : Notion
        Whose rates.
    decision, label : Tensor of shape (n,) or (n, k)
        Shares in [0, 1]; k questions.
    codes : Tensor of shape (n,)
        Groups.

    Returns
    -------
    Tensor of shape (k, rates, groups)

    Examples
    --------
    >>> from fairloss.notions import NOTIONS
    >>> decision, label, codes = torch.tensor([1.0, 0.0, 1.0]), torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0, 0, 1])
    >>> group_rates(NOTIONS["equalized_odds"], decision, label, codes).tolist()
    [[[0.5, nan], [nan, 1.0]]]
    """
    asked = zip(_columns(decision), _columns(label), strict=True)
    rates = [
        [[_value(rate, d[codes == g], y[codes == g]) for g in range(int(codes.max()) + 1)] for rate in notion.rates]
        for d, y in asked
    ]
    return torch.tensor(rates, dtype=torch.float64)


def largest_gap(rates: Tensor) -> float:
    """Give the largest difference between two groups in any rate; undefined rates count for nothing.

    Examples
    --------
    >>> largest_gap(torch.tensor([[[0.5, nan, 0.75]]]))
    0.25
    """
    gap = rates.nan_to_num(nan=-torch.inf).amax(-1) - rates.nan_to_num(nan=torch.inf).amin(-1)
    return float(gap.clamp_min(0).max())


def _columns(values: Tensor) -> tuple[Tensor, ...]:
    return (values,) if values.ndim == 1 else values.unbind(1)


def _value(rate: Rate | MeanRate, decision: Tensor, label: Tensor) -> float:
    if isinstance(rate, MeanRate):
        parts = [_value(part, decision, label) for part in rate.rates]
        return sum(parts) / len(parts)
    cells = [[((given * said).sum()).item() for said in (1 - decision, decision)] for given in (1 - label, label)]
    of, among = (
        sum(form.weights[given][said] * cells[given][said] for given in (0, 1) for said in (0, 1))
        for form in (rate.of, rate.among)
    )
    return float(of / among) if among else nan
