"""The figures by which candidates are compared: the same for choosing and for reporting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fairloss.notions import NOTIONS, RATES, Grouping
from fairloss.workflow.definition import Goal
from fairloss.workflow.tally import Tally

__all__ = ["Choice", "choose", "figures", "frontier", "on_validation", "summary"]


def figures(tally: Tally, grouping: Grouping, notions: Sequence[str]) -> dict[str, Any]:
    """Measure a candidate's decisions on one part.

    Returns
    -------
    dict
        ``accuracy``, ``auc`` (ranking), ``selection_rate``, ``base_rate``, ``constant`` (everybody gets one decision),
        and for each notion ``gap_NOTION``, the worst gap between two groups.
    """
    counts, pooled = tally.counts(grouping), tally.pooled
    rows, selected = int(pooled.cells.sum()), int(pooled.cells[..., 1].sum())
    found: dict[str, Any] = {
        "seed": tally.seed,
        "candidate": tally.candidate,
        "part": tally.part,
        "rows": rows,
        "accuracy": float(RATES["accuracy"](pooled)[0]),
        "auc": tally.auc,
        "selection_rate": float(RATES["selection_rate"](pooled)[0]),
        "base_rate": float(RATES["base_rate"](pooled)[0]),
        "constant": selected in (0, rows),
    }
    gaps = {f"gap_{notion}": float(NOTIONS[notion].gap(counts)) for notion in notions}
    return found | gaps | {"uses_attribute": tally.uses_attribute, "fitted_on": tally.fitted_on}


def frontier(tallies: Sequence[Tally], grouping: Grouping, notions: Sequence[str]) -> pd.DataFrame:
    """Measure every candidate on every part: one row each."""
    return pd.DataFrame([figures(tally, grouping, notions) for tally in tallies])


def on_validation(frontier: pd.DataFrame) -> list[dict[str, Any]]:
    """Average the validation figures of each candidate over the seeds; constant once is constant."""
    part = frontier[frontier["part"] == "validation"]
    grouped = part.groupby("candidate", sort=False)
    table = grouped.mean(numeric_only=True)
    for trait in ("constant", "uses_attribute"):
        table[trait] = grouped[trait].any()
    return [{"candidate": str(name), **row} for name, row in table.iterrows()]


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


def choose(candidates: Sequence[Mapping[str, Any]], goal: Goal) -> Choice:
    """Choose on the validation part: the most accurate candidate that holds the tolerance, else the smallest gap.

    A candidate that reads the attribute is out where the goal forbids it; one that decides alike for everybody is out
    always: it is not fair, it is useless.

    Parameters
    ----------
    candidates : sequence of mapping
        The figures of each candidate on the validation part, as `on_validation` gives them; the baseline first.
    goal : Goal
        The notion, the tolerance, and whether the attribute may be read.
    """
    key = f"gap_{goal.notion}"
    allowed = [
        found
        for found in candidates
        if not found["constant"]
        and not np.isnan(found[key])
        and (goal.attribute_at_decision or not found["uses_attribute"])
    ]
    if not allowed:
        return Choice(candidates[0]["candidate"], False, "No mitigation could be compared; the baseline stays.")
    within = [found for found in allowed if found[key] <= goal.tolerance]
    best = max(within, key=lambda found: found["accuracy"]) if within else min(allowed, key=lambda found: found[key])
    aim = f"{goal.notion.replace('_', ' ')} within {goal.tolerance:g}"
    blind = (
        "" if goal.attribute_at_decision else " Candidates that read the attribute when they decide were not allowed."
    )
    if within:
        reason = f"On the validation part it is the most accurate candidate that holds {aim}.{blind}"
    else:
        reason = f"No candidate holds {aim} on the validation part; this one comes closest.{blind}"
    return Choice(best["candidate"], bool(within), reason)


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
