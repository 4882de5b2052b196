"""What every method of the catalogue must do, for every table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairloss.inference import INTERVALS, difference_interval, equality_test, rate_interval, ratio_interval

FUNCTIONS = {"rate": rate_interval, "difference": difference_interval, "ratio": ratio_interval}
BOUNDS = {"rate": (0, 1), "difference": (-1, 1), "ratio": (0, np.inf)}
EVERY = [pytest.param(kind, name, id=f"{kind}-{name}") for kind, names in INTERVALS.items() for name in names]
PAIRS = [parameters for parameters in EVERY if not parameters.id.startswith("rate")]
ROUNDING = 1e-9

whole = st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
weighted = whole.map(lambda pair: (pair[0] / 7, pair[1] / 7))
tables = st.tuples(whole | weighted, whole | weighted).map(lambda pair: pair[0] + pair[1])
levels = st.sampled_from([0.5, 0.9, 0.95, 0.9999])
seeded = settings(deadline=None, derandomize=True, max_examples=60)


def interval_of(kind, table, **options):
    return FUNCTIONS[kind](*(table[:2] if kind == "rate" else table), **options)


def estimate_of(kind, table):
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = np.divide(table[0], table[1]), np.divide(table[2], table[3])
        return {"rate": p1, "difference": p1 - p2, "ratio": np.divide(p1, p2)}[kind]


@pytest.mark.parametrize(("kind", "method"), EVERY)
@seeded
@given(table=tables, level=levels)
def test_defined_in_order_within_bounds_and_around_the_estimate(kind, method, table, level):
    interval = interval_of(kind, table, level=level, method=method)
    lowest, highest = BOUNDS[kind]
    assert lowest <= interval.low <= interval.high <= highest
    estimate = estimate_of(kind, table)
    if not np.isnan(estimate):
        assert interval.low <= estimate * (1 + np.sign(estimate) * ROUNDING)
        assert interval.high >= estimate * (1 - np.sign(estimate) * ROUNDING)


@pytest.mark.parametrize(("kind", "method"), EVERY)
@seeded
@given(table=tables, times=st.integers(2, 50))
def test_more_data_of_the_same_kind_narrow_it(kind, method, table, times):
    few = interval_of(kind, table, method=method)
    many = interval_of(kind, tuple(times * count for count in table), method=method)
    assert many.low >= few.low - ROUNDING * abs(few.low) - 1e-12
    assert many.high <= few.high + ROUNDING * abs(few.high) + 1e-12


@pytest.mark.parametrize(("kind", "method"), EVERY)
@seeded
@given(table=tables)
def test_a_higher_level_contains_a_lower_one(kind, method, table):
    wide = interval_of(kind, table, level=0.99, method=method)
    narrow = interval_of(kind, table, level=0.9, method=method)
    assert wide.low <= narrow.low * (1 + np.sign(narrow.low) * ROUNDING)
    assert wide.high >= narrow.high * (1 - np.sign(narrow.high) * ROUNDING)


@pytest.mark.parametrize(("kind", "method"), EVERY)
@seeded
@given(table=tables)
def test_symmetry(kind, method, table):
    interval = interval_of(kind, table, method=method)
    x1, n1, x2, n2 = table
    if kind in ("rate", "difference"):  # failures instead of successes
        mirror = interval_of(kind, (n1 - x1, n1, n2 - x2, n2), method=method)
        total = 1 if kind == "rate" else 0
        np.testing.assert_allclose([total - mirror.high, total - mirror.low], [interval.low, interval.high], atol=1e-9)
    if kind != "rate":  # the groups swapped
        swapped = interval_of(kind, (x2, n2, x1, n1), method=method)
        with np.errstate(divide="ignore"):
            ends = (-swapped.high, -swapped.low) if kind == "difference" else (1 / swapped.high, 1 / swapped.low)
        np.testing.assert_allclose(ends, [interval.low, interval.high], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("kind", "method"), EVERY)
def test_arrays_equal_a_loop_and_broadcast(kind, method):
    rng = np.random.default_rng(3)
    n = rng.integers(0, 80, size=(2, 40))
    x = rng.binomial(n, rng.choice([0, 0.1, 0.5, 1], size=(2, 40)))
    together = interval_of(kind, (x[0], n[0], x[1], n[1]), method=method)
    assert together.low.shape == (40,)
    for i in range(40):
        alone = interval_of(kind, (x[0, i], n[0, i], x[1, i], n[1, i]), method=method)
        assert (alone.low, alone.high) == pytest.approx((together.low[i], together.high[i]), rel=1e-12, abs=1e-15)
    grid = interval_of(kind, (x[0][:, None], n[0][:, None], x[1], n[1]), method=method)
    assert grid.low.shape == ((40, 1) if kind == "rate" else (40, 40))


@pytest.mark.parametrize(("kind", "method"), PAIRS)
def test_empty_cells_follow_the_convention(kind, method):
    empty = interval_of(kind, (0, 0, 3, 9), method=method)
    assert (empty.low, empty.high) == BOUNDS[kind]
    if kind == "ratio":
        assert interval_of(kind, (0, 9, 3, 9), method=method).low == 0
        assert interval_of(kind, (3, 9, 0, 9), method=method).high == np.inf
        nothing = interval_of(kind, (0, 9, 0, 9), method=method)
        assert (nothing.low, nothing.high) == (0, np.inf)


@pytest.mark.parametrize("method", INTERVALS["rate"])
def test_a_rate_of_an_empty_group_may_be_anything(method):
    interval = rate_interval(0, 0, method=method)
    assert (interval.low, interval.high) == (0, 1)


@seeded
@given(table=st.tuples(whole, whole).map(lambda pair: pair[0] + pair[1]))
def test_score_intervals_hold_equality_exactly_when_the_z_test_does(table):
    z = abs(float(equality_test(*table).z))
    if not abs(z - 1.959963984540054) > 1e-9:  # NaN too
        return
    ratio, difference = ratio_interval(*table), difference_interval(*table, method="mee")
    assert (ratio.low <= 1 <= ratio.high) == (z < 1.96)
    assert (difference.low <= 0 <= difference.high) == (z < 1.96)
