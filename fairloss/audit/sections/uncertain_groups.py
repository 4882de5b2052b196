"""What is left where groups are not recorded, and where rows go together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from fairloss.audit.figures import estimate_text, gap_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, number, percent, phrase, points, ratio, span

__all__ = ["cluster_sections", "uncertain_group_sections"]

_MOST_ROWS = 120


def uncertain_group_sections(report: AuditReport) -> Iterator[Section]:
    """Give bounds for rows without a group, and rates of groups that are known by chances only."""
    tables = (*_unknown(report), *_proxies(report))
    if tables:
        yield Section("Where the group is not recorded", tables=tables)


def cluster_sections(report: AuditReport) -> Iterator[Section]:
    """Say what rows of one cluster, taken together, do to rates and gaps, where clusters were given."""
    rows = report.rows("clustered")
    if not rows:
        return
    by = display(report.evidence["clusters"].column, 80)
    bounded = {rate.name: rate.is_bounded for rate in report.plan.rates}
    gaps = {
        (row["attribute"], row["rate"], row["group"]): row
        for row in report.rows("disparities")
        if row["comparison"] == "difference"
    }
    cells = []
    for row in rows[:_MOST_ROWS]:
        gap = gaps.get((row["attribute"], row["rate"], row["group"]))
        cells.append(_clustered(row, gap, bounded[row["rate"]]))
    table = Table(
        f"What is known of rates and gaps with rows of one {by} taken together",
        (
            Column("Group"),
            Column("Rate"),
            Column("Clusters", numeric=True),
            Column("Design effect", numeric=True),
            Column("Rate if rows were independent", numeric=True),
            Column("Design effect of the difference", numeric=True),
            Column("Difference to the reference", numeric=True),
            Column("Difference if rows were independent", numeric=True),
        ),
        tuple(cells),
        "Design effect: the variance over that of as many independent rows. That of a difference is often smaller, "
        "below 1 too: groups of one cluster go up and down together.",
    )
    yield Section(f"Rows that go together: {by}", tables=(table,))


def _clustered(row: Row, gap: Row | None, bounded: bool) -> tuple[str, ...]:
    shown = percent if bounded else ratio
    head = (
        f"{display(row['attribute'], 80)}: {display(row['group'], 80)}",
        phrase(row["rate"]),
        number(row["clusters"]),
        ratio(row["design_effect"]),
        _between(row, "plain", shown),
    )
    if gap is None:
        return (*head, "", "reference", "")
    plain = _between(row, "plain_difference", points if bounded else ratio)
    return (*head, ratio(row["difference_effect"]), gap_text(gap, bounded), plain)


def _between(row: Row, name: str, shown: Callable[[float], str]) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "–" if math.isnan(low) else span(shown(low), shown(high))


def _unknown(report: AuditReport) -> Iterator[Table]:
    rows = report.rows("unknown_bounds")
    if not rows:
        return
    cells = [
        (
            f"{display(row['attribute'], 80)}: {display(row['group'], 80)}",
            number(row["rows_unknown"]),
            span(percent(row["rate_low"]), percent(row["rate_high"])),
            "reference" if row["group"] == row["reference"] else points(row["gap"]),
            "" if row["group"] == row["reference"] else span(points(row["gap_low"]), points(row["gap_high"])),
        )
        for row in rows
    ]
    heads = ("Rows without a group", "Rate, bounds", "Gap as recorded, points", "Gap, bounds")
    yield Table(
        f"{phrase(rows[0]['rate']).capitalize()} whoever the rows without a group belong to",
        (Column("Group"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "Sharp bounds: each end is reached by some way to assign those rows to the groups. They hold for these rows; "
        "intervals for other people come on top.",
    )


def _proxies(report: AuditReport) -> Iterator[Table]:
    rows = report.rows("proxy_rates")
    if not rows:
        return
    cells = [
        (
            display(row["group"], 80),
            number(round(row["kish_size"], 1)),
            estimate_text({**row, "value": row["weighted"]}, "share"),
            ratio(row["weighted_ratio"]),
            f"{percent(row['thresholded'])} ({number(row['assigned'])} rows)",
            ratio(row["thresholded_ratio"]),
            span(percent(row["bound_low"]), percent(row["bound_high"])),
        )
        for row in rows
    ]
    heads = ("Kish size", "Rate by weights", "Ratio", "Rate by a threshold of a half", "Ratio", "Bounds of the rate")
    yield Table(
        f"{phrase(rows[0]['rate']).capitalize()} of groups that are known by chances, against "
        f"{display(rows[0]['reference'], 80)}",
        (Column("Group"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "Weights usually make a disparity too small and a threshold too large, so the two usually bracket it; only the "
        "bounds hold in every case (a dash where fewer than 10 rows share the same chances). Kish size: as many rows "
        "with a known group know as much.",
    )
