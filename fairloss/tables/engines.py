"""Counting inside an engine: one group-by of elementary sums, whatever the engine; cells come back, never a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.errors import InputError, MissingColumn, quote
from fairloss.tables.columns import column
from fairloss.tables.crossing import cross
from fairloss.tables.frames import Collected, Lazy, checked_kinds, collect, finite, group_key, lazy_frame, plain_columns
from fairloss.tables.grid import BINS, ScoreGrid
from fairloss.tables.sums import DIGITS, FixedPoint, WeightSums
from fairloss.tables.tally import BinnedScores, Tally

__all__ = ["MOST_CELLS", "collect_columns", "tally_lazy"]

MOST_CELLS = 2_000_000


def collect_columns(table: Any, names: Sequence[str], *, who: str) -> dict[str, Any]:
    """Give some columns of a table row by row; of an engine they are brought into memory.

    Raises
    ------
    MissingColumn
        With the near names.
    """
    frame = lazy_frame(table)
    if frame is None:
        return {name: column(table, name, who=who) for name in names}
    schema = frame.collect_schema()
    for name in names:
        if name not in schema:
            raise MissingColumn(who, name, list(schema))
    small = collect(frame.select(*names))
    return {name: small[name].to_native() for name in names}


def tally_lazy(frame: Lazy, names: Sequence[str], *, score: str | None, weight: str | None, who: str) -> Tally:
    """Count the rows of a lazy frame by the values of some columns; the arguments are those of `tally_table`.

    With a score or a weight the frame is read twice: first for the range of both.
    """
    frame = _prepared(frame, names, score=score, weight=weight, who=who)
    limits = _Limits.of(frame, score, weight) if score is not None or weight is not None else _Limits()
    columns = {key: nw.col(key) for key in _keys(names)}
    if limits.grid is not None:
        columns["bin"] = limits.grid.places(nw.col("score"), _floor, _choose)
    digits = {}
    if limits.point is not None:
        cut = (limits.point.digits(nw.col("weight"), _floor, power=power) for power in (1, 2))
        digits = {f"digit_{place}": digit for place, digit in enumerate(part for parts in cut for part in parts)}
    # Only with_columns and elementary sums run in the engine: each of them means the same in all engines.
    sums = [nw.len().alias("rows"), *(nw.col(name).sum() for name in digits)]
    cells = frame.select(**columns, **digits).group_by(*columns, drop_null_keys=False).agg(*sums)
    return _read(collect(cells.head(MOST_CELLS + 1)), names, limits, who)


@dataclass(frozen=True)
class _Limits:
    """What must be known of all rows before they are counted: how many, and the ranges of score and weight."""

    rows: int | None = None
    grid: ScoreGrid | None = None
    point: FixedPoint | None = None

    @classmethod
    def of(cls, frame: Lazy, score: str | None, weight: str | None) -> _Limits:
        asked = {"rows": nw.len()}
        if score is not None:
            asked |= {"lowest": nw.col("score").min(), "highest": nw.col("score").max()}
        if weight is not None:
            asked |= {"heaviest": nw.col("weight").max(), "weighed": nw.col("weight").count()}
        found = {name: values[0] for name, values in collect(frame.select(**asked)).to_dict(as_series=False).items()}
        rows = int(found["rows"])
        grid = point = None
        if rows and score is not None:
            grid = ScoreGrid.over(_number(found["lowest"], inf), _number(found["highest"], -inf), role=score)
        if rows and weight is not None:
            if found["weighed"] < rows:
                raise InputError(
                    f"{weight} needs finite numbers from 0 up, got something else in "
                    f"{rows - int(found['weighed']):,} of {rows:,} rows. Fill or drop these rows first."
                )
            point = FixedPoint.over(_number(found["heaviest"], 0.0), rows=rows)
        return cls(rows, grid, point)


def _prepared(frame: Lazy, names: Sequence[str], *, score: str | None, weight: str | None, who: str) -> Lazy:
    """Give the columns that are needed, under plain names, with NaN and unusable numbers turned into nulls."""
    kinds = checked_kinds(frame, names, tuple(filter(None, (score, weight))), who)
    frame, places = plain_columns(frame, kinds)
    columns = {key: group_key(places[name], kinds[name]) for key, name in zip(_keys(names), names, strict=True)}
    if score is not None:
        value, number = finite(places[score])
        columns["score"] = nw.when(number).then(value)
    if weight is not None:
        value = nw.col(places[weight]).cast(nw.Float64)
        columns["weight"] = nw.when((value - value == 0) & (value >= 0)).then(value)
    return frame.select(**columns)


def _read(small: Collected, names: Sequence[str], limits: _Limits, who: str) -> Tally:
    """Read the cells that an engine has counted."""
    if not len(small):
        raise InputError(f"{who} needs at least one row, got an empty table. Check the filter or the file.")
    if len(small) > MOST_CELLS:
        raise InputError(
            f"{who} counts at most {MOST_CELLS:,} combinations of values, got more in {quote(list(names))}. "
            "Leave out columns that tell single rows apart, or put their values in bands."
        )
    rows = small["rows"].to_numpy().astype(np.float64)
    if limits.rows is not None and rows.sum() != limits.rows:
        raise InputError(
            f"{who} reads the table twice, got {limits.rows:,} rows and then {int(rows.sum()):,}. "
            "Save the table, or make it from a fixed seed."
        )
    crossing = cross({name: small[key].to_native() for key, name in zip(_keys(names), names, strict=True)})
    weights = scores = None
    if limits.point is not None:
        digits = (small[f"digit_{place}"].to_numpy().astype(np.float64) for place in range(2 * DIGITS))
        sums = np.array([crossing.sums(digit) for digit in digits])
        weights = WeightSums(limits.point, sums.reshape(2, DIGITS, -1))
    if limits.grid is not None:
        bins = small["bin"].cast(nw.Float64).fill_nan(None).fill_null(BINS).to_numpy().astype(np.int16)
        scores = BinnedScores(limits.grid, crossing.places, bins, rows)
    counts = crossing.sums(rows).astype(np.int64)
    return Tally(replace(crossing.cells, counts=counts), weights, scores)


def _keys(names: Sequence[str]) -> list[str]:
    return [f"key_{place}" for place in range(len(names))]


def _number(value: Any, absent: float) -> float:
    number = float("nan") if value is None else float(value)
    return absent if number != number else number


def _floor(values: nw.Expr) -> nw.Expr:
    return values.floor().cast(nw.Float64)


def _choose(condition: nw.Expr, chosen: Any, otherwise: Any) -> nw.Expr:
    return nw.when(condition).then(chosen).otherwise(otherwise)
