"""What is left where groups are not recorded, and where rows go together."""

from __future__ import annotations

from collections.abc import Iterator

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
    """Give rates and gaps with rows of one cluster taken together, where clusters were given."""
    rows = report.rows("clustered")
    if not rows:
        return
    by, level = display(report.evidence["clusters"].column, 80), percent(report.plan.level, 0)
    bounded = {rate.name: rate.is_bounded for rate in report.plan.rates}
    cells = [_clustered(row, bounded[row["rate"]]) for row in rows[:_MOST_ROWS]]
    heads = (f"Rate ({level} interval)", "Clusters", "Design effect", f"Against the reference ({level} interval)")
    table = Table(
        f"Rates and gaps with rows of one {by} taken together",
        (Column("Group"), Column("Rate"), *(Column(head, numeric=True) for head in heads)),
        tuple(cells),
        "Design effect: the variance over that of as many independent rows. Ratios, p values and readings elsewhere in "
        "this report take rows as independent.",
    )
    yield Section(f"Rows that go together: {by}", tables=(table,))


def _clustered(row: Row, bounded: bool) -> tuple[str, ...]:
    gap = {
        "value": row["difference"],
        "low": row["difference_low"],
        "high": row["difference_high"],
        "group": row["group"],
    }
    own = row["group"] == row["reference"]
    return (
        f"{display(row['attribute'], 80)}: {display(row['group'], 80)}",
        phrase(row["rate"]),
        estimate_text(row, "share" if bounded else "ratio"),
        number(row["clusters"]),
        ratio(row["design_effect"]),
        "reference" if own else gap_text(gap, bounded),
    )


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
