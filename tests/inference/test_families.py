"""Adjusted p values against statsmodels and scipy, worst-pair intervals against a loop over pairs."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fairloss.errors import InputError
from fairloss.inference import (
    INTERVALS,
    benjamini_hochberg,
    difference_interval,
    holm,
    ratio_interval,
    worst_gap_interval,
    worst_ratio_interval,
)

WORST = {"difference": worst_gap_interval, "ratio": worst_ratio_interval}
EVERY = [(kind, method) for kind in WORST for method in INTERVALS[kind]]
X, N = np.array([12, 48, 30, 0]), np.array([40, 80, 60, 9])


def test_goldens():
    p = [0.01, 0.04, 0.03, 0.005]
    np.testing.assert_allclose(holm(p), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.02, 0.04, 0.04, 0.02])


def test_a_finding_that_does_not_survive_its_family():
    race = [0.584219, 0.009430, 0.115880, 0.334337, 0.341618, 0.090070]
    assert holm(race)[1] == pytest.approx(0.056581, abs=2e-6)
    assert benjamini_hochberg(race)[1] == pytest.approx(0.056581, abs=2e-6)


@settings(deadline=None, derandomize=True)
@given(p=st.lists(st.floats(0, 1) | st.just(np.nan), max_size=12))
def test_adjustment_ignores_what_was_not_tested(p):
    p = np.array(p, dtype=float)
    tested = p[~np.isnan(p)]
    for adjust in (holm, benjamini_hochberg):
        np.testing.assert_array_equal(np.isnan(adjust(p)), np.isnan(p))
        np.testing.assert_array_equal(adjust(p)[~np.isnan(p)], adjust(tested))
        assert (adjust(tested) >= tested).all()
    if len(tested):
        np.testing.assert_allclose(benjamini_hochberg(tested), stats.false_discovery_control(tested), atol=1e-15)
        steps = [max(min(1, q * (tested >= q).sum()) for q in tested if q <= own) for own in tested]
        np.testing.assert_allclose(holm(tested), steps, atol=1e-15)


def test_adjustment_keeps_the_shape_and_refuses_what_is_no_p_value():
    assert holm(np.full((2, 3), 0.01)).shape == (2, 3)
    with pytest.raises(InputError, match=r"holm needs p values between 0 and 1, but got 1\.5"):
        holm([0.1, 1.5])
    with pytest.raises(InputError, match="benjamini_hochberg needs numbers"):
        benjamini_hochberg(["a"])


def loop(kind, x, n, level, method):
    """Go through all ordered pairs of all rates, one at a time."""
    function = {"difference": difference_interval, "ratio": ratio_interval}[kind]
    x, n = np.atleast_2d(x), np.atleast_2d(n)
    pairs = [(r, a, b) for r in range(len(x)) for a, b in permutations(np.flatnonzero(n[r]), 2)]
    adjusted = 1 - (1 - level) / (len(pairs) / 2)
    plain = [function(x[r, a], n[r, a], x[r, b], n[r, b], level=level, method=method) for r, a, b in pairs]
    strict = [function(x[r, a], n[r, a], x[r, b], n[r, b], level=adjusted, method=method) for r, a, b in pairs]
    if kind == "difference":
        return max(0, *(float(i.low) for i in strict)), max(float(i.high) for i in plain)
    return min(float(i.low) for i in plain), min(1, *(float(i.high) for i in strict))


@pytest.mark.parametrize(("kind", "method"), EVERY)
def test_worst_pair_equals_a_loop(kind, method):
    rng = np.random.default_rng(11)
    for shape in [(2,), (5,), (2, 4)]:
        n = rng.integers(0, 200, size=shape) + (len(shape) == 1)
        x = rng.binomial(n, rng.uniform(0.1, 0.9, size=shape))
        interval = WORST[kind](x, n, level=0.9, method=method)
        assert (interval.low, interval.high) == pytest.approx(loop(kind, x, n, 0.9, method), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("kind", "method"), EVERY)
@pytest.mark.parametrize("most", [3, 12, 400])
@pytest.mark.parametrize("level", [0.95, 0.999])
def test_the_worst_of_many_pairs_is_found_without_a_search_of_each(kind, method, most, level):
    rng = np.random.default_rng(most)
    n = rng.integers(1, most, size=60)
    x = rng.binomial(n, rng.choice([0, 0.02, 0.3, 0.98, 1], size=60))
    one, two = np.nonzero(~np.eye(60, dtype=bool))
    function = {"difference": difference_interval, "ratio": ratio_interval}[kind]
    plain = function(x[one], n[one], x[two], n[two], method=method, level=level)
    strict = function(x[one], n[one], x[two], n[two], method=method, level=1 - (1 - level) / (60 * 59 / 2))
    worst = WORST[kind](x, n, method=method, level=level)
    if kind == "difference":
        assert (worst.low, worst.high) == (max(0, strict.low.max()), plain.high.max())
    else:
        assert (worst.low, worst.high) == (plain.low.min(), min(1, strict.high.min()))


@pytest.mark.parametrize(("kind", "method"), EVERY)
def test_many_groups_are_done_in_blocks(kind, method, monkeypatch):
    whole = WORST[kind](X, N, method=method)
    monkeypatch.setattr("fairloss.inference.families._BLOCK", 1)
    blocks = WORST[kind](X, N, method=method)
    assert (whole.low, whole.high) == (blocks.low, blocks.high)


@pytest.mark.parametrize("kind", WORST)
def test_two_groups_are_a_plain_comparison(kind):
    function = {"difference": difference_interval, "ratio": ratio_interval}[kind]
    pair, worst = function(12, 40, 48, 80), WORST[kind]([12, 48], [40, 80])
    ends = (-pair.high, -pair.low) if kind == "difference" else (pair.low, pair.high)
    np.testing.assert_allclose([worst.low, worst.high], ends, rtol=1e-12)


@pytest.mark.parametrize("kind", WORST)
def test_group_order_does_not_matter_and_empty_groups_are_left_out(kind):
    first = WORST[kind](X, N)
    for other in (WORST[kind](X[::-1], N[::-1]), WORST[kind]([*X, 0, 0], [*N, 0, 0])):
        np.testing.assert_allclose([other.low, other.high], [first.low, first.high], rtol=1e-12)
    assert first.low.shape == first.high.shape == ()


@pytest.mark.parametrize("kind", WORST)
@pytest.mark.parametrize("counts", [([], []), ([3], [9]), ([3, 0], [9, 0]), ([[3, 0], [0, 2]], [[9, 0], [0, 9]])])
def test_nothing_to_compare_says_nothing(kind, counts):
    interval = WORST[kind](*counts)
    assert (interval.low, interval.high) == (0, 1)


@pytest.mark.parametrize("kind", WORST)
def test_several_rates_are_one_family(kind):
    one = WORST[kind](X, N)
    both = WORST[kind]([X, X], [N, N])
    if kind == "difference":
        assert both.low < one.low  # twice the comparisons
        assert both.high == one.high  # the pair that is worst in truth is still one pair
    else:
        assert both.high > one.high
        assert both.low == one.low


def test_counts_of_a_wrong_shape():
    with pytest.raises(InputError, match=r"worst_gap_interval needs counts of shape \(groups,\) or \(rates, groups\)"):
        worst_gap_interval(3, 9)
    with pytest.raises(InputError, match="worst_ratio_interval needs a level between 0 and 1"):
        worst_ratio_interval([3, 4], [9, 9], level=95)
