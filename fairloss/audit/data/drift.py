"""Drift of columns: whether the parts of a table, or two tables, hold the same kind of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.columns import whole_array
from fairloss.audit.data.marks import finding_chance
from fairloss.audit.findings import Finding
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.results import Row
from fairloss.audit.wording import display, listing, percent, ratio
from fairloss.inference import association, holm
from fairloss.notions import GroupCounts, Groups
from fairloss.notions.counting import count
from fairloss.tables import Bins

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "DRIFT_COLUMNS", "Drift", "DriftColumn", "count_drift", "drift_findings", "drift_rows", "inconsistent_drift",
    "read_drift", "write_drift",
]  # fmt: skip

DRIFT_COLUMNS = (
    "column", "part", "reference", "rows", "rows_reference", "bins", "psi", "distance", "missing", "missing_reference",
    "appeared", "vanished", "p_value", "p_adjusted",
)  # fmt: skip

_HARDLY = 0.001
"""A level is new where the chance that the reference part holds none of its rows is below this."""


@dataclass(frozen=True, slots=True, eq=False)
class DriftColumn:
    """One column: rows by part and bin; the last bin holds the rows without a value where there are any."""

    name: str
    kind: str
    bins: tuple[str, ...]
    has_missing: bool
    cells: np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """All columns by part, and the label by part and group.

    Parameters
    ----------
    parts : tuple of str
        Their names.
    reference : str
        The part that the others are compared with.
    columns : tuple of DriftColumn
        In the order of the table.
    attributes : tuple of str
        The attributes.
    groups : tuple of tuple of str
        The groups of each.
    labels : tuple of integer arrays of shape (parts, groups, 2)
        For each attribute rows by part, group and label.
    """

    parts: tuple[str, ...]
    reference: str
    columns: tuple[DriftColumn, ...]
    attributes: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    labels: tuple[np.ndarray[Any, np.dtype[np.int64]], ...]


def count_drift(name: str, bins: Bins, parts: Groups) -> DriftColumn:
    """Count one column by part."""
    cells = np.asarray(count([(parts.codes, parts.n_groups), (bins.codes, len(bins))]))
    return DriftColumn(name, bins.kind, bins.names, bins.has_missing, cells)


def drift_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per column and part other than the reference; p values are adjusted by Holm over all of them.

    ``psi`` is the population stability index ``sum((p - q) log(p / q))`` over the bins, with half a row more in each;
    ``distance`` the largest difference of the shares up to a bin (Kolmogorov-Smirnov), for numbers and dates with a
    value. p tests whether all bins, that of rows without a value included, have the same shares (chi-square).
    """
    drift: Drift | None = report.evidence.get("parts")
    if drift is None:
        return
    reference = drift.parts.index(drift.reference)
    rows = [
        _row(column, part, reference, drift.parts)
        for column in drift.columns
        for part in range(len(drift.parts))
        if part != reference
    ]
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows]), strict=True):
        yield {**row, "p_adjusted": float(adjusted)}


def _row(column: DriftColumn, part: int, reference: int, parts: Sequence[str]) -> Row:
    now, then = column.cells[part], column.cells[reference]
    kept = len(column.bins) - column.has_missing
    ordered = column.kind != "category" and now[:kept].sum() and then[:kept].sum()
    values = (
        column.name, parts[part], parts[reference], int(now.sum()), int(then.sum()),
        int(((now + then) > 0).sum()), _stability_index(now, then),
        _distance(now[:kept], then[:kept]) if ordered else float("nan"),
        int(now[kept:].sum()), int(then[kept:].sum()),
        _only_in(now[:kept], then[:kept], column), _only_in(then[:kept], now[:kept], column),
        association(np.stack([now, then])).p_value, float("nan"),
    )  # fmt: skip
    return dict(zip(DRIFT_COLUMNS, values, strict=True))


def _stability_index(now: Any, then: Any) -> float:
    filled = (now + then) > 0
    p, q = ((side[filled] + 0.5) / (side.sum() + 0.5 * filled.sum()) for side in (now, then))
    return float(((p - q) * np.log(p / q)).sum())


def _distance(now: Any, then: Any) -> float:
    return float(np.abs(np.cumsum(now) / now.sum() - np.cumsum(then) / then.sum()).max())


def _only_in(one: Any, other: Any, column: DriftColumn) -> str:
    """Name the levels that one part holds and the other hardly lacks by chance."""
    if column.kind != "category" or not one.sum():
        return ""
    missed = float(one.sum()) / float(one.sum() + other.sum())
    new = [n > 0 and not m and missed ** int(n) < _HARDLY for n, m in zip(one, other, strict=True)]
    names = [name for name, is_new in zip(column.bins, new, strict=False) if is_new]
    return listing(names) if names else ""


def drift_findings(report: AuditReport) -> Iterator[Finding]:
    """Name for each part the columns whose shares changed beyond chance, the largest stability index first."""
    rows = report.rows("drift")
    chance = finding_chance(report.plan.level)
    for part in dict.fromkeys(row["part"] for row in rows):
        tried = [row for row in rows if row["part"] == part]
        told = sorted((row for row in tried if row["p_adjusted"] < chance), key=lambda row: -float(row["psi"]))
        if told:
            shown = listing(_told(row) for row in told)
            verb = "is" if len(told) == 1 else "are"
            sentence = (
                f"{len(told)} of {len(tried)} columns {verb} distributed otherwise in part “{display(part, 60)}” than "
                f"in “{display(told[0]['reference'], 60)}”, beyond chance (Holm): {shown}."
            )
            yield Finding("drift", sentence, tuple(told[:4]))


def _told(row: Row) -> str:
    texts = [f"PSI {ratio(row['psi'])} on {row['bins']} bins"]
    if row["missing"] != row["missing_reference"]:
        pairs = ((row["missing"], row["rows"]), (row["missing_reference"], row["rows_reference"]))
        now, then = (percent(x / n) for x, n in pairs)
        texts.append(f"no value in {now}, before {then}")
    texts += [f"{verb} {display(row[verb], 80)}" for verb in ("appeared", "vanished") if row[verb]]
    return f"{display(row['column'], 60)} ({'; '.join(texts)})"


def write_drift(drift: Drift) -> dict[str, Any]:
    """Give the counts as plain data."""
    columns = [{name: getattr(one, name) for name in DriftColumn.__slots__} for one in drift.columns]
    rest = {name: getattr(drift, name) for name in ("parts", "reference", "attributes", "groups", "labels")}
    return {**rest, "columns": columns}


def read_drift(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Drift:
    """Read what `write_drift` wrote."""
    parts, groups = tuple(data["parts"]), tuple(tuple(names) for names in data["groups"])
    if data["reference"] not in parts:
        raise ValueError("the reference part is none of the parts")
    columns = tuple(
        DriftColumn(
            str(one["name"]), str(one["kind"]), tuple(one["bins"]), bool(one["has_missing"]),
            whole_array(one["cells"], (len(parts), len(one["bins"]))),
        )
        for one in data["columns"]
    )  # fmt: skip
    pairs = zip(data["labels"], groups, strict=True)
    labels = tuple(whole_array(one, (len(parts), len(names), 2)) for one, names in pairs)
    return Drift(parts, str(data["reference"]), columns, tuple(data["attributes"]), groups, labels)


def inconsistent_drift(report: AuditReport) -> Iterator[Mismatch]:
    """Compare the rows of each part in every column with those of the first column."""
    drift: Drift = report.evidence["parts"]
    for place, column in enumerate(drift.columns):
        rows, expected = column.cells.sum(1), drift.columns[0].cells.sum(1)
        yield from compare_values(rows.tolist(), expected.tolist(), f"/parts/columns/{place}/cells")
