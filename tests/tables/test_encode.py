"""Any table to group codes: the same for every engine, row order and later table."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairloss.errors import InputError, MissingColumn, UnknownName
from fairloss.notions import Groups
from fairloss.tables import Encoder, encode

DOORS: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "dict of lists": lambda data: data,
    "dict of arrays": lambda data: {name: np.array(values, dtype=object) for name, values in data.items()},
    "pandas": pd.DataFrame,
    "pandas object": lambda data: pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in data.items()}),
    "pandas nullable": lambda data: pd.DataFrame(data).convert_dtypes(),
    "pandas python strings": lambda data: pd.DataFrame(data).convert_dtypes(dtype_backend="numpy_nullable"),
    "pandas arrow": lambda data: pa.table(data).to_pandas(types_mapper=pd.ArrowDtype),
    "pandas categorical": lambda data: pd.DataFrame(data).astype("category"),
    "polars": lambda data: pl.DataFrame(data, strict=False),
    "pyarrow": pa.table,
    "pyarrow chunked": lambda data: pa.concat_tables([pa.table(data).slice(0, 1), pa.table(data).slice(1)]),
}
HOSTILE = ["it's", 'a "quote"', "a,b", "🦊", "line\nbreak", "", " ", "nan", "NaN", "None", "<b>", "a × b", "NULL", "é"]


@pytest.mark.parametrize("door", DOORS)
def test_every_door_gives_the_same_groups(door: str) -> None:
    data: dict[str, list[Any]] = {
        "sex": ["M", "F", None, "M", "F", "M"],
        "age": [40, 9, 40, None, 9, 40],
        "veteran": [True, False, None, True, False, True],
        "rate": [0.5, 1.0, None, 2.0, float("nan"), 0.5],
        "born": [datetime.date(2000, 1, 2), None, *[datetime.date(1999, 12, 31)] * 4],
    }
    groups = encode(DOORS[door](data), cross=False)
    assert groups["sex"].names == ("F", "M", "missing")
    assert groups["sex"].codes.tolist() == [1, 0, 2, 1, 0, 1]
    assert groups["age"].names == ("9", "40", "missing")
    assert groups["age"].codes.tolist() == [1, 0, 1, 2, 0, 1]
    assert groups["veteran"].names == ("False", "True", "missing")
    assert groups["rate"].names == ("0.5", "1", "2", "missing")
    assert groups["rate"].codes.tolist() == [0, 1, 3, 2, 3, 0]
    assert groups["born"].names == ("1999-12-31", "2000-01-02", "missing")
    crossed = encode(DOORS[door](data))
    expected = encode(data)
    assert crossed.grouping == expected.grouping
    np.testing.assert_array_equal(crossed.codes, expected.codes)


@pytest.mark.parametrize("door", DOORS)
def test_hostile_texts_stay_what_they_are(door: str) -> None:
    data = {"name": HOSTILE * 2}
    groups = encode(DOORS[door](data))
    assert groups.names == tuple(sorted(HOSTILE))  # no digits in them: by code point
    assert [groups.names[code] for code in groups.codes] == data["name"]


@pytest.mark.parametrize("door", [name for name in DOORS if name != "dict of arrays"])
def test_ten_thousand_levels(door: str) -> None:
    names = [f"group {i:05d}" for i in range(10_000)]
    shuffled = np.random.default_rng(0).permutation(names * 3).tolist()
    groups = encode(DOORS[door]({"zip": shuffled}))
    assert groups.names == tuple(names)
    assert [names[code] for code in groups.codes] == shuffled


def test_crossing_many_levels_does_not_make_the_whole_table() -> None:
    rng = np.random.default_rng(1)
    data = {"a": rng.integers(0, 5_000, 3_000), "b": rng.integers(0, 5_000, 3_000), "c": rng.integers(0, 3, 3_000)}
    groups = encode(data)
    rows = [tuple(str(data[name][i]) for name in "abc") for i in range(3_000)]
    assert [groups.grouping.levels[code] for code in groups.codes] == rows
    assert sorted(groups.grouping.levels, key=lambda level: [int(name) for name in level]) == list(
        groups.grouping.levels
    )
    assert set(groups.grouping.levels) == set(rows)


values = st.one_of(st.none(), st.text(max_size=3), st.integers(-3, 3), st.sampled_from([0.5, float("nan"), 2.0]))


@given(table=st.lists(st.tuples(values, values), min_size=1, max_size=30), seed=st.integers(0, 100))
@settings(max_examples=150, deadline=None)
def test_codes_equal_a_loop_whatever_the_order_of_the_rows(table: list[tuple[Any, Any]], seed: int) -> None:
    def written(value: Any) -> str | None:
        if value is None or value != value:
            return None
        return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)

    rows = [tuple(written(value) for value in row) for row in table]
    free = ["missing" if all(row[j] != "missing" for row in rows) else "(missing)" for j in range(2)]
    named = [tuple(free[j] if row[j] is None else row[j] for j in range(2)) for row in rows]
    groups = encode(table, names=["a", "b"])
    assert [groups.grouping.levels[code] for code in groups.codes] == named
    assert set(groups.grouping.levels) == set(named)
    order = np.random.default_rng(seed).permutation(len(table))
    shuffled = encode([table[i] for i in order], names=["a", "b"])
    assert shuffled.grouping == groups.grouping
    np.testing.assert_array_equal(shuffled.codes, groups.codes[order])


@given(
    texts=st.lists(st.none() | st.text(max_size=3), min_size=1, max_size=12),
    numbers=st.lists(st.none() | st.integers(-(2**62), 2**62), min_size=12, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_engines_agree_on_any_table(texts: list[Any], numbers: list[Any]) -> None:
    data = {"text": texts, "number": numbers[: len(texts)]}
    expected = encode(data)
    table = pa.table({"text": pa.array(texts, pa.string()), "number": pa.array(data["number"], pa.int64())})
    frames = [
        table,
        table.to_pandas(types_mapper=pd.ArrowDtype),
        pd.DataFrame({"text": pd.Series(texts, dtype="str"), "number": pd.Series(data["number"], dtype="Int64")}),
        pl.DataFrame(data, schema={"text": pl.String, "number": pl.Int64}),
        pl.DataFrame(data, schema={"text": pl.Categorical, "number": pl.Int64}),
    ]
    for frame in frames:
        groups = encode(frame)
        assert groups.grouping == expected.grouping
        np.testing.assert_array_equal(groups.codes, expected.codes)


@pytest.mark.parametrize(
    "values",
    [
        np.array([2.0, 1.0, 2.0], dtype=np.float32),
        np.array([2, 1, 2], dtype=np.uint8),
        np.array([2, 1, 2], dtype=np.int64),
        np.array(["2", "1", "2"]),
        np.array([b"2", b"1", b"2"]),
        ["2", "1", "2"],
        (2, 1, 2),
        [Decimal(2), Decimal(1), Decimal(2)],
        pd.Categorical(["2", "1", "2"]),
        pd.Series([2, 1, 2], index=[7, 8, 9], dtype="Int8"),
        pd.Series([2, 1, 2], dtype="Float32"),
        pl.Series([2, 1, 2], dtype=pl.UInt16),
        pl.Series(["2", "1", "2"], dtype=pl.Categorical),
        pl.Series(["2", "1", "2"], dtype=pl.Enum(["2", "never", "1"])),
        pa.array([2, 1, 2]),
        pa.chunked_array([["2"], ["1", "2"]]),
        pa.chunked_array([pa.array(["2"]).dictionary_encode(), pa.array(["1", "2"]).dictionary_encode()]),
        [[2], [1], [2]],
    ],
    ids=lambda values: f"{type(values).__module__}.{getattr(values, 'dtype', type(values))}",
)
def test_a_single_attribute_may_come_in_any_type(values: Any) -> None:
    groups = encode(values, names=["level"])
    assert groups.names == ("1", "2")
    assert groups.codes.tolist() == [1, 0, 1]
    assert groups.codes.dtype == np.int64
    assert groups.grouping.attributes == ("level",)


def test_float32_levels_are_written_short_in_every_engine() -> None:
    array = np.array([0.1, 0.7, np.nan], dtype=np.float32)
    doors = [array, pd.Series(array), pd.Series(array, dtype="Float32"), pl.Series(array), pa.array(array)]
    assert {encode(values).names for values in doors} == {("0.1", "0.7", "missing")}


def test_large_integers_keep_all_their_digits() -> None:
    numbers = [2**60 + 1, 2**60, None]
    expected = (str(2**60), str(2**60 + 1), "missing")
    doors = [numbers, pd.Series(numbers, dtype="Int64"), pl.Series(numbers), pa.chunked_array([numbers])]
    assert {encode(values).names for values in doors} == {expected}


def test_levels_that_do_not_occur_are_dropped() -> None:
    categorical = pd.Series(pd.Categorical(["b", "a"], categories=["c", "b", "a"], ordered=True))
    assert encode(categorical).names == ("a", "b")
    assert encode(pl.Series(["b", "a"], dtype=pl.Enum(["c", "b", "a"]))).names == ("a", "b")
    assert encode({"x": ["a", "b"], "y": ["c", "d"]}).names == ("a × c", "b × d")


def test_bands_are_in_the_order_of_their_numbers() -> None:
    ages = pd.cut(pd.Series([5, 15, 150, 25]), [0, 10, 20, 100, 200])
    assert encode(ages).names == ("(0, 10]", "(10, 20]", "(20, 100]", "(100, 200]")
    assert encode(["9-17", "100+", "18-99"]).names == ("9-17", "18-99", "100+")
    assert encode(["a10", "a9", "a009", "a" + "9" * 5000]).names == ("a009", "a9", "a10", "a" + "9" * 5000)
    assert encode(["-1", "-2.5", "1e3", "x", "7"]).names == ("-2.5", "-1", "7", "1e3", "x")


def test_columns_without_any_value_are_one_missing_group() -> None:
    for values in ([None, None], pd.Series([None, None]), pl.Series([None, None]), pa.nulls(2), np.full(2, np.nan)):
        assert encode(values).names == ("missing",)


def test_missing_values_are_a_group_unknown_or_an_error() -> None:
    data = {"sex": ["F", None, "M"], "race": ["B", "W", None]}
    assert encode(data).names == ("F × B", "M × missing", "missing × W")
    unknown = encode(data, missing="unknown")
    assert unknown.names == ("F × B",)
    assert unknown.codes.tolist() == [0, -1, -1]
    assert encode(["F", "missing", None]).names == ("F", "missing", "(missing)")
    with pytest.raises(InputError, match=r"encode needs a value of 'sex' in every row, got 1 without\. Fill them"):
        encode(data, missing="raise")
    with pytest.raises(InputError, match=r"needs a value of 'group' in at least one row, got none\. Pass missing="):
        encode([None, None], missing="unknown")
    with pytest.raises(UnknownName, match=r"Unknown choice of missing 'grup'\. Did you mean 'group'\?"):
        encode(data, missing="grup")  # type: ignore[call-overload]


def test_rare_groups_are_pooled_by_count_or_by_share() -> None:
    values = ["a"] * 90 + ["b"] * 6 + ["c"] * 3 + [None]
    for rare in (4, 0.04):
        groups = encode(values, rare=rare)
        assert groups.names == ("a", "b", "other")
        assert np.bincount(groups.codes).tolist() == [90, 6, 4]
    assert encode(values, rare=1).names == ("a", "b", "c", "missing")
    assert encode([*values, "other"], rare=4).names == ("a", "b", "other")
    assert encode(["other", "other", "a", "b"], rare=2).names == ("other", "(other)")
    with pytest.raises(InputError, match="rare must be a share of the rows or a number of rows above 0, got 0"):
        encode(values, rare=0)


def test_new_rows_get_the_codes_that_were_learned() -> None:
    encoder = Encoder.fit({"sex": ["M", "F", None], "age": [1, 2, 1]}, rare=None)
    assert encoder.grouping.names == ("F × 2", "M × 1", "missing × 1")
    frame = pd.DataFrame({"other": [0, 0], "age": [1.0, 1.0], "sex": [None, "M"]})
    assert encoder.encode(frame).codes.tolist() == [2, 1]
    assert encoder.encode(np.array([["F", "2"]])).codes.tolist() == [0]
    assert Encoder.fit(["a", "b"]).encode(pl.Series("named", ["b"])).codes.tolist() == [1]
    pooled = Encoder.fit(["a", "a", "b", "c"], rare=2)
    assert pooled.encode(["c", "a", "b"]).codes.tolist() == [1, 0, 1]
    again = Encoder.from_dict(json.loads(json.dumps(pooled.to_dict())))
    assert again == pooled
    with pytest.raises(InputError, match="An encoder record needs 'pooled'"):
        Encoder.from_dict({name: [] for name in ("attributes", "levels", "missing", "missing_names")})
    with pytest.raises(MissingColumn, match="The encoder needs the column 'age', but the table has 'sex', 'aged'"):
        encoder.encode({"sex": ["M"], "aged": [1]})


def test_an_unseen_group_gets_one_sentence() -> None:
    encoder = Encoder.fit({"race": ["A", "B"]})
    with pytest.raises(InputError) as caught:
        encoder.encode({"race": ["A", "Martian", "Martian", "Venusian", None]})
    assert str(caught.value) == (
        "The codes of 'race' hold the groups 'A', 'B', got 'Martian' (2 rows) and 2 more groups. "
        "Fit on data that hold every group, or pass unseen='unknown' to leave such rows out."
    )
    assert encoder.encode({"race": ["B", "Martian"]}, unseen="unknown").codes.tolist() == [1, -1]
    with pytest.raises(UnknownName, match="choice of unseen"):
        encoder.encode({"race": ["A"]}, unseen="drop")  # type: ignore[arg-type]


def test_groups_pass_through() -> None:
    groups = encode({"sex": ["F", "M"], "race": ["B", "W"]})
    assert encode(groups) is groups
    sides = encode(groups, cross=False)
    assert sides["race"].names == ("B", "W")
    assert isinstance(sides["sex"], Groups)


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ([], "encode needs at least one row, got an empty table. Check the filter or the file."),
        (pd.DataFrame({"a": []}), "encode needs at least one row, got an empty table."),
        ({}, "Sensitive features need at least one column, got none."),
        ({"a": ["x"], "b": ["x", "y"]}, "encode needs one value per row everywhere, got 1 in a and 2 in b."),
        (np.zeros((2, 2, 2)), r"Sensitive features must be one value per row, .* got shape \(2, 2, 2\)."),
        ([{"x": 1}, {"x": 2}], "The column 'group' needs plain values .*unhashable"),
        (pl.Series([[1], [2]]), "The column 'group' needs plain values"),
        (pa.chunked_array([[{"a": 1}]]), "The column 'group' needs plain values"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Every column of a table needs its own name, got .*'a'"),
        (pd.DataFrame([[1]], columns=[("a", "b")]), r"Column names must be text, got \('a', 'b'\). Rename"),
        (pl.LazyFrame({"a": [1]}), "Rows are needed here, got a lazy LazyFrame without any. Collect it first"),
    ],
)
def test_what_cannot_be_encoded_gets_one_sentence(features: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        encode(features)


def test_names_must_fit_the_features() -> None:
    with pytest.raises(InputError, match=r"names must hold one name for each of 2 sensitive features, got \['a'\]"):
        encode(np.array([["x", "y"]]), names=["a"])
    assert encode(np.array([["x", "y"]])).grouping.attributes == ("group_0", "group_1")


def test_ten_thousand_rare_groups_are_pooled() -> None:
    groups = encode([*range(10_000), *["often"] * 50], rare=2)
    assert groups.names == ("often", "other")
    assert np.bincount(groups.codes).tolist() == [50, 10_000]
