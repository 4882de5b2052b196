"""Who is in the data against who is in a reference population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.marks import finding_chance
from fairloss.audit.findings import Finding
from fairloss.audit.missing import Unknown
from fairloss.audit.results import Row, attribute_of
from fairloss.audit.share_interval import share_interval
from fairloss.audit.wording import display, listing, percent, ratio, share, span
from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference import goodness_of_fit, holm
from fairloss.notions import GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "POPULATION_COLUMNS", "Population", "population_findings", "population_rows", "read_population", "state_population",
    "write_population",
]  # fmt: skip

POPULATION_COLUMNS = (
    "attribute", "group", "rows", "known", "share", "low", "high", "expected", "ratio", "ratio_low", "ratio_high",
    "p_value", "p_adjusted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Population:
    """The shares of the groups of one attribute in a population; they sum to 1.

    Parameters
    ----------
    attribute : str
        The attribute.
    groups : tuple of str
        Its groups, those that the data lack included.
    shares : tuple of float
        The share of each.
    """

    attribute: str
    groups: tuple[str, ...]
    shares: tuple[float, ...]


def state_population(
    population: Mapping[str, Mapping[Any, float]], tables: Sequence[GroupCounts], unknown: Sequence[Unknown]
) -> tuple[Population, ...]:
    """Check stated shares, or counts, against the groups of the data.

    Raises
    ------
    InputError
        For an attribute that is not audited, a group of the data without a share, or shares that are none.
    """
    attributes = [attribute_of(counts) for counts in tables]
    stated = []
    for attribute, shares in population.items():
        if attribute not in attributes:
            raise UnknownName("attribute of the population", attribute, attributes)
        place = attributes.index(attribute)
        known = [name for name in _filled(tables[place]) if name != unknown[place].group]
        stated.append(_stated(attribute, {str(name): value for name, value in shares.items()}, known))
    return tuple(stated)


def _stated(attribute: str, shares: Mapping[str, Any], known: Sequence[str]) -> Population:
    lacking = [name for name in known if name not in shares]
    if lacking:
        raise InputError(
            f"The population of {quote(attribute)} needs a share of every group of the data, got none of "
            f"{quote(lacking[0])}. Name the groups as the data do: {', '.join(map(quote, known[:8]))}."
        )
    numbers = [isinstance(value, Real) and 0 <= float(value) < np.inf for value in shares.values()]
    total = float(sum(shares.values())) if all(numbers) else 0.0
    if not total > 0:
        raise InputError(
            f"The population of {quote(attribute)} needs shares or counts of 0 or more, got {quote(dict(shares))}. "
            "Give each group a number."
        )
    return Population(attribute, tuple(shares), tuple(float(value) / total for value in shares.values()))


def _filled(counts: GroupCounts) -> list[str]:
    return [name for name, size in zip(counts.names, counts.sizes, strict=True) if size > 0]


def population_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group of the population: its share of the rows with a known group against the stated share.

    Weighted rows are counted by their weight, intervals by the effective number of rows, and there is no test.
    """
    stated: Sequence[Population] = report.evidence.get("stated_population", ())
    chances = [goodness_of_fit(*_whole(report, one)).p_value for one in stated]
    for one, chance, adjusted in zip(stated, chances, holm(chances), strict=True):
        sizes, effective = _sizes(report, one)
        total = sizes.sum()
        seen = sizes / total if total else np.full(len(sizes), np.nan)
        ends = share_interval(np.nan_to_num(seen) * effective, effective, level=report.plan.level)
        for place, (group, expected) in enumerate(zip(one.groups, one.shares, strict=True)):
            values = (float(seen[place]), float(ends.low[place]), float(ends.high[place]))
            over = [value / expected if expected > 0 else float("nan") for value in values]
            head = (one.attribute, group, float(sizes[place]), float(total))
            row = (*head, *values, expected, *over, chance, float(adjusted))
            yield dict(zip(POPULATION_COLUMNS, row, strict=True))


def _sizes(report: AuditReport, stated: Population) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    """Give the rows (or weights) of each group of the population, and their effective number."""
    counts = report.tables[report.attributes.index(stated.attribute)]
    sizes, squares = (np.asarray(table, np.float64).sum((-1, -2)) for table in (counts.cells, counts.row_squares))
    held = dict(zip(counts.names, zip(sizes, squares, strict=True), strict=True))
    picked = np.array([held.get(name, (0.0, 0.0)) for name in stated.groups])
    total, square = picked.sum(0)
    return picked[:, 0], float(total**2 / square) if square > 0 else 0.0


def _whole(report: AuditReport, stated: Population) -> tuple[Any, Any]:
    counts = report.tables[report.attributes.index(stated.attribute)]
    sizes, _ = _sizes(report, stated)
    return (sizes if counts.squares is None else np.zeros(len(sizes))), stated.shares


def population_findings(report: AuditReport) -> Iterator[Finding]:
    """Say for each attribute whether its groups have the stated shares, and which are furthest from them."""
    rows = report.rows("population")
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        own = [row for row in rows if row["attribute"] == attribute]
        if own[0]["p_adjusted"] < finding_chance(report.plan.level):
            told = sorted(own, key=lambda row: row["ratio"] if row["expected"] else np.inf)
            below = [row for row in told if row["ratio_high"] < 1] or told[:1]
            names = listing(_sentence(row) for row in below)
            sentence = (
                f"The groups of {display(attribute, 60)} have other shares in the data than in the stated population "
                f"(p {own[0]['p_adjusted']:.2g}): {names}."
            )
            yield Finding("representation", sentence, tuple(below))


def _sentence(row: Row) -> str:
    over = "" if np.isnan(row["ratio"]) else f", {ratio(row['ratio'])} times the share ({_ends(row)})"
    seen = f"{percent(row['share'])}, {share(row['rows'], row['known'])}"
    return f"{display(row['group'], 60)} {seen}, against {percent(row['expected'])}{over}"


def _ends(row: Row) -> str:
    return span(ratio(row["ratio_low"]), ratio(row["ratio_high"]))


def write_population(stated: Sequence[Population]) -> list[dict[str, Any]]:
    """Give stated shares as plain data."""
    return [{"attribute": one.attribute, "groups": one.groups, "shares": one.shares} for one in stated]


def read_population(data: Sequence[Mapping[str, Any]], tables: tuple[GroupCounts, ...]) -> tuple[Population, ...]:
    """Read what `write_population` wrote."""
    found = []
    for one in data:
        shares = tuple(float(value) for value in one["shares"])
        if not np.isclose(sum(shares), 1, rtol=0, atol=1e-9) or len(shares) != len(one["groups"]):
            raise ValueError("the shares of a population sum to 1")
        found.append(Population(str(one["attribute"]), tuple(one["groups"]), shares))
    return tuple(found)
