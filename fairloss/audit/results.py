"""The rows of an audit's tables, recomputed from its counts: rates, disparities and representation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fairloss.audit.clustered_estimates import Counted
from fairloss.audit.estimates import Estimates, compare_with
from fairloss.audit.plan import FOUR_FIFTHS, Plan
from fairloss.audit.share_interval import share_interval
from fairloss.audit.worst import worst
from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference import holm, read_ratio
from fairloss.notions import FN, FP, ROWS, TN, TP, GroupCounts, MeanRate, Notion, Rate

__all__ = [
    "DISPARITY_COLUMNS",
    "RATE_COLUMNS",
    "REPRESENTATION_COLUMNS",
    "WORST",
    "attribute_of",
    "check_groups",
    "disparity_rows",
    "rate_rows",
    "reading_level",
    "reference_code",
    "representation_rows",
    "row_level",
]

Row = dict[str, Any]

RATE_COLUMNS = ("attribute", "group", "rate", "value", "low", "high", "numerator", "denominator", "note")
DISPARITY_COLUMNS = (
    "attribute",
    "notion",
    "rate",
    "comparison",
    "group",
    "reference",
    "value",
    "low",
    "high",
    "p_value",
    "p_adjusted",
    "reading",
    "note",
)
REPRESENTATION_COLUMNS = ("attribute", "group", "rows", "total", "share", "low", "high")
WORST = "worst"
"""What stands for a group in the row of the worst gap."""

_AMONG = {
    TP + FN: "have a positive label",
    FP + TN: "have a negative label",
    TP + FP: "have a positive decision",
    TN + FN: "have a negative decision",
    FP: "are selected with a negative label",
}


def attribute_of(counts: GroupCounts) -> str:
    """Give the name of the attribute that the groups are made of."""
    return counts.grouping.attribute if counts.grouping else "group"


def rate_rows(counted: Counted, rates: Sequence[Rate | MeanRate], level: float) -> Iterator[Row]:
    """Give one row per rate and group."""
    counts = counted.counts
    for rate in rates:
        found = counted.estimate(rate, level)
        numbers = zip(found.value, found.low, found.high, found.numerator, found.denominator, strict=True)
        for code, values in enumerate(numbers):
            head = (attribute_of(counts), counts.names[code], rate.name)
            note = "" if found.defined[code] else _why_undefined(rate, counts, code)
            yield dict(zip(RATE_COLUMNS, (*head, *map(float, values), note), strict=True))


def disparity_rows(counted: Counted, plan: Plan) -> Iterator[Row]:
    """Give, for each notion and both comparisons, one row per group against the reference and one for the worst gap."""
    counts = counted.counts
    estimates = {rate.name: counted.estimate(rate, plan.level) for rate in plan.rates}
    for notion in plan.notions:
        found = [estimates[rate.name] for rate in notion.rates]
        for kind in ("difference", "ratio"):
            rows = [row for one in found for row in _against_reference(notion, one, counts, plan, kind)]
            for row, adjusted in zip(rows, holm([row["p_value"] for row in rows]), strict=True):
                row["p_adjusted"] = float(adjusted)
            yield from rows
            yield _worst_row(notion, found, counts, plan, kind)


def representation_rows(counts: GroupCounts, level: float) -> Iterator[Row]:
    """Give how many rows each group has, and which share of all."""
    sizes = np.asarray(counts.sizes, dtype=np.float64)
    total = sizes.sum()
    effective = total**2 / float(np.asarray(counts.row_squares, dtype=np.float64).sum())
    interval = share_interval(sizes / total * effective, effective, level=level)
    for code, name in enumerate(counts.names):
        values = (sizes[code], total, sizes[code] / total, interval.low[code], interval.high[code])
        yield dict(zip(REPRESENTATION_COLUMNS, (attribute_of(counts), name, *map(float, values)), strict=True))


def _against_reference(notion: Notion, found: Estimates, counts: GroupCounts, plan: Plan, kind: str) -> Iterator[Row]:
    reference = reference_code(found, counts, plan)
    compared = compare_with(found, reference, kind, row_level(found, counts, plan))
    strict = compare_with(found, reference, kind, reading_level(notion, found, counts, plan))
    for code, name in enumerate(counts.names):
        if code == reference:
            continue
        ends = (float(strict.low[code]), float(strict.high[code]))
        yield {
            "attribute": attribute_of(counts),
            "notion": notion.name,
            "rate": found.rate.name,
            "comparison": kind,
            "group": name,
            "reference": counts.names[reference],
            "value": float(compared.value[code]),
            "low": float(compared.low[code]),
            "high": float(compared.high[code]),
            "p_value": float(compared.p_value[code]),
            "p_adjusted": float("nan"),
            "reading": _reading(found.rate, kind, float(compared.value[code]), *ends),
            "note": _why_incomparable(found, counts, code, reference, kind),
        }


def _worst_row(notion: Notion, found: Sequence[Estimates], counts: GroupCounts, plan: Plan, kind: str) -> Row:
    gap = worst(found, kind, plan.level)
    rate = notion.rates[gap.rate]
    if np.isnan(gap.value):
        fewer = found[gap.rate].defined.sum() < 2
        signed = kind == "ratio" and rate.bounds[0] < 0
        empty = "can be negative, so that a ratio says nothing" if signed else "is 0 in every group"
        note = f"{rate.name} {'has a value in fewer than two groups' if fewer else empty}"
        reference = ""
    else:
        note = f"lowest in {quote(counts.names[gap.lowest])}, highest in {quote(counts.names[gap.highest])}"
        reference = counts.names[gap.highest]
    return {
        "attribute": attribute_of(counts),
        "notion": notion.name,
        "rate": rate.name,
        "comparison": kind,
        "group": WORST,
        "reference": reference,
        "value": gap.value,
        "low": gap.low,
        "high": gap.high,
        "p_value": float("nan"),
        "p_adjusted": float("nan"),
        "reading": _reading(rate, kind, gap.value, gap.low, gap.high),
        "note": note,
    }


def reference_code(found: Estimates, counts: GroupCounts, plan: Plan) -> int:
    """Give the code of the group that the others are compared with."""
    attribute = attribute_of(counts)
    named = plan.fixed_reference(attribute)
    if named is not None:
        if named not in counts.names:
            raise UnknownName("reference group", named, counts.names)
        return counts.names.index(named)
    sizes = np.asarray(counts.sizes, dtype=np.float64)
    if plan.reference == "largest":
        return int(sizes.argmax())
    values = np.where(found.defined, found.value, -np.inf)
    return int(np.lexsort((-sizes, -values))[0])


def row_level(found: Estimates, counts: GroupCounts, plan: Plan) -> float:
    """Give Bonferroni's level for one row: each other group might have been the reference that the data chose."""
    others = int(found.defined.sum()) - 1
    return 1 - (1 - plan.level) / others if others > 1 and _chosen_by_data(counts, plan) else plan.level


def reading_level(notion: Notion, found: Estimates, counts: GroupCounts, plan: Plan) -> float:
    """Give Bonferroni's level for all rows: a reference that the data chose stands for a comparison of all pairs."""
    groups = max(int(found.defined.sum()), 2)
    family = (groups * (groups - 1) // 2 if _chosen_by_data(counts, plan) else groups - 1) * len(notion.rates)
    return 1 - (1 - plan.level) / family


def _chosen_by_data(counts: GroupCounts, plan: Plan) -> bool:
    return plan.fixed_reference(attribute_of(counts)) is None and plan.reference != "largest"


def _reading(rate: Rate | MeanRate, kind: str, value: float, low: float, high: float) -> str:
    if np.isnan([value, low, high]).any():
        return "undefined"
    if kind == "ratio" and rate.name == "selection_rate":
        return read_ratio(value, low, high, mark=FOUR_FIFTHS).code
    equal = 0 if kind == "difference" else 1
    return "difference_established" if not low <= equal <= high else "not_established"


def _why_undefined(rate: Rate | MeanRate, counts: GroupCounts, code: int) -> str:
    if isinstance(rate, MeanRate):
        return next(_why_undefined(one, counts, code) for one in rate.rates if not one.defined(counts)[code])
    rows = float(counts.sizes[code])
    if rows == 0 or rate.among == ROWS:
        return "it has no rows"
    unit = "rows" if counts.squares is None else "weighted rows"
    return f"0 of its {rows:,.6g} {unit} {_AMONG.get(rate.among, 'count in its denominator')}"


def _why_incomparable(found: Estimates, counts: GroupCounts, code: int, reference: int, kind: str) -> str:
    for side in (code, reference):
        if not found.defined[side]:
            reason = _why_undefined(found.rate, counts, side)
            return f"{found.rate.name} is undefined for group {quote(counts.names[side])}: {reason}"
    if kind == "ratio" and found.value[reference] == 0:
        return f"{found.rate.name} of the reference group {quote(counts.names[reference])} is 0"
    for side in (code, reference):
        if why := found.why_no_error(side):
            return f"no error of {found.rate.name} is known for group {quote(counts.names[side])}: {why}"
    return ""


def check_groups(tables: Sequence[GroupCounts], plan: Plan) -> None:
    """Refuse what cannot be compared: no rows, one group only, a reference that is not there."""
    attributes = [attribute_of(counts) for counts in tables]
    for counts, attribute in zip(tables, attributes, strict=True):
        filled = [name for name, size in zip(counts.names, counts.sizes, strict=True) if size > 0]
        if not filled:
            raise InputError(
                f"An audit needs rows, but no row has a known group of {quote(attribute)}. Check the table."
            )
        if len(filled) == 1:
            raise InputError(
                f"An audit compares groups, but {quote(attribute)} has one group only, {quote(filled[0])}. "
                "Pass a sensitive feature with two or more groups."
            )
    if not isinstance(plan.reference, str):
        for attribute, group in plan.reference:
            if attribute not in attributes:
                raise UnknownName("reference attribute", attribute, attributes)
            names = tables[attributes.index(attribute)].names
            if group not in names:
                raise UnknownName("reference group", group, names)
