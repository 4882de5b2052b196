"""A penalty: a fixed weight on how far apart the groups are."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from torch import Tensor, nn

from fairloss.errors import InputError
from fairloss.losses.distances import Distance, resolve_distance
from fairloss.losses.memory import Evidence
from fairloss.losses.stacked_rates import StackedRates
from fairloss.notions import MeanRate, Notion, Rate, resolve

__all__ = ["Penalty"]


@dataclass(frozen=True, slots=True)
class Penalty:
    """Add a multiple of the distance between the groups to the loss.

    A weight means something different for each data set and model; ask for a tolerance (`Constraint`) unless you know
    the weight. The distance is evaluated at the rates of the memory and the batch together, the gradient comes from
    the batch: a distance of noisy batch rates would read far above zero for a model that is fair.

    Parameters
    ----------
    notion : str, Notion or Rate
        What should not depend on the group.
    weight : float
        The multiple, 0 or more.
    distance : str or callable
        ``"squared"``: the sum over rates and groups of share × (rate of the group - overall rate)².
        ``"total_gap"`` and ``"worst_gap"``: the sum and the largest of |rate of the group - overall rate|. Or a
        function of two `RateValues`, by group and overall, such as `GapNorm`.
    attribute : str, optional
        The attribute, where the criterion watches several.

    Raises
    ------
    InputError
        If the weight is negative, or if the notion does not compare groups.

    Examples
    --------
    >>> Penalty("demographic_parity", weight=0.5).notion.name
    'demographic_parity'
    """

    notion: Notion
    weight: float
    distance: Distance
    attribute: str | None

    def __init__(
        self,
        notion: str | Notion | Rate | MeanRate,
        weight: float,
        *,
        distance: str | Distance = "squared",
        attribute: str | None = None,
    ) -> None:
        resolved = resolve(notion)
        if not (weight >= 0 and isfinite(weight)):
            raise InputError(f"The weight of a Penalty must be 0 or more, got {weight!r}. 0 turns it off.")
        if resolved.comparison.kind == "level":
            raise InputError(
                f"A Penalty compares groups, but {resolved.name} bounds the level in each. Use it in a Constraint."
            )
        for name, value in (
            ("notion", resolved),
            ("weight", float(weight)),
            ("distance", resolve_distance(distance)),
            ("attribute", attribute),
        ):
            object.__setattr__(self, name, value)

    def bind(self) -> PenaltyTerm:
        """Make the module that computes this penalty inside one criterion."""
        return PenaltyTerm(self)


class PenaltyTerm(nn.Module):
    """A penalty at work in a criterion; it has no state of its own."""

    def __init__(self, penalty: Penalty) -> None:
        super().__init__()
        self.term = penalty
        self.rates = StackedRates(penalty.notion)

    def forward(self, evidence: Evidence) -> Tensor:
        """Give weight × distance."""
        overall = self.rates(evidence.live.sum(1, keepdim=True))
        return self.term.weight * self.term.distance(self.rates(evidence.live), overall)

    def update(self, evidence: Evidence) -> None:
        """Learn nothing: the weight is fixed."""

    def multipliers(self) -> Tensor | None:
        """Give none: the weight is fixed."""
        return None
