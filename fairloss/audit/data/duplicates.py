"""Rows that are there twice: copies, equal people with different labels, identifiers and people in two parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.columns import Columns, whole_array
from fairloss.audit.data.marks import finding_chance
from fairloss.audit.data.near_copies import expected_copies, independent_pairs, is_surprising
from fairloss.audit.data.row_sample import RowSample
from fairloss.audit.findings import Finding
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.results import Row
from fairloss.audit.share_interval import share_interval
from fairloss.audit.wording import display, number, percent, share
from fairloss.inference import worst_gap_interval
from fairloss.notions import GroupCounts, Groups

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "DUPLICATE_COLUMNS", "MEASURES", "DuplicateCounts", "OtherRows", "RowHashes", "count_duplicates",
    "duplicate_findings", "duplicate_rows", "has_surprising_copies", "inconsistent_duplicates", "read_duplicates",
    "with_repeated_people", "write_duplicates",
]  # fmt: skip

DUPLICATE_COLUMNS = ("attribute", "group", "measure", "count", "rows", "share", "low", "high")

MEASURES = ("copies", "discordant_pairs", "repeated_identifiers", "across_parts")
"""Rows that repeat another; of pairs of rows that are equal in all features, each row in one pair at most, those with
different labels; rows whose identifier comes again; rows outside the reference part that repeat a row in it."""

Hashes = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True, eq=False)
class RowHashes:
    """What rows are compared by; 64 bits each, so that one false pair in 10^7 rows has a chance of 3 in 10^6.

    Parameters
    ----------
    features, whole : uint64 array of shape (n,)
        Of all compared columns, and of these and the label.
    keys : uint64 array of shape (n,)
        Random numbers, by which equal rows are paired.
    identifier : uint64 array of shape (n,), optional
        Of the column that names people.
    """

    features: Hashes
    whole: Hashes
    keys: Hashes
    identifier: Hashes | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OtherRows:
    """Rows outside the reference part, or of another table.

    Parameters
    ----------
    reference : uint64 array
        The rows of the reference part, by all compared columns and the label.
    rows : uint64 array of shape (m,)
        The other rows.
    groups : sequence of Groups
        Their groups, attribute by attribute.
    """

    reference: Hashes
    rows: Hashes
    groups: Sequence[Groups]


@dataclass(frozen=True, slots=True, eq=False)
class DuplicateCounts:
    """How many rows of each group are there twice.

    Parameters
    ----------
    attribute : str
        The attribute.
    groups : tuple of str
        Its groups.
    measures : tuple of str
        Which of `MEASURES` were counted.
    counts, rows : integer arrays of shape (measures, groups)
        How many of how many.
    """

    attribute: str
    groups: tuple[str, ...]
    measures: tuple[str, ...]
    counts: np.ndarray[Any, np.dtype[np.int64]]
    rows: np.ndarray[Any, np.dtype[np.int64]]


def count_duplicates(
    hashes: RowHashes, label: Any, groups: Sequence[Groups], others: OtherRows | None = None
) -> tuple[DuplicateCounts, ...]:
    """Count by group, for each attribute."""
    everybody = np.ones(len(label), dtype=bool)
    pairs, discordant = _pairs(hashes, label)
    flags = [(groups, _repeats(hashes.whole), everybody), (groups, discordant, pairs)]
    measures = list(MEASURES[:2])
    if hashes.identifier is not None:
        measures.append(MEASURES[2])
        flags.append((groups, _shared(hashes.identifier), everybody))
    if others is not None:
        measures.append(MEASURES[3])
        seen = np.isin(others.rows, np.unique(others.reference))
        flags.append((others.groups, seen, np.ones(len(seen), dtype=bool)))
    found = []
    for place, each in enumerate(groups):
        counted = [[_by_group(own[place], among & flag), _by_group(own[place], among)] for own, flag, among in flags]
        table = np.array(counted, dtype=np.int64).reshape(len(flags), 2, each.n_groups)
        names = (each.grouping.attribute, each.names, tuple(measures))
        found.append(DuplicateCounts(*names, table[:, 0], table[:, 1]))
    return tuple(found)


def _repeats(hashes: Hashes) -> Any:
    """Tell which rows repeat another one; one of the equal rows does not."""
    repeats = np.ones(len(hashes), dtype=bool)
    repeats[np.unique(hashes, return_index=True)[1]] = False
    return repeats


def _shared(hashes: Hashes) -> Any:
    _, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    return (counts > 1)[inverse]


def _pairs(hashes: RowHashes, label: Any) -> tuple[Any, Any]:
    """Pair equal rows at random, and flag the first of each pair and whether the labels of the two differ."""
    order = np.lexsort((hashes.keys, hashes.features))
    ranked = hashes.features[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    number = np.arange(len(ranked)) - np.repeat(starts, np.diff(np.append(starts, len(ranked))))
    leads = np.flatnonzero((number[:-1] % 2 == 0) & (ranked[1:] == ranked[:-1]))
    pairs, discordant = np.zeros((2, len(ranked)), dtype=bool)
    pairs[order[leads]] = True
    discordant[order[leads]] = label[order[leads]] != label[order[leads + 1]]
    return pairs, discordant


def _by_group(groups: Groups, flag: Any) -> Any:
    return np.bincount(groups.codes[flag & (groups.codes >= 0)], minlength=groups.n_groups)


def has_surprising_copies(found: DuplicateCounts, columns: Columns, sample: RowSample | None = None) -> bool:
    """Whether there are more copies than independent columns would give, so that a closer look is due."""
    place = found.measures.index("copies")
    copies, rows = int(found.counts[place].sum()), int(found.rows[place].sum())
    if sample is not None:
        return is_surprising(copies, independent_pairs(columns, sample.of) * sample.copies)
    return is_surprising(copies, independent_pairs(columns, rows))


def with_repeated_people(found: DuplicateCounts, counts: Any, rows: Any) -> DuplicateCounts:
    """Add the rows of each group whose identifier comes again, and all its rows, as they were counted elsewhere."""
    place = MEASURES.index("repeated_identifiers")
    measures = (*found.measures[:place], MEASURES[place], *found.measures[place:])
    tables = (np.insert(table, place, more, axis=0) for table, more in ((found.counts, counts), (found.rows, rows)))
    return DuplicateCounts(found.attribute, found.groups, measures, *tables)


def duplicate_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per attribute, measure and group."""
    for found in report.evidence.get("equal_rows", ()):
        ends = share_interval(found.counts, found.rows, level=report.plan.level)
        for place, measure in enumerate(found.measures):
            for code, group in enumerate(found.groups):
                x, n = int(found.counts[place, code]), int(found.rows[place, code])
                values = (x / n, float(ends.low[place, code]), float(ends.high[place, code])) if n else (np.nan,) * 3
                row = (found.attribute, group, measure, x, n, *values)
                yield dict(zip(DUPLICATE_COLUMNS, row, strict=True))


def duplicate_findings(report: AuditReport) -> Iterator[Finding]:
    """Name copies where there are more than chance gives, rows in two parts, repeated people, and uneven conflicts."""
    listed: Sequence[DuplicateCounts] = report.evidence.get("equal_rows", ())
    for measure in (one for one in MEASURES if listed and one in listed[0].measures):
        rows = [row for row in report.rows("duplicates") if row["measure"] == measure]
        if measure == "discordant_pairs":
            yield from _uneven(report, rows)
            continue
        own = [row for row in rows if row["attribute"] == listed[0].attribute]
        x, n = (sum(row[key] for row in own) for key in ("count", "rows"))
        sentence = _sentence(measure, x, n, _compared(report))
        if (measure == "repeated_identifiers" and x) or is_surprising(x, expected_copies(report)):
            yield Finding("duplicates", sentence, tuple(own))
        elif measure == "copies" and report.rows("expected_copies"):
            about = number(round(expected_copies(report), 1))
            yield Finding("equal_rows", f"{sentence} {_explained(about)}", tuple(own))


def _compared(report: AuditReport) -> int:
    """Give how many columns were compared, the label apart."""
    columns: Columns = report.evidence["columns"]
    return sum(not one.identifies for one in columns.columns) + len(columns.attributes)


def _explained(about: str) -> str:
    return f"Rows that differ in one column only let expect about {about} such pairs, so that this need not be copying."


def _sentence(measure: str, x: int, n: int, columns: int) -> str:
    verb = "repeats" if x == 1 else "repeat"
    if measure == "copies":
        return f"{share(x, n)} rows {verb} another row in all {number(columns)} compared columns and the label."
    if measure == "repeated_identifiers":
        return f"{share(x, n)} rows have an identifier that other rows have too: they are no independent people."
    return (
        f"{share(x, n)} rows outside the reference part {verb} a row of it in all {number(columns)} compared columns "
        "and the label: a model is tested on what it has seen."
    )


def _uneven(report: AuditReport, rows: list[Row]) -> Iterator[Finding]:
    """Say where people with equal features get different labels in one group more often than in another."""
    attributes = list(dict.fromkeys(row["attribute"] for row in rows))
    level = 1 - finding_chance(report.plan.level) / max(len(attributes), 1)
    for attribute in attributes:
        own = [row for row in rows if row["attribute"] == attribute and row["rows"]]
        if len(own) < 2:
            continue
        interval = worst_gap_interval(*([row[key] for row in own] for key in ("count", "rows")), level=level)
        if interval.low > 0:
            low, high = (pick(own, key=lambda row: float(row["share"])) for pick in (min, max))
            sentence = (
                f"Of two people who are equal in every feature, the labels differ more often in group {_of(high)} than "
                f"in group {_of(low)} ({display(attribute, 60)}): the label tells them apart by more than the "
                "features say. A base rate nearer to one half alone makes such pairs more frequent."
            )
            yield Finding("label_conflicts", sentence, (high, low))


def _of(row: Row) -> str:
    pairs = f"{share(row['count'], row['rows'])} pairs"
    return f"“{display(row['group'], 60)}” ({percent(row['share'])}, {pairs})"


def write_duplicates(found: Sequence[DuplicateCounts]) -> list[dict[str, Any]]:
    """Give the counts as plain data."""
    names = ("attribute", "groups", "measures", "counts", "rows")
    return [{name: getattr(one, name) for name in names} for one in found]


def read_duplicates(data: Sequence[Mapping[str, Any]], tables: tuple[GroupCounts, ...]) -> tuple[DuplicateCounts, ...]:
    """Read what `write_duplicates` wrote."""
    found = []
    for one in data:
        names, measures = tuple(one["groups"]), tuple(one["measures"])
        counts, rows = (whole_array(one[key], (len(measures), len(names))) for key in ("counts", "rows"))
        if (counts > rows).any():
            raise ValueError("more rows are there twice than there are")
        found.append(DuplicateCounts(str(one["attribute"]), names, measures, counts, rows))
    return tuple(found)


def inconsistent_duplicates(report: AuditReport) -> Iterator[Mismatch]:
    """Compare the rows in which copies were sought with the rows of each group."""
    for place, found in enumerate(report.evidence["equal_rows"]):
        counts = report.tables[place]
        if counts.squares is None and "row_sample" not in report.evidence:
            held, sizes = found.rows[found.measures.index("copies")], np.asarray(counts.sizes)
            yield from compare_values(held.tolist(), sizes.tolist(), f"/equal_rows/{place}/rows")
