"""Sums that do not depend on the order: equal to exact fractions, rounded once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairloss.tables.sums import DIGITS, FixedPoint

WEIGHTS = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40)


def total(values: Any, power: int, parts: int = 1) -> float:
    """Add up in so many parts, as shards would, and merge the parts last."""
    point = FixedPoint.over(max(values), rows=len(values))
    sums = np.zeros(DIGITS)
    for part in np.array_split(np.array(values, dtype=np.float64), parts):
        sums += [np.sum(digit) for digit in point.digits(part, power=power)]
    return float(point.total(sums, power=power))


@given(WEIGHTS, st.sampled_from([1, 2]))
def test_a_sum_is_the_exact_sum_rounded_once(values: list[float], power: int) -> None:
    # Squares are rounded to doubles row by row, and the digits cut at least 78 bits below the highest number.
    exact = sum((Fraction(value) if power == 1 else Fraction(value * value) for value in values), Fraction(0))
    bound = Fraction(max(values)) ** power * len(values) / 2**78 + exact / 2**53
    assert abs(Fraction(total(values, power)) - exact) <= bound


def test_few_weights_of_like_size_are_summed_to_the_last_bit() -> None:
    values = np.random.default_rng(0).random(1000)
    exact = sum(map(Fraction, values.tolist()))
    assert total(values, 1) == float(exact)
    assert total(values, 1) != sum(values.tolist())
    assert total(values, 2) == float(sum(Fraction(value * value) for value in values.tolist()))


@given(WEIGHTS, st.randoms(use_true_random=False), st.integers(1, 5), st.sampled_from([1, 2]))
def test_neither_order_nor_parts_change_a_bit(values: list[float], random: Any, parts: int, power: int) -> None:
    expected = total(values, power)
    random.shuffle(values)
    assert total(values, power, parts) == expected


@pytest.mark.parametrize("values", [[0.0, 0.0], [1.0], [3.0, 5e-324], [5e-324] * 3, [2.0**60, 1.0], [1e154, 1e150]])
def test_extreme_weights(values: list[float]) -> None:
    exact = float(sum(map(Fraction, values)))
    assert total(values, 1) == pytest.approx(exact, rel=2**-50, abs=2.0**-1070)
    assert total(values, 2) == pytest.approx(sum(value * value for value in values), rel=2**-50)


def test_digits_of_many_rows_stay_exact() -> None:
    rows = 2**31
    point = FixedPoint.over(1.0, rows=rows)
    highest = max(float(digit) for digit in point.digits(np.array(1.0)))
    assert highest * rows <= 2**53
    assert 2**point.bits * rows < 2**54
