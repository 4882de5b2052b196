"""Which iterate of a training is worth keeping: the rule, whatever measured the iterates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan

from fairloss.losses.constraint import Constraint
from fairloss.losses.penalty import Penalty

__all__ = ["Verdict", "reason", "worst_violation"]

_LEAST_PRICE = 3.0


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
    training_violation : float
        The violation on the training rows, by the same decisions; NaN where it was not looked at.

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
    training_violation: float = nan

    @property
    def feasible(self) -> bool | None:
        """Whether all constraints hold on these rows; None where no gap is defined."""
        return None if isnan(self.violation) else self.violation == 0

    @property
    def price(self) -> float:
        """What a violation of 1 costs in units of the base loss: twice the largest multiplier, and at least 3.

        Any price above the multipliers of the solution makes that solution the cheapest (an exact penalty). Early
        iterates, whose multipliers are still small, have the lower loss on held-out rows: the least price keeps them
        from being bought.
        """
        return _LEAST_PRICE if isnan(self.pressure) else max(_LEAST_PRICE, 2 * self.pressure)

    @property
    def excess(self) -> float:
        """The worse of the two violations; 0 where neither is defined.

        Held-out rows see what was learned by heart, but a small group has few of them; the training rows are more, so
        that a gap which is met by chance on the held-out ones alone does not count as met.
        """
        return max((part for part in (self.violation, self.training_violation) if not isnan(part)), default=0.0)

    def cost(self, price: float) -> tuple[bool, bool, float]:
        """Give what is minimized: no broken and no constant classifier, then loss + price × excess."""
        return (not isfinite(self.loss), self.constant, self.loss + price * self.excess)


def worst_violation(gaps: Mapping[str, float], terms: Sequence[Constraint | Penalty]) -> float:
    """Give the largest excess of a gap over its tolerance; the gaps are in the order of the terms.

    Examples
    --------
    >>> worst_violation({"demographic_parity": 0.25}, [Constraint("demographic_parity", tolerance=0.125)])
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
    by = f"{best.violation:.3f}" if best.violation >= 0.0005 else "less than 0.001"
    if met:
        return f"a gap is {by} beyond its tolerance; the {met} iterates that meet it lose far more"
    return f"a gap is {by} beyond its tolerance, and no iterate meets it"
