"""The same rates within strata of something that may explain a gap, and what is left of the gap then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.clustered_estimates import Counted
from fairloss.audit.estimates import estimate
from fairloss.audit.findings import Finding
from fairloss.audit.plan import Plan
from fairloss.audit.results import RATE_COLUMNS, Row, attribute_of, rate_rows, reference_code
from fairloss.audit.wording import display, percent, phrase, points
from fairloss.inference import normal_interval
from fairloss.notions import GroupCounts, Grouping, Groups, Rate

__all__ = [
    "ADJUSTED_COLUMNS",
    "STRATUM_COLUMNS",
    "Strata",
    "adjusted_rows",
    "count_strata",
    "reversals",
    "stratum_rows",
]

STRATUM_COLUMNS = ("attribute", "stratum", *RATE_COLUMNS[1:])
ADJUSTED_COLUMNS = (
    "attribute",
    "rate",
    "group",
    "reference",
    "crude",
    "adjusted_group",
    "adjusted_reference",
    "adjusted",
    "low",
    "high",
    "strata",
    "covered",
)
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Counts within strata.

    Parameters
    ----------
    grouping : Grouping
        What the strata are called.
    tables : tuple of GroupCounts
        For each audited attribute, or the first of them, the counts of shape (strata, groups, labels, decisions).
    """

    grouping: Grouping
    tables: tuple[GroupCounts, ...]


def count_strata(count: Callable[[Groups], GroupCounts], tables: Sequence[Groups], strata: Groups) -> Strata:
    """Count rows by stratum and group, for each attribute; rows without a stratum are left out.

    Parameters
    ----------
    count : callable
        Counts what is audited in groups of the same entries as the tables.
    tables : sequence of Groups
        The groups of each attribute.
    strata : Groups
        The strata.
    """
    counted = []
    for groups in tables:
        known = (groups.codes >= 0) & (strata.codes >= 0)
        codes = np.where(known, strata.codes.astype(np.int64) * groups.n_groups + groups.codes, -1)
        size = strata.n_groups * groups.n_groups
        flat = count(Groups.of(codes, [str(code) for code in range(size)]))
        shape = (strata.n_groups, groups.n_groups, *flat.cells.shape[1:])
        squares = None if flat.squares is None else flat.squares.reshape(shape)
        counted.append(GroupCounts(flat.cells.reshape(shape), squares, groups.grouping))
    return Strata(strata.grouping, tuple(counted))


def stratum_rows(strata: Strata, plan: Plan) -> Iterator[Row]:
    """Give one row per stratum, rate and group."""
    for counts in strata.tables:
        for place, name in enumerate(strata.grouping.names):
            squares = None if counts.squares is None else counts.squares[place]
            within = Counted(GroupCounts(counts.cells[place], squares, counts.grouping))
            for row in rate_rows(within, plan.rates, plan.level):
                yield {"attribute": row["attribute"], "stratum": name, **row}


def adjusted_rows(strata: Strata, plan: Plan) -> Iterator[Row]:
    """Give, for each share, the difference of each group to the reference with the strata held constant.

    Direct standardization: both rates are averaged over the strata that have people of both groups, weighted by the
    people of all groups that the rate asks about. ``covered`` is the share of those people who are in such strata.
    """
    for counts in strata.tables:
        squares = None if counts.squares is None else counts.squares.sum(0)
        pooled = GroupCounts(counts.cells.sum(0), squares, counts.grouping)
        for rate in plan.rates:
            if not isinstance(rate, Rate) or not rate.is_proportion:
                continue
            crude = estimate(rate, pooled, plan.level)
            reference = reference_code(crude, pooled, plan)
            for code, name in enumerate(counts.names):
                if code != reference and crude.defined[code] and crude.defined[reference]:
                    gap = float(crude.value[code] - crude.value[reference])
                    values = _standardized(rate, counts, code, reference, plan.level)
                    head = (attribute_of(counts), rate.name, name, counts.names[reference], gap)
                    yield dict(zip(ADJUSTED_COLUMNS, (*head, *values), strict=True))


def reversals(rows: Sequence[Row], strata: Strata, disparities: Sequence[Row]) -> Iterator[Finding]:
    """Warn where an established gap changes its direction once the strata are held constant (Simpson's paradox)."""
    established = {
        (row["attribute"], row["rate"], row["group"])
        for row in disparities
        if row["comparison"] == "difference" and row["reading"] == "difference_established"
    }
    by = display(strata.grouping.attribute, 60)
    for row in rows:
        if (row["attribute"], row["rate"], row["group"]) in established and row["crude"] * row["adjusted"] < 0:
            group, reference = display(row["group"], 60), display(row["reference"], 60)
            sentence = (
                f"The gap in {phrase(row['rate'])} between {group} and {reference} changes its direction once {by} is "
                f"held constant: {points(row['crude'])} points over all rows, {points(row['adjusted'])} points "
                f"({points(row['low'])} to {points(row['high'])}) with the same mix of {by} in both "
                f"({percent(row['adjusted_group'])} against {percent(row['adjusted_reference'])})."
            )
            yield Finding("reversal", sentence, (row,))


def _standardized(
    rate: Rate, counts: GroupCounts, code: int, reference: int, level: float
) -> tuple[float, float, float, float, float, int, float]:
    values = np.asarray(rate(counts), np.float64)[:, [code, reference]]
    variances = np.asarray(rate.variance(counts), np.float64)[:, [code, reference]]
    people = np.asarray(rate.among(counts.cells), np.float64).sum(-1)
    shared = ~np.isnan(values).any(-1)
    if not shared.any():
        return (np.nan,) * 5 + (0, 0.0)
    weights = people[shared] / people[shared].sum()
    first, second = weights @ values[shared]
    error = np.sqrt((weights**2) @ variances[shared].sum(-1))
    interval = normal_interval(first - second, error, level=level, bounds=(-1.0, 1.0))
    covered = float(people[shared].sum() / people.sum())
    ends = (float(interval.low), float(interval.high))
    return (float(first), float(second), float(first - second), *ends, int(shared.sum()), covered)
