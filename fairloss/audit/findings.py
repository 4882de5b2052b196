"""The findings of an audit: sentences in the past tense, each with its numbers and the rows that it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from fairloss.audit.missing import Unknown
from fairloss.audit.plan import FOUR_FIFTHS_SOURCE, Plan
from fairloss.audit.results import WORST, Row, attribute_of
from fairloss.audit.wording import count, display, listing, percent, phrase, points, ratio, share, span
from fairloss.inference import below_four_fifths, worst_gap_interval
from fairloss.notions import GroupCounts

__all__ = ["Finding", "constant_decisions", "find"]

_LONGEST = 60
"""Characters of a group name inside a sentence; the tables show the whole name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Parameters
    ----------
    code : str
        Which kind: ``constant_decisions``, ``unknown_group``, ``gap_established``, ``gap_not_established``,
        ``below_four_fifths``, ``not_determinable``, ``missing_values``, ``reversal``, ``one_decision_reverses``,
        ``not_resolved``, ``chosen_by_luck``, ``strata_differ``, ``tables_disagree``, ``reasons_differ``,
        ``gap_within_clusters``, ``gap_depends_on_unknown``; of data
        ``representation``, ``leak``, ``identifier``, ``proxy``, ``restated_attribute``, ``missing_by_label``,
        ``wrong_labels``, ``annotators``, ``label_conflicts``, ``duplicates``, ``equal_rows``, ``categories``,
        ``drift``, ``base_rate_drift``, ``sampled_rows``.
    sentence : str
        The finding in words, with its numbers.
    evidence : tuple of mapping
        The rows of the tables that it rests on.

    Examples
    --------
    >>> str(Finding("unknown_group", "3 rows have no value of sex and form the group “missing”."))
    '3 rows have no value of sex and form the group “missing”.'
    """

    code: str
    sentence: str
    evidence: tuple[Row, ...] = field(default=(), hash=False)

    def __str__(self) -> str:
        return self.sentence

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about, without any number: code, attribute, notion, rate, column, reason and group.

        The rate behind a worst gap, and the group where several are named, depend on the numbers and are left out.
        """
        first = self.evidence[0] if self.evidence else {}
        keys = [key for key in _SUBJECT if not (key == "rate" and first.get("group") == WORST)]
        keys += ["group"] if self.code in _OF_ONE_GROUP else []
        return (self.code, *(f"{key}={first[key]}" for key in keys if first.get(key) not in (None, "")))

    @property
    def id(self) -> str:
        """A name that stays the same as long as the finding is about the same; responses use it."""
        told = "\x1f".join(self.subject).encode("utf-8", "surrogatepass")
        return f"{self.code}-{hashlib.sha256(told).hexdigest()[:8]}"


_SUBJECT = ("attribute", "notion", "rate", "comparison", "column", "reason", "problem")
_OF_ONE_GROUP = frozenset(
    ("not_determinable", "reversal", "reasons_differ", "strata_differ", "gap_depends_on_unknown", "wrong_labels")
)
"""Findings of which there may be one for each group."""


def find(
    tables: Sequence[GroupCounts],
    unknown: Sequence[Unknown],
    rates: list[Row],
    disparities: list[Row],
    missing: list[Row],
    plan: Plan,
    first: Sequence[Finding] = (),
) -> list[Finding]:
    """Give the findings, the most important first: what makes the rest void, gaps, four-fifths, what is undefined.

    Findings in ``first`` qualify the gaps and come before them.
    """
    found = [*constant_decisions(tables[0])]
    found += [one for counts, rows in zip(tables, unknown, strict=True) for one in _without_group(counts, rows)]
    told = _notions_to_tell(plan)
    worst_rows = [row for row in disparities if row["notion"] in told and _is_worst_difference(row)]
    gaps = [_gap(row, tables, rates, plan) for row in worst_rows]
    order = [notion.name for notion in plan.notions]
    gaps.sort(key=lambda gap: (gap.code != "gap_established", order.index(gap.evidence[0]["notion"])))
    marks = [one for counts in tables for one in _four_fifths(counts, rates, disparities, plan)]
    return [*found, *first, *_interleave(gaps, marks), *_missing_values(missing, plan), *_undefined(rates)]


def constant_decisions(counts: GroupCounts) -> Iterator[Finding]:
    """Say so where everybody, or nobody, gets the favorable decision: equal rates then mean nothing."""
    if not counts.has_decisions:
        return
    selected = float(np.asarray(counts.cells)[..., 1:].sum())
    total = float(np.asarray(counts.sizes).sum())
    if selected not in (0.0, total):
        return
    who = "everybody" if selected else "nobody"
    yield Finding(
        "constant_decisions",
        f"The decision is constant: {who} was selected ({share(selected, total)}). Equal rates say nothing here, "
        "because such decisions tell no person from another.",
        ({"numerator": selected, "denominator": total},),
    )


def _without_group(counts: GroupCounts, unknown: Unknown) -> Iterator[Finding]:
    if not unknown.rows:
        return
    attribute = display(attribute_of(counts), _LONGEST)
    verb, be, form = ("has", "is", "forms") if unknown.rows == 1 else ("have", "are", "form")
    if unknown.group is None:
        known = count(float(np.asarray(counts.sizes).sum()), "row", counts.squares is not None)
        what = f"{be} not in its tables, which hold {known}"
    else:
        what = f"{form} the group “{display(unknown.group, _LONGEST)}”"
    evidence = {"attribute": attribute_of(counts), "rows": unknown.rows, "group": unknown.group}
    sentence = f"{count(unknown.rows, 'row')} {verb} no value of {attribute} and {what}."
    yield Finding("unknown_group", sentence, (evidence,))


def _notions_to_tell(plan: Plan) -> set[str]:
    """Leave out a notion whose rates all have a sentence of their own."""
    single = {notion.rates[0].name for notion in plan.notions if len(notion.rates) == 1}
    return {one.name for one in plan.notions if len(one.rates) == 1 or not {rate.name for rate in one.rates} <= single}


def _is_worst_difference(row: Row) -> bool:
    return bool(row["group"] == WORST and row["comparison"] == "difference" and not np.isnan(row["value"]))


def _gap(row: Row, tables: Sequence[GroupCounts], rates: list[Row], plan: Plan) -> Finding:
    among = [one for one in rates if (one["attribute"], one["rate"]) == (row["attribute"], row["rate"])]
    known = [one for one in among if not np.isnan(one["value"])]
    low, high = min(known, key=lambda one: one["value"]), max(known, key=lambda one: one["value"])
    counts = next(one for one in tables if attribute_of(one) == row["attribute"])
    weighted = counts.squares is not None
    bounded = next(rate.is_bounded for rate in plan.rates if rate.name == row["rate"])
    shown: Callable[[float], str] = points if bounded else ratio
    unit = " points" if bounded else ""
    interval = span(shown(row["low"]).lstrip("+"), shown(row["high"]).lstrip("+"))
    established = row["reading"] == "difference_established"
    says = (
        "A difference between groups is established."
        if established
        else "No difference between groups is established; the interval shows which gaps are not ruled out."
    )
    scope = f" for the largest gap between any two of {len(known)} groups:" if len(known) > 2 else ""
    sentence = (
        f"{_worst_of(row, plan)}{phrase(row['rate']).capitalize()} by {display(row['attribute'], _LONGEST)}: "
        f"lowest for {_value_of(low, bounded, weighted)}, highest for {_value_of(high, bounded, weighted)}; a gap of "
        f"{shown(row['value']).lstrip('+')}{unit} ({percent(plan.level, 0)} interval{scope} {interval}). {says}"
    )
    return Finding("gap_established" if established else "gap_not_established", sentence, (row, low, high))


def _worst_of(row: Row, plan: Plan) -> str:
    notion = next(one for one in plan.notions if one.name == row["notion"])
    return f"{phrase(notion.name).capitalize()}, the larger of {len(notion.rates)} gaps. " if notion.rates[1:] else ""


def _value_of(row: Row, bounded: bool, weighted: bool) -> str:
    value = percent(row["value"]) if bounded else ratio(row["value"])
    behind = "" if np.isnan(row["numerator"]) else f", {share(row['numerator'], row['denominator'])}"
    unit = " weighted rows" if weighted and behind else ""
    return f"{display(row['group'], _LONGEST)} ({value}{behind}{unit})"


def _four_fifths(counts: GroupCounts, rates: list[Row], disparities: list[Row], plan: Plan) -> Iterator[Finding]:
    attribute = attribute_of(counts)
    rows = [
        row
        for row in disparities
        if (row["attribute"], row["rate"], row["comparison"]) == (attribute, "selection_rate", "ratio")
        and row["group"] != WORST
        and not np.isnan(row["value"])
    ]
    by_group = {row["group"]: row for row in rates if (row["attribute"], row["rate"]) == (attribute, "selection_rate")}
    below = [row for row in rows if _is_below(by_group[row["group"]], by_group[row["reference"]])]
    if not below:
        return
    below.sort(key=lambda row: float(row["value"]))
    yield Finding("below_four_fifths", _four_fifths_sentence(attribute, below, len(rows)), tuple(below))


def _four_fifths_sentence(attribute: str, below: list[Row], compared: int) -> str:
    ratios = [f"{ratio(row['value'])}, {span(ratio(row['low']), ratio(row['high']))}" for row in below]
    names = [display(row["group"], _LONGEST) for row in below]
    sure = [name for name, row in zip(names, below, strict=True) if row["reading"] == "shortfall_established"]
    mark = (
        f"below four-fifths of that of {display(below[0]['reference'], _LONGEST)} "
        f"({FOUR_FIFTHS_SOURCE}, counts compared exactly)"
    )
    if compared == 1:
        says = "That the true ratio is below four-fifths is " + ("established." if sure else "not established.")
        return f"The selection rate of {names[0]} is {mark}: ratio {ratios[0]}. {says}"
    listed = listing(f"{name} ({text})" for name, text in zip(names, ratios, strict=True))
    says = f"established for {listing(sure)}" if sure else "not established for any of them"
    return (
        f"By {display(attribute, _LONGEST)}, the selection rate of {len(below)} of {compared} compared groups is "
        f"{mark}: {listed}. A true ratio below four-fifths is {says}."
    )


def _is_below(group: Row, reference: Row) -> bool:
    pairs = (group["numerator"], group["denominator"], reference["numerator"], reference["denominator"])
    return bool(below_four_fifths(*pairs))


def _missing_values(rows: list[Row], plan: Plan) -> Iterator[Finding]:
    """Name the columns that lack values for one group more often than for another, the largest gap first."""
    unequal: list[tuple[float, Finding]] = []
    for attribute, column in dict.fromkeys((row["attribute"], row["column"]) for row in rows):
        groups = [row for row in rows if (row["attribute"], row["column"]) == (attribute, column) and row["rows"]]
        interval = worst_gap_interval(*([row[key] for row in groups] for key in ("missing", "rows")), level=plan.level)
        low, high = (pick(groups, key=lambda row: float(row["share"])) for pick in (min, max))
        if interval.low > 0:
            sentence = (
                f"Values of {display(column, _LONGEST)} are missing more often for group {_missing_of(high)} than for "
                f"group {_missing_of(low)}."
            )
            unequal.append((high["share"] - low["share"], Finding("missing_values", sentence, (high, low))))
    yield from (finding for _, finding in sorted(unequal, key=lambda pair: -pair[0]))


def _missing_of(row: Row) -> str:
    return f"“{display(row['group'], _LONGEST)}” ({percent(row['share'])}, {share(row['missing'], row['rows'])})"


def _undefined(rates: list[Row]) -> Iterator[Finding]:
    for row in rates:
        if row["note"] and row["note"] != "it has no rows":
            name = display(row["group"], _LONGEST)
            yield Finding("not_determinable", f"{row['rate']} is undefined for group '{name}': {row['note']}.", (row,))


def _interleave(gaps: list[Finding], marks: list[Finding]) -> list[Finding]:
    """Put each four-fifths finding right after the selection gap of the same attribute."""
    ordered: list[Finding] = []
    for gap in gaps:
        ordered.append(gap)
        if gap.evidence[0]["rate"] == "selection_rate":
            ordered += [mark for mark in marks if mark.evidence[0]["attribute"] == gap.evidence[0]["attribute"]]
    return ordered
