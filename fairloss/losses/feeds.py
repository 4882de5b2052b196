"""What the terms of a criterion are fed with: counts on top of a memory, or rows; each computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from fairloss.losses.constraint_term import ConstraintTerm
from fairloss.losses.decisions import Decided
from fairloss.losses.measures import MEASURES, Seen
from fairloss.losses.memory import CountMemory
from fairloss.losses.penalty_terms import PenaltyTerm, RowPenaltyTerm, SeenRows
from fairloss.losses.reduce import rows_of_all_processes
from fairloss.losses.soft_counts import BatchCounts, batch_counts, over_processes

__all__ = ["BoundTerm", "Feed", "Feeds"]

BoundTerm = ConstraintTerm | PenaltyTerm | RowPenaltyTerm


@dataclass(frozen=True, slots=True)
class Feed:
    """What a term looks at: an attribute, what is compared (see `MEASURES`), and whether as rows or as counts."""

    attribute: str
    of: str
    rows: bool


class Feeds:
    """The feeds of all terms, each made once per batch.

    Parameters
    ----------
    terms : sequence of bound terms
    attributes, measures : sequence of str
        What each term watches.
    """

    def __init__(self, terms: Sequence[BoundTerm], attributes: Sequence[str], measures: Sequence[str]) -> None:
        self.of_terms = tuple(
            Feed(attribute, of, isinstance(term, RowPenaltyTerm))
            for term, attribute, of in zip(terms, attributes, measures, strict=True)
        )
        self.measures = tuple(dict.fromkeys(measures))
        unique = dict.fromkeys(self.of_terms)
        self.counted = tuple(feed for feed in unique if not feed.rows)
        self.rows = tuple(feed for feed in unique if feed.rows)
        self.squared = frozenset(
            feed for feed, term in zip(self.of_terms, terms, strict=True) if getattr(term, "needs_noise", False)
        )

    def memories(self, horizon: float) -> list[CountMemory]:
        """Make a memory for each feed of counts."""
        return [CountMemory(horizon, with_squares=feed in self.squared) for feed in self.counted]

    def __call__(
        self,
        seen: Seen,
        members: Mapping[str, Tensor],
        weight: Tensor | None,
        memories: Sequence[CountMemory],
        *,
        training: bool,
    ) -> dict[Feed, Any]:
        """Give `Evidence` for feeds of counts, and `SeenRows` for the others; in training, of all processes."""
        compared = {of: MEASURES[of](seen) for of in self.measures}
        counts: Sequence[BatchCounts] = [
            batch_counts(members[feed.attribute], compared[feed.of], weight, with_squares=feed in self.squared)
            for feed in self.counted
        ]
        if training and counts:
            counts = over_processes(*counts)
        fed: dict[Feed, Any] = {
            feed: memory.forward(batch)  # nobody hooks into it, and a call looks for hooks at each step
            for feed, batch, memory in zip(self.counted, counts, memories, strict=True)
        }
        for feed in self.rows:
            fed[feed] = _rows(members[feed.attribute], compared[feed.of], weight, training=training)
        return fed


def _rows(members: Tensor, decided: Decided, weight: Tensor | None, *, training: bool) -> SeenRows:
    weight = members.new_ones(len(members)) if weight is None else weight.to(members.dtype)
    weight = weight if decided.weight is None else weight * decided.weight
    if not training:
        return SeenRows(decided, members, weight)
    soft, hard, members, weight, *label = rows_of_all_processes(
        decided.soft, decided.hard, members, weight, *([] if decided.label is None else [decided.label])
    )
    return SeenRows(Decided(soft, hard, label[0] if label else None), members, weight)
