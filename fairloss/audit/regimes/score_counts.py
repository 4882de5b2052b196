"""Exact counts of scores that rules ask for: above the median of all scores, and moments by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.regimes.categories import Category, known_codes
from fairloss.errors import InputError, quote
from fairloss.notions import Groups

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "SCORE_COUNTS",
    "SCORING_COLUMNS",
    "GroupMoments",
    "MedianCounts",
    "count_above_median",
    "count_moments",
    "read_median_counts",
    "read_score_moments",
    "scored_categories",
    "scoring_rows",
    "write_median_counts",
    "write_score_moments",
]

SCORING_COLUMNS = ("attribute", "group", "scored", "above_median", "at_median", "rate", "median", "all_scores", "note")
Integers = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class MedianCounts:
    """How many people of each group score above the median of all scores (6 RCNY 5-300, "scoring rate"); no weights.

    Parameters
    ----------
    median : float
        Of the full sample: people of unknown groups count too.
    scores : int
        How many scores that sample has.
    tables : tuple of integer array of shape (3, groups)
        For each audited table the people with a score, above the median, and exactly at it.
    """

    median: float
    scores: int
    tables: tuple[Integers, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GroupMoments:
    """Number, mean and variance (divided by n - 1) of the scores of each group, without weights; NaN for too few.

    Parameters
    ----------
    tables : tuple of array of shape (3, groups)
        For each audited table.
    """

    tables: tuple[Floats, ...]


def count_above_median(score: Any, tables: Sequence[Groups]) -> MedianCounts:
    """Count the scores strictly above the median of all scores, in each group of each table.

    Examples
    --------
    >>> groups = Groups.of([0, 0, 1, 1, -1], ["A", "B"])
    >>> count_above_median([10, 40, 20, 30, 30], [groups]).tables[0].tolist()
    [[2, 2], [1, 0], [0, 1]]
    """
    values, seen = _scores(score)
    median = float(np.median(values[seen]))
    flags = (seen, seen & (values > median), seen & (values == median))
    counted = [np.stack([_count(groups, flag) for flag in flags]) for groups in tables]
    return MedianCounts(median, int(seen.sum()), tuple(counted))


def count_moments(score: Any, tables: Sequence[Groups]) -> GroupMoments:
    """Give number, mean and variance of the scores in each group of each table."""
    values, seen = _scores(score)
    return GroupMoments(tuple(_moments(values, seen, groups) for groups in tables))


SCORE_COUNTS: Mapping[str, Callable[[Any, Sequence[Groups]], Any]] = MappingProxyType(
    {"median_counts": count_above_median, "score_moments": count_moments}
)
"""Name of a kind of evidence to the function that counts it from scores."""


def scored_categories(report: AuditReport, place: int) -> list[Category]:
    """Give the known categories of a table with the people who score above the median; none without scores."""
    counts: MedianCounts | None = report.evidence.get("median_counts")
    if counts is None:
        return []
    scored, above, _ = counts.tables[place].tolist()
    return [Category(report.tables[place].names[c], above[c], scored[c]) for c in known_codes(report, place)]


def scoring_rows(report: AuditReport) -> Iterator[dict[str, Any]]:
    """Give one row per group: how many people score above the median of all scores, and how many exactly at it."""
    counts: MedianCounts | None = report.evidence.get("median_counts")
    if counts is None:
        return
    for attribute, table, numbers in zip(report.attributes, report.tables, counts.tables, strict=True):
        for name, (scored, above, at) in zip(table.names, numbers.T.tolist(), strict=True):
            rate, note = (above / scored, "") if scored else (np.nan, "it has no scores")
            values = (attribute, name, scored, above, at, rate, counts.median, counts.scores, note)
            yield dict(zip(SCORING_COLUMNS, values, strict=True))


def write_median_counts(counts: MedianCounts) -> dict[str, Any]:
    """Give the counts as plain data."""
    names = ("scored", "above_median", "at_median")
    tables = [dict(zip(names, table, strict=True)) for table in counts.tables]
    return {"median": counts.median, "scores": counts.scores, "tables": tables}


def read_median_counts(data: Mapping[str, Any], tables: Sequence[Any]) -> MedianCounts:
    """Read what `write_median_counts` wrote."""
    read = [
        _integers([one["scored"], one["above_median"], one["at_median"]], len(counts.names))
        for one, counts in zip(data["tables"], tables, strict=True)
    ]
    return MedianCounts(float(data["median"]), int(_integers([[data["scores"]]], 1)[0, 0]), tuple(read))


def write_score_moments(moments: GroupMoments) -> list[dict[str, Any]]:
    """Give the moments as plain data."""
    return [{"scored": n.astype(np.int64), "mean": mean, "variance": v} for n, mean, v in moments.tables]


def read_score_moments(data: Iterable[Mapping[str, Any]], tables: Sequence[Any]) -> GroupMoments:
    """Read what `write_score_moments` wrote."""
    read = []
    for one, counts in zip(data, tables, strict=True):
        sizes = _integers([one["scored"]], len(counts.names))
        mean, variance = (np.array(one[key], dtype=np.float64) for key in ("mean", "variance"))
        if mean.shape != sizes[0].shape or variance.shape != sizes[0].shape or (variance < 0).any():
            raise ValueError("moments are one number per group")
        read.append(np.stack([sizes[0].astype(np.float64), mean, variance]))
    return GroupMoments(tuple(read))


def _scores(score: Any) -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    try:
        values = np.asarray(score, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"y_score needs one number per row, got {error}. Convert the column to numbers.") from error
    seen = ~np.isnan(values)
    if not seen.any() or not np.isfinite(values[seen]).all():
        raise InputError("A regime that asks for scores needs finite ones, got others. Pass finite scores in y_score.")
    return values, seen


def _count(groups: Groups, flag: Any) -> Integers:
    return np.bincount(groups.codes[flag & (groups.codes >= 0)], minlength=groups.n_groups)


def _moments(values: Floats, seen: Any, groups: Groups) -> Floats:
    known = seen & (groups.codes >= 0)
    codes, scores = groups.codes[known], values[known]
    sizes = np.bincount(codes, minlength=groups.n_groups).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = np.bincount(codes, scores, minlength=groups.n_groups) / sizes
        squares = np.bincount(codes, (scores - mean[codes]) ** 2, minlength=groups.n_groups)
        variance = np.where(sizes > 1, squares / (sizes - 1), np.nan)
    found = np.stack([sizes, mean, variance])
    return np.where(np.isfinite(found), found, np.nan)


def _integers(values: Any, width: int) -> Integers:
    array = np.array(values)
    if array.dtype.kind not in "iu" or array.shape[1:] != (width,) or (array < 0).any():
        raise ValueError(f"counts of scores are {width} whole numbers of 0 or more, got {quote(values)}")
    return array.astype(np.int64)
