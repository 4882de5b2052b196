"""Intervals of every rate of the catalogue: against numeric derivatives, each other, and a bootstrap of rows."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.errors import InputError
from fairloss.inference import bootstrap_interval, delta_interval
from fairloss.notions import FN, FP, RATES, ROWS, GroupCounts, Rate

COUNTS = GroupCounts(np.array([[[300, 80], [60, 260]], [[150, 90], [70, 190]], [[80, 40], [30, 95]]]))
Z = 1.959963984540054


def numeric_variance(rate, cells):
    """Differentiate the rate by each cell, and add up the squares over the rows."""
    variance = 0.0
    for place in np.ndindex(2, 2):
        step = np.zeros((1, 2, 2))
        step[(0, *place)] = 1e-4
        up, down = (rate(GroupCounts(cells[None] + sign * step))[0] for sign in (1, -1))
        variance += cells[place] * ((up - down) / 2e-4) ** 2
    return variance


@pytest.mark.parametrize("name", RATES)
def test_delta_equals_numeric_derivatives(name):
    rate = RATES[name]
    value = rate(COUNTS)
    variance = np.array([numeric_variance(rate, cells.astype(float)) for cells in COUNTS.cells])
    interval = delta_interval(rate, COUNTS)
    np.testing.assert_allclose((interval.high - interval.low) / 2, Z * np.sqrt(variance), rtol=1e-6)
    np.testing.assert_allclose((interval.high + interval.low) / 2, value, rtol=1e-9)
    gap = delta_interval(rate, COUNTS, reference=0)
    np.testing.assert_allclose((gap.high - gap.low)[1:] / 2, Z * np.sqrt(variance[1:] + variance[0]), rtol=1e-6)
    assert gap.low[0] == gap.high[0] == 0


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("reference", [None, 0])
def test_bootstrap_agrees_with_delta_in_large_groups(name, reference):
    rate = RATES[name]
    delta = delta_interval(rate, COUNTS, reference=reference)
    boot = bootstrap_interval(rate, COUNTS, reference=reference, draws=4000)
    width = np.where(delta.high > delta.low, delta.high - delta.low, 1)
    # Quantiles of 4,000 draws err by about 2 % of the width; skewness of the error ratio adds to it.
    slack = 0.15 if name == "error_ratio" else 0.08
    assert (np.abs(boot.low - delta.low) / width).max() < slack
    assert (np.abs(boot.high - delta.high) / width).max() < slack


def test_drawing_tables_is_drawing_rows():
    cells = np.array([[12, 8], [5, 15]])
    rows = np.repeat(np.arange(4), cells.ravel())
    rng = np.random.default_rng(1)
    f1 = []
    for _ in range(4000):
        _, fp, fn, tp = np.bincount(rng.choice(rows, len(rows)), minlength=4)
        f1.append(2 * tp / (2 * tp + fn + fp))
    interval = bootstrap_interval(RATES["f1_score"], GroupCounts(cells[None]), draws=4000)
    np.testing.assert_allclose([interval.low[0], interval.high[0]], np.quantile(f1, [0.025, 0.975]), atol=0.02)


def test_same_seed_same_interval_and_blocks_change_nothing(monkeypatch):
    rate = RATES["f1_score"]
    first, again = (bootstrap_interval(rate, COUNTS, seed=3) for _ in range(2))
    other = bootstrap_interval(rate, COUNTS, seed=4)
    np.testing.assert_array_equal(first.low, again.low)
    assert (first.low != other.low).any()
    monkeypatch.setattr("fairloss.inference.any_rate._BLOCK", 1200)
    np.testing.assert_array_equal(bootstrap_interval(rate, COUNTS, seed=3).low, first.low)


def test_decisions_alone_are_enough_for_a_rate_of_decisions():
    alone = GroupCounts(COUNTS.cells.sum(axis=1, keepdims=True))
    rate = RATES["selection_rate"]
    ours, theirs = delta_interval(rate, alone), delta_interval(rate, COUNTS)
    np.testing.assert_allclose([ours.low, ours.high], [theirs.low, theirs.high], rtol=1e-12)
    p, n = rate(alone), alone.sizes
    np.testing.assert_allclose((ours.high - ours.low) / 2, Z * np.sqrt(p * (1 - p) / n), rtol=1e-12)
    assert np.isfinite(bootstrap_interval(rate, alone).low).all()


def test_weights_enter_the_delta_interval_by_their_squares():
    rng = np.random.default_rng(2)
    label, decision, weight = rng.integers(0, 2, 500), rng.integers(0, 2, 500), rng.exponential(size=500)
    counts = GroupCounts.of(label, decision, np.zeros(500, dtype=int), weight)
    p = np.average(decision, weights=weight)
    error = np.sqrt((weight**2 * (decision - p) ** 2).sum()) / weight.sum()
    interval = delta_interval(RATES["selection_rate"], counts)
    assert (interval.high[0] - interval.low[0]) / 2 == pytest.approx(Z * error)
    with pytest.raises(InputError, match="bootstrap_interval needs whole counts"):
        bootstrap_interval(RATES["selection_rate"], counts)


def test_where_nothing_is_known_the_whole_range_is_given():
    empty = GroupCounts(np.array([[[0, 0], [0, 0]], [[9, 0], [0, 9]], [[5, 0], [1, 0]]]))
    for function in (delta_interval, bootstrap_interval):
        share = function(RATES["true_positive_rate"], empty)
        assert (share.low[:2].tolist(), share.high[:2].tolist()) == ([0, 0], [1, 1])
        ratio = function(RATES["error_ratio"], empty)
        assert (ratio.low[2], ratio.high[2]) == (0, np.inf)
        gap = function(RATES["true_positive_rate"], empty, reference=0)
        assert (gap.low.tolist(), gap.high.tolist()) == ([0, -1, -1], [0, 1, 1])


def test_the_range_of_a_rate_is_that_of_its_cells():
    lean = Rate("lean", FP - FN, ROWS)  # may be negative
    empty = GroupCounts(np.zeros((1, 2, 2)))
    assert (delta_interval(lean, empty).low, delta_interval(lean, empty).high) == (-1, 1)
    value, error = lean(COUNTS), np.sqrt(lean.variance(COUNTS))
    np.testing.assert_allclose(delta_interval(lean, COUNTS).low, value - Z * error)


def test_bad_input():
    with pytest.raises(InputError, match="delta_interval needs a reference from 0 to 2, but got 3"):
        delta_interval(RATES["accuracy"], COUNTS, reference=3)
    with pytest.raises(InputError, match="bootstrap_interval needs 400 draws or more, but got 100"):
        bootstrap_interval(RATES["accuracy"], COUNTS, draws=100)
    with pytest.raises(InputError, match="needs labels"):
        delta_interval(RATES["accuracy"], GroupCounts(COUNTS.cells.sum(axis=1, keepdims=True)))
