"""What a whole audit of data costs, in units of reading and sorting every column once."""

from __future__ import annotations

import resource
import time

import numpy as np
import polars as pl
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
    audit_data(table, label="good", sensitive=["sex", "race"])
    cost = time.process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e6
    held = table.estimated_size() / 1e9
    print(
        f"\naudit {cost:.1f} s, {cost / bare:.1f} times one sort of each column ({bare:.2f} s); "
        f"{grown:.2f} GB on top of {held:.2f}"
    )
    assert cost / bare < 15
    assert grown < 3 * held
