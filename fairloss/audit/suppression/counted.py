"""Rules for counts beside the tables: missing values, funnels, strata, and the rows behind weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fairloss.audit.missing import MissingValues
from fairloss.audit.report import AuditReport
from fairloss.audit.stages import Stages
from fairloss.audit.statistics.row_counts import RowCounts
from fairloss.audit.strata import Strata
from fairloss.audit.suppression.book import Book
from fairloss.audit.suppression.merging import merge, merge_cells, merge_grouping
from fairloss.audit.suppression.partition import Parts, is_small, partition
from fairloss.audit.suppression.release import Release, Shown, Table

__all__ = ["missing", "row_counts", "stages", "strata"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


def missing(tables: tuple[MissingValues, ...], report: AuditReport, release: Release) -> Shown | str:
    """Keep the columns in which no group of any table has a small count, so that there is nothing to tell."""
    layers = release.book.frame.values
    columns = [
        place
        for place in range(len(tables[0].columns))
        if not is_small(
            np.stack([
                layers([table.missing[place] for table in tables]),
                layers([table.rows - table.missing[place] for table in tables]),
            ]),
            release.least,
        ).any()
    ]  # fmt: skip
    if not columns:
        return "in every column a group lacks few values, or has few"
    kept = []
    for place, parts in release.shown:
        table, grouping = tables[place], report.tables[place].grouping
        names = merge_grouping(grouping, parts).names if grouping else table.groups
        lacking = merge_cells(table.missing[columns], parts, 1)
        labels = tuple(table.columns[one] for one in columns)
        kept.append(MissingValues(table.attribute, names, labels, lacking, merge_cells(table.rows, parts)))
    dropped = len(tables[0].columns) - len(columns)
    out = (f"missing values of {dropped} columns", "a group lacks few values, or has few") if dropped else None
    return Shown(tuple(kept), release, left_out=(out,) if out else ())


def stages(found: Stages, report: AuditReport, release: Release) -> Shown | str:
    """Keep a funnel whose stages, and the people between them, show and tell nothing small."""
    cells = [np.asarray(counts.cells, np.float64)[:, :, 0] for counts in found.tables]
    number, at = len(found.names), len(release.book.values)
    values, ties = [], []
    for stage in range(number):
        before = [table[stage - 1, :, 1] if stage else table[stage].sum(-1) for table in cells]
        lost = [ahead - table[stage].sum(-1) for ahead, table in zip(before, cells, strict=True)]
        layers = [[table[stage, :, decision] for table in cells] for decision in (0, 1)]
        values += [release.book.frame.values(layer) for layer in (*layers, lost)]
        tie = np.zeros(at + 3 * number)
        tie[at + 3 * stage : at + 3 * stage + 3] = 1
        tie[[at + 3 * stage - 2] if stage else slice(release.layers)] = -1
        ties.append(tie)
    bottom = np.zeros(at + 3 * number)
    bottom[[release.layers - 1, at + 3 * number - 2]] = 1, -1
    book = release.printing(np.stack(values), np.stack([*ties, bottom]))
    if book is None:
        return "a stage shows few people of a group, or tells few"
    tables = tuple(merge(found.tables[place], parts, 1) for place, parts in release.shown)
    return Shown(Stages(found.names, tables), replace(release, book=book))


def strata(found: Strata, report: AuditReport, release: Release) -> Shown | str:
    """Put strata together until nothing small is printed or told, next to the counts over all of them.

    Those of crossed attributes are left out where more strata can be told apart without them, and those of further
    attributes where none can be with them.
    """
    if len(found.tables) < len(report.tables):
        return "they are counted for some of the tables only"
    cells: Sequence[Any] = [counts.cells for counts in found.tables]
    if any(counts.squares is not None for counts in found.tables):
        held: RowCounts = report.evidence["row_counts"]
        if not held.strata:
            return "the record does not hold the rows behind their weights"
        cells = held.strata
    flat = [np.asarray(table, np.float64).reshape(len(found.grouping), -1, release.layers) for table in cells]
    book = _with_strata(flat, release)
    if book.is_large:
        return "there are too many counts in them to search through"
    best: tuple[Parts, Book, list[Table]] | None = None
    choices = release.choices(report)
    for kept in (*choices, *(release.shown[:number] for number in range(len(choices[-1]) - 1, 0, -1))):
        if best and (len(best[0]) == len(found.grouping) or len(kept) < len(choices[-1])):
            break
        chosen = _told_apart(flat, book, release, kept)
        if chosen and (best is None or len(chosen[0]) > len(best[0])):
            best = *chosen, kept
    if best is None:
        return "no two of them could be told apart without small counts"
    parts, book, kept = best
    tables = tuple(merge(merge(found.tables[place], own, 1), parts, 0) for place, own in kept)
    names = [found.grouping.names[code] for code in parts[-1]]
    together = ((found.grouping.attribute, tuple(names)),) if len(names) > 1 else ()
    shown = Strata(merge_grouping(found.grouping, parts), tables)
    out = tuple(
        (f"strata of {report.attributes[place]}", "with them fewer strata could be told apart")
        for place, _ in release.shown[len(kept) :]
    )
    return Shown(shown, replace(release, book=book, strata=(parts, len(kept))), together, out)


def _with_strata(flat: Sequence[Floats], release: Release) -> Book:
    """Add a layer for each stratum and layer of the tables; over strata they add up to these."""
    number, depth, first = len(flat[0]), release.layers, len(release.book.values)
    layers = [[table[stratum, :, layer] for table in flat] for stratum in range(number) for layer in range(depth)]
    ties = np.hstack([-np.eye(depth), np.zeros((depth, first - depth)), np.tile(np.eye(depth), number)])
    return release.book.extended(np.stack([release.book.frame.values(one) for one in layers]), ties)


def _told_apart(
    flat: Sequence[Floats], book: Book, release: Release, kept: Sequence[Table]
) -> tuple[Parts, Book] | None:
    depth, first, sums = release.layers, len(release.book.values), release.sums(kept)

    def after(parts: Parts) -> Book:
        layers = [[first + one * depth + layer for one in part] for part in parts for layer in range(depth)]
        return book.published(sums, layers)

    printed = [flat[place][:, list(part)].sum(1) for place, parts in kept for part in parts]
    return partition(np.concatenate(printed, axis=1), after, release.least)


def row_counts(found: RowCounts, report: AuditReport, release: Release) -> Shown | str:
    """Keep the rows of the groups, and of the strata, as they are shown."""
    tables = tuple(merge_cells(found.tables[place], parts) for place, parts in release.shown)
    if release.strata is None:
        return Shown(RowCounts(tables), release)
    strata, kept = release.strata
    within = (merge_cells(found.strata[place], own, 1) for place, own in release.shown[:kept])
    return Shown(RowCounts(tables, tuple(merge_cells(one, strata) for one in within)), release)
