"""A constraint at work: multipliers that follow the violations, and the gradient that they ask for."""

from __future__ import annotations

import torch
from torch import Tensor

from fairloss.losses.memory import Evidence
from fairloss.losses.solvers import Solver
from fairloss.losses.stacked_rates import StackedRates
from fairloss.losses.state import ShapedLater
from fairloss.notions import Notion

__all__ = ["ConstraintTerm"]

_RENEWAL = 0.1
"""Batches that renew less of the memory than this move the multipliers proportionally less."""


class ConstraintTerm(ShapedLater):
    """A constraint at work in a criterion: multipliers of shape (questions, rates, groups, sides).

    The sides are the other groups, or the one bound of a level.
    """

    pressure: Tensor
    violation: Tensor

    def __init__(self, notion: Notion, tolerance: float, solver: Solver) -> None:
        super().__init__("pressure", "violation")
        self.notion = notion
        self.tolerance = tolerance
        self.solver = solver
        self.rates = StackedRates(notion)
        self.between = notion.comparison.kind != "level"

    def forward(self, evidence: Evidence) -> Tensor:
        """Give what the violations of the soft rates cost; in training, move the multipliers by the deployed ones."""
        with torch.no_grad():
            rates = self.rates(evidence.counts)
            values, known = rates.values[..., None], rates.defined[..., None]
            if self.between:
                values, known = values - values.transpose(-1, -2), known & known.transpose(-1, -2)
            violation = values - self.tolerance
            pressure = self.pressure.to(violation) if self.pressure.numel() else torch.zeros_like(violation[0])
            price, cost = self.solver.price(pressure, violation[0])
            slope = self.rates.slope(evidence.soft, self._net(torch.where(known[0], price, 0)))
            cost = torch.where(known[0], cost, 0).sum()
            if self.training:
                self._ascend(evidence, rates.among, violation, known, pressure)
        return cost + (slope * evidence.change).sum()

    def multipliers(self) -> Tensor | None:
        """Give the signed pressure on each group's rate, (questions, rates, groups): above 0 pushes it down."""
        return self._net(self.pressure) if self.pressure.numel() else None

    def _ascend(self, evidence: Evidence, among: Tensor, violation: Tensor, known: Tensor, pressure: Tensor) -> None:
        """Move each multiplier in proportion to the share of rows behind it."""
        read = int(self.solver.reads_hard)
        share = among[read][..., None] / evidence.counts[1].sum().clamp_min(1e-12)
        pace = _paired_pace(share) if self.between else share
        pace = torch.where(known[read], pace * (evidence.renewal / _RENEWAL).clamp_max(1), 0)
        last = self.violation.to(violation) if self.violation.numel() else violation[read]
        self.violation = violation[read]
        self.pressure = self.solver.ascend(pressure, violation[read], last, pace)

    def _net(self, pressure: Tensor) -> Tensor:
        return pressure.sum(-1) - pressure.sum(-2) if self.between else pressure.sum(-1)


def _paired_pace(share: Tensor) -> Tensor:
    """Give half the harmonic mean of the two groups' shares, less for a group that has many opponents.

    A multiplier moves the rate of a cell the more, the fewer rows share the pull. Steps in proportion to the rows give
    every constraint the same feedback, whether its cell holds half of the rows or a hundredth, and a cell of few rows,
    whose rate is noise, moves little.
    """
    among = (share + share.transpose(-1, -2)).clamp_min(1e-12)
    theirs = share.transpose(-1, -2) / among
    opponents = (2 * theirs.sum(-1, keepdim=True) - 1).clamp_min(1)
    return share * theirs / torch.maximum(opponents, opponents.transpose(-1, -2))
