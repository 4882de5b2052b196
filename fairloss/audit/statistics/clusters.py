"""Rows that come in clusters: what they sum up to, and what that changes in rates and differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.clustered_estimates import Counted, counted
from fairloss.audit.estimates import compare_with, estimate
from fairloss.audit.findings import Finding
from fairloss.audit.members import read_numbers
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.plan import Plan
from fairloss.audit.results import Row, attribute_of, reference_code, row_level
from fairloss.audit.wording import display, listing, phrase, points, span
from fairloss.errors import InputError
from fairloss.inference import ClusterSums, clustered_pairs
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
    "write_clusters",
]

CLUSTERED_COLUMNS = (
    "attribute",
    "rate",
    "group",
    "reference",
    "clusters",
    "standard_error",
    "degrees",
    "design_effect",
    "plain_low",
    "plain_high",
    "difference_error",
    "difference_degrees",
    "difference_effect",
    "plain_difference_low",
    "plain_difference_high",
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
        {rate: {"products": sums.products, "clusters": sums.clusters} for rate, sums in table.items()}
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
    clusters = read_numbers(data["clusters"], 1).astype(np.float64)
    forms = products.shape[0]
    if products.shape != (forms, groups, forms, groups) or clusters.shape != (groups,):
        raise ValueError("sums over clusters are not of the shape of their groups")
    return ClusterSums(products, clusters)


def inconsistent_clusters(report: AuditReport) -> Iterator[Mismatch]:
    """Compare both halves of the sums, which are symmetric."""
    for place, table in enumerate(report.evidence["clusters"].tables):
        for rate, sums in table.items():
            turned = sums.products.transpose(2, 3, 0, 1)
            pointer = f"/clusters/tables/{place}/{rate}/products"
            yield from compare_values(sums.products.tolist(), turned.tolist(), pointer)


def clustered_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per rate and group: what its clusters are, and the intervals that rows by themselves would have."""
    for table in counted(report) if "clusters" in report.evidence else ():
        for rate in report.plan.rates:
            yield from _rows(rate, table, report.plan)


def _rows(rate: Rate | MeanRate, table: Counted, plan: Plan) -> Iterator[Row]:
    plain, found = estimate(rate, table.counts, plan.level), table.clustered(rate)
    reference, groups = reference_code(plain, table.counts, plan), np.arange(table.counts.n_groups)
    pairs = clustered_pairs(found, groups, reference)
    gaps = compare_with(plain, reference, "difference", row_level(plain, table.counts, plan))
    independent = np.hypot(plain.error, plain.error[reference]) ** 2
    effect = np.divide(
        pairs.standard_error**2, independent, out=np.full_like(independent, np.nan), where=independent > 0
    )
    between = np.stack([pairs.standard_error, pairs.degrees, effect, gaps.low, gaps.high], axis=1)
    between[(groups == reference) | np.isnan(gaps.value)] = np.nan
    own = (found.standard_error, found.degrees, found.design_effect, plain.low, plain.high)
    for code, name in enumerate(table.counts.names):
        head = (attribute_of(table.counts), rate.name, name, table.counts.names[reference], int(found.clusters[code]))
        values = (*head, *(float(one[code]) for one in own), *between[code].tolist())
        yield dict(zip(CLUSTERED_COLUMNS, values, strict=True))


def cluster_findings(report: AuditReport) -> Iterator[Finding]:
    """Say where rows that are taken as independent would tell a difference that they do not tell together."""
    plain = {(row["attribute"], row["rate"], row["group"]): row for row in report.rows("clustered")}
    lost = {
        key: (row, plain[key])
        for row in (report.rows("disparities") if plain else ())
        if row["comparison"] == "difference" and (key := (row["attribute"], row["rate"], row["group"])) in plain
        if row["low"] <= 0 <= row["high"]
        if not plain[key]["plain_difference_low"] <= 0 <= plain[key]["plain_difference_high"]
    }
    if lost:
        sentence = _lost(list(lost.values()), report.evidence["clusters"].column)
        yield Finding("gap_within_clusters", sentence, tuple(row for _, row in lost.values()))


def _lost(pairs: Sequence[tuple[Row, Row]], column: str) -> str:
    listed = listing(
        f"{phrase(row['rate'])} of {display(row['group'], 60)} ({points(row['value'])} points, "
        f"{span(points(row['low']), points(row['high']))}; as independent rows "
        f"{span(points(plain['plain_difference_low']), points(plain['plain_difference_high']))})"
        for row, plain in pairs
    )
    return (
        f"Rows of one {display(column, 60)} are alike. Taken as independent, they would tell these differences to the "
        f"reference from 0; together they do not: {listed}."
    )
