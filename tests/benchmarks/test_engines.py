"""What an audit of a large Parquet file costs in an engine, as a ratio to the engine's own bare count, in one run.

Fifty million rows, 60 crossed groups (2 x 5 x 6), labels and decisions. Each ratio is a median of interleaved pairs;
the peak of memory is that of a process that does nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.benchmark

ROWS = int(os.environ.get("FAIRLOSS_BENCHMARK_ROWS", 50_000_000))
CHUNK = 1_000_000
LEVELS = {"sex": 2, "race": 5, "age": 6}

CHILD = """
import duckdb, polars
import fairloss

path, engine, roles = given
keys = [*roles["sensitive"], roles["label"], roles["decision"]]
score, weight = "score" in roles, "weight" in roles

def table():
    return duckdb.sql(f"from '{path}'") if engine == "duckdb" else polars.scan_parquet(path)

def bare():
    if engine == "duckdb":
        by = [*keys, *["floor(score * 1024)"] * score]
        sums = ["count(*)", *["sum(weight)", "sum(weight * weight)"] * weight]
        return duckdb.sql(f"select {', '.join([*by, *sums])} from '{path}' group by all").fetchall()
    by = [*keys, *[(polars.col("score") * 1024).floor()] * score]
    sums = [polars.len(), *[polars.col("weight").sum(), polars.col("weight").pow(2).sum().alias("squares")] * weight]
    return table().group_by(by).agg(sums).collect(engine="streaming")

def audit():
    return fairloss.audit_table(table(), **roles)

fairloss.audit_table(polars.DataFrame({"g": ["a", "b"], "y": [0, 1]}).lazy(), sensitive="g", label="y")  # imports
"""


@pytest.fixture(scope="module")
def applicants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "applicants.parquet"
    rng = np.random.default_rng(0)
    names = {name: np.array([f"{name} {level}" for level in range(size)]) for name, size in LEVELS.items()}
    writer = None
    for _ in range(ROWS // CHUNK):
        columns: dict[str, Any] = {name: levels[rng.integers(0, len(levels), CHUNK)] for name, levels in names.items()}
        columns |= {name: rng.integers(0, 2, CHUNK, dtype=np.int8) for name in ("label", "decision")}
        columns |= {"score": rng.random(CHUNK).round(3), "weight": rng.integers(1, 9, CHUNK) / 8}
        chunk = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, chunk.schema)
        writer.write_table(chunk, row_group_size=CHUNK)
    assert writer is not None
    writer.close()
    return path


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize(
    ("extra", "bound"), [((), 1.5), (("score",), None), (("weight",), None)], ids=["counts", "scores", "weights"]
)
def test_the_audit_of_a_large_file(
    applicants: Path,
    time_in_turn: Callable[..., dict[str, float]],
    engine: str,
    extra: tuple[str, ...],
    bound: float | None,
) -> None:
    roles = {"sensitive": list(LEVELS), "label": "label", "decision": "decision"} | {name: name for name in extra}
    times, alone = (time_in_turn(CHILD, [str(applicants), engine, roles], repeats) for repeats in (5, 1))
    ratio = times["ours"] / times["bare"]
    print(
        f"\n{engine}, {ROWS:,} rows, {' and '.join(extra) or 'counts'}: audit {times['ours']:.2f} s, "
        f"bare group by {times['bare']:.2f} s, ratio {ratio:.2f}; peak {alone['peak']:,.0f} MB"
    )
    if bound is not None:
        assert ratio <= bound
        assert alone["peak"] < 1000
