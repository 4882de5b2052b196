"""The design matrix, against a recomputation by hand."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from fairloss.errors import InputError
from fairloss.estimators import DesignMatrix

TABLE = {
    "amount": [1.0, 2.0, None, 9.0],
    "member": [True, False, None, True],
    "town": ["a", "b", None, "a"],
}


def by_hand(table: dict[str, list]) -> np.ndarray:
    """Compute the expected matrix in loops: scaled numbers, then their indicators, then one column per category."""
    numbers, indicators = [], []
    for name in ("amount", "member"):
        known = [float(value) for value in table[name] if value is not None]
        middle = float(np.median(known))
        numbers.append([middle if value is None else float(value) for value in table[name]])
        indicators.append([float(value is None) for value in table[name]])
    columns = [(np.array(column) - np.mean(column)) / np.std(column) for column in numbers + indicators]
    columns += [np.array([float(value == level) for value in table["town"]]) for level in ("a", "b", None)]
    return np.stack(columns, axis=1)


FRAMES = {
    "pandas": pd.DataFrame(TABLE),
    "pandas nullable": pd.DataFrame(TABLE).convert_dtypes(),
    "pandas categorical": pd.DataFrame(TABLE).astype({"town": "category"}),
    "polars": pl.DataFrame(TABLE),
    "polars categorical": pl.DataFrame(TABLE, schema_overrides={"town": pl.Categorical}),
    "pyarrow": pl.DataFrame(TABLE).to_arrow(),
    "object array": np.array(list(zip(*TABLE.values(), strict=True)), dtype=object),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_every_engine_gives_the_matrix_computed_by_hand(frame):
    made = DesignMatrix().fit_transform(frame)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, by_hand(TABLE), atol=1e-6)


def test_scales_are_learned_from_the_chosen_rows_only():
    X = np.array([[1.0], [3.0], [1000.0]])
    made = DesignMatrix().fit_transform(X, np.array([0, 1]))
    np.testing.assert_allclose(made[:2, 0], [-1, 1])


def test_unseen_categories_are_zeros_and_new_missing_numbers_are_the_median():
    matrix = DesignMatrix()
    matrix.fit_transform(pd.DataFrame({"x": [0.0, 2.0, 4.0], "c": ["a", "b", "a"]}))
    new = matrix.transform(pd.DataFrame({"x": [np.nan], "c": ["z"]}))
    np.testing.assert_allclose(new, [[0.0, 0.0, 0.0]], atol=1e-6)


def test_a_category_is_the_same_in_another_engine():
    matrix = DesignMatrix()
    fitted = matrix.fit_transform(FRAMES["pandas categorical"])
    np.testing.assert_array_equal(matrix.transform(FRAMES["polars"]), fitted)


def test_constant_and_empty_columns_do_no_harm():
    made = DesignMatrix().fit_transform(pd.DataFrame({"one": [5.0, 5.0], "none": [np.nan, np.nan], "x": [0.0, 1.0]}))
    assert np.isfinite(made).all()


def test_ten_thousand_categories_stay_narrow():
    names = [f"n{i % 10_000}" for i in range(20_000)]
    assert DesignMatrix().fit_transform(pd.DataFrame({"id": names})).shape == (20_000, 100)


@pytest.mark.parametrize("text", ["a'b", 'quo"te', "com,ma", "émoji 🙂", " spaced ", "nan", "None", ""])
def test_any_text_is_a_category(text):
    made = DesignMatrix().fit_transform(pd.DataFrame({"c": [text, "other", None]}, dtype=object))
    assert made.sum(axis=0).tolist() == [1, 1, 1]


def test_integer_column_names_are_accepted():
    made = DesignMatrix().fit_transform(pd.DataFrame(np.eye(3)))
    assert made.shape == (3, 3)


def test_times_are_refused_in_one_sentence():
    frame = pd.DataFrame({"day": [datetime.datetime(2020, 1, 1)] * 2})
    with pytest.raises(InputError, match=r"got times in the column 'day'\. Turn it into a number"):
        DesignMatrix().fit_transform(frame)

    with pytest.raises(InputError, match="got times in the column '0'"):
        DesignMatrix().fit_transform(frame.to_numpy())


def test_decimals_are_numbers():
    plain = pd.DataFrame({"x": [1.5, 2.25, np.nan]})
    exact = pd.DataFrame({"x": [Decimal("1.5"), Decimal("2.25"), None]})
    np.testing.assert_array_equal(DesignMatrix().fit_transform(exact), DesignMatrix().fit_transform(plain))


def test_a_number_beyond_single_precision_is_refused_in_one_sentence():
    matrix = DesignMatrix()
    matrix.fit_transform(pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(InputError, match="single precision holds once it is scaled, got a larger one in row 1"):
        matrix.transform(pd.DataFrame({"x": [1.0, 1e200]}))
    with pytest.raises(InputError, match="single precision"):
        DesignMatrix().fit_transform(pd.DataFrame({"x": [1e300, -1e300]}))


def test_columns_of_one_name_are_refused_in_one_sentence():
    with pytest.raises(InputError, match=r"needs a name of its own, got .*'a' 2 times"):
        DesignMatrix().fit_transform(pd.DataFrame(np.eye(2), columns=["a", "a"]))


def test_an_infinite_number_is_refused_in_one_sentence():
    with pytest.raises(InputError, match="infinite number in the column 'x'"):
        DesignMatrix().fit_transform(pd.DataFrame({"x": [1.0, np.inf]}))


def test_a_number_that_became_text_is_refused_in_one_sentence():
    matrix = DesignMatrix()
    matrix.fit_transform(pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(InputError, match=r"feature 'x' held numbers when the model was fitted, got 'many'"):
        matrix.transform(pd.DataFrame({"x": ["1", "many"]}))


def test_numbers_as_text_are_numbers_where_the_fit_saw_numbers():
    matrix = DesignMatrix()
    fitted = matrix.fit_transform(pd.DataFrame({"x": [1.0, 2.0]}))
    np.testing.assert_array_equal(matrix.transform(pd.DataFrame({"x": ["1", "2"]})), fitted)
