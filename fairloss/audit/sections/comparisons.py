"""The statistics that experts quote: each group against the reference, and all groups at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from fairloss.audit.clustered_estimates import not_whole
from fairloss.audit.figures import estimate_text, p_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.plan import FOUR_FIFTHS_SOURCE
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, number, percent, phrase, ratio

__all__ = ["comparison_sections"]


def comparison_sections(report: AuditReport) -> Iterator[Section]:
    """Give tests, people and power for each attribute, where the plan asks for the outcome rate."""
    rows = report.rows("comparisons")
    if not rows:
        return
    parts = []
    for attribute, group in groupby(rows, key=lambda row: row["attribute"]):
        mine = list(group)
        tables = (_tests(mine, report), _people(mine), _power(mine))
        parts.append(Section(f"By {display(attribute, 80)}", tables=tables))
    omnibus = report.rows("omnibus")
    yield Section(
        "Statistics of the comparisons",
        _words(report),
        tables=(_omnibus(omnibus),) if omnibus else (),
        sections=tuple(parts),
    )


def _words(report: AuditReport) -> tuple[str, ...]:
    mark = f"The mark is four-fifths ({FOUR_FIFTHS_SOURCE}). None of these numbers is a verdict."
    why = not_whole(report)
    if not why:
        return (mark,)
    needs = "what needs whole people, each by itself (tests at fixed totals, extra selections, permutations)"
    return mark, f"{why.capitalize()}: {needs} is left out."


def _tests(rows: list[Row], report: AuditReport) -> Table:
    level = percent(report.plan.level, 0)
    cells = [
        (
            display(row["group"]),
            estimate_text(_estimate(row, "odds_ratio"), "ratio"),
            _signed(row["z"]),
            _signed(row["hypergeometric_z"]),
            p_text(row["z_p_value"]),
            p_text(row["fisher_p_value"]),
            p_text(row["mid_p_value"]),
        )
        for row in rows
    ]
    heads = (f"Odds ratio ({level} interval)", "z", "z, hypergeometric", "p of z", "p, Fisher", "p, mid-p")
    return Table(
        f"Tests of equal {phrase(rows[0]['rate'])}, against {display(rows[0]['reference'], 60)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "z: standard deviations from equality, pooled and at fixed totals; its square is the chi-square of the table. "
        "Score interval of the odds ratio. The p values are not adjusted for the number of groups.",
    )


def _people(rows: list[Row]) -> Table:
    names = ("shortfall_to_pool", "shortfall_to_reference", "shortfall_to_mark", "extra_to_chance", "extra_to_mark")
    cells = [
        (
            display(row["group"]),
            *(number(round(row[name], 1)).replace("-", "−") for name in names),
            _yes_or_no(row["reverses"]),
        )
        for row in rows
    ]
    heads = (
        "Missing to the rate of both",
        "Missing to the reference",
        "Missing to four-fifths",
        "Extra until chance explains it",
        "Extra until four-fifths",
    )
    return Table(
        f"Shortfalls in people, against {display(rows[0]['reference'], 60)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads), Column("One decision reverses it")),
        tuple(cells),
        "Missing: favorable decisions that the group lacks; negative where it has more. Extra: the least number of "
        "further ones, the reference left as it is.",
    )


def _power(rows: list[Row]) -> Table:
    cells = [
        (display(row["group"]), percent(row["power_at_mark"]), ratio(row["detectable_ratio"]), row["reading"])
        for row in rows
    ]
    heads = (Column("Chance to find four-fifths", numeric=True), Column("Detectable ratio", numeric=True))
    return Table(
        f"What the comparison with {display(rows[0]['reference'], 60)} could find, and what it says",
        (Column("Group"), *heads, Column("Reading")),
        tuple(cells),
        "Detectable: the mildest true ratio of the lower to the higher rate that would be found in four of five such "
        "samples; a dash where none would.",
    )


def _omnibus(rows: list[Row]) -> Table:
    cells = [
        (
            display(row["attribute"]),
            str(row["groups"]),
            f"{ratio(row['statistic'])} on {number(row['degrees'])}",
            p_text(row["p_value"]),
            ratio(row["smallest_ratio"]),
            row["note"] or p_text(row["smallest_ratio_p_value"]),
        )
        for row in rows
    ]
    heads = ("Groups", "Chi-square on degrees", "p", "Lowest over highest rate", "p, permutation")
    return Table(
        f"All groups at once: {phrase(rows[0]['rate'])}",
        (Column("Attribute"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "The highest of many noisy rates is high by luck, so the lowest of many ratios to it is low by luck. The "
        "permutation says how often it is as low as seen among equal groups of these sizes.",
    )


def _estimate(row: Row, name: str) -> Row:
    return {"value": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]}


def _signed(value: float) -> str:
    return ratio(value) if value != value or value >= 0 else f"−{ratio(-value)}"


def _yes_or_no(value: bool | None) -> str:
    return "–" if value is None else "yes" if value else "no"
