"""What published sums leave open, against a program that bounds each count by itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from fairloss.errors import InputError
from fairloss.inference.disclosure import PublishedSums, leaves_open


def _range(sums: np.ndarray, counts: np.ndarray, place: int, known: np.ndarray) -> tuple[float, float]:
    bounds = [(n, n) if fixed else (0, None) for n, fixed in zip(counts, known, strict=True)]
    aim = np.eye(len(counts))[place]
    low, high = (linprog(sign * aim, A_eq=sums, b_eq=sums @ counts, bounds=bounds) for sign in (1, -1))
    return low.fun, np.inf if high.status == 3 else -high.fun


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_it_agrees_with_the_bounds_of_every_count(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(2, 8)), data.draw(st.integers(1, 6))
    counts = np.array(data.draw(st.lists(st.integers(0, 14), min_size=n, max_size=n)), float)
    sums = np.array([data.draw(st.lists(st.sampled_from([0, 0, 1]), min_size=n, max_size=n)) for _ in range(m)], float)
    known = (counts == 0) & data.draw(st.booleans())
    hidden = np.flatnonzero((counts > 0) & (counts < 5))
    ranges = [_range(sums, counts, place, known) for place in hidden]
    expected = all(low <= 1 + 1e-7 and high >= 4 - 1e-7 for low, high in ranges)
    assert leaves_open(PublishedSums.of(sums), counts, hidden, low=1, high=4, known=known) == expected


def _possible(sums: np.ndarray, counts: np.ndarray) -> list[tuple[int, ...]]:
    most = int(counts.sum())
    tables = itertools.product(range(most + 1), repeat=len(counts))
    return [table for table in tables if (sums @ np.array(table) == sums @ counts).all()]


def test_the_margins_of_a_table_leave_open_what_whole_counts_can_reach() -> None:
    """By brute force: every table of whole counts with these margins."""
    counts = np.array([2, 3, 3, 1])
    margins = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
    tables = np.array(_possible(margins, counts))
    for place, (low, high) in enumerate(zip(tables.min(0), tables.max(0), strict=True)):
        for end in range(6):
            args = {"low": 1.0, "high": float(end)}
            opened = leaves_open(PublishedSums.of(margins), counts, [place], **args)
            assert opened == (min(low, counts[place]) <= 1 and max(high, counts[place]) >= end)


def test_sums_in_layers_are_those_of_a_kronecker_product() -> None:
    rng = np.random.default_rng(0)
    inner, outer = rng.integers(0, 3, (3, 4)), rng.integers(-1, 2, (2, 5))
    sums = PublishedSums.of(inner, outer)
    matrix = np.zeros((sums.number, 20))
    matrix[sums.rows, sums.columns] = sums.coefficients
    np.testing.assert_array_equal(matrix, np.kron(outer, inner))
    both = sums + PublishedSums.of(np.eye(4))
    assert both.number == sums.number + 4
    assert both.rows.max() == sums.number + 3


def test_counts_below_zero_are_possible_where_they_are_there() -> None:
    """Published tables that do not add up give a rest below zero; the true table stays possible."""
    assert leaves_open(PublishedSums.of(np.array([[1, 1, 1]])), [3, -2, 12], [0], low=1, high=10)


def test_a_sum_of_counts_that_are_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="count 2, but there are 2"):
        leaves_open(PublishedSums.of(np.array([[1, 1, 1]])), [3, 4], [0], low=1, high=10)
