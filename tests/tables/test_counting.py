"""One pass over a table: the same counts from every engine, equal to a loop, and the traps of data frame engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fairloss.errors import InputError, MissingColumn
from fairloss.notions import GroupCounts
from fairloss.tables import Encoder, binary, column, column_names, count_table, encode, same_rows

ENGINES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "dict": lambda data: data,
    "pandas": pd.DataFrame,
    "pandas nullable": lambda data: pd.DataFrame(data).convert_dtypes(),
    "pandas arrow": lambda data: pa.table(data).to_pandas(types_mapper=pd.ArrowDtype),
    "pandas categorical": lambda data: pd.DataFrame(data).astype({"sex": "category", "race": "category"}),
    "polars": pl.DataFrame,
    "polars categorical": lambda data: pl.DataFrame(data).with_columns(pl.col("sex", "race").cast(pl.Categorical)),
    "pyarrow": pa.table,
}


def people(rows: int = 500) -> dict[str, list[Any]]:
    rng = np.random.default_rng(5)
    return {
        "sex": rng.choice(np.array(["F", "M", None], dtype=object), rows, p=[0.45, 0.45, 0.1]).tolist(),
        "race": rng.choice(["it's", "a,b", "🦊"], rows).tolist(),
        "hired": rng.choice(["yes", "no"], rows).tolist(),
        "able": rng.choice(["yes", "no"], rows).tolist(),
        "weight": (rng.integers(0, 8, rows) / 4).tolist(),  # sums of quarters are exact
    }


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("missing", ["group", "unknown"])
def test_every_engine_counts_what_a_loop_counts(engine: str, weight: str | None, missing: Any) -> None:
    data = people()
    counts = count_table(
        ENGINES[engine](data),
        sensitive=["sex", "race"],
        label="able",
        decision="hired",
        weight=weight,
        pos_label="yes",
        missing=missing,
    )
    sexes = ["F", "M"] + ["missing"] * (missing == "group")
    levels = [(sex, race) for sex in sexes for race in ("a,b", "it's", "🦊")]
    cells, squares = np.zeros((2, len(levels), 2, 2))
    for sex, race, hired, able, mass in zip(*data.values(), strict=True):
        level = ("missing" if sex is None else sex, race)
        if level in levels:
            place = (levels.index(level), int(able == "yes"), int(hired == "yes"))
            cells[place] += 1 if weight is None else mass
            squares[place] += 1 if weight is None else mass**2
    assert counts.grouping is not None
    assert counts.grouping.levels == tuple(levels)
    np.testing.assert_array_equal(counts.cells, cells)
    np.testing.assert_array_equal(counts.row_squares, squares)
    assert counts.cells.dtype == (np.int64 if weight is None else np.float64)


@pytest.mark.parametrize("engine", ENGINES)
def test_counting_a_table_equals_counting_its_rows(engine: str) -> None:
    table = ENGINES[engine](people())
    groups = encode({name: column(table, name) for name in ("sex", "race")})
    rows = GroupCounts.of(None, binary(column(table, "hired"), pos_label="yes"), groups)
    counts = count_table(table, sensitive=["sex", "race"], decision="hired", pos_label="yes")
    assert counts.grouping == rows.grouping
    np.testing.assert_array_equal(counts.cells, rows.cells)
    rare = count_table(table, sensitive="sex", label="able", pos_label="yes", rare=100)
    assert rare.names == ("F", "M", "other")
    assert rare.cells.shape == (3, 2, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_encoder_counts_new_tables_in_the_same_groups(engine: str) -> None:
    data = people()
    encoder = Encoder.fit({name: data[name] for name in ("sex", "race")})
    few = {name: values[:20] for name, values in data.items()}
    counts = count_table(ENGINES[engine](few), sensitive=encoder, decision="hired", pos_label="yes")
    assert counts.grouping == encoder.grouping
    assert counts.cells.sum() == 20
    few["race"][3] = "new"
    with pytest.raises(InputError, match=r"hold the groups .* got '. × new' \(1 row\)"):
        count_table(ENGINES[engine](few), sensitive=encoder, decision="hired", pos_label="yes")


@pytest.mark.parametrize("engine", ["dict", "pandas", "polars", "pyarrow"])
def test_a_table_that_cannot_be_counted_gets_one_sentence(engine: str) -> None:
    wrap = ENGINES[engine]
    with pytest.raises(
        MissingColumn, match=r"count_table needs the column 'sexe', but the table has 'sex', .* mean 'sex'"
    ):
        count_table(wrap(people()), sensitive="sexe", decision="hired")
    with pytest.raises(MissingColumn, match="count_table needs the column 'wight'"):
        count_table(wrap(people()), sensitive="sex", weight="wight")
    with pytest.raises(InputError, match=r"hired needs a value in every row, got 2 of 4 rows without\. Fill or drop"):
        count_table(wrap({"sex": ["F", "F", "M", "M"], "hired": [1, None, None, 0]}), sensitive="sex", decision="hired")
    with pytest.raises(InputError, match=r"hired needs at most two values, got scores such as 0\.2"):
        count_table(wrap({"sex": ["F", "F", "M"], "hired": [0.2, 0.7, 1.0]}), sensitive="sex", decision="hired")
    bad = r"something else in 1 of 2 rows" if engine == "polars" else r"nan in row 1 \(1 such rows\)"
    with pytest.raises(InputError, match=f"w needs finite numbers from 0 up, got {bad}"):
        count_table(wrap({"sex": ["F", "F"], "w": [1.0, None]}), sensitive="sex", weight="w")
    with pytest.raises(InputError, match="count_table needs at least one row, got an empty table"):
        count_table(wrap({"sex": [], "hired": []}), sensitive="sex", decision="hired")
    with pytest.raises(InputError, match="encode needs a value of 'sex' in every row, got 1 without"):
        count_table(wrap({"sex": ["F", None]}), sensitive="sex", missing="raise")


def test_nan_and_null_are_one_missing_group() -> None:
    frame = pl.DataFrame({"band": [1.0, float("nan"), None, 2.0]})
    assert count_table(frame, sensitive="band").sizes.tolist() == [1, 1, 2]
    assert count_table(frame, sensitive="band").names == ("1", "2", "missing")


def test_narrow_integers_do_not_overflow() -> None:
    heavy = pl.DataFrame({"g": ["a"] * 4, "w": pl.Series([2**31 - 1] * 4, dtype=pl.Int32)})
    assert count_table(heavy, sensitive="g", weight="w").sizes.tolist() == [4 * (2**31 - 1)]
    small = {"g": np.arange(300, dtype=np.int16) % 150, "h": np.arange(300, dtype=np.int8) % 100}
    assert encode(small).n_groups == 300
    assert count_table(small, sensitive=["g", "h"]).cells.sum() == 300


def test_columns_with_the_names_that_counting_uses_inside() -> None:
    data = {"rows": ["a", "b", "a"], "mass": [1, 0, 1], "squares": [0.5, 1.0, 2.0]}
    counts = count_table(pl.DataFrame(data), sensitive="rows", decision="mass", weight="squares")
    assert counts.cells[:, 0].tolist() == [[0.0, 2.5], [1.0, 0.0]]


def test_one_column_may_have_two_roles() -> None:
    for engine in ("dict", "pandas", "polars", "pyarrow"):
        table = ENGINES[engine]({"g": [0, 1, 1], "y": [1, 1, 0]})
        counts = count_table(table, sensitive=["g"], label="g", decision="y")
        assert counts.cells.tolist() == [[[0, 1], [0, 0]], [[0, 0], [1, 1]]]


def test_pandas_rows_in_another_order_are_refused() -> None:
    left = pd.Series([1, 0, 1], index=["x", "y", "z"])
    same_rows("audit", a=left, b=left.copy(), c=[1, 2, 3])
    same_rows("audit", a=left, b=left.reset_index(drop=True))
    same_rows("audit", a=left, b=left.set_axis(["x", "y", "other"]))
    with pytest.raises(InputError) as caught:
        same_rows("audit", a=left, c=None, b=left.to_frame().iloc[::-1])
    assert str(caught.value) == (
        "audit matches rows by position, but a and b hold the same index labels in another order. "
        "Reorder one of them, e.g. b.loc[a.index]."
    )
    with pytest.raises(InputError, match=r"The columns of a must be equally long, got \[1, 2\] rows"):
        same_rows("audit", a={"x": [1], "y": [1, 2]})


def test_tables_and_their_columns() -> None:
    for wrap in ENGINES.values():
        assert column_names(wrap(people(5))) == list(people(5))
        assert list(column(wrap(people(5)), "weight")) == people(5)["weight"] or wrap is pa.table
    for wrong in (3, "adult.csv", None, [1, 2]):
        with pytest.raises(InputError, match="A table must be a pandas, polars or pyarrow frame or a dict of columns"):
            column_names(wrong)
