"""Columns read once: the same contents, bins and hashes from every engine."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fairloss.tables import bin_contents, encode, joined, read_contents, value_hashes

RNG = np.random.default_rng(4)
NUMBERS = np.where(RNG.random(500) < 0.1, np.nan, RNG.lognormal(3, 2, 500).round(2))
TEXTS = [None if one < 3 else f"level {one:02d}" for one in RNG.integers(0, 60, 500)]
DAYS = [None if one == 0 else datetime.datetime(2024, 1, 1 + int(one)) for one in RNG.integers(0, 25, 500)]


def _engines(values: Any) -> list[Any]:
    plain = [None if value is None or value != value else value for value in values]
    return [plain, pd.Series(plain), pl.Series(plain), pa.chunked_array([plain[:200], plain[200:]])]


@pytest.mark.parametrize("values", [NUMBERS, TEXTS, DAYS], ids=["numbers", "texts", "dates"])
def test_bins_and_hashes_are_the_same_in_every_engine(values: Any) -> None:
    contents = [read_contents(one) for one in _engines(values)]
    contents = [one for one in contents if one.kind == contents[1].kind]
    assert len(contents) >= 3
    bins = [bin_contents(one) for one in contents]
    for one, found in zip(contents[1:], bins[1:], strict=True):
        assert found.names == bins[0].names
        assert found.codes.tolist() == bins[0].codes.tolist()
        assert (value_hashes(one, "c") == value_hashes(contents[0], "c")).all()


def test_bins_of_numbers_hold_what_their_names_say() -> None:
    bins = bin_contents(read_contents(NUMBERS))
    assert bins.has_missing
    assert bins.names[-1] == "(no value)"
    for code, name in enumerate(bins.names[:-1]):
        held = NUMBERS[bins.codes == code]
        assert 30 <= len(held) <= 60  # tenths of 450 rows, ties apart
        low = 0.0 if name.startswith("below") else float(name.split()[0])
        high = np.inf if name.endswith("more") else float(name.split()[-1])
        assert ((held >= low * (1 - 1e-5)) & (held < high * (1 + 1e-5))).all()
    assert np.isnan(NUMBERS[bins.codes == len(bins) - 1]).all()


def test_a_value_that_many_rows_hold_gets_a_bin_of_its_own() -> None:
    values = np.where(np.arange(1000) % 10 > 0, 0.0, np.arange(1000))
    bins = bin_contents(read_contents(values))
    assert bins.names[0] == "0"
    assert len(bins) >= 3
    sizes = np.bincount(bins.codes)
    assert sizes[0] >= 900
    assert sizes[1:].min() > 30


def test_rare_levels_of_many_are_pooled_and_not_named() -> None:
    values = ["often"] * 300 + [f"person {one}" for one in range(100)]
    bins = bin_contents(read_contents(values))
    assert bins.names == ("often", "(other)")
    assert np.bincount(bins.codes).tolist() == [300, 100]
    assert len(bins.values) == 101


def test_values_written_alike_are_one_level() -> None:
    assert read_contents(pd.Series(["1", 1, "a", None], dtype=object)).codes.tolist() == [0, 0, 1, -1]
    assert read_contents(pd.Series(["1", 1, "a"], dtype=object)).mixed
    assert read_contents([True, False]).levels == ("True", "False")


def test_long_numbers_are_names() -> None:
    found = read_contents(np.array([2**60, 2**60 + 1]))
    assert found.kind == "category"
    assert len(found.levels) == 2


def test_tables_are_joined_by_value() -> None:
    both = joined([read_contents([1.0, 2.0]), read_contents([3])])
    assert both.numbers is not None
    assert both.numbers.tolist() == [1, 2, 3]
    mended = joined([read_contents([1.0, np.nan]), read_contents(["1", "?"])])
    assert (mended.kind, mended.levels, mended.mixed) == ("category", ("1", "?"), True)
    assert np.asarray(mended.codes).tolist() == [0, -1, 0, 1]


def test_hashes_tell_rows_and_columns_apart() -> None:
    a, b = read_contents([1, 2, 1, -0.0]), read_contents([2, 1, 2, 0.0])
    rows = value_hashes(a, "a") + value_hashes(b, "b")
    assert rows[0] == rows[2]
    assert rows[0] != rows[1]  # the same values in the other column
    assert value_hashes(read_contents([0.0]), "a")[0] == value_hashes(a, "a")[3]
    many = value_hashes(read_contents(np.arange(200_000)), "x")
    assert len(np.unique(many)) == 200_000
    assert abs(float((many >> np.uint64(63)).mean()) - 0.5) < 0.005  # four standard errors


def test_a_column_may_be_called_who() -> None:
    assert encode({"who": ["a", "b"]}).names == ("a", "b")


def test_an_empty_column_is_one_bin() -> None:
    assert bin_contents(read_contents([None, None])).names == ("(no value)",)
    assert bin_contents(read_contents([np.nan, np.nan])).codes.tolist() == [0, 0]
