"""How far the values of one group must be moved to be distributed as those of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.row_distances.frequencies import counted, positive
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample

__all__ = ["Wasserstein"]


@dataclass(frozen=True, slots=True)
class Wasserstein(RowDistance):
    r"""Compare whole distributions by their quantiles, in units of the values.

    :math:`\sum_g \pi_g \int_0^1 |Q_g(u) - Q(u)|^p du`, where :math:`\pi_g` is the share of group g and Q the quantile
    function of the mixture of all groups. The integral is exact for any sizes and weights: it runs over the levels of
    both distributions together. For two groups and p = 1 it is :math:`2 \pi_0 \pi_1 W_1(P_0, P_1)`. Groups that do not
    differ read above 0 on minibatches, the more the smaller they are; `Energy` does not. Source: Jiang, Pacchiano,
    Stepleton, Jiang & Chiappa (2020), Wasserstein fair classification.

    Parameters
    ----------
    order : int
        p: 2 is smooth where distributions meet, 1 is the plain distance.

    Raises
    ------
    InputError
        If the order is not 1 or 2.

    Examples
    --------
    >>> groups = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> sample = RowSample(torch.tensor([0.2, 0.6]), groups, torch.ones(2))
    >>> round(Wasserstein(order=1)(sample).item(), 4)
    0.2
    """

    order: int = 2
    frequencies: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the settings."""
        if self.order not in (1, 2):
            raise InputError(f"The order of Wasserstein is 1 or 2, got {self.order!r}. 2 is the smooth one.")

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the share-weighted mean distance of the groups to all rows."""
        rows = counted(sample, "Wasserstein", continuous=False)
        if not len(rows.values):
            return rows.values.sum()
        values, order = rows.values.sort()
        members = (rows.attribute * rows.weight[:, None])[order]
        sums, together = members.cumsum(0).T.contiguous(), members.sum(1).cumsum(0)
        levels = sums / positive(sums[:, -1:])
        pooled = (together / positive(together[-1])).expand_as(levels).contiguous()
        cuts = torch.cat([torch.zeros_like(levels[:, :1]), levels, pooled], dim=1).sort(1).values
        # a quantile function is constant between two cuts: the value whose level is the first above the lower one
        lower = cuts[:, :-1].contiguous()
        mine, theirs = (
            values[torch.searchsorted(level, lower, right=True).clamp_max(len(values) - 1)]
            for level in (levels, pooled)
        )
        gaps = (mine - theirs).abs() if self.order == 1 else (mine - theirs).square()
        share = sums[:, -1] / positive(together[-1])
        return share @ (gaps * cuts.diff(dim=1)).sum(1)
