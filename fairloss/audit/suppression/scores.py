"""Scores without small counts: neighboring bins are put together, on the same edges for all groups of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from fairloss.audit.regimes.score_counts import GroupMoments, MedianCounts
from fairloss.audit.report import AuditReport
from fairloss.audit.suppression.book import Book
from fairloss.audit.suppression.merging import merge_cells
from fairloss.audit.suppression.partition import is_small
from fairloss.audit.suppression.release import Release, Shown, Table
from fairloss.notions import ScoreHistogram

__all__ = ["common_cuts", "median_counts", "score_histograms", "score_moments"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Places = list[int]
Rows = tuple[Floats, Floats | None]
_TRIED = (1024, 32, 16, 8, 4, 2)
"""How many ranges a table has at most: tried from many to few, until the counts that are hidden stay open."""
_ENOUGH = 10
"""Where one set of edges for all tables leaves fewer ranges than this, edges of each table for itself are tried."""


def score_histograms(found: tuple[ScoreHistogram, ...], report: AuditReport, release: Release) -> Shown | str:
    """Put neighboring bins together until nothing small is printed or told.

    A table has the same ranges for all its groups and both labels. A range that is printed holds 0 or enough people of
    every group as shown with either label. All tables have the same ranges where these are enough; else crossed
    attributes are left out where the others then have more, and tables of many people have finer ranges within those
    of the others: edges that cross would tell the people between them.

    In the book the finest edges divide the scores into pieces, each a layer; what a table prints of a range is added
    up over its pieces, and the pieces and the people without a score add up to the decisions. So every small count of a
    piece is open. Inside a piece nothing is printed: how its people lie on the bins that it is made of stays open
    altogether. Everything that is drawn or computed follows from the ranges: scores of one range count as equal, and as
    the middle of it.
    """
    if [_people(one).tolist() for one in found] != [rows.sum(-1).tolist() for rows in release.people]:
        return "they are counted for other rows or tables than the decisions"
    without = [merge_cells(found[place].missing, parts) for place, parts in release.shown]
    if any(is_small(one, release.least).any() for one in without):
        return "few people of a group have no score"
    choices = release.choices(report)
    best = _finest(found, release, [_rows(found, release, table) for table in choices[0]], nested=False)
    if best is None or len(best[0][0]) <= _ENOUGH:
        other = _finest(found, release, [_rows(found, release, table) for table in choices[-1]], nested=True)
        best = max((one for one in (best, other) if one), key=_resolution, default=None)
    if best is None:
        return "no two ranges of them hold enough people of each group"
    return _in_ranges(found, report, replace(release, book=best[1]), best[0])


def _in_ranges(found: Sequence[ScoreHistogram], report: AuditReport, release: Release, cuts: Sequence[Places]) -> Shown:
    """Give the scores of the first shown tables on their own edges."""
    shown = []
    for (place, parts), own in zip(release.shown, cuts, strict=False):
        cells = np.add.reduceat(merge_cells(found[place].cells, parts), own[:-1], axis=-1)
        without = merge_cells(found[place].missing, parts)
        shown.append(ScoreHistogram(cells, found[place].edges[own], without, release.grouping(report, place)))
    left_out = tuple(
        (f"scores by {report.attributes[place]}", "with them the ranges of scores would be wider, or tell small counts")
        for place, _ in release.shown[len(cuts) :]
    )
    edges = tuple(one.edges for one in shown)
    return Shown(tuple(shown), replace(release, edges=edges), left_out=left_out)


def median_counts(found: MedianCounts, report: AuditReport, release: Release) -> Shown | str:
    """Keep the people above and at the median where they, the others, and those near it are many in every group."""
    values = release.book.frame.values
    above = [table[1] for table in found.tables]
    at = [table[2] for table in found.tables]
    below = [scored - high - same for scored, high, same in found.tables]
    near = [*_near(above, report, release, found.median, 1), *_near(below, report, release, found.median, 0)]
    small = [is_small(np.asarray(one, np.float64), release.least).any() for one in (values(above), values(at), *near)]
    if any(small) or is_small(values(below), release.least).any():
        return "few people of a group score at the median, or near it on one side"
    return _where_all_scored([table[0] for table in found.tables], found, release)


def score_moments(found: GroupMoments, report: AuditReport, release: Release) -> Shown | str:
    """Keep means and variances where every group is shown by itself, and few people of none have no score."""
    return _where_all_scored([table[0] for table in found.tables], found, release)


def _where_all_scored(scored: Sequence[Any], value: Any, release: Release) -> Shown | str:
    if not release.is_whole:
        return "it speaks of every group by itself, and some are hidden"
    without = [rows.sum((-1, -2)) - held for rows, held in zip(release.people, scored, strict=True)]
    if any(is_small(release.book.frame.values(one), release.least).any() for one in (scored, without)):
        return "few people of a group have a score, or have none"
    return Shown(value, release)


def _near(counts: Sequence[Any], report: AuditReport, release: Release, median: float, upward: int) -> Iterator[Floats]:
    """Give, for each table, the people on one side of the median who share its range of scores."""
    for held, scores, edges in zip(counts, report.scores, release.edges, strict=False):
        beyond = edges[:-1] > median if upward else edges[1:] <= median
        ends = edges[:-1][beyond].min(initial=np.inf) if upward else edges[1:][beyond].max(initial=-np.inf)
        bins = scores.edges[:-1] >= ends if upward else scores.edges[1:] <= ends
        yield held - scores.cells.sum(1)[:, bins].sum(-1)


def common_cuts(
    printed: Floats, least: int, most: int, selected: Floats | None = None, within: Sequence[int] = ()
) -> Places:
    """Choose the bin edges of as many ranges as there can be in which no printed count is small.

    Parameters
    ----------
    printed : array of shape (counts, bins)
        Each count that would be printed, bin by bin.
    least : int
        The smallest count that may be printed.
    most : int
        How many ranges there are at most, about.
    selected : array of shape (counts,), optional
        How many of each count were selected. Where the highest scores were, who knows this knows how many of the range
        in which the cut-off lies are on either side of it: these must not be few either.
    within : sequence of int
        Edges that no range may cross, in ascending order.

    Returns
    -------
    list of int
        Places of edges, both ends included; the ends alone where the bins cannot be divided.

    Examples
    --------
    >>> common_cuts(np.array([[3, 9, 0, 0, 12, 1], [0, 0, 20, 5, 9, 3]]), 11, 10)
    [0, 2, 3, 6]
    """
    above = np.cumsum(np.pad(printed, ((0, 0), (0, 1)))[:, ::-1], axis=1)[:, ::-1]
    bins = printed.shape[1]
    at = None if selected is None else _cut_off(above, selected)
    ranges, before = np.full(bins + 1, -1), np.zeros(bins + 1, dtype=np.intp)
    ranges[0] = 0
    for end in range(1, bins + 1):
        parts = above[:, :end] - above[:, end, None]
        first = max((edge for edge in within if edge < end), default=0)
        good = (
            (np.arange(end) >= first)
            & (ranges[:end] >= 0)
            & (parts.sum(0) * most >= above[:, 0].sum())
            & ~is_small(parts, least).any(0)
        )
        if selected is not None and at is not None and at < end:
            higher, lower = selected - above[:, end], above[:, : at + 1] - selected[:, None]
            good[: at + 1] &= ~(is_small(higher, least).any() | is_small(lower, least).any(0))
        if good.any():
            before[end] = np.flatnonzero(good)[np.argmax(ranges[:end][good])]
            ranges[end] = ranges[before[end]] + 1
    cuts = [bins]
    while cuts[0] and ranges[bins] > 0:
        cuts.insert(0, int(before[cuts[0]]))
    return cuts if cuts[0] == 0 else [0, bins]


def _cut_off(above: Floats, selected: Floats) -> int | None:
    """Give the first bin in which a cut-off would give what was selected of each count; None without one."""
    fits = ((above[:, 1:] <= selected[:, None]) & (selected[:, None] <= above[:, :-1])).all(0)
    return int(np.argmax(fits)) if fits.any() else None


def _people(scores: ScoreHistogram) -> Any:
    return scores.cells.sum(-1) + scores.missing


def _rows(found: Sequence[ScoreHistogram], release: Release, table: Table) -> Rows:
    """Give what a table prints bin by bin, and how many of each count are selected."""
    place, parts = table
    people, cells = (merge_cells(one, parts) for one in (release.people[place], found[place].cells))
    selected = people[..., 1].ravel() if people.shape[-1] == 2 else None
    return cells.reshape(-1, cells.shape[-1]), selected


def _finest(
    found: Sequence[ScoreHistogram], release: Release, rows: Sequence[Rows], *, nested: bool
) -> tuple[list[Places], Book] | None:
    """Give the finest edges for the first shown tables that show and tell nothing small."""
    tried: list[list[Places]] = []
    for most in _TRIED:
        cuts = _nested_cuts(rows, release.least, most) if nested else [_cuts_of(rows, release.least, most)] * len(rows)
        cuts = cuts[: next((at for at, own in enumerate(cuts) if len(own) < 3), len(cuts))]
        if cuts and cuts not in tried:
            tried.append(cuts)
            book = _printed(found, release, cuts)
            if not book.is_large and book.leaves_all_open():
                return cuts, book
    return None


def _resolution(found: tuple[list[Places], Book]) -> tuple[int, int]:
    """Give how many edges the coarsest and the finest table have."""
    numbers = [len(cuts) for cuts in found[0]]
    return min(numbers), max(numbers)


def _nested_cuts(rows: Sequence[Rows], least: int, most: int) -> list[Places]:
    """Give for each table edges that print nothing small, those of one within those of another."""
    alone = [len(_cuts_of([one], least, most)) for one in rows]
    order = sorted(range(len(rows)), key=lambda at: alone[at])
    cuts: dict[int, Places] = {}
    within: Places = []
    for at, place in enumerate(order):
        within = _cuts_of([rows[one] for one in order[at:]], least, most, within)
        cuts[place] = within
    return [cuts[place] for place in range(len(rows))]


def _cuts_of(rows: Sequence[Rows], least: int, most: int, within: Sequence[int] = ()) -> Places:
    printed, selected = zip(*rows, strict=True)
    decided = None if selected[0] is None else np.concatenate(selected)
    return common_cuts(np.concatenate(printed), least, most, decided, within)


def _printed(found: Sequence[ScoreHistogram], release: Release, cuts: Sequence[Places]) -> Book:
    """Print the ranges of scores of the first shown tables, and the people without a score."""
    first, depth = len(release.book.values), release.people[0].shape[-1]
    edges = sorted({edge for own in cuts for edge in own})
    pieces = [np.add.reduceat(one.cells, edges[:-1], axis=-1) for one in found]
    tables = [np.concatenate([cells, one.missing[..., None]], -1) for cells, one in zip(pieces, found, strict=True)]
    labels, number = tables[0].shape[1:]
    layers = [[table[:, label, at] for table in tables] for label in range(labels) for at in range(number)]
    ties = np.zeros((labels, first + len(layers)))
    starts = [first + label * number for label in range(labels)]
    for label, start in enumerate(starts):
        ties[label, label * depth : (label + 1) * depth] = -1
        ties[label, start : start + number] = 1
    book = release.book.extended(np.stack([release.book.frame.values(one) for one in layers]), ties)
    for table, own in zip(release.shown, cuts, strict=False):
        places = [*pairwise(map(edges.index, own)), (number - 1, number)]
        added = [range(start + low, start + high) for start in starts for low, high in places]
        book = book.published(release.sums([table]), added)
    return book
