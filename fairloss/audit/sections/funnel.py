"""The stages of a funnel by group, and the bottom line."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fairloss.audit.charts import MOST_SERIES, Slope, funnel
from fairloss.audit.figures import estimate_text
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST, Row
from fairloss.audit.wording import display, percent, share

__all__ = ["funnel_sections"]

_BOTTOM = "bottom line"


def funnel_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute who goes on at each stage, where a funnel was counted."""
    rows = report.rows("stage_rates")
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        name = display(attribute, 80)
        mine = [row for row in rows if row["attribute"] == attribute] + list(_bottom(report, attribute))
        table = _table(mine, f"Stages by {name}", percent(report.plan.level, 0))
        caption = (
            f"Ratio of each group to the reference of that stage by {name}. The stages are joined; the bottom line is "
            "the share of all who entered that is left at the end."
        )
        chart = _chart(mine, f"Selection ratios along the funnel by {name}")
        yield Section(f"The funnel by {name}", figures=(Figure(chart, caption, table),))


def _bottom(report: AuditReport, attribute: str) -> Iterator[Row]:
    """Give the rows of the bottom line in the columns of a stage."""
    key = (attribute, "selection_rate")
    ratios = [row for row in report.disparity_rows if row["comparison"] == "ratio" and row["group"] != WORST]
    found = {row["group"]: row for row in ratios if (row["attribute"], row["rate"]) == key}
    for row in report.rate_rows:
        if (row["attribute"], row["rate"]) == key:
            other = found.get(row["group"], {})
            three = {f"ratio{end}": other.get(name, math.nan) for end, name in _ENDS}
            yield {**row, "stage": _BOTTOM, "reference": other.get("reference", row["group"]), **three}


_ENDS = (("", "value"), ("_low", "low"), ("_high", "high"))


def _chart(rows: list[Row], title: str) -> str:
    stages = list(dict.fromkeys(row["stage"] for row in rows))
    entered = sorted((row for row in rows if row["stage"] == stages[0]), key=lambda row: -float(row["denominator"]))
    said = "The table behind the chart has the counts of each stage and group."
    slopes = []
    for group in [row["group"] for row in entered]:
        mine = [row for row in rows if row["group"] == group]
        three = tuple(_three(row) for row in mine)
        if any(not math.isnan(one[0]) and one[1:] != (1.0, 1.0) for one in three):
            slopes.append(Slope(display(group, 60), three))
    return funnel(slopes[:MOST_SERIES], [display(stage, 24) for stage in stages], title=title, description=said)


def _three(row: Row) -> tuple[float, float, float]:
    if row["group"] == row["reference"]:
        return 1.0, 1.0, 1.0
    return row["ratio"], row["ratio_low"], row["ratio_high"]


def _table(rows: list[Row], caption: str, level: str) -> Table:
    cells = tuple(
        (
            display(row["stage"]),
            display(row["group"]),
            share(row["numerator"], row["denominator"]),
            estimate_text(row, "share"),
            "reference" if row["group"] == row["reference"] else _ratio_text(row),
        )
        for row in rows
    )
    heads = ("Went on", f"Share ({level} interval)", f"Ratio to the reference ({level} interval)")
    return Table(caption, (Column("Stage"), Column("Group"), *(Column(head, numeric=True) for head in heads)), cells)


def _ratio_text(row: Row) -> str:
    value, low, high = _three(row)
    return estimate_text({"value": value, "low": low, "high": high}, "ratio")
