"""Statutory tables as a rule states them: each row of results as texts of one line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from fairloss.audit.figures import estimate_text, p_text
from fairloss.audit.page import Column, Table
from fairloss.audit.regimes.assessment import Assessment, StatutoryTable
from fairloss.audit.regimes.tables import BUILDERS
from fairloss.audit.wording import display, number, percent, phrase, share

__all__ = ["statutory_tables"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shown:
    """One column of the page: its head, its text, and whether it is set to the right, as numbers are."""

    head: str
    text: Callable[[Any], str]
    numeric: bool = True


def statutory_tables(found: Assessment) -> Iterator[Table]:
    """Give the tables of a regime, one per attribute; none where the audit lacks what they need."""
    for table in found.tables:
        for attribute, rows in groupby(table.rows, key=lambda row: row["attribute"]):
            held = list(rows)
            for kind, shown in _SHOWN[BUILDERS[table.request.builder].result].items():
                yield _table(found, table, f"{kind or table.request.title}, by {display(attribute, 80)}", shown, held)


def _table(
    found: Assessment, table: StatutoryTable, caption: str, shown: Sequence[_Shown], rows: Sequence[Row]
) -> Table:
    reference = rows[0]["reference"]
    marks = [found.regime.mark(name) for name in (table.request.mark, table.request.deviations) if name]
    notes = [f"Mark {mark.value}: {mark.source}." for mark in marks]
    notes += [f"Compared with {display(reference, 80)}."] if reference else []
    return Table(
        caption,
        tuple(Column(one.head, one.numeric) for one in shown),
        tuple(tuple(one.text(row) for one in shown) for row in rows),
        " ".join(notes),
    )


def _three(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.3f}".replace("-", "−")


def _people(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.1f}".removesuffix(".0").replace("-", "−")


def _ratio(row: Row) -> str:
    return row["note"] if math.isnan(row["ratio"]) and row["note"] else _three(row["ratio"])


def _measure(row: Row) -> str:
    return phrase(row["measure"])


def _ends(row: Row) -> str:
    if math.isnan(row["value"]):
        return row["note"] or "–"
    known = not math.isnan(row["low"])
    return f"{_three(row['value'])} ({_three(row['low'])} to {_three(row['high'])})" if known else _three(row["value"])


def _share(row: Row) -> str:
    return row["note"] or estimate_text(dict(row), "share")


def _group(row: Row) -> str:
    return display(row["group"])


_SHOWN: Mapping[str, Mapping[str, Sequence[_Shown]]] = {
    "impact_ratios": {
        "": (
            _Shown("Category", _group, False),
            _Shown("Count", lambda row: share(row["favorable"], row["rows"])),
            _Shown("Rate", lambda row: percent(row["rate"])),
            _Shown("Ratio", _ratio),
            _Shown("Below the mark", lambda row: row["below_mark"] or "–"),
            _Shown("Share of the people", lambda row: percent(row["share"])),
        )
    },
    "selection_tests": {
        "Standard deviations and exact tests": (
            _Shown("Group", _group, False),
            _Shown("Deviations, pooled", lambda row: _three(row["z"])),
            _Shown("Hypergeometric", lambda row: _three(row["z_hypergeometric"])),
            _Shown("At or beyond the mark", lambda row: row["beyond_deviations"] or "–"),
            _Shown("p, pooled z", lambda row: p_text(row["pooled_p_value"])),
            _Shown("p, Fisher", lambda row: p_text(row["fisher_p_value"])),
            _Shown("p, mid-p", lambda row: row["note"] or p_text(row["mid_p_value"])),
        ),
        "Shortfalls in people, and how many more selections would do": (
            _Shown("Group", _group, False),
            _Shown("Short of the pooled rate", lambda row: _people(row["shortfall_to_pool"])),
            _Shown("Of the highest rate", lambda row: _people(row["shortfall_to_reference"])),
            _Shown("Of the mark", lambda row: _people(row["shortfall_to_mark"])),
            _Shown("More until chance suffices", lambda row: _people(row["extra_to_chance"])),
            _Shown("More until the mark", lambda row: _people(row["extra_to_mark"])),
            _Shown("One decision reverses", lambda row: row["one_decision_reverses"] or "–"),
        ),
    },
    "credit_measures": {
        "": (
            _Shown("Group", _group, False),
            _Shown("Measure", _measure, False),
            _Shown("Value (interval)", _ends),
        )
    },
    "reason_shares": {
        "": (
            _Shown("Reason", lambda row: display(row["reason"]), False),
            _Shown("Group", _group, False),
            _Shown("Notices", lambda row: number(row["notices"])),
            _Shown("With this reason", lambda row: number(row["count"])),
            _Shown("Share (interval)", _share),
            _Shown("Ratio", lambda row: _three(row["ratio"])),
            _Shown("p, Holm", lambda row: p_text(row["p_adjusted"])),
        )
    },
}
"""Table of results to the tables that the page makes of it: title, where it is not the regime's, and columns."""
