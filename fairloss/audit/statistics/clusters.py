"""Rows that come in clusters: what they sum up to, and rates and differences that take rows of one cluster together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.estimates import estimate
from fairloss.audit.findings import Finding
from fairloss.audit.members import read_numbers
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.plan import Plan
from fairloss.audit.results import WORST, Row, attribute_of, reference_code
from fairloss.audit.wording import display, listing, phrase, points
from fairloss.errors import InputError
from fairloss.inference import ClusteredRates, ClusterSums, clustered_difference, clustered_rates
from fairloss.notions import GroupCounts, Groups, MeanRate, Rate
from fairloss.notions.counting import axis, count
from fairloss.tables import missing_flags

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "CLUSTERED_COLUMNS",
    "Clusters",
    "cluster_findings",
    "clustered_rows",
    "count_clusters",
    "inconsistent_clusters",
    "read_clusters",
    "robust_rates",
    "write_clusters",
]

CLUSTERED_COLUMNS = (
    "attribute",
    "rate",
    "group",
    "reference",
    "value",
    "standard_error",
    "clusters",
    "design_effect",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
)
_BLOCK = 2048
"""Clusters that are held in memory at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """What rows in clusters sum up to: for each table and each rate of the plan the sums of products.

    Parameters
    ----------
    column : str
        What a cluster is called, e.g. ``"recruiter"``.
    tables : tuple of mapping of rate to ClusterSums
        One per table of counts. No cluster can be told from them.
    """

    column: str
    tables: tuple[Mapping[str, ClusterSums], ...]


def count_clusters(
    clusters: Any, label: Any, decision: Any, groups: Sequence[Groups], weight: Any, plan: Plan, *, column: str
) -> Clusters:
    """Sum up rows by cluster, some clusters at a time; a row without a cluster is one by itself."""
    codes = _codes(clusters, len(groups[0]))
    order = np.argsort(codes, kind="stable")
    rows = [None if values is None else np.asarray(values)[order] for values in (label, decision, weight)]
    codes = codes[order]
    last = int(codes[-1]) + 1
    found: list[dict[str, ClusterSums]] = [{} for _ in groups]
    for start in range(0, last, _BLOCK):
        part = slice(*np.searchsorted(codes, [start, start + _BLOCK]))
        here = codes[part] - start
        for place, each in enumerate(groups):
            counts = _by_cluster(here, each[order[part]], *(None if one is None else one[part] for one in rows))
            for rate in plan.rates:
                sums = ClusterSums.of(rate, counts)
                found[place][rate.name] = found[place][rate.name] + sums if start else sums
    return Clusters(column, tuple(found))


def _codes(clusters: Any, n: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    absent = missing_flags(clusters)
    values = np.asarray(clusters)
    if values.ndim != 1 or len(values) != n:
        raise InputError(f"clusters needs one value per row, got {values.shape} for {n} rows. Pass one column.")
    _, known = np.unique(values[~absent].astype(str), return_inverse=True)
    codes = np.empty(n, dtype=np.int64)
    codes[~absent] = known
    codes[absent] = np.arange(absent.sum()) + (known.max() + 1 if len(known) else 0)
    return codes


def _by_cluster(codes: Any, groups: Groups, label: Any, decision: Any, weight: Any) -> GroupCounts:
    """Count rows by cluster, group, label and decision; the codes of the clusters are in order."""
    size, number = groups.n_groups, int(codes[-1]) + 1
    joint = np.where(groups.codes < 0, -1, codes * size + groups.codes)
    axes = [axis(values, len(codes), role, 2) for values, role in ((label, "label"), (decision, "decision"))]
    cells = count([(joint, number * size), *axes], weight)
    return GroupCounts(cells.reshape(number, size, *cells.shape[1:]), grouping=groups.grouping)


def write_clusters(clusters: Clusters) -> dict[str, Any]:
    """Give the sums as plain data."""
    tables = [
        {rate: {"products": sums.products, "together": sums.together} for rate, sums in table.items()}
        for table in clusters.tables
    ]
    return {"column": clusters.column, "tables": tables}


def read_clusters(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Clusters:
    """Read what `write_clusters` wrote."""
    found = []
    for one, counts in zip(data["tables"], tables, strict=True):
        found.append({rate: _read_sums(sums, counts.n_groups) for rate, sums in one.items()})
    return Clusters(str(data["column"]), tuple(found))


def _read_sums(data: Mapping[str, Any], groups: int) -> ClusterSums:
    products = read_numbers(data["products"], 4).astype(np.float64)
    together = read_numbers(data["together"], 2).astype(np.float64)
    forms = products.shape[0]
    if products.shape != (forms, groups, forms, groups) or together.shape != (groups, groups):
        raise ValueError("sums over clusters are not of the shape of their groups")
    return ClusterSums(products, together)


def inconsistent_clusters(report: AuditReport) -> Iterator[Mismatch]:
    """Compare both halves of the sums, which are symmetric."""
    for place, table in enumerate(report.evidence["clusters"].tables):
        for rate, sums in table.items():
            pointer = f"/clusters/tables/{place}/{rate}"
            turned = sums.products.transpose(2, 3, 0, 1)
            yield from compare_values(sums.products.tolist(), turned.tolist(), f"{pointer}/products")
            yield from compare_values(sums.together.tolist(), sums.together.T.tolist(), f"{pointer}/together")


def clustered_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per rate and group, with the difference to the reference."""
    if "clusters" not in report.evidence:
        return
    for counts, table in zip(report.tables, report.evidence["clusters"].tables, strict=True):
        for rate in report.plan.rates:
            yield from _rows(rate, counts, table[rate.name], report.plan)


def _rows(rate: Rate | MeanRate, counts: GroupCounts, sums: ClusterSums, plan: Plan) -> Iterator[Row]:
    found = clustered_rates(rate, counts, sums=sums, level=plan.level)
    reference = reference_code(estimate(rate, counts, plan.level), counts, plan)
    known = ~np.isnan(found.value)
    low, high = (np.where(known, end, np.nan) for end in (found.interval.low, found.interval.high))
    for code, name in enumerate(counts.names):
        gap = float(found.value[code] - found.value[reference])
        ends = (np.nan, np.nan)
        if code != reference and not np.isnan(gap):
            between = clustered_difference(rate, counts, group=code, reference=reference, sums=sums, level=plan.level)
            ends = (float(between.low), float(between.high))
        head = (attribute_of(counts), rate.name, name, counts.names[reference])
        own = (float(found.value[code]), float(found.standard_error[code]), int(found.clusters[code]))
        rest = (float(found.design_effect[code]), float(low[code]), float(high[code]))
        values = (*head, *own, *rest, gap if code != reference else np.nan, *ends)
        yield dict(zip(CLUSTERED_COLUMNS, values, strict=True))


def robust_rates(
    rows: Iterator[Row], counts: GroupCounts, table: Mapping[str, ClusterSums], plan: Plan
) -> Iterator[Row]:
    """Give the rows of rates with intervals that take rows of one cluster together."""
    found: dict[str, ClusteredRates] = {
        rate.name: clustered_rates(rate, counts, sums=table[rate.name], level=plan.level) for rate in plan.rates
    }
    for row in rows:
        interval, code = found[row["rate"]].interval, counts.names.index(row["group"])
        known = not np.isnan(row["value"])
        ends = {"low": float(interval.low[code]), "high": float(interval.high[code])}
        yield {**row, **ends} if known else row


def cluster_findings(report: AuditReport) -> Iterator[Finding]:
    """Say where a difference is established only as long as rows of one cluster are taken as independent."""
    rows = report.rows("clustered")
    if not rows:
        return
    established = {
        (row["attribute"], row["rate"], row["group"])
        for row in report.rows("disparities")
        if (row["comparison"], row["reading"]) == ("difference", "difference_established") and row["group"] != WORST
    }
    lost = [
        row
        for row in rows
        if (row["attribute"], row["rate"], row["group"]) in established
        and row["difference_low"] <= 0 <= row["difference_high"]
    ]
    if lost:
        yield Finding("gap_within_clusters", _lost(lost, report.evidence["clusters"].column), tuple(lost))


def _lost(rows: Sequence[Row], column: str) -> str:
    listed = listing(
        f"{phrase(row['rate'])} of {display(row['group'], 60)} ({points(row['difference'])} points, "
        f"{points(row['difference_low'])} to {points(row['difference_high'])})"
        for row in rows
    )
    return (
        f"Rows of one {display(column, 60)} are alike. With that taken into account these differences to the reference "
        f"are not established: {listed}."
    )
