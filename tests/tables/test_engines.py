"""Counting inside engines: the same counts as in memory, the traps of the engines, and no row comes back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairloss.errors import InputError, MissingColumn
from fairloss.notions import ScoreHistogram
from fairloss.tables import Encoder, Tally, count_table, encode, engines, scan_table, tally_table

duckdb = pytest.importorskip("duckdb")
dd = pytest.importorskip("dask.dataframe")


def write(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "table.parquet", row_group_size=7)
    return folder / "table.parquet"


def other_connection(table: pa.Table) -> Any:
    connection = duckdb.connect()
    connection.register("rows", table)
    return connection.table("rows")


ENGINES: dict[str, Callable[[pa.Table, Path], Any]] = {
    "polars": lambda table, folder: pl.DataFrame(table),
    "polars lazy": lambda table, folder: pl.LazyFrame(table),
    "polars scan": lambda table, folder: pl.scan_parquet(write(table, folder)),
    "path": lambda table, folder: scan_table(write(table, folder)),
    "duckdb": lambda table, folder: duckdb.from_arrow(table),
    "duckdb connection": lambda table, folder: other_connection(table),
    "duckdb file": lambda table, folder: duckdb.sql(f"from '{write(table, folder)}'"),
    "dask": lambda table, folder: dd.from_pandas(table.to_pandas(), npartitions=3),
    "dask arrow": lambda table, folder: dd.from_pandas(table.to_pandas(types_mapper=pd.ArrowDtype), npartitions=3),
}
every_engine = pytest.mark.parametrize("engine", ENGINES)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    import dask

    with dask.config.set(scheduler="synchronous"):
        yield


def same_counts(table: pa.Table, made: Any, **roles: Any) -> Any:
    expected, counts = count_table(table, **roles), count_table(made, **roles)
    assert counts.grouping == expected.grouping
    np.testing.assert_array_equal(counts.cells, expected.cells)
    np.testing.assert_array_equal(counts.row_squares, expected.row_squares)
    assert counts.cells.dtype == expected.cells.dtype
    return counts


def histogram(tally: Tally) -> ScoreHistogram:
    return tally.histogram(None, encode({name: tally.cells.values(name) for name in tally.cells.attributes}))


@every_engine
def test_weights_sum_to_the_same_bits(engine: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pa.table({"g": rng.choice(["a", "b"], 400), "y": rng.integers(0, 2, 400), "w": rng.lognormal(0, 3, 400)})
    counts = same_counts(table, ENGINES[engine](table, tmp_path), sensitive="g", label="y", weight="w")
    mass = [w for g, y, w in zip(*table.to_pydict().values(), strict=True) if (g, y) == ("b", 1)]
    assert counts.cells[1, 1, 0] == pytest.approx(sum(mass), rel=1e-12)
    assert counts.squares[1, 1, 0] == pytest.approx(sum(w * w for w in mass), rel=1e-12)


@every_engine
@pytest.mark.parametrize(
    "values",
    [
        [1, 2, None, 30] * 5,
        [True, None, False, True] * 5,
        [0.5, float("nan"), None, 0.5] * 5,
        [0.0, -0.0, 1.0, None] * 5,
        ["", None, "NaN", "null"] * 5,
        [b"a", None, b"b", b"a"] * 5,
    ],
    ids=["integers", "booleans", "floats", "zeros", "texts", "bytes"],
)
def test_values_are_the_same_levels_and_the_same_ones_are_missing(
    engine: str, values: list[Any], tmp_path: Path
) -> None:
    table = pa.table({"g": values, "h": ["x", "y"] * 10})
    same_counts(table, ENGINES[engine](table, tmp_path), sensitive=["g", "h"])
    same_counts(table, ENGINES[engine](table, tmp_path), sensitive=["h", "g"], missing="unknown")


@every_engine
def test_float32_levels_and_scores(engine: str, tmp_path: Path) -> None:
    """A threshold and a bin mean the same only where the score is a double first (trap 1)."""
    scores = np.arange(101, dtype=np.float32) / 100
    table = pa.table({"g": pa.array(np.float32([0.1, 0.2] * 50 + [0.1])), "s": pa.array(scores)})
    made = ENGINES[engine](table, tmp_path)
    assert same_counts(table, made, sensitive="g").names == ("0.1", "0.2")
    found = histogram(tally_table(made, ["g"], score="s", who="test")).cells.sum((0, 1))
    np.testing.assert_array_equal(found, np.histogram(scores.astype(np.float64), np.linspace(0, 1, 1025))[0])


@every_engine
@pytest.mark.parametrize("scale", [1.0, 0.7, -130.0], ids=["unit", "within", "any"])
def test_bins_are_those_of_a_search_among_edges(engine: str, scale: float, tmp_path: Path) -> None:
    """Scores of two figures sit on edges, where a product rounds to the wrong side (trap 2)."""
    scores = np.concatenate([np.arange(101) / 100, np.arange(1025) / 1024, [0.29, 0.58]]) * scale
    table = pa.table({"g": ["a", "b"] * (len(scores) // 2), "s": scores})
    found = histogram(tally_table(ENGINES[engine](table, tmp_path), ["g"], score="s", who="test"))
    low, high = (0.0, 1.0) if scale > 0 else (scores.min(), scores.max())
    np.testing.assert_array_equal(found.edges, np.linspace(low, high, 1025))
    expected = ScoreHistogram.of(None, scores, np.arange(len(scores)) % 2, edges=np.linspace(low, high, 1025))
    np.testing.assert_array_equal(found.cells, expected.cells)


@every_engine
def test_missing_scores_are_neither_high_nor_low(engine: str, tmp_path: Path) -> None:
    """An engine takes NaN for the highest number, or overlooks it in a Parquet file (traps 3 and 4)."""
    scores = [0.2, float("nan"), None, 1.0, 0.2] * 8
    table = pa.table({"g": ["a", "b"] * 20, "s": pa.array(scores, pa.float64(), from_pandas=False)})
    found = histogram(tally_table(ENGINES[engine](table, tmp_path), ["g"], score="s", who="test"))
    assert found.missing.sum(1).tolist() == [8, 8]
    places = np.flatnonzero(found.cells.sum((0, 1)))
    assert places.tolist() == [204, 1023]
    assert found.cells.sum((0, 1))[places].tolist() == [16, 8]


@every_engine
def test_narrow_integers_do_not_overflow(engine: str, tmp_path: Path) -> None:
    """An engine adds 32-bit weights up in 32 bits, or in decimals (trap 5)."""
    table = pa.table({"g": ["a"] * 4, "w": pa.array([2**31 - 1] * 4, pa.int32())})
    assert same_counts(table, ENGINES[engine](table, tmp_path), sensitive="g", weight="w").sizes.tolist() == [
        4 * (2**31 - 1)
    ]


@pytest.mark.parametrize("known", [True, False])
def test_categories_that_do_not_occur_are_no_groups(known: bool) -> None:
    frame = pd.DataFrame({"g": pd.Categorical(["b", None, "a", "b"], categories=["c", "b", "a"]), "h": [1, 0, 1, 1]})
    lazy = dd.from_pandas(frame, npartitions=2)
    lazy = lazy if known else lazy.assign(g=lazy.g.cat.as_unknown())
    assert count_table(lazy, sensitive=["g", "h"]).names == ("a × 1", "b × 1", "missing × 0")
    kind = duckdb.sql("select cast(g as enum('a', 'b', 'c')) as g from (values ('a'), (null), ('b')) as t(g)")
    assert count_table(kind, sensitive="g").names == ("a", "b", "missing")
    enum = pl.LazyFrame({"g": ["b", None, "a"]}, schema={"g": pl.Enum(["c", "b", "a"])})
    assert count_table(enum, sensitive="g").names == ("a", "b", "missing")


@every_engine
def test_hostile_names_of_columns(engine: str, tmp_path: Path) -> None:
    names = ["na.me `\"'", "rows", "key_0", "); drop table t; --", "Who?", "bin", "score", "who"]
    table = pa.table({name: ["a", "b", "b"] if place % 2 else [1, 0, 1] for place, name in enumerate(names)})
    roles = {"sensitive": [*names[1::2], names[4]], "label": names[0], "decision": names[2], "weight": names[6]}
    same_counts(table, ENGINES[engine](table, tmp_path), **roles)


@every_engine
def test_what_cannot_be_counted_is_one_sentence(engine: str, tmp_path: Path) -> None:
    def made(**columns: Any) -> Any:
        return ENGINES[engine](pa.table(columns), tmp_path)

    with pytest.raises(MissingColumn, match=r"count_table needs the column 'gg', but the table has 'g'"):
        count_table(made(g=["a"]), sensitive="gg")
    with pytest.raises(InputError, match="test needs at least one row, got an empty table"):
        tally_table(made(g=pa.array([], pa.string())), ["g"], who="test")
    with pytest.raises(InputError, match="test needs at least one row, got an empty table"):
        tally_table(made(g=pa.array([], pa.string()), w=pa.array([], pa.float64())), ["g"], weight="w", who="test")
    for wrong in (-1.0, float("inf"), float("nan"), None):
        with pytest.raises(InputError, match=r"w needs finite numbers from 0 up, got something else in 2 of 3 rows"):
            count_table(made(g=["a"] * 3, w=[1.0, wrong, wrong]), sensitive="g", weight="w")
    for wrong in (float("-inf"), float("inf")):
        with pytest.raises(InputError, match="s needs finite scores, got infinite ones"):
            tally_table(made(g=["a"] * 3, s=[0.5, wrong, float("nan")]), ["g"], score="s", who="test")
    with pytest.raises(InputError, match="s needs finite scores, got none"):
        tally_table(made(g=["a"] * 2, s=[None, float("nan")]), ["g"], score="s", who="test")
    with pytest.raises(InputError, match="s needs one number per row, got "):
        tally_table(made(g=["a"], s=["0.5"]), ["g"], score="s", who="test")


def test_columns_that_share_a_name_are_refused() -> None:
    frame = pd.DataFrame([[1, 0, 1], [0, 1, 0]], columns=["a", "b", "a"])
    for table in (frame, dd.from_pandas(frame, npartitions=1)):
        with pytest.raises(InputError, match="Every column of a table needs its own name, got "):
            count_table(table, sensitive="b")


def test_values_that_are_no_values_are_refused() -> None:
    with pytest.raises(InputError, match=r"The column 'g' needs plain values \(text, numbers, dates\), got List"):
        count_table(pl.LazyFrame({"g": [[1], [2]]}), sensitive="g")


def test_only_cells_come_back_and_polars_streams(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rows stay in the engine; the other engine of polars would hold them all in memory (trap 10)."""
    table = pa.table({"g": ["a", "b"] * 5000, "y": [0, 1, 1, 0] * 2500, "s": [0.1, 0.9] * 5000, "w": [1.0, 2.0] * 5000})
    collected, asked = [], []
    collect = nw.LazyFrame.collect

    def spy(frame: Any, *args: Any, **options: Any) -> Any:
        result = collect(frame, *args, **options)
        collected.append(len(result))
        asked.append(options.get("engine"))
        return result

    monkeypatch.setattr(nw.LazyFrame, "collect", spy)
    monkeypatch.setattr(pd, "read_parquet", lambda path: pytest.fail("the whole file was read"))
    for engine, make in ENGINES.items():
        tally = tally_table(make(table, tmp_path), ["g", "y"], score="s", weight="w", who="test")
        assert tally.cells.counts.tolist() == [2500] * 4
        assert collected == [1, 4], engine
        assert set(asked) == {"streaming" if engine.startswith("polars") else None}
        collected.clear(), asked.clear()


def test_columns_that_tell_rows_apart_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engines, "MOST_CELLS", 10)
    table = pa.table({"id": list(range(30)), "g": ["a", "b", "c"] * 10})
    for make in ENGINES.values():
        assert count_table(make(table, tmp_path), sensitive="g").sizes.tolist() == [10, 10, 10]
        with pytest.raises(
            InputError, match=r"count_table counts at most 10 combinations of values, got more in \['g'"
        ):
            count_table(make(table, tmp_path), sensitive=["g", "id"])


def test_a_table_that_changes_between_two_readings_is_refused() -> None:
    readings = count(1)
    shrinking = pl.LazyFrame({"g": ["a"] * 1000, "w": [0.5] * 1000}).map_batches(
        lambda rows: rows.head(1000 - next(readings)), schema={"g": pl.String, "w": pl.Float64}
    )
    with pytest.raises(InputError, match=r"test reads the table twice, got \d+ rows and then \d+"):
        tally_table(shrinking, ["g"], weight="w", who="test")


def test_shards_add_up_to_the_whole(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    table = pa.table(
        {"g": rng.choice(["a", "b", "c"], 300), "d": rng.integers(0, 2, 300), "w": rng.integers(0, 9, 300) / 8}
    )
    encoder = Encoder.fit({"g": ["a", "b", "c"]})
    whole = count_table(table, sensitive=encoder, decision="d", weight="w")
    parts = zip(("polars lazy", "duckdb", "dask"), (0, 90, 200), (90, 200, 300), strict=True)
    first, *rest = (
        count_table(
            ENGINES[engine](table.slice(start, stop - start), tmp_path), sensitive=encoder, decision="d", weight="w"
        )
        for engine, start, stop in parts
    )
    merged = sum(rest, start=first)
    np.testing.assert_array_equal(merged.cells, whole.cells)
    np.testing.assert_array_equal(merged.row_squares, whole.row_squares)
