"""Labels, decisions and weights of every kind, and the sentences for those that cannot be read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fairloss.errors import InputError
from fairloss.tables import binary, weights


@pytest.mark.parametrize(
    ("values", "pos_label"),
    [
        ([0, 1, 1], 1),
        ([False, True, True], 1),
        ([False, True, True], True),
        ([0, 1, 1], True),
        ([1, 0, 0], 0),
        ([True, False, False], 0),
        ([0.0, 1.0, 1.0], 1),
        ([-1, 1, 1], 1),
        ([2, 1, 1], 1),
        (["0", "1", "1"], 1),
        (["no", "yes", "yes"], "yes"),
        (['it\'s, "no"', "🦊", "🦊"], "🦊"),
        ([0, 0.5, 0.5], 0.5),
        ([Decimal(0), Decimal(1), Decimal(1)], 1),
        (np.array([0, 1, 1], dtype=np.uint8), 1),
        (np.array([[0], [1], [1]]), 1),
        (np.array([0, 1, 1], dtype=np.float32), np.int64(1)),
        (pd.Series([0, 1, 1], dtype="Int64"), 1),
        (pd.Series([False, True, True], dtype="boolean"), 1),
        (pd.Series(["no", "yes", "yes"], dtype="category"), "yes"),
        (pd.Series([0, 1, 1], dtype="int8[pyarrow]"), 1),
        (pd.DataFrame({"hired": [0, 1, 1]}), 1),
        (pl.Series([False, True, True]), 1),
        (pl.Series([0, 1, 1], dtype=pl.Float32), 1),
        (pa.array(["no", "yes", "yes"]), "yes"),
        (pa.chunked_array([[False], [True, True]]), True),
    ],
    ids=str,
)
def test_every_kind_of_outcome_is_read(values: Any, pos_label: Any) -> None:
    codes = binary(values, pos_label=pos_label)
    assert codes.dtype == np.uint8
    assert codes.tolist() == [0, 1, 1]


def test_outcomes_of_one_value() -> None:
    assert binary([0, 0]).tolist() == [0, 0]
    assert binary([False, False]).tolist() == [0, 0]
    assert binary([1, 1]).tolist() == [1, 1]
    assert binary(["no", "no"], pos_label="yes").tolist() == [0, 0]
    with pytest.raises(InputError, match="label needs the favorable value pos_label=1, got only 'no'"):
        binary(["no", "no"])
    with pytest.raises(InputError, match="label needs the favorable value pos_label='yes', got only '0'"):
        binary([0, 0], pos_label="yes")


MISSING = "y needs a value in every row, got 1 of 3 rows without. Fill or drop these rows first."


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([1, None, 0], MISSING),
        (np.array([1, np.nan, 0]), MISSING),
        (pd.Series([1, pd.NA, 0], dtype="Int64"), MISSING),
        (pd.Series(["1", None, "0"]), MISSING),
        (pd.Series([True, None, False], dtype="boolean"), MISSING),
        (pl.Series([1, None, 0]), MISSING),
        (pl.Series([1.0, float("nan"), 0.0]), MISSING),
        (pa.array([True, None, False]), MISSING),
        ([], "binary needs at least one row, got an empty table. Check the filter or the file."),
        (
            ["a", "b", "c", "d", "e", "f"],
            "y needs at most two values, got 6: 'a', 'b', 'c', 'd', 'e', …. Merge them to two, e.g. y == 1.",
        ),
        (
            np.array([0.3, 1.0]),
            "y needs at most two values, got scores such as 0.3 (2 different values). "
            "Turn scores into decisions with a threshold first, e.g. y = score >= 0.5.",
        ),
        ([0, 2], "y needs the favorable value pos_label=1, got only '0', '2'. Pass the value that is favorable as"),
        ("yes", "y needs one value per row, got 'yes'. Pass a column."),
        (5, "y needs one value per row, got 5. Pass a column."),
        (np.zeros((3, 2)), "y needs one value per row, got an array of shape (3, 2). Pass one column."),
    ],
    ids=str,
)
def test_an_outcome_that_cannot_be_read_gets_one_sentence(values: Any, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        binary(values, role="y")
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("wrap", [list, np.array, pd.Series, pl.Series, pa.array])
def test_weights_are_read_as_numbers(wrap: Any) -> None:
    assert weights(wrap([1, 2, 0])).tolist() == [1.0, 2.0, 0.0]
    for bad in ([1.0, float("nan")], [1.0, float("inf")], [1.0, -1.0]):
        with pytest.raises(InputError, match=r"w needs finite numbers from 0 up, got .* in row 1 \(1 such rows\)"):
            weights(wrap(bad), role="w")
