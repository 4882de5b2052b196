"""Each group's outcome against the reference by every statistic that experts quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.findings import Finding
from fairloss.audit.plan import FOUR_FIFTHS, FOUR_FIFTHS_SOURCE, Plan
from fairloss.audit.results import Row, reading_level
from fairloss.audit.statistics.outcome import Floats, Outcome, outcomes
from fairloss.audit.wording import display, listing, phrase, ratio, share, span
from fairloss.inference import (
    below_four_fifths,
    equality_test,
    extra_selections,
    hypergeometric_z,
    minimum_detectable_ratio,
    odds_ratio,
    one_decision_reverses,
    power_at_ratio,
    read_ratio,
    shortfall,
)

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["COMPARISON_COLUMNS", "comparison_findings", "comparison_rows"]

COMPARISON_COLUMNS = (
    "attribute",
    "rate",
    "group",
    "reference",
    "numerator",
    "denominator",
    "reference_numerator",
    "reference_denominator",
    "ratio",
    "ratio_low",
    "ratio_high",
    "odds_ratio",
    "odds_ratio_low",
    "odds_ratio_high",
    "z",
    "hypergeometric_z",
    "chi_square",
    "z_p_value",
    "fisher_p_value",
    "mid_p_value",
    "shortfall_to_pool",
    "shortfall_to_reference",
    "shortfall_to_mark",
    "extra_to_chance",
    "extra_to_mark",
    "reverses",
    "power_at_mark",
    "detectable_ratio",
    "reading",
)
_LONGEST = 60


def comparison_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group other than the reference; what needs whole people, each by itself, is else NaN."""
    for outcome in outcomes(report):
        columns = {**_sizes(outcome), **_tests(outcome, report.plan.level), **_people(outcome, report.plan.level)}
        columns |= _power(outcome, report.plan.level)
        reverses = _reverses(outcome)
        others = np.array(outcome.others)
        strict = outcome.found.ends(others, outcome.reference, "ratio", _strict_level(outcome, report.plan))
        reference = outcome.counts.names[outcome.reference]
        for place, code in enumerate(outcome.others):
            head = {"attribute": outcome.attribute, "rate": outcome.found.rate.name}
            row: Row = {**head, "group": outcome.counts.names[code], "reference": reference}
            row |= {name: float(values[place]) for name, values in columns.items()}
            row["reverses"] = reverses[place]
            row["reading"] = _reading(row, *(float(end[place]) for end in strict))
            yield {name: row[name] for name in COMPARISON_COLUMNS}


def comparison_findings(report: AuditReport) -> Iterator[Finding]:
    """Say where one decision turns a shortfall around, and where the data are too few to tell."""
    rows = [row for row in report.rows("comparisons") if row["rate"] == "selection_rate"]
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        mine = [row for row in rows if row["attribute"] == attribute]
        turned = [row for row in mine if row["reverses"] and _is_below(row)]
        if turned:
            yield Finding("one_decision_reverses", _turned(turned), tuple(turned))
        unresolved = [row for row in mine if "samples" in row["reading"]]
        if unresolved:
            yield Finding("not_resolved", _unresolved(attribute, unresolved, len(mine)), tuple(unresolved))


def _is_below(row: Row) -> bool:
    names = ("numerator", "denominator", "reference_numerator", "reference_denominator")
    return bool(below_four_fifths(*(row[name] for name in names)))


def _turned(rows: Sequence[Row]) -> str:
    listed = listing(
        f"{display(row['group'], _LONGEST)} ({share(row['numerator'], row['denominator'])})" for row in rows
    )
    return (
        f"One decision turns the shortfall around for {listed}: with one selection more in that group and one less for "
        f"{display(rows[0]['reference'], _LONGEST)} its rate would be the higher one (question 21 on "
        f"{FOUR_FIFTHS_SOURCE})."
    )


def _unresolved(attribute: str, rows: Sequence[Row], compared: int) -> str:
    detectable = [row["detectable_ratio"] for row in rows if not np.isnan(row["detectable_ratio"])]
    if not detectable:
        found = "no ratio at all would have been found in four of five such samples"
    else:
        low, high = ratio(min(detectable)), ratio(max(detectable))
        mildest = low if low == high else f"{span(low, high)}, by group,"
        found = f"a ratio of {mildest} or less would have been found in four of five such samples"
    who = listing((display(row["group"], _LONGEST) for row in rows), most=3)
    return (
        f"By {display(attribute, _LONGEST)}, the rows are too few to tell for {len(rows)} of {compared} compared "
        f"groups ({who}): neither a lower {phrase(rows[0]['rate'])} is established nor is a ratio below four-fifths "
        f"ruled out; {found}."
    )


def _sizes(outcome: Outcome) -> dict[str, Floats]:
    x, n = outcome.found.numerator, outcome.found.denominator
    others, reference = outcome.others, outcome.reference
    return {
        "numerator": x[others],
        "denominator": n[others],
        "reference_numerator": np.full(len(others), x[reference]),
        "reference_denominator": np.full(len(others), n[reference]),
    }


def _tests(outcome: Outcome, level: float) -> dict[str, Floats]:
    found, others, reference = outcome.found, np.array(outcome.others), outcome.reference
    known = found.defined[others] & found.defined[reference]
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {"ratio": found.value[others] / found.value[reference]}
    columns["odds_ratio"] = odds_ratio(*_sizes(outcome).values())
    for kind in ("ratio", "odds_ratio"):
        for end, values in zip(("low", "high"), found.ends(others, reference, kind, level), strict=True):
            columns[f"{kind}_{end}"] = np.where(known, values, np.nan)
    plain = found.test(others, reference)
    return {**columns, "z": plain.z, "chi_square": plain.z**2, "z_p_value": plain.p_value, **_exact(outcome)}


def _exact(outcome: Outcome) -> dict[str, Floats]:
    """Give the tests at fixed totals, which take rows as whole people who know nothing of each other."""
    if not outcome.found.whole:
        nothing = np.full(len(outcome.others), np.nan)
        return dict.fromkeys(("hypergeometric_z", "fisher_p_value", "mid_p_value"), nothing)
    table = tuple(_sizes(outcome).values())
    return {
        "hypergeometric_z": hypergeometric_z(*table),
        "fisher_p_value": equality_test(*table, method="fisher_exact").p_value,
        "mid_p_value": equality_test(*table, method="fisher_mid_p").p_value,
    }


def _people(outcome: Outcome, level: float) -> dict[str, Floats]:
    """Count in people (or weights) what is missing; whole selections only where rows are whole."""
    sizes = tuple(_sizes(outcome).values())
    missing = shortfall(*sizes, mark=FOUR_FIFTHS)
    nothing = np.full(len(outcome.others), np.nan)
    extra = extra_selections(*sizes, level=level, mark=FOUR_FIFTHS) if outcome.found.whole else None
    return {
        "shortfall_to_pool": missing.to_pool,
        "shortfall_to_reference": missing.to_reference,
        "shortfall_to_mark": nothing if extra is None else missing.to_mark,
        "extra_to_chance": nothing if extra is None else extra.to_chance,
        "extra_to_mark": nothing if extra is None else extra.to_mark,
    }


def _reverses(outcome: Outcome) -> list[Any]:
    if not outcome.found.whole:
        return [None] * len(outcome.others)
    reverses: list[Any] = one_decision_reverses(*_sizes(outcome).values()).tolist()
    return reverses


def _power(outcome: Outcome, level: float) -> dict[str, Floats]:
    """Give what the comparison could have found if the higher of the two rates is as observed."""
    _, n1, _, n2 = outcome.found.people_of(np.array(outcome.others), outcome.reference, "ratio", level)
    first, second = outcome.found.value[outcome.others], outcome.found.value[outcome.reference]
    swap = first > second
    rate = np.where(swap, first, second)
    known = (n1 > 0) & (n2 > 0) & (rate > 0) & (rate < 1)
    rate, lower, higher = np.where(known, rate, 0.5), np.where(swap, n2, n1), np.where(swap, n1, n2)
    lower, higher = np.where(known, lower, 1.0), np.where(known, higher, 1.0)
    power = power_at_ratio(FOUR_FIFTHS, rate, lower, higher, level=level)
    detectable = minimum_detectable_ratio(rate, lower, higher, level=level)
    return {
        "power_at_mark": np.where(known, power, np.nan),
        "detectable_ratio": np.where(known, detectable, np.nan),
    }


def _strict_level(outcome: Outcome, plan: Plan) -> float:
    """Give the level at which the table of disparities is read."""
    rate = outcome.found.rate
    notion = min((one for one in plan.notions if rate in one.rates), key=lambda one: len(one.rates))
    return reading_level(notion, outcome.found, outcome.counts, plan)


def _reading(row: Row, low: float, high: float) -> str:
    focal, reference = (display(row[name], _LONGEST) for name in ("group", "reference"))
    undefined = np.isnan(row["ratio"]) or np.isinf(row["ratio"])
    ends = (np.nan,) * 3 if undefined else (row["ratio"], low, high)
    found = read_ratio(*ends, mark=FOUR_FIFTHS, focal=focal, reference=reference, detectable=row["detectable_ratio"])
    return found.sentence
