"""Rates and gaps with the strata held constant."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.figures import estimate_text, gap_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.wording import display, percent, phrase, points, share

__all__ = ["strata_sections"]

_MOST_STRATA = 120


def strata_sections(report: AuditReport) -> Iterator[Section]:
    """Give gaps over all rows and within strata, where there are any."""
    if report.control is None:
        return
    by, level = display(report.control.grouping.attribute, 80), percent(report.plan.level, 0)
    rows = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)} and {display(row['reference'], 80)}",
            phrase(row["rate"]),
            points(row["crude"]),
            gap_text({**row, "value": row["adjusted"]}, bounded=True),
            f"{row['strata']} ({percent(row['covered'])})",
        )
        for row in report.rows("adjusted")
    ]
    heads = ("Gap over all rows", f"Gap with {by} held constant ({level} interval)", "Strata (share of people)")
    adjusted = Table(
        f"Differences in points, over all rows and with {by} held constant",
        (Column("Groups"), Column("Rate"), *(Column(head, numeric=True) for head in heads)),
        tuple(rows),
        "Held constant: both rates are averaged over the strata that have people of both groups, with the weights of "
        "all people (direct standardization). A gap that shrinks is explained in part; whether it is justified is not "
        "said.",
    )
    rate = report.plan.rates[0].name
    inside = [
        row for row in report.rows("stratum_rates") if row["rate"] == rate and row["attribute"] == report.attributes[0]
    ]
    cells = [
        (display(r["stratum"]), display(r["group"]), share(r["numerator"], r["denominator"]), estimate_text(r, "share"))
        for r in inside[:_MOST_STRATA]
    ]
    note = f"The first {_MOST_STRATA} of {len(inside)} rows." if len(inside) > _MOST_STRATA else ""
    columns = (
        Column(by),
        Column("Group"),
        Column("Count", numeric=True),
        Column(f"Rate ({level} interval)", numeric=True),
    )
    table = Table(
        f"{phrase(rate).capitalize()} by {by} and {display(report.attributes[0], 80)}", columns, tuple(cells), note
    )
    yield Section(f"With {by} held constant", tables=(adjusted, table))
