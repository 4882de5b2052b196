"""What a whole audit of data costs: in sorts of every column once, and in an engine's own counts of a large file."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairloss.audit import audit_data

N = 1_000_000


def _table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    columns = {"sex": rng.choice(["F", "M"], N), "race": rng.choice(list("ABCDE"), N), "good": rng.integers(0, 2, N)}
    columns |= {f"number {place}": rng.normal(size=N) for place in range(12)}
    columns |= {f"level {place}": rng.choice(list("abcdef"), N) for place in range(8)}
    return pl.DataFrame(columns)


def _sorted_once(table: pl.DataFrame) -> float:
    start = time.process_time()
    for name in table.columns:
        column = table[name]
        values = (
            column.to_numpy() if column.dtype.is_numeric() else column.cast(pl.Categorical).to_physical().to_numpy()
        )
        np.sort(values)
    return time.process_time() - start


@pytest.mark.benchmark
def test_a_million_rows_of_twenty_columns_cost_a_few_sorts() -> None:
    table = _table()
    bare = min(_sorted_once(table) for _ in range(3))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    audit_data(table, label="good", sensitive=["sex", "race"], rows_in_memory=N)
    cost = time.process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e6
    held = table.estimated_size() / 1e9
    print(
        f"\naudit {cost:.1f} s, {cost / bare:.1f} times one sort of each column ({bare:.2f} s); "
        f"{grown:.2f} GB on top of {held:.2f}"
    )
    assert cost / bare < 15
    assert grown < 3 * held


LARGE = int(os.environ.get("FAIRLOSS_BENCHMARK_ROWS", 10_000_000))
CHUNK = 1_000_000
NUMBERS, LEVELS = 8, 6

CHILD = """
import duckdb, polars
from fairloss.audit import audit_data

path, engine, numbers, levels = given
people = ["sex", "race", "good"]
columns = [*(f"number {place}" for place in range(numbers)), *(f"level {place}" for place in range(levels))]

def table():
    return duckdb.sql(f"from '{path}'") if engine == "duckdb" else polars.scan_parquet(path)

def bare():
    for name in columns:
        if engine == "duckdb":
            by = f'floor("{name}" * 5)' if name.startswith("number") else f'"{name}"'
            duckdb.sql(f"select {', '.join(people)}, {by}, count(*) from '{path}' group by all").fetchall()
        else:
            by = polars.col(name)
            by = (by * 5).floor() if name.startswith("number") else by
            table().group_by([*people, by]).agg(polars.len()).collect(engine="streaming")

def audit():
    audit_data(table(), label="good", sensitive=["sex", "race"])

few = {"sex": ["F", "M"] * 20, "good": [0, 1] * 20, "a": list(range(40))}
audit_data(few, label="good", sensitive="sex")
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "people.parquet"
    rng = np.random.default_rng(0)
    writer = None
    for _ in range(LARGE // CHUNK):
        pick = {"sex": ["F", "M"], "race": list("ABCDE")} | {
            f"level {place}": list("abcdef") for place in range(LEVELS)
        }
        columns = {name: np.array(names)[rng.integers(0, len(names), CHUNK)] for name, names in pick.items()}
        columns |= {"good": rng.integers(0, 2, CHUNK)}
        columns |= {f"number {place}": rng.normal(size=CHUNK) for place in range(NUMBERS)}
        chunk = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, chunk.schema)
        writer.write_table(chunk, row_group_size=CHUNK)
    assert writer is not None
    writer.close()
    return path


@pytest.mark.benchmark
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_large_file_costs_a_few_of_the_engines_own_counts(
    large: Path, time_in_turn: Callable[..., dict[str, float]], engine: str
) -> None:
    given = [str(large), engine, NUMBERS, LEVELS]
    times, alone = (time_in_turn(CHILD, given, repeats) for repeats in (3, 1))
    ratio = times["ours"] / times["bare"]
    print(
        f"\n{engine}, {LARGE:,} rows of {NUMBERS + LEVELS + 3} columns ({large.stat().st_size / 1e9:.2f} GB): audit "
        f"{times['ours']:.1f} s, a bare group by per column {times['bare']:.1f} s, ratio {ratio:.2f}; peak "
        f"{alone['peak']:,.0f} MB"
    )
    assert ratio < 6
    assert alone["peak"] < 2000
