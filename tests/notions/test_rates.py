"""Every rate of the catalogue against a second computation."""

from __future__ import annotations

import math
from fractions import Fraction

import fairlearn.metrics as fairlearn_metrics
import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fairloss.errors import InputError, UnknownName
from fairloss.notions import FN, RATES, TN, TP, Form, GroupCounts, Rate, f_beta, resolve_rate

# The textbook, written by hand: name -> value from the four cells; ZeroDivisionError where undefined.
TEXTBOOK = {
    "selection_rate": lambda tn, fp, fn, tp: (tp + fp) / (tn + fp + fn + tp),
    "base_rate": lambda tn, fp, fn, tp: (tp + fn) / (tn + fp + fn + tp),
    "true_positive_rate": lambda tn, fp, fn, tp: tp / (tp + fn),
    "false_positive_rate": lambda tn, fp, fn, tp: fp / (fp + tn),
    "true_negative_rate": lambda tn, fp, fn, tp: tn / (fp + tn),
    "false_negative_rate": lambda tn, fp, fn, tp: fn / (tp + fn),
    "positive_predictive_value": lambda tn, fp, fn, tp: tp / (tp + fp),
    "negative_predictive_value": lambda tn, fp, fn, tp: tn / (tn + fn),
    "false_discovery_rate": lambda tn, fp, fn, tp: fp / (tp + fp),
    "false_omission_rate": lambda tn, fp, fn, tp: fn / (tn + fn),
    "accuracy": lambda tn, fp, fn, tp: (tp + tn) / (tn + fp + fn + tp),
    "error_rate": lambda tn, fp, fn, tp: (fp + fn) / (tn + fp + fn + tp),
    "balanced_accuracy": lambda tn, fp, fn, tp: (tp / (tp + fn) + tn / (fp + tn)) / 2,
    "f1_score": lambda tn, fp, fn, tp: 2 * tp / (2 * tp + fp + fn),
    "error_ratio": lambda tn, fp, fn, tp: fn / fp,
    "mean_residual": lambda tn, fp, fn, tp: (fn - fp) / (tn + fp + fn + tp),
}

SKLEARN = {
    "true_positive_rate": sklearn.metrics.recall_score,
    "positive_predictive_value": sklearn.metrics.precision_score,
    "accuracy": sklearn.metrics.accuracy_score,
    "balanced_accuracy": sklearn.metrics.balanced_accuracy_score,
    "f1_score": sklearn.metrics.f1_score,
    "error_rate": lambda y, d: sklearn.metrics.zero_one_loss(y, d, normalize=False) / len(y),
    "selection_rate": fairlearn_metrics.selection_rate,
    "false_positive_rate": fairlearn_metrics.false_positive_rate,
    "true_negative_rate": fairlearn_metrics.true_negative_rate,
    "false_negative_rate": fairlearn_metrics.false_negative_rate,
}

cells = st.lists(st.integers(0, 6), min_size=4, max_size=4)
tables = st.lists(cells, min_size=1, max_size=4)
names = pytest.mark.parametrize("name", sorted(RATES))


def _by_hand(name: str, row: list[int]) -> float:
    try:
        return float(TEXTBOOK[name](*(Fraction(cell) for cell in row)))
    except ZeroDivisionError:
        return math.nan


def test_the_textbook_covers_the_catalogue() -> None:
    assert set(TEXTBOOK) == set(RATES)


@names
@given(table=tables)
@settings(max_examples=50, deadline=None)
def test_rate_equals_the_textbook_on_fractions_numpy_and_torch(name: str, table: list[list[int]]) -> None:
    rate = RATES[name]
    expected = [_by_hand(name, row) for row in table]
    integers = np.array(table).reshape(-1, 2, 2)
    exact = np.array([[Fraction(c) for c in row] for row in table], dtype=object).reshape(-1, 2, 2)
    doubles = torch.tensor(integers, dtype=torch.float64)
    np.testing.assert_allclose(rate(GroupCounts(integers)), expected, rtol=1e-15)
    assert [float(v) for v in rate(GroupCounts(exact))] == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
    np.testing.assert_array_equal(rate(GroupCounts(doubles)).numpy(), rate(GroupCounts(integers)))
    np.testing.assert_array_equal(rate.defined(GroupCounts(integers)), [not math.isnan(v) for v in expected])


@pytest.mark.parametrize("name", sorted(SKLEARN))
@pytest.mark.parametrize("seed", range(5))
def test_rate_equals_metric_frame_exactly_where_both_are_defined(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, d, g = rng.integers(0, 2, 200), rng.integers(0, 2, 200), rng.integers(0, 4, 200)
    frame = fairlearn_metrics.MetricFrame(metrics=SKLEARN[name], y_true=y, y_pred=d, sensitive_features=g)
    ours = RATES[name](GroupCounts.of(y, d, g))
    np.testing.assert_array_equal(ours, frame.by_group.to_numpy())


def test_undefined_is_nan_where_fairlearn_says_a_number() -> None:
    y, d, g = [1, 0, 0, 0], [1, 0, 0, 1], [0, 0, 1, 1]
    counts = GroupCounts.of(y, d, g)
    assert fairlearn_metrics.true_positive_rate(y[2:], d[2:], pos_label=1) == 0.0
    assert math.isnan(RATES["true_positive_rate"](counts)[1])
    assert fairlearn_metrics.equalized_odds_difference([1, 0, 0], [1, 0, 0], sensitive_features=[0, 0, 1]) == 1.0


@names
@given(table=tables, factor=st.sampled_from([Fraction(1, 7), Fraction(3, 2), 10]))
@settings(max_examples=20, deadline=None)
def test_rate_does_not_depend_on_the_scale_of_the_counts(name: str, table: list[list[int]], factor: Fraction) -> None:
    exact = np.array([[Fraction(c) for c in row] for row in table], dtype=object).reshape(-1, 2, 2)
    once, scaled = RATES[name](GroupCounts(exact)), RATES[name](GroupCounts(exact * factor))
    assert [v for v in once if v == v] == [v for v in scaled if v == v]


@names
def test_influence_is_the_exact_derivative(name: str) -> None:
    """Compare with central differences; the error is of the order of the squared step."""
    rate, base, step = RATES[name], np.array([[[7.0, 3.0], [2.0, 5.0]]]), 1e-4
    influence = rate.influence(GroupCounts(base))[0]
    for y in range(2):
        for d in range(2):
            up, down = base.copy(), base.copy()
            up[0, y, d] += step
            down[0, y, d] -= step
            slope = (rate(GroupCounts(up)) - rate(GroupCounts(down))) / (2 * step)
            assert influence[y, d] == pytest.approx(float(slope[0]), abs=1e-8)


@names
def test_variance_agrees_with_the_binomial_and_with_resampling(name: str) -> None:
    rate, table = RATES[name], np.array([[[120, 60], [45, 175]]])
    variance = float(rate.variance(GroupCounts(table))[0])
    if rate.is_proportion:
        x, n = float(rate.of(table)[0]), float(rate.among(table)[0])
        assert variance == pytest.approx(x / n * (1 - x / n) / n)
    draws = np.random.default_rng(0).multinomial(400, table.ravel() / 400, size=20_000).reshape(-1, 1, 2, 2)
    # The standard error of a variance over 20,000 draws is 1 %; the delta method errs by terms of order 1/n.
    assert variance == pytest.approx(rate(GroupCounts(draws)).var(), rel=0.08)


def test_weighted_variance_uses_the_squares_of_the_weights() -> None:
    rng = np.random.default_rng(1)
    y, d, w = rng.integers(0, 2, 300), rng.integers(0, 2, 300), rng.uniform(0.2, 3, 300)
    counts = GroupCounts.of(y, d, np.zeros(300, dtype=int), w)
    p = (w * d).sum() / w.sum()
    assert RATES["selection_rate"].variance(counts)[0] == pytest.approx((w**2 * (d - p) ** 2).sum() / w.sum() ** 2)


@pytest.mark.parametrize(
    "rate", [rate for rate in RATES.values() if isinstance(rate, Rate)], ids=lambda rate: rate.name
)
def test_residual_is_zero_at_the_value_and_linear_in_the_counts(rate: Rate) -> None:
    a, b = np.array([[[3, 1], [4, 2]]]), np.array([[[1, 5], [2, 2]]])
    assert rate.residual(GroupCounts(a), rate(GroupCounts(a)))[0] == pytest.approx(0, abs=1e-12)
    summed = rate.residual(GroupCounts(a + b), 0.3)
    assert summed[0] == pytest.approx(rate.residual(GroupCounts(a), 0.3)[0] + rate.residual(GroupCounts(b), 0.3)[0])


def test_torch_gradient_is_zero_where_a_rate_is_undefined() -> None:
    table = torch.tensor([[[1.0, 2.0], [0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]]], requires_grad=True)
    torch.nan_to_num(RATES["true_positive_rate"](GroupCounts(table))).sum().backward()
    assert torch.equal(table.grad[0], torch.zeros(2, 2))
    assert table.grad[1, 1].tolist() == pytest.approx([-4 / 49, 3 / 49])


def test_forms_add_subtract_and_scale() -> None:
    assert Form(fn=1, tp=1) == TP + FN
    assert Form(tn=-1, tp=2) == 2 * TP - TN
    assert (TP - TP)(np.ones((3, 2, 2))).tolist() == [0, 0, 0]
    assert [str(form) for form in (TP + FN, 2 * TP - TN, TP - TP)] == ["TP + FN", "2 TP - TN", "0"]


def test_labels_or_decisions_that_were_not_counted_are_asked_for_in_one_sentence() -> None:
    decisions = GroupCounts.of(None, [1, 0, 1], [0, 0, 1])
    labels = GroupCounts.of([1, 0, 1], None, [0, 0, 1])
    assert RATES["selection_rate"](decisions).tolist() == [0.5, 1.0]
    assert RATES["base_rate"](labels).tolist() == [0.5, 1.0]
    with pytest.raises(InputError, match="needs labels, but the counts hold decisions only"):
        RATES["true_positive_rate"](decisions)
    with pytest.raises(InputError, match="needs decisions, but the counts hold labels only"):
        RATES["selection_rate"](labels)
    with pytest.raises(InputError, match="one_vs_rest"):
        RATES["accuracy"](GroupCounts.of([0, 1, 2], [0, 1, 1], [0, 0, 0]))


def test_needs_and_bounds_follow_from_the_forms() -> None:
    assert [n for n, r in RATES.items() if not r.needs_label] == ["selection_rate"]
    assert [n for n, r in RATES.items() if not r.needs_decision] == ["base_rate"]
    assert [n for n, r in RATES.items() if not r.is_bounded] == ["error_ratio", "mean_residual"]
    others = {"f1_score", "error_ratio", "balanced_accuracy", "mean_residual"}
    assert {n for n, r in RATES.items() if not r.is_proportion} == others


@pytest.mark.parametrize("beta", [0.5, 1, 2])
def test_f_beta_equals_scikit_learn(beta: float) -> None:
    rng = np.random.default_rng(2)
    y, d = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    ours = f_beta(beta)(GroupCounts.of(y, d, np.zeros(50, dtype=int)))[0]
    assert ours == pytest.approx(sklearn.metrics.fbeta_score(y, d, beta=beta))


def test_f_beta_of_zero_is_refused_and_names_resolve() -> None:
    with pytest.raises(InputError, match="beta above 0, got 0"):
        f_beta(0)
    assert resolve_rate("recall") is RATES["true_positive_rate"]
    assert resolve_rate(RATES["accuracy"]) is RATES["accuracy"]
    with pytest.raises(UnknownName, match="Did you mean 'accuracy'"):
        resolve_rate("acuracy")
    with pytest.raises(TypeError):
        RATES["mine"] = RATES["accuracy"]  # type: ignore[index]


@names
def test_bounds_hold_the_value_of_every_table(name):
    """They are attained by tables with one cell, and every mix of cells lies between."""
    rate, seen = RATES[name], []
    for code in range(5**4):
        row = [(code // 5**place) % 5 for place in range(4)]
        value = _by_hand(name, row)
        if not math.isnan(value):
            seen.append(value)
    low, high = rate.bounds
    assert low == pytest.approx(min(seen))
    assert high == (math.inf if name == "error_ratio" else pytest.approx(max(seen)))


@pytest.mark.parametrize(("name", "cells"), [("selection_rate", [[[28, 12]]]), ("base_rate", [[[28], [12]]])])
def test_variance_counts_an_unknown_axis_once(name, cells):
    counts = GroupCounts(np.array(cells))
    assert RATES[name].variance(counts) == pytest.approx([0.3 * 0.7 / 40])
