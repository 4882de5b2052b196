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

_TENTHS = 10
"""Batches that renew less of the memory than a tenth move the multipliers proportionally less."""


class ConstraintTerm(ShapedLater):
    """A constraint at work in a criterion: multipliers of shape (questions, rates, groups, sides).

    The sides are the other groups, or the one bound of a level.
    """

    pressure: Tensor
    violation: Tensor

    def __init__(self, notion: Notion, tolerance: float, solver: Solver, margin: float = 0.0) -> None:
        super().__init__("pressure", *(["violation"] if solver.remembers else []))
        self.notion = notion
        self.tolerance = tolerance
        self.margin = margin
        self.solver = solver
        self.rates = StackedRates(notion)
        self.between = notion.comparison.kind != "level"

    def forward(self, evidence: Evidence) -> Tensor:
        """Give what the violations of the soft rates cost; in training, move the multipliers by the deployed ones."""
        with torch.no_grad():
            rates = self.rates(evidence.counts)
            soft = rates[0]
            violation, deployed = self._violations(rates.values, self._allowed(evidence.hard))
            known = soft.defined[..., None]
            before = self.kept("pressure", violation)
            price, cost = self.solver.price(before, violation, known * known.mT if self.between else known)
            slopes = evidence.row_slopes(self.rates.slope(evidence.soft, soft, self._net(price)))
            decision = evidence.behind.soft.detach()
            cost = cost.sum().to(decision.dtype)
            if self.training:
                among = rates.among[int(self.solver.reads_hard)]
                self._ascend(before, deployed if self.solver.reads_hard else violation, among, evidence)
        return cost + (slopes * (evidence.behind.soft - decision)).sum()  # 0, with the gradient of the cost

    def multipliers(self) -> Tensor | None:
        """Give the signed pressure on each group's rate, (questions, rates, groups): above 0 pushes it down."""
        return self._net(self.pressure) if self.pressure.numel() else None

    def noise(self, cells: Tensor) -> Tensor:
        """Estimate the variance of each rate from counts of decisions that are 0 or 1, (questions, rates, groups)."""
        none, some = cells.unbind(-1)
        return self.rates.noise(cells, torch.stack([none, torch.zeros_like(none), some], dim=-1))

    def _allowed(self, cells: Tensor) -> Tensor | float:
        """Give the gap that is allowed: the tolerance, less the margin for the noise of these counts."""
        if not self.margin or cells.shape[-2] == 1:  # without labels decisions are numbers of any size
            return self.tolerance
        noise = self.noise(cells)
        error = (noise[..., None] + noise[..., None, :]).sqrt_()
        return error.mul_(-self.margin).add_(self.tolerance).clamp_min_(self.tolerance / 2)

    def _violations(self, rates: Tensor, allowed: Tensor | float) -> tuple[Tensor, Tensor]:
        """Give by how much each constraint is violated, by the soft and by the deployed decisions."""
        sides = rates[..., None]
        gaps = (sides - rates[..., None, :] if self.between else sides) - allowed
        return gaps[0], gaps[1]

    def _ascend(self, before: Tensor, violation: Tensor, among: Tensor, evidence: Evidence) -> None:
        """Move each multiplier in proportion to the share of rows behind it: none where a rate is undefined."""
        renewal = (evidence.fade.clamp_min(1 - 1 / _TENTHS) - 1) * -_TENTHS
        share = among * (renewal / evidence.known)
        pace = _paired_pace(share) if self.between else share[..., None]
        last = violation
        if self.solver.remembers:
            last = self.kept("violation", violation) if self.violation.numel() else violation
            self.keep("violation", violation)
        self.keep("pressure", self.solver.ascend(before, violation, last, pace))

    def _net(self, pressure: Tensor) -> Tensor:
        return pressure.sum(-1) - pressure.sum(-2) if self.between else pressure.sum(-1)


def _paired_pace(among: Tensor) -> Tensor:
    """Give half the harmonic mean of the rows of two groups, less for a group that has many opponents.

    A multiplier moves the rate of a cell the more, the fewer rows share the pull. Steps in proportion to the rows give
    every constraint the same feedback, whether its cell holds half of the rows or a hundredth, and a cell of few rows,
    whose rate is noise, moves little.
    """
    mine, theirs = among[..., None], among[..., None, :]
    part = theirs / (mine + theirs).clamp_min(1e-12)
    opponents = (part.sum(-1, keepdim=True) * 2 - 1).clamp_min(1)
    return part * mine / torch.maximum(opponents, opponents.mT)
