"""The figures by which candidates are compared: the same for choosing and for reporting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from fairloss.notions import NOTIONS, RATES, GroupCounts
from fairloss.workflow.definition import Goal
from fairloss.workflow.mitigations import Candidate
from fairloss.workflow.rows import Rows

__all__ = ["Choice", "choose", "figures", "summary"]


def figures(candidate: Candidate, rows: Rows, decision: Any, notions: Sequence[str]) -> dict[str, Any]:
    """Measure a candidate's decisions on one part.

    Returns
    -------
    dict
        ``accuracy``, ``auc`` (ranking), ``selection_rate``, ``base_rate``, ``constant`` (everybody gets one decision),
        and for each notion ``gap_NOTION``, the worst gap between two groups.
    """
    counts = GroupCounts.of(rows.label, decision, rows.groups)
    pooled = GroupCounts.of(rows.label, decision, np.zeros(len(rows), dtype=np.uint8))  # rows of no known group too
    found: dict[str, Any] = {
        "rows": len(rows),
        "accuracy": float(RATES["accuracy"](pooled)[0]),
        "auc": float(roc_auc_score(rows.label, candidate.score(rows))),
        "selection_rate": float(RATES["selection_rate"](pooled)[0]),
        "base_rate": float(RATES["base_rate"](pooled)[0]),
        "constant": bool(np.ptp(decision) == 0),
    }
    return found | {f"gap_{notion}": float(NOTIONS[notion].gap(counts)) for notion in notions}


@dataclass(frozen=True)
class Choice:
    """Which candidate was chosen, and why.

    Parameters
    ----------
    name : str
        The candidate.
    met : bool
        Whether it holds the tolerance on the validation part.
    reason : str
        The rule that chose it, as a sentence.
    """

    name: str
    met: bool
    reason: str


def choose(candidates: Sequence[Candidate], validation: Sequence[dict[str, Any]], goal: Goal) -> Choice:
    """Choose on the validation part: the most accurate candidate that holds the tolerance, else the smallest gap.

    A candidate that reads the attribute is out where the goal forbids it; one that decides alike for everybody is out
    always: it is not fair, it is useless.
    """
    key = f"gap_{goal.notion}"
    allowed = [
        (candidate, found)
        for candidate, found in zip(candidates, validation, strict=True)
        if not found["constant"]
        and not np.isnan(found[key])
        and (goal.attribute_at_decision or not candidate.label.uses_attribute)
    ]
    if not allowed:
        return Choice(candidates[0].name, False, "No mitigation could be compared; the baseline stays.")
    within = [pair for pair in allowed if pair[1][key] <= goal.tolerance]
    best, _ = (
        max(within, key=lambda pair: pair[1]["accuracy"]) if within else min(allowed, key=lambda pair: pair[1][key])
    )
    aim = f"{goal.notion.replace('_', ' ')} within {goal.tolerance:g}"
    blind = (
        "" if goal.attribute_at_decision else " Candidates that read the attribute when they decide were not allowed."
    )
    if within:
        reason = f"On the validation part it is the most accurate candidate that holds {aim}.{blind}"
    else:
        reason = f"No candidate holds {aim} on the validation part; this one comes closest.{blind}"
    return Choice(best.name, bool(within), reason)


def summary(frontier: pd.DataFrame) -> pd.DataFrame:
    """Average the test figures of each candidate over the seeds, with their standard deviation over seeds."""
    test = frontier[frontier["part"] == "test"]
    numbers = [
        column for column in test if column in ("accuracy", "auc", "selection_rate") or column.startswith("gap_")
    ]
    grouped = test.groupby("candidate", sort=False)[numbers]
    spread = grouped.std(ddof=1).rename(columns=lambda column: f"{column}_sd")
    table = pd.concat([grouped.mean(), spread], axis=1)
    return table.reset_index().assign(seeds=test.groupby("candidate", sort=False).size().to_numpy())
