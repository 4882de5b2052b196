"""The outcome that a law speaks of: who was selected, or whose label is favorable where nothing was decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.clustered_estimates import Counted, counted
from fairloss.audit.estimates import Estimates
from fairloss.audit.plan import Plan
from fairloss.audit.results import attribute_of, reference_code
from fairloss.notions import RATES, GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["Outcome", "outcome_of", "outcomes"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The outcome rate of each group of one table, and which group the others are compared with.

    Parameters
    ----------
    counts : GroupCounts
        The table.
    found : Estimates
        Selection rate, or base rate where labels alone were counted; its ``x`` and ``n`` are effective rows where rows
        are weighted or go together, its ``numerator`` and ``denominator`` sums of rows or weights.
    reference : int
        A code.
    """

    counts: GroupCounts
    found: Estimates
    reference: int

    @property
    def attribute(self) -> str:
        """What the groups are made of."""
        return attribute_of(self.counts)

    @property
    def others(self) -> list[int]:
        """The codes of the groups that are compared with the reference."""
        return [code for code in range(self.counts.n_groups) if code != self.reference]


def outcomes(report: AuditReport) -> Iterator[Outcome]:
    """Give the outcome of each table of a report, where its plan asks for that rate."""
    for table in counted(report):
        outcome = outcome_of(table, report.plan)
        if outcome is not None:
            yield outcome


def outcome_of(counted: Counted, plan: Plan) -> Outcome | None:
    """Estimate the outcome rate of each group; None where the plan does not ask for it."""
    counts = counted.counts
    rate = RATES["selection_rate" if counts.has_decisions else "base_rate"]
    if rate not in plan.rates:
        return None
    found = counted.estimate(rate, plan.level)
    return Outcome(counts, found, reference_code(found, counts, plan))
