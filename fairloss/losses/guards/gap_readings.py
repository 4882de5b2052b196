"""What the memory says about each pair of groups that a constraint compares, and how sure it can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from fairloss.errors import quote
from fairloss.losses.constraint_term import ConstraintTerm
from fairloss.losses.guards.records import WatchedTerm
from fairloss.losses.stacked_rates import RateValues

__all__ = ["GapReading", "gap_readings"]

_LEVEL = 1.96
"""Standard errors that a gap must be beyond its tolerance before it is said to be."""
_ROUGH = 0.1
"""The same as a share of the tolerance, for mean losses and outputs: counts do not hold their variance."""


@dataclass(frozen=True, slots=True, eq=False)
class GapReading:
    """One rate on one question: by how much each group is above each other one, or above 0 where a level is bounded.

    Parameters
    ----------
    watched : WatchedTerm
        The constraint.
    term : ConstraintTerm
        The constraint at work.
    question : int
        Which question.
    rate : str
        Which rate.
    soft, hard : Tensor of shape (groups, sides)
        The gaps of soft and of deployed decisions; minus infinity where one is undefined.
    margin : Tensor of the same shape
        How much of a gap of deployed decisions may be noise.
    pressure : Tensor of the same shape
        The multipliers.
    """

    watched: WatchedTerm
    term: ConstraintTerm
    question: int
    rate: str
    soft: Tensor
    hard: Tensor
    margin: Tensor
    pressure: Tensor

    @property
    def followed(self) -> Tensor:
        """The gaps that the multipliers follow."""
        return self.hard if self.term.solver.reads_hard else self.soft

    def name(self, place: int) -> str:
        """Name what is compared at one place of the flattened matrices."""
        groups, attribute = self.watched.attribute.groups, self.watched.attribute.name
        high, low = divmod(place, self.hard.shape[1])
        who = f"between {quote(groups[high])} and {quote(groups[low])}" if self.term.between else quote(groups[high])
        on = f" on question {self.question}" if len(self.term.pressure) > 1 else ""
        kind = "the gap in" if self.term.between else "the level of"
        return f"{kind} {self.rate}{on} {'' if self.term.between else 'in '}{who} of {attribute}"


def gap_readings(watched: WatchedTerm) -> Iterator[GapReading]:
    """Read every rate of a constraint; nothing before the first batch."""
    term, counts = watched.term, watched.counts
    if not isinstance(term, ConstraintTerm) or not counts.numel() or not term.pressure.numel():
        return
    counts, pressure = counts.cpu().double(), term.pressure.cpu().double()
    soft, hard = (_gaps(term, term.rates(cells)) for cells in counts)
    shares = watched.of == "decision" and counts.shape[3] == 2
    margin = _margin(term, counts[1]) if shares else torch.full_like(hard, _ROUGH * term.tolerance)
    for question in range(len(hard)):
        for place, rate in enumerate(term.rates.names):
            at = (question, place)
            yield GapReading(watched, term, question, rate, soft[at], hard[at], margin[at], pressure[at])


def _gaps(term: ConstraintTerm, rates: RateValues) -> Tensor:
    values = torch.where(rates.defined, rates.values, torch.nan)[..., None]
    return (values - values.mT if term.between else values).nan_to_num(nan=-inf)


def _margin(term: ConstraintTerm, cells: Tensor) -> Tensor:
    """Give the standard errors of the gaps, times `_LEVEL`; each rate may also be off by what one row more would do."""
    variance = term.noise(cells) + term.rates(cells).among.clamp_min(1e-12) ** -2
    both = variance[..., None] + variance[..., None, :] if term.between else variance[..., None]
    return _LEVEL * both.sqrt()
