"""A column as few bins: what counts of columns are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairloss.tables.contents import Contents, Kind
from fairloss.tables.levels import free_name, level_name, level_order

__all__ = ["BinRule", "Bins", "bin_contents", "bin_rule", "named_with_missing"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]

_QUANTILES = 10
_VALUES = 20
_LEVELS = 32
_LEAST = 5
"""Levels of fewer rows are pooled where there are many levels: their names may name people."""


@dataclass(frozen=True, eq=False)
class BinRule:
    """Which bin a value of a column falls into.

    Parameters
    ----------
    kind : {"number", "date", "category"}
        What the column holds.
    names : tuple of str
        The bins, in the order of the values.
    edges : float64 array, optional
        The left ends of the bins of numbers and dates; what is below the first is in the first bin.
    levels : mapping of level to bin
        The levels of a category that have a bin of their own; all others are in the last bin.
    """

    kind: Kind
    names: tuple[str, ...]
    edges: Floats | None = None
    levels: Mapping[str, int] = field(default_factory=dict)

    def of_numbers(self, numbers: Any) -> Any:
        """Give the bin of each number; NaN has none, and gets any."""
        return np.maximum(np.searchsorted(np.asarray(self.edges), numbers, side="right") - 1, 0)

    def of_levels(self, levels: Sequence[str]) -> Any:
        """Give the bin of each level."""
        rest = len(self.names) - 1
        return np.array([self.levels.get(level, rest) for level in levels], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Bins:
    """A column as bins, and the distinct values that they were made of.

    Parameters
    ----------
    kind : {"number", "date", "category"}
        What the column holds.
    names : tuple of str
        The bins, in the order of the values; the rows without a value are the last bin, where there are any.
    codes : uint8 array of shape (n,)
        The bin of each row; empty where the rows are in an engine.
    has_missing : bool
        Whether the last bin holds the rows without a value.
    values : float64 array or tuple of str
        The distinct values: numbers in ascending order, or the levels of a category.
    counts : integer array
        The rows of each.
    sizes : integer array of shape (bins,)
        The rows of each bin.
    rule : BinRule
        Which value falls into which bin.
    mixed : bool
        Whether some values are numbers and others texts.
    """

    kind: Kind
    names: tuple[str, ...]
    codes: np.ndarray[Any, np.dtype[np.uint8]]
    has_missing: bool
    values: Floats | tuple[str, ...]
    counts: Counts
    sizes: Counts
    rule: BinRule
    mixed: bool = False

    def __len__(self) -> int:
        return len(self.names)


def bin_contents(contents: Contents) -> Bins:
    """Sort the values of a column into at most 33 bins.

    Numbers and dates with up to 20 values keep them; with more, they fall into tenths of the rows, and a value that a
    tenth of the rows holds gets a bin of its own. Of categories the 31 most frequent levels are kept, others pooled.

    Examples
    --------
    >>> from fairloss.tables import read_contents
    >>> bins = bin_contents(read_contents(["a", "b", None, "a"]))
    >>> bins.names, bins.codes.tolist()
    (('a', 'b', '(no value)'), [0, 1, 2, 0])
    >>> bin_contents(read_contents(np.arange(100.0))).names[:2]
    ('below 10', '10 to below 20')
    """
    return _of_category(contents) if contents.numbers is None else _of_numbers(contents, contents.numbers)


def bin_rule(kind: Kind, values: Floats | Sequence[str], counts: Counts) -> BinRule:
    """Choose the bins of a column from its distinct values and the rows of each; the values are as those of `Bins`."""
    if kind == "category":
        return _category_rule([str(value) for value in values], counts)
    numbers = np.asarray(values, dtype=np.float64)
    edges = numbers if len(numbers) <= _VALUES else _edges(numbers, counts)
    return BinRule(kind, _interval_names(edges, numbers, kind), edges)


def named_with_missing(names: tuple[str, ...]) -> tuple[str, ...]:
    """Add the bin of the rows without a value."""
    return (*names, free_name("(no value)", set(names)))


def _of_numbers(contents: Contents, numbers: Floats) -> Bins:
    absent = np.isnan(numbers)
    ranked = np.sort(numbers[~absent])
    starts = np.flatnonzero(np.concatenate([[len(ranked) > 0], ranked[1:] != ranked[:-1]]))
    values, counts = ranked[starts], np.diff(np.append(starts, len(ranked)))
    rule = bin_rule(contents.kind, values, counts)
    return _with_missing(contents, rule, rule.of_numbers(numbers), absent, values, counts)


def _edges(values: Floats, counts: Counts) -> Floats:
    """Give the left ends of the bins: heavy values alone, the others in equal parts of the rows."""
    total = counts.sum()
    heavy = counts * _QUANTILES >= total
    light = np.where(heavy, 0, counts)
    parts = max(int(np.ceil(_QUANTILES * light.sum() / total)), 2)
    below = np.cumsum(light) - light
    marks = np.searchsorted(below, light.sum() * np.arange(1, parts) / parts, side="left")
    after = np.flatnonzero(heavy) + 1
    places = np.concatenate([[0], marks[marks < len(values)], np.flatnonzero(heavy), after[after < len(values)]])
    return np.asarray(values[np.unique(places)])


def _interval_names(edges: Floats, values: Floats, kind: Kind) -> tuple[str, ...]:
    """Name each bin by its ends; the lowest and the highest value of a column are not told."""
    first = np.searchsorted(values, edges)
    sizes = np.diff(np.append(first, len(values)))
    ends = [_text(edge, kind, "{:.6g}") for edge in edges]
    if len(set(ends)) < len(ends):
        ends = [_text(edge, kind, "{!r}") for edge in edges]
    names = []
    for place, (low, size) in enumerate(zip(ends, sizes, strict=True)):
        last = place + 1 == len(ends)
        inner = f"{low} or more" if last else f"{low} to below {ends[place + 1]}"
        outer = f"below {ends[place + 1]}" if place == 0 and not last else inner
        names.append(low if size == 1 else outer)
    return tuple(names)


def _text(value: float, kind: Kind, form: str) -> str:
    if kind == "date":
        return level_name(np.datetime64(int(value), "us"))
    return level_name(value) if float(value).is_integer() and abs(value) < 1e15 else form.format(float(value))


def _of_category(contents: Contents) -> Bins:
    codes = np.asarray(contents.codes)
    absent = codes < 0
    counts = np.bincount(codes[~absent], minlength=len(contents.levels))
    rule = bin_rule("category", contents.levels, counts)
    lookup = np.append(rule.of_levels(contents.levels), 0)
    return _with_missing(contents, rule, lookup[codes], absent, contents.levels, counts)


def _category_rule(names: Sequence[str], counts: Counts) -> BinRule:
    order = sorted(range(len(names)), key=lambda place: (-counts[place], level_order(names[place])))
    pooled = len(names) > _LEVELS
    kept = [place for place in order[: _LEVELS - 1] if counts[place] >= _LEAST] if pooled else order
    shown = sorted((names[place] for place in kept), key=level_order)
    levels = {name: place for place, name in enumerate(shown)}
    rest = [free_name("(other)", set(shown))] if pooled else []
    return BinRule("category", (*shown, *rest), None, levels)


def _with_missing(contents: Contents, rule: BinRule, codes: Any, absent: Any, values: Any, counts: Counts) -> Bins:
    lacking, names = bool(absent.any()), rule.names
    if lacking:
        codes, names = np.where(absent, len(names), codes), named_with_missing(names)
    sizes = np.bincount(codes, minlength=len(names)).astype(np.int64)
    small, rows = codes.astype(np.uint8), counts.astype(np.int64)
    return Bins(contents.kind, names, small, lacking, values, rows, sizes, rule, contents.mixed)
