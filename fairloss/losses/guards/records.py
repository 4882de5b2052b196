"""What a term of the loss knows and does, as plain records to print, log or plot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan, nan

from torch import Tensor

from fairloss.losses.constraint_term import ConstraintTerm
from fairloss.losses.membership import Attribute
from fairloss.losses.penalty_terms import PenaltyTerm, RowPenaltyTerm

__all__ = ["TermRecord", "WatchedTerm", "term_records"]


@dataclass(frozen=True, slots=True)
class TermRecord:
    """One rate of one group, as a term of the loss sees it.

    Parameters
    ----------
    term, attribute, rate, group : str
        Which number this is. A penalty on rows, which has no memory, is one record without rate and group.
    question : int
        Which class or output, where the model answers several.
    soft, hard : float
        The rate of the soft and of the deployed decisions; NaN where no row counts. Of a term with ``of="loss"`` or
        ``of="output"`` both are the mean loss, or the mean output.
    soft_gap, hard_gap : float
        The largest distance to the rate of another group; for a notion that bounds a level, the rate itself.
    multiplier : float
        The signed pressure on this rate, above 0 pushes it down; NaN for a penalty.
    size : float
        The weight in memory that the rate is a share of.
    value : float
        What the whole term added to the loss in the last call.
    """

    term: str
    attribute: str
    rate: str
    group: str
    question: int
    soft: float
    hard: float
    soft_gap: float
    hard_gap: float
    multiplier: float
    size: float
    value: float = nan


@dataclass(frozen=True, slots=True)
class WatchedTerm:
    """A term of a criterion, with what is known about it.

    Parameters
    ----------
    name : str
        What the criterion calls it.
    attribute : Attribute
        Whom it compares.
    of : str
        What it compares, see `MEASURES`.
    term : module
        The term at work.
    counts : Tensor of shape (2, questions, groups, labels, 2)
        The memory, by the soft and by the deployed decisions; empty before the first batch, and for a penalty on rows.
    value : float
        What it added to the loss in the last call; NaN before.
    """

    name: str
    attribute: Attribute
    of: str
    term: ConstraintTerm | PenaltyTerm | RowPenaltyTerm
    counts: Tensor
    value: float


def term_records(watched: WatchedTerm) -> Iterator[TermRecord]:
    """Read the records of one term from the memory; none before the first batch."""
    term, counts, attribute = watched.term, watched.counts, watched.attribute
    if isinstance(term, RowPenaltyTerm):
        if not isnan(watched.value):
            yield TermRecord(watched.name, attribute.name, "", "", 0, nan, nan, nan, nan, nan, nan, watched.value)
        return
    if counts.numel() == 0:
        return
    compares = term.notion.comparison.kind != "level"
    soft, hard = _nested(term, counts[0]), _nested(term, counts[1])
    sizes, pressure = term.rates(counts[1]).among.tolist(), term.multipliers()
    signed = None if pressure is None else pressure.tolist()
    for question in range(counts.shape[1]):
        for r, rate in enumerate(term.rates.names):
            for g, group in enumerate(attribute.groups):
                mild, final = soft[question][r], hard[question][r]
                yield TermRecord(
                    term=watched.name,
                    attribute=attribute.name,
                    rate=rate,
                    group=group,
                    question=question,
                    soft=mild[g],
                    hard=final[g],
                    soft_gap=_gap(mild, g) if compares else mild[g],
                    hard_gap=_gap(final, g) if compares else final[g],
                    multiplier=nan if signed is None else signed[question][r][g],
                    size=sizes[question][r][g],
                    value=watched.value,
                )


def _nested(term: ConstraintTerm | PenaltyTerm, cells: Tensor) -> list[list[list[float]]]:
    rates = term.rates(cells)
    nested: list[list[list[float]]] = rates.values.masked_fill(~rates.defined, nan).tolist()
    return nested


def _gap(values: list[float], group: int) -> float:
    distances = [abs(values[group] - other) for place, other in enumerate(values) if place != group]
    return max((distance for distance in distances if not isnan(distance)), default=nan)
