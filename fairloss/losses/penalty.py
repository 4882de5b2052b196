"""A penalty: a fixed weight on how far apart the groups are."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import SupportsFloat

from fairloss.errors import InputError, UnknownName
from fairloss.losses.distances import DISTANCES, Distance
from fairloss.losses.measures import check_measure
from fairloss.losses.membership import Attribute
from fairloss.losses.penalty_terms import PenaltyTerm, RowPenaltyTerm, check_rates_for_rows
from fairloss.losses.row_distances import ROW_DISTANCES
from fairloss.losses.row_distances.row_sample import RowDistance
from fairloss.notions import MeanRate, Notion, Rate, resolve

__all__ = ["Penalty"]


@dataclass(frozen=True, slots=True)
class Penalty:
    """Add a multiple of the distance between the groups to the loss.

    A weight means something different for each data set and model; ask for a tolerance (`Constraint`) unless you know
    the weight. A distance between rates is evaluated at the rates of the memory and the batch together, the gradient
    comes from the batch: a distance of noisy batch rates would read far above zero for a model that is fair. A distance
    between whole distributions, such as ``"energy"``, looks at the rows of the batch.

    Parameters
    ----------
    notion : str, Notion or Rate
        What should not depend on the group.
    weight : float
        The multiple, 0 or more.
    distance : str, callable or RowDistance
        A name of `DISTANCES`, such as ``"squared"``: the sum over rates and groups of share × (rate of the group -
        overall rate)²; or a function of two `RateValues`, by group and overall, such as `GapNorm`. Or a name of
        `ROW_DISTANCES` or a `RowDistance`: the rows on which each rate of the notion is a mean are then compared.
    attribute : str, optional
        The attribute, where the criterion watches several.
    of : str
        What is compared: ``"decision"``; ``"loss"``, the base loss; or ``"output"``, such as logits.

    Raises
    ------
    InputError
        If the weight is negative, or if the notion and the distance do not fit.

    Examples
    --------
    >>> Penalty("demographic_parity", weight=0.5).notion.name
    'demographic_parity'
    """

    notion: Notion
    weight: float
    distance: Distance | RowDistance
    attribute: str | None
    of: str

    def __init__(
        self,
        notion: str | Notion | Rate | MeanRate,
        weight: float,
        *,
        distance: str | Distance | RowDistance = "squared",
        attribute: str | None = None,
        of: str = "decision",
    ) -> None:
        resolved, chosen = resolve(notion), _resolve_distance(distance)
        if not (isinstance(weight, SupportsFloat) and weight >= 0 and isfinite(weight)):
            raise InputError(f"The weight of a Penalty must be 0 or more, got {weight!r}. 0 turns it off.")
        check_measure(of, resolved)
        _check_fit(resolved, chosen)
        for name, value in (
            ("notion", resolved),
            ("weight", float(weight)),
            ("distance", chosen),
            ("attribute", attribute),
            ("of", of),
        ):
            object.__setattr__(self, name, value)

    def bind(self, attribute: Attribute) -> PenaltyTerm | RowPenaltyTerm:
        """Make the module that computes this penalty inside one criterion."""
        if isinstance(self.distance, RowDistance):
            return RowPenaltyTerm(self.notion, self.weight, self.distance, attribute)
        return PenaltyTerm(self.notion, self.weight, self.distance)


def _resolve_distance(distance: str | Distance | RowDistance) -> Distance | RowDistance:
    if not isinstance(distance, str):
        return distance
    known: dict[str, Distance | RowDistance] = {**DISTANCES, **ROW_DISTANCES}
    if distance not in known:
        raise UnknownName("distance", distance, known)
    return known[distance]


def _check_fit(notion: Notion, distance: Distance | RowDistance) -> None:
    if isinstance(distance, RowDistance):
        check_rates_for_rows(notion)
    elif notion.comparison.kind == "level" and not getattr(distance, "levels", False):
        raise InputError(
            f"A Penalty compares groups, but {notion.name} bounds the level in each. Use it in a Constraint, or with a "
            "distance of levels."
        )
    elif getattr(distance, "needs_shares", False) and not all(rate.is_bounded for rate in notion.rates):
        raise InputError(
            f"This distance compares shares from 0 to 1, but {notion.name} compares numbers without such bounds. "
            "Use distance='squared' or 'linear_residual'."
        )
