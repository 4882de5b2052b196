"""A sample of the rows of a table that every engine gives alike, whatever their order: equal rows come together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.tables.content_key import MOST_LEVELS, ContentKey, is_text
from fairloss.tables.contents import Contents, read_contents, value_hashes
from fairloss.tables.frames import Collected, Lazy, as_lazy, checked_kinds, collect, group_key, plain_columns

__all__ = ["ContentSampler", "SampledRows"]

_FIRST, _ENOUGH, _LIKELY = 20_000, 200, 1e9


@dataclass(frozen=True, eq=False)
class SampledRows:
    """Rows of a table.

    Parameters
    ----------
    columns : mapping of column to values
        What they hold.
    rows : int
        How many there are.
    contents : float
        The share of all different contents that were drawn, each with all its rows.
    within : float
        The share of these rows that was kept.
    """

    columns: Mapping[str, Any]
    rows: int
    contents: float
    within: float


@dataclass(frozen=True, eq=False)
class ContentSampler:
    """Draws rows by what they hold: a content is drawn or not, and with it every row that has it.

    So copies stay together, in one table and across two, and no engine has to number its rows. Where few contents
    have many rows, these are thinned, each to the same share.

    Parameters
    ----------
    names : tuple of str
        The columns that rows are drawn by, in the order that the key knows.
    key : ContentKey
        What rows are drawn by; it calls the columns by their place.
    share : float
        The share of the contents that is drawn.
    rows : int
        About how many rows are kept at most.
    """

    names: tuple[str, ...]
    key: ContentKey
    share: float
    rows: int

    @classmethod
    def over(
        cls, table: Any, by: Sequence[str], *, read: Sequence[str], rows: int, of: int
    ) -> tuple[ContentSampler, SampledRows]:
        """Choose the key and the share for a table, and draw its rows.

        A first, small sample shows which columns tell rows apart. Those that number rows are left out of the key, since
        copies would not stay together; of the others those with the most values are enough.

        Parameters
        ----------
        table : frame, lazy frame or relation
            The table.
        by, read : sequence of str
            The columns that rows are drawn by, and those that are read.
        rows, of : int
            How many rows to draw, and how many there are.
        """
        frame, kinds = _by_place(table, by, by)
        key = ContentKey.over(frame, kinds)
        first, _ = _enough(frame, key, min(1.0, _FIRST / of), least=_ENOUGH)
        key = key.of(frame, {name: kinds[name] for name in _telling(first, kinds)})
        frame, _ = _by_place(table, read, by)
        cells, share = _enough(frame, key, min(1.0, rows / of), least=rows // 4)
        sampler = cls(tuple(by), key, share, rows)
        return sampler, sampler._expanded(cells, read)

    def draw(self, table: Any, names: Sequence[str]) -> SampledRows:
        """Give the rows of a table whose contents are drawn; it must have the columns of the key."""
        frame, _ = _by_place(table, names, self.names)
        return self._expanded(_contents(frame, self.key, self.share), names)

    def _expanded(self, cells: Collected, names: Sequence[str]) -> SampledRows:
        """Give each content as often as it is there."""
        times, within = _thinned(cells, names, self.rows)
        kept = cells[np.repeat(np.arange(len(cells)), times)]
        columns = {name: kept[key].to_native() for key, name in zip(cells.columns, names, strict=False)}
        return SampledRows(columns, int(times.sum()), self.share, within)


def _by_place(table: Any, names: Sequence[str], known: Sequence[str]) -> tuple[Lazy, dict[str, Any]]:
    """Give some columns under the names of their places in a list, and their kinds."""
    frame = as_lazy(table)
    kinds = checked_kinds(frame, names, (), "audit_data")
    frame, places = plain_columns(frame, kinds)
    keys = {f"c{known.index(name)}" if name in known else f"d{place}": name for place, name in enumerate(names)}
    selected = frame.select(**{key: group_key(places[name], kinds[name]) for key, name in keys.items()})
    return selected, {key: kinds[name] for key, name in keys.items()}


def _contents(frame: Lazy, key: ContentKey, share: float) -> Collected:
    """Count the rows of each content that is drawn."""
    names = frame.collect_schema().names()
    drawn = frame if share >= 1 else frame.filter(key.expression() < share)
    return collect(drawn.group_by(*names, drop_null_keys=False).agg(nw.len().alias("rows")))


def _enough(frame: Lazy, key: ContentKey, share: float, *, least: int) -> tuple[Collected, float]:
    """Draw more and more contents until there are enough different ones, or all."""
    while True:
        cells = _contents(frame, key, share)
        if len(cells) >= least or share >= 1:
            return cells, share
        share = min(1.0, share * min(64.0, 2.0 * least / max(len(cells), 1)))


def _telling(cells: Collected, kinds: Mapping[str, Any]) -> list[str]:
    """Name the columns of the most values, numbers first, until they tell rows apart; none that numbers the rows."""
    sizes = {}
    for name in kinds:
        contents = read_contents(cells[name].to_native(), name)
        distinct, present = _distinct(contents)
        numbers = contents.numbers
        whole = numbers is None or bool((numbers[~np.isnan(numbers)] % 1 == 0).all())
        repeated = distinct <= min(MOST_LEVELS, present // 2)
        if repeated if is_text(kinds[name]) else kinds[name].is_numeric() and (distinct < present or not whole):
            sizes[name] = distinct
    ranked = sorted(sizes, key=lambda name: (not kinds[name].is_numeric(), -sizes[name], name))
    possible = np.cumprod([max(float(sizes[name]), 1.0) for name in ranked])
    return ranked[: int(np.searchsorted(possible, _LIKELY)) + 1]


def _distinct(contents: Contents) -> tuple[int, int]:
    held: Any = contents.numbers if contents.numbers is not None else contents.codes
    present = held[~np.isnan(held)] if contents.numbers is not None else held[held >= 0]
    return len(np.unique(present)), len(present)


def _thinned(cells: Collected, names: Sequence[str], rows: int) -> tuple[Any, float]:
    """Give how many rows of each content to keep, so that the same share of all is left."""
    times = cells["rows"].to_numpy().astype(np.int64)
    total = int(times.sum())
    if total <= rows * 2:
        return times, 1.0
    within = rows / total
    hashes = np.zeros(len(cells), dtype=np.uint64)
    for key, name in zip(cells.columns, names, strict=False):
        hashes += value_hashes(read_contents(cells[key].to_native(), name), name)
    draws = (hashes >> np.uint64(11)).astype(np.float64) / 2.0**53
    return np.floor(times * within + draws).astype(np.int64), within
