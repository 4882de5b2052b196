"""A constraint: a tolerance that the groups' decisions must keep, and the multipliers that find the weight."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.memory import Evidence
from fairloss.losses.stacked_rates import RateValues, StackedRates
from fairloss.losses.state import ShapedLater
from fairloss.notions import MeanRate, Notion, Rate, resolve

__all__ = ["Constraint"]

_RENEWAL = 0.1
"""Batches that renew less of the memory than this move the multipliers proportionally less."""


@dataclass(frozen=True, slots=True)
class Constraint:
    r"""Keep the gap between any two groups within a tolerance, at the decision.

    For each rate of the notion and each ordered pair of groups (a, b) the constraint is
    :math:`m_a - m_b \le \text{tolerance}`: signed, linear in the rates, and together exactly "the worst gap between
    groups is within the tolerance". A notion that bounds a level (bounded group loss) has the constraints
    :math:`m_a \le \text{tolerance}`.

    Each constraint has a multiplier :math:`\lambda_{ab} \ge 0`. The model descends
    :math:`\sum \lambda_{ab} (m_a - m_b - \text{tolerance})` with the rates of soft decisions; the multipliers ascend
    the same with the rates of *hard* decisions, read from the memory of the criterion (the proxy-Lagrangian of Cotter
    et al., 2019, Optimization with non-differentiable constraints), because a soft gap that is met says little about
    the gap in decisions.

    Parameters
    ----------
    notion : str, Notion or Rate
        What should not depend on the group; one that compares by difference between groups, or bounds a level.
    tolerance : float
        The largest gap that is accepted, 0 or more, in units of the rate.
    attribute : str, optional
        The attribute, where the criterion watches several.
    dual_step : float
        How much a multiplier moves per step for a gap of 1 beyond the tolerance and a pair of groups that holds all
        rows; pairs of small groups move in proportion. Batches smaller than a tenth of the memory move it less, in
        proportion too, so that it means the same at each batch size.
    max_multiplier : float
        No multiplier grows beyond; in units of the base loss per unit of the rate.

    Raises
    ------
    InputError
        If the tolerance is negative or the notion compares groups in another way.

    Examples
    --------
    >>> Constraint("equalized_odds", tolerance=0.03).tolerance
    0.03
    """

    notion: Notion
    tolerance: float
    attribute: str | None
    dual_step: float
    max_multiplier: float

    def __init__(
        self,
        notion: str | Notion | Rate | MeanRate,
        tolerance: float,
        *,
        attribute: str | None = None,
        dual_step: float = 0.2,
        max_multiplier: float = 10.0,
    ) -> None:
        resolved = resolve(notion)
        if not (tolerance >= 0 and isfinite(tolerance)):
            raise InputError(
                f"The tolerance of a Constraint is a gap of 0 or more, got {tolerance!r}. 0.05 means five points."
            )
        comparison = resolved.comparison
        if comparison.kind != "level" and (comparison.kind, comparison.method) != ("difference", "between_groups"):
            raise InputError(
                f"A Constraint takes a notion that compares by difference between_groups or bounds a level, got "
                f"{resolved.name} with {comparison.kind!r} {comparison.method!r}. Give the notion such a comparison."
            )
        for option, size in (("dual_step", dual_step), ("max_multiplier", max_multiplier)):
            if not size > 0:
                raise InputError(
                    f"The {option} of a Constraint must be above 0, got {size!r}. Leave it at its default."
                )
        for name, value in (
            ("notion", resolved),
            ("tolerance", float(tolerance)),
            ("attribute", attribute),
            ("dual_step", float(dual_step)),
            ("max_multiplier", float(max_multiplier)),
        ):
            object.__setattr__(self, name, value)

    def bind(self) -> ConstraintTerm:
        """Make the module that holds the multipliers of this constraint inside one criterion."""
        return ConstraintTerm(self)


class ConstraintTerm(ShapedLater):
    """A constraint at work in a criterion: multipliers of shape (questions, rates, groups, sides).

    The sides are the other groups, or the one bound of a level.
    """

    pressure: Tensor

    def __init__(self, constraint: Constraint) -> None:
        super().__init__("pressure")
        self.term = constraint
        self.rates = StackedRates(constraint.notion)
        self.between = constraint.notion.comparison.kind != "level"

    def forward(self, evidence: Evidence) -> Tensor:
        """Give the sum of multiplier × violation of the soft rates."""
        if self.pressure.numel() == 0:
            return evidence.live.new_zeros(())
        rates = self.rates(evidence.live)
        active = torch.where(self._known(rates), self.pressure.to(rates.values), 0)
        return (self._net(active) * rates.values).sum() - self.term.tolerance * active.sum()

    @torch.no_grad()
    def update(self, evidence: Evidence) -> None:
        """Move each multiplier by the violation of the hard rates, in proportion to the share of rows behind it."""
        rates = self.rates(evidence.hard)
        share = (rates.among / evidence.hard[0].sum().clamp_min(1e-12))[..., None]
        values, pace = rates.values[..., None], share
        if self.between:
            values = values - values.transpose(-1, -2)
            pace = _paired_pace(share)
        step = self.term.dual_step * (evidence.renewal / _RENEWAL).clamp_max(1)
        ascent = torch.where(self._known(rates), step * pace * (values - self.term.tolerance), 0)
        before = self.pressure.to(ascent) if self.pressure.numel() else 0
        self.pressure = (before + ascent).clamp(0, self.term.max_multiplier)

    def multipliers(self) -> Tensor | None:
        """Give the signed pressure on each group's rate, (questions, rates, groups): above 0 pushes it down."""
        return self._net(self.pressure) if self.pressure.numel() else None

    def _known(self, rates: RateValues) -> Tensor:
        """Tell which constraints have all their rates."""
        sides = rates.defined[..., None]
        return sides & rates.defined[..., None, :] if self.between else sides

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
