"""Shortfalls in people against the goldens of the case law, and against a search by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fairloss.errors import InputError
from fairloss.inference import (
    availability_test,
    equality_test,
    extra_selections,
    one_decision_reverses,
    shortfall,
)

TABLES = np.array(
    [(12, 40, 48, 80), (3, 20, 16, 80), (26, 48, 206, 259), (50, 64, 455, 508), (555, 1181, 667, 1390), (3, 15, 25, 43)]
)


def test_shortfalls_of_the_decided_cases():
    missing = shortfall(*TABLES.T)
    np.testing.assert_allclose(missing.to_pool, [8, 0.8, 10.273616, 6.503497, 6.331, 4.241379], atol=5e-4)
    np.testing.assert_allclose(missing.to_reference, [12, 1, 12.177606, 7.322835, 11.710072, 5.720930], atol=1e-6)
    assert missing.to_mark[0] == 8


def test_extra_selections_of_the_decided_cases():
    extra = extra_selections(*TABLES.T)
    assert extra.to_chance.tolist() == [5, 0, 7, 3, 0, 2]
    assert extra.to_mark.tolist() == [8, 1, 5, 0, 0, 4]


def test_extra_selections_equal_a_search_one_by_one():
    rng = np.random.default_rng(3)
    n = rng.integers(1, 60, size=(200, 2))
    x = rng.binomial(n, rng.choice([0.0, 0.3, 0.7, 1.0], size=(200, 2)))
    extra = extra_selections(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    for i, (x1, n1, x2, n2) in enumerate(np.stack([x[:, 0], n[:, 0], x[:, 1], n[:, 1]], axis=1).tolist()):
        to_chance = next(k for k in range(n1 + 1) if equality_test(x1 + k, n1, x2, n2).z > -1.959963984540054)
        to_mark = next(k for k in range(n1 + 1) if 5 * (x1 + k) * n2 >= 4 * x2 * n1)
        assert (extra.to_chance[i], extra.to_mark[i]) == (to_chance, to_mark)


def test_one_decision():
    assert one_decision_reverses(*TABLES.T).tolist() == [False, True, False, False, False, False]
    assert not one_decision_reverses(16, 80, 3, 20)


@pytest.mark.parametrize(
    ("observed", "n", "share", "expected", "deviation", "z"),
    [
        (10, 282, 0.154, 43.43, 6.061, -5.515),
        (5, 123, 0.154, 18.94, 4.003, -3.483),
        (15, 405, 0.154, 62.37, 7.264, -6.521),
        (10, 282, 0.057, 16.07, 3.893, -1.560),
        (5, 123, 0.057, 7.01, 2.571, -0.782),
        (15, 405, 0.057, 23.085, 4.666, -1.733),
        (339, 870, 0.791, 688.17, 11.993, -29.115),
        (100, 220, 0.791, 174.02, 6.031, -12.274),
    ],
)
def test_hazelwood_and_castaneda(observed, n, share, expected, deviation, z):
    test = availability_test(observed, n, share)
    assert test.expected == pytest.approx(expected, abs=0.006)
    assert test.deviation == pytest.approx(deviation, abs=6e-4)
    assert test.z == pytest.approx(z, abs=6e-4)


def test_a_mark_is_the_decimal_that_it_prints_as():
    assert (
        shortfall(48, 100, 60, 100, mark=0.8).to_mark == shortfall(48, 100, 60, 100, mark=Fraction(4, 5)).to_mark == 0
    )
    assert shortfall(47, 100, 60, 100).to_mark == 1
    assert shortfall(48, 100, 60, 100, mark=0.9).to_mark == 6


def test_nobody_to_compare():
    missing, extra = shortfall([0, 1], [0, 2], [1, 0], [2, 0]), extra_selections([0, 1], [0, 2], [1, 0], [2, 0])
    for values in (missing.to_pool, missing.to_reference, missing.to_mark, extra.to_chance, extra.to_mark):
        assert np.isnan(values).all()
    assert not one_decision_reverses(0, 0, 1, 2)
    assert np.isnan(availability_test(0, 5, 0).z)


def test_bad_input():
    with pytest.raises(InputError, match=r"extra_selections needs whole counts, but got 1\.5"):
        extra_selections(1.5, 2, 1, 2)
    with pytest.raises(InputError, match="one_decision_reverses needs whole counts"):
        one_decision_reverses(1.5, 2, 1, 2)
    with pytest.raises(InputError, match=r"shortfall needs a mark within \(0, 1\], but got 80"):
        shortfall(1, 2, 1, 2, mark=80)
    with pytest.raises(InputError, match=r"availability_test needs shares from 0 to 1, but got 15\.4"):
        availability_test(1, 2, 15.4)
