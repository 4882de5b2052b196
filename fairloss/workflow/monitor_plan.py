"""What to watch after deployment, as the run measured it before."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fairloss.notions import GroupCounts, resolve
from fairloss.workflow.definition import Definition

__all__ = ["MonitorPlan", "plan_monitoring"]


@dataclass(frozen=True)
class MonitorPlan:
    """What to count after deployment, and with what to compare it.

    Parameters
    ----------
    audit : str
        The audit definition it follows from.
    attributes : tuple of str
        The attributes whose groups are counted.
    notion : str
        The notion of the goal.
    tolerance : float
        The largest gap between two groups.
    source : str
        Where the tolerance comes from.
    groups : tuple of str
        The groups at the time of the audit; a new one is an event.
    rows : tuple of int
        Test rows of each group.
    baseline : dict of str to tuple of float
        For each rate of the notion its value in each group on the test part, with the chosen model.
    """

    audit: str
    attributes: tuple[str, ...]
    notion: str
    tolerance: float
    source: str
    groups: tuple[str, ...]
    rows: tuple[int, ...]
    baseline: dict[str, tuple[float | None, ...]]

    def to_dict(self) -> dict[str, Any]:
        """Give the plan as plain values; an undefined rate is None."""
        return asdict(self)


def plan_monitoring(definition: Definition, counts: GroupCounts) -> MonitorPlan:
    """Read a plan off the counts of the chosen model on the test part."""
    goal = definition.goal
    baseline = {
        rate.name: tuple(None if value != value else float(value) for value in rate(counts))
        for rate in resolve(goal.notion).rates
    }
    return MonitorPlan(
        definition.name, definition.data.sensitive, goal.notion, goal.tolerance, goal.source,
        counts.names, tuple(int(size) for size in counts.sizes), baseline,
    )  # fmt: skip
