"""All groups at once: whether any outcome rate differs, and whether the lowest ratio is more than luck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fairloss.audit.clustered_estimates import not_whole
from fairloss.audit.findings import Finding
from fairloss.audit.plan import FOUR_FIFTHS
from fairloss.audit.results import Row
from fairloss.audit.statistics.outcome import Outcome, outcomes
from fairloss.audit.wording import display, percent, phrase, ratio
from fairloss.inference import smallest_ratio_p_value

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["OMNIBUS_COLUMNS", "omnibus_findings", "omnibus_rows"]

OMNIBUS_COLUMNS = (
    "attribute",
    "rate",
    "groups",
    "statistic",
    "degrees",
    "p_value",
    "smallest_ratio",
    "smallest_ratio_p_value",
    "draws",
    "random_state",
    "note",
)
_DEALS = 40_000
"""Groups times permutations: about 30 ms, whatever the number of people."""
_FEWEST, _MOST = 99, 4999
_MOST_PEOPLE = 10**9


def omnibus_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per table: chi-square over all groups, and the permutation p of the lowest over the highest rate."""
    why_none = not_whole(report)
    for outcome in outcomes(report):
        found = outcome.found
        test = found.test_of_all()
        rates = found.value[found.defined]
        smallest = float(rates.min() / rates.max()) if len(rates) > 1 and rates.max() > 0 else np.nan
        draws, note = (0, f"{why_none} are not dealt anew, so there is no permutation") if why_none else _draws(outcome)
        seed = report.plan.random_state
        p_value = smallest_ratio_p_value(found.x, found.n, draws=draws, seed=seed) if draws else np.nan
        head = (outcome.attribute, found.rate.name, len(rates), test.statistic, test.degrees, test.p_value)
        yield dict(zip(OMNIBUS_COLUMNS, (*head, smallest, p_value, draws, seed, note), strict=True))


def omnibus_findings(report: AuditReport) -> Iterator[Finding]:
    """Say where a ratio below four-fifths is what chance makes of equal groups, the highest being a lucky one."""
    below = {one["attribute"] for one in report.rows("comparisons") if one["ratio"] < FOUR_FIFTHS}
    for row in report.rows("omnibus"):
        by_chance = min(row["smallest_ratio_p_value"], row["p_value"]) > 1 - report.plan.level
        if row["attribute"] in below and row["groups"] > 2 and by_chance:
            yield Finding("chosen_by_luck", _luck(row), (row,))


def _luck(row: Row) -> str:
    where = f"{phrase(row['rate'])} by {display(row['attribute'], 60)}"
    return (
        f"The lowest ratio in {where}, {ratio(row['smallest_ratio'])}, is no lower than luck makes it: among "
        f"{row['groups']} equal groups of these sizes the lowest over the highest rate is as low in "
        f"{percent(row['smallest_ratio_p_value'], 0)} of {row['draws']:,} permutations."
    )


def _draws(outcome: Outcome) -> tuple[int, str]:
    """Give how many permutations are dealt, and why none are."""
    groups, rows = int(outcome.found.defined.sum()), float(outcome.found.n.sum())
    draws = min(_MOST, _DEALS // max(groups, 1))
    if groups < 2 or not outcome.found.x.any():
        return 0, "nobody or one group only"
    if draws < _FEWEST or rows >= _MOST_PEOPLE:
        return 0, "too many groups or rows for a permutation"
    return draws, ""
