"""Which iterate of a training is worth keeping: the rule, whatever measured the iterates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan

from fairloss.losses.constraint import Constraint
from fairloss.losses.penalty import Penalty

__all__ = ["Verdict", "excess", "reason"]


@dataclass(frozen=True)
class Verdict:
    """What held-out rows say about an iterate.

    Parameters
    ----------
    loss : float
        The base loss.
    gaps : mapping of str to float
        For each term the gap of the deployed decisions; NaN where it is undefined.
    violation : float
        The largest excess of such a gap over its tolerance; 0 where all are met, NaN where none is defined.
    constant : bool
        Whether all rows got the same decision although their labels differ.
    pressure : float
        The largest multiplier of the criterion at that time; NaN without constraints.

    Examples
    --------
    >>> fair, unfair = Verdict(0.50, {"gap": 0.03}, 0.0, False), Verdict(0.45, {"gap": 0.11}, 0.08, False)
    >>> fair.cost(price=1.0) < unfair.cost(price=1.0)
    True
    """

    loss: float
    gaps: Mapping[str, float]
    violation: float
    constant: bool
    pressure: float = nan

    @property
    def feasible(self) -> bool | None:
        """Whether all constraints hold on these rows; None where no gap is defined."""
        return None if isnan(self.violation) else self.violation == 0

    @property
    def price(self) -> float:
        """What a violation of 1 costs in units of the base loss: twice the largest multiplier, and at least 1.

        Any price above the multipliers of the solution makes that solution the cheapest (an exact penalty).
        """
        return 1.0 if isnan(self.pressure) else max(1.0, 2 * self.pressure)

    def cost(self, price: float) -> tuple[bool, bool, float]:
        """Give what is minimized: no broken and no constant classifier, then loss + price × violation."""
        violation = 0.0 if isnan(self.violation) else self.violation
        return (not isfinite(self.loss), self.constant, self.loss + price * violation)


def excess(gaps: Mapping[str, float], terms: Sequence[Constraint | Penalty]) -> float:
    """Give the largest excess of a gap over its tolerance; the gaps are in the order of the terms.

    Examples
    --------
    >>> excess({"demographic_parity": 0.25}, [Constraint("demographic_parity", tolerance=0.125)])
    0.125
    """
    bounds = [
        (gap, term.tolerance) for gap, term in zip(gaps.values(), terms, strict=True) if isinstance(term, Constraint)
    ]
    beyond = [max(gap - tolerance, 0.0) for gap, tolerance in bounds if not isnan(gap)]
    return max(beyond, default=nan if bounds else 0.0)


def reason(history: Sequence[Verdict], best: Verdict) -> str:
    """Say why this iterate was kept, to follow "on held-out rows"."""
    met = sum(bool(verdict.feasible) and not verdict.constant for verdict in history)
    if best.constant:
        return "all people get the same decision, as from every other iterate: fair by being useless"
    if best.feasible is None:
        return "no gap is defined, so nothing is known about the tolerances"
    if not best.gaps:
        return "no other iterate has a lower loss"
    if best.feasible:
        return f"the tolerances are met, as by {met} of {len(history)} iterates"
    if met:
        return f"a gap is {best.violation:.3f} beyond its tolerance; the {met} iterates that meet it lose far more"
    return f"a gap is {best.violation:.3f} beyond its tolerance, and no iterate meets it"
