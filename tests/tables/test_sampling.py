"""Rows that every engine draws alike, and columns and repeats that are counted where they are, against plain loops."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fairloss.tables import bin_contents, read_contents, tally_bins, tally_repeats, tally_values
from fairloss.tables.binned import ABSENT, BIN, VALUE
from fairloss.tables.content_key import ContentKey
from fairloss.tables.frames import as_lazy, collect, count_rows, same_kinds, table_columns
from fairloss.tables.rebinning import rebin, rebin_values

duckdb = pytest.importorskip("duckdb")

N = 3000


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(0)
    values = rng.lognormal(3, 2, N)
    values[rng.random(N) < 0.1] = np.nan
    values[:3] = np.inf, -np.inf, -0.0
    return pa.table(
        {
            "value": pa.array(values, from_pandas=True),
            "day": pa.array(np.datetime64("2020-01-01") + rng.integers(0, 2000, N).astype("m8[D]")),
            "town": pa.array([None if place == 7 else f"t{place}" for place in rng.zipf(1.5, N) % 900]),
            "whole": pa.array(rng.integers(-5, 5, N)),
            "sex": pa.array(rng.choice(["F", "M"], N)),
            "person": pa.array([None if place == 3 else f"p{place}" for place in rng.integers(0, 2 * N, N)]),
        }
    )


ENGINES: dict[str, Any] = {
    "pandas": lambda table: table.to_pandas(),
    "pyarrow": lambda table: table,
    "polars": lambda table: pl.LazyFrame(table),
    "duckdb": lambda table: duckdb.from_arrow(table),
    "mapping": lambda table: table.to_pydict(),
}
every_engine = pytest.mark.parametrize("engine", ENGINES)


@every_engine
def test_keys_are_the_same_bits_and_spread_evenly(engine: str, table: pa.Table) -> None:
    def keys(made: Any) -> Any:
        frame = as_lazy(made).select("value", "whole", "sex")
        key = ContentKey.over(frame, frame.collect_schema())
        return key, collect(frame.select(key=key.expression()))["key"].to_numpy()

    (key, found), (expected_key, expected) = keys(ENGINES[engine](table)), keys(table)
    assert key == expected_key
    assert set(key.numbers) == {"value", "whole"}
    assert key.texts == {"sex": tuple(level for level, _ in Counter(table["sex"].to_pylist()).most_common())}
    np.testing.assert_array_equal(np.sort(found), np.sort(expected))
    finite = expected[np.isfinite(table["value"].to_numpy())]
    shares = np.histogram(finite, 10, (0, 1))[0] / len(finite)
    assert np.abs(shares - 0.1).max() < 4 * np.sqrt(0.09 / len(finite))


@every_engine
@pytest.mark.parametrize("name", ["value", "day", "town", "whole"])
def test_bins_are_counted_as_rows_are(engine: str, name: str, table: pa.Table) -> None:
    made, bins = ENGINES[engine](table), bin_contents(read_contents(table[name]))
    held = table.to_pydict()
    tally = tally_bins(made, name, bins.rule, {"sex": "sex"}, who="test")
    again, (codes,) = rebin(bins, [tally.cells])
    assert (again.names, again.has_missing, again.sizes.tolist()) == (bins.names, bins.has_missing, bins.sizes.tolist())
    counted: Counter[Any] = Counter()
    for place, sex, rows in zip(codes.tolist(), tally.cells.values("sex"), tally.cells.counts.tolist(), strict=True):
        counted[place, sex] += rows
    assert counted == Counter(zip(bins.codes.tolist(), held["sex"], strict=True))
    assert set(tally.cells.attributes) <= {BIN, VALUE, ABSENT, "sex"}


@every_engine
@pytest.mark.parametrize("name", ["value", "day", "town", "whole"])
def test_values_give_the_bins_that_rows_give(engine: str, name: str, table: pa.Table) -> None:
    expected = bin_contents(read_contents(table[name]))
    halves = [table.slice(0, 900), table.slice(900)]
    tallies = [tally_values(ENGINES[engine](half), name, {"sex": "sex"}, who="test") for half in halves]
    bins, codes = rebin_values(expected.kind, [tally.cells for tally in tallies])
    assert bins.names == expected.names
    assert bins.sizes.tolist() == expected.sizes.tolist()
    first = zip(expected.codes[:900].tolist(), table["sex"].to_pylist()[:900], strict=True)
    counted: Counter[Any] = Counter()
    cells = tallies[0].cells
    for place, sex, rows in zip(codes[0].tolist(), cells.values("sex"), cells.counts.tolist(), strict=True):
        counted[place, sex] += rows
    assert counted == Counter(first)


@every_engine
@pytest.mark.parametrize("name", ["person", "value", "whole"])
def test_repeats_are_those_of_a_counter(engine: str, name: str, table: pa.Table) -> None:
    held = table.to_pydict()
    known = [None if value is None or value != value else value for value in held[name]]
    if name == "value":
        known = [value if value is not None and np.isfinite(value) else None for value in known]
    times = Counter(value for value in known if value is not None)
    expected = Counter((str(times[value] > 1), sex) for value, sex in zip(known, held["sex"], strict=True))
    cells = tally_repeats(ENGINES[engine](table), name, {"group": "sex"}, who="test").cells
    assert dict(zip(cells.levels, cells.counts.tolist(), strict=True)) == expected


def test_tables_of_any_kind_have_columns_and_rows(table: pa.Table) -> None:
    for make in ENGINES.values():
        assert table_columns(make(table)) == table.column_names
        assert count_rows(make(table)) == N
    other = pd.DataFrame({"value": ["1"], "whole": [1.5], "sex": ["F"]})
    assert same_kinds(table, other, table.column_names) == ["whole", "sex"]
