"""Two groups within strata: the common effect, its test, and whether the strata agree."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.figures import estimate_text, gap_text, p_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, number, percent, phrase

__all__ = ["stratified_sections"]


def stratified_sections(report: AuditReport) -> Iterator[Section]:
    """Give the stratified comparison, where there are strata and rows weigh one each."""
    rows = report.rows("stratified")
    if not rows or report.control is None:
        return
    by, level = display(report.control.grouping.attribute, 80), percent(report.plan.level, 0)
    cells = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)} and {display(row['reference'], 80)}",
            f"{number(row['observed'])} / {number(round(row['expected'], 1))}",
            p_text(row["p_value"]),
            *(estimate_text(_estimate(row, name), "ratio") for name in ("odds_ratio", "ratio")),
            gap_text({**_estimate(row, "difference"), "group": row["group"]}, bounded=True),
            p_text(row["homogeneity_p_value"]),
        )
        for row in rows
    ]
    heads = (
        "Observed / expected",
        "p",
        f"Odds ratio ({level} interval)",
        "Ratio",
        "Difference, points",
        "p, same in all strata",
    )
    table = Table(
        f"{phrase(rows[0]['rate']).capitalize()} compared within {by}",
        (Column("Groups"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "Expected: favorable decisions if rates were equal within each stratum; p by Cochran, Mantel and Haenszel. The "
        "common odds ratio, ratio and difference are those of Mantel and Haenszel (intervals: Robins, Breslow and "
        "Greenland; Greenland and Robins; Klingenberg). Same in all strata: Breslow, Day and Tarone; where that p is "
        "small, read the strata one by one.",
    )
    yield Section(f"Compared within {by}", tables=(table,))


def _estimate(row: Row, name: str) -> Row:
    return {"value": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]}
