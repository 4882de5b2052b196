"""Proxies: how well each column tells the group of a person, and which columns restate an attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.areas import Area, held_out_area, ordered_by_other_half
from fairloss.audit.data.columns import ColumnCounts, Columns
from fairloss.audit.data.marks import RESTATES, finding_chance
from fairloss.audit.findings import Finding
from fairloss.audit.results import Row
from fairloss.audit.wording import count, display, listing, ratio, span
from fairloss.inference import association, holm

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["PROXY_COLUMNS", "proxy_findings", "proxy_rows"]

PROXY_COLUMNS = (
    "attribute", "column", "rows", "cramers_v", "attribute_told", "column_told", "p_value", "p_adjusted",
    "group", "auc", "low", "high",
)  # fmt: skip

_LEAST = 20
"""Rows that a group, and the rest, must have for an area under the ROC curve."""


def proxy_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per attribute and column that a model could use; p values are adjusted by Holm over all of them.

    ``group`` is the group that the column tells best from all others, with the area under the ROC curve of telling it;
    the interval is adjusted for having chosen that group.
    """
    columns: Columns | None = report.evidence.get("columns")
    if columns is None:
        return
    stated = dict(report.evidence.get("stated_leaks", ()))
    rows = [
        _row(attribute, groups, column, place, report.plan.level)
        for place, (attribute, groups) in enumerate(zip(columns.attributes, columns.groups, strict=True))
        for column in columns.columns
        if column.may_be_used(stated)
    ]
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows]), strict=True):
        yield {name: {**row, "p_adjusted": float(adjusted)}[name] for name in PROXY_COLUMNS}


def _row(attribute: str, groups: Sequence[str], column: ColumnCounts, place: int, level: float) -> Row:
    cells = column.cells[place].sum(-1)
    table = cells.sum(1).T
    found = association(table)
    group, area = _best(cells, groups, level)
    told = {"cramers_v": found.cramers_v, "attribute_told": found.columns_told, "column_told": found.rows_told}
    chance = {"rows": int(table.sum()), "p_value": found.p_value}
    ends = {"auc": area.value, "low": area.low, "high": area.high}
    return {"attribute": attribute, "column": column.name, **told, **chance, "group": group, **ends}


def _best(cells: Any, groups: Sequence[str], level: float) -> tuple[str, Area]:
    """Give the group that is told best from the rest; of two groups both are told equally well."""
    sizes = cells.sum((1, 2))
    large = [code for code in range(len(groups)) if min(sizes[code], sizes.sum() - sizes[code]) >= _LEAST]
    if not large:
        return "", Area(*(float("nan"),) * 3)
    two = int((sizes > 0).sum()) == 2
    candidates = large[:1] if two else large
    strict = 1 - (1 - level) / len(candidates)
    areas = []
    for code in candidates:
        answers = np.stack([cells.sum(0) - cells[code], cells[code]], axis=1)
        areas.append((groups[code], held_out_area(ordered_by_other_half(answers), strict)))
    return max(areas, key=lambda pair: -1.0 if np.isnan(pair[1].value) else pair[1].value)


def proxy_findings(report: AuditReport) -> Iterator[Finding]:
    """Name for each attribute the columns that tell it beyond chance, the closest first, and those that restate it."""
    rows = report.rows("proxies")
    chance = finding_chance(report.plan.level)
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        tried = [row for row in rows if row["attribute"] == attribute]
        told = sorted((row for row in tried if row["p_adjusted"] < chance), key=lambda row: -float(row["cramers_v"]))
        same = [row for row in told if row["attribute_told"] >= RESTATES]
        if same:
            names = listing(display(row["column"], 60) for row in same)
            verb = "restates" if len(same) == 1 else "restate"
            sentence = (
                f"{names} {verb} {display(attribute, 60)}: who knows the column knows the group. A model that must "
                "not use the attribute must not use this either."
            )
            yield Finding("restated_attribute", sentence, tuple(same))
        if told:
            yield Finding("proxy", _sentence(report, attribute, told, len(tried)), tuple(told[:4]))


def _sentence(report: AuditReport, attribute: str, told: list[Row], tried: int) -> str:
    shown = listing(f"{display(row['column'], 60)} ({_strength(row)})" for row in told)
    verb = "tells" if len(told) == 1 else "tell"
    joint = [row for row in report.rows("joint_proxies") if row["attribute"] == attribute and not np.isnan(row["auc"])]
    whole = ""
    if joint:
        best = max(joint, key=lambda row: float(row["auc"]))
        ends = span(ratio(best["low"]), ratio(best["high"]))
        whole = f" All together tell {display(best['group'], 60)} from the rest with AUC {ratio(best['auc'])} ({ends})."
    return (
        f"{len(told)} of {count(tried, 'column')} {verb} {display(attribute, 60)} beyond chance (Holm): {shown}."
        f"{whole} Leaving the attribute out does not keep a model from using it."
    )


def _strength(row: Row) -> str:
    area = "" if np.isnan(row["auc"]) else f", AUC {ratio(row['auc'])} for {display(row['group'], 40)}"
    return f"Cramér's V {ratio(row['cramers_v'])}{area}"
