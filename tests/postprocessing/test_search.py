"""The search against every combination of thresholds, computed from rows."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairloss.errors import InputError
from fairloss.notions import NOTIONS, Comparison, Form, GroupCounts, Notion, ScoreHistogram, resolve, resolve_rate
from fairloss.postprocessing import ThresholdCurves, best_shared, best_thresholds, search
from fairloss.postprocessing.scores import score_edges

TOLERANCES = (0.0, 0.05, 0.2)


def rows(seed, n=40, groups=2):
    """Small rows with ties between scores, and both labels in every group."""
    random = np.random.default_rng(seed)
    group = np.arange(n) % groups
    label = (random.random(n) < 0.35 + 0.3 * group / groups).astype(int)
    label[: 2 * groups] = np.repeat([0, 1], groups)
    score = np.round(np.clip(0.3 * label + 0.15 * group + random.normal(0.3, 0.2, n), 0, 1), 1)
    return label, score, group


def curves_of(label, score, group, notion, weight=None, **options):
    edges = score_edges(score, group, 10_000)
    return ThresholdCurves.of(ScoreHistogram.of(label, score, group, weight, edges=edges), notion, **options)


def all_outcomes(label, score, group, notion, weight=None, objective="accuracy"):
    """Gap and objective of every combination of thresholds, each counted from the rows anew."""
    cuts = [-np.inf, *np.unique(score), np.inf]
    for thresholds in product(cuts, repeat=group.max() + 1):
        decision = (score >= np.array(thresholds)[group]).astype(int)
        counts = GroupCounts.of(label, decision, group, weight)
        values = np.stack([rate(counts) for rate in notion.rates])
        gap = np.nan if np.isnan(values).any() else notion.gap(counts)
        yield gap, float(resolve_rate(objective)(counts.overall())[0])


@pytest.mark.parametrize("tolerance", TOLERANCES)
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("notion", NOTIONS.values(), ids=lambda notion: notion.name)
def test_two_groups_equal_all_combinations(notion, seed, tolerance):
    data = rows(seed)
    choice = best_thresholds(curves_of(*data, notion), tolerance)
    outcomes = list(all_outcomes(*data, notion))
    within = [objective for gap, objective in outcomes if gap <= tolerance + 1e-12]
    assert choice.optimal
    assert choice.feasible == bool(within)
    if within:
        assert choice.objective == pytest.approx(max(within), abs=1e-12)
    else:
        smallest = min(gap for gap, _ in outcomes if not np.isnan(gap))
        assert choice.gap == pytest.approx(smallest, abs=1e-6)


@pytest.mark.parametrize(
    "name", ["demographic_parity", "equal_opportunity", "predictive_equality", "equalized_odds", "predictive_parity"]
)
def test_three_groups_equal_all_combinations(name):
    data = rows(3, n=45, groups=3)
    outcomes = list(all_outcomes(*data, NOTIONS[name]))
    for tolerance in TOLERANCES:
        choice = best_thresholds(curves_of(*data, name), tolerance)
        within = [objective for gap, objective in outcomes if gap <= tolerance + 1e-12]
        assert choice.feasible == bool(within)
        if within:
            assert choice.objective == pytest.approx(max(within), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["demographic_parity", "equalized_odds"]), st.floats(0, 0.5))
def test_weighted_rows_equal_all_combinations(seed, name, tolerance):
    label, score, group = rows(seed, n=16)
    weight = np.random.default_rng(seed + 1).integers(1, 5, len(label)) / 4
    curves = curves_of(label, score, group, name, weight, objective="balanced_accuracy")
    outcomes = list(all_outcomes(label, score, group, NOTIONS[name], weight, "balanced_accuracy"))
    best = max(objective for gap, objective in outcomes if gap <= tolerance + 1e-12)
    choice = best_thresholds(curves, tolerance)
    assert choice.gap <= tolerance + 1e-12
    assert choice.objective == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("tolerance", TOLERANCES)
@pytest.mark.parametrize("notion", NOTIONS.values(), ids=lambda notion: notion.name)
def test_shared_threshold_equals_all(notion, tolerance):
    label, score, group = data = rows(5, n=60, groups=3)
    outcomes = []
    for cut in [-np.inf, *np.unique(score), np.inf]:
        counts = GroupCounts.of(label, (score >= cut).astype(int), group)
        values = np.stack([rate(counts) for rate in notion.rates])
        gap = np.nan if np.isnan(values).any() else notion.gap(counts)
        outcomes.append((gap, float(resolve_rate("accuracy")(counts.overall())[0])))
    choice = best_shared(curves_of(*data, notion), tolerance)
    within = [objective for gap, objective in outcomes if gap <= tolerance + 1e-12]
    assert choice.feasible == bool(within)
    assert len(set(choice.thresholds)) == 1
    if within:
        assert choice.objective == pytest.approx(max(within), abs=1e-12)
    else:
        assert choice.gap == pytest.approx(np.nanmin([gap for gap, _ in outcomes]), abs=1e-12)


def test_costs_move_the_threshold():
    label, score, group = data = rows(7, n=60)
    cheap = best_thresholds(curves_of(*data, "demographic_parity", objective=Form(fp=-1, fn=-1)), 1.0)
    dear = best_thresholds(curves_of(*data, "demographic_parity", objective=Form(fp=-1, fn=-5)), 1.0)
    assert max(dear.thresholds) < max(cheap.thresholds)
    cost = [
        -((score >= cut) & (label == 0) & (group == 0)).sum() - 5 * ((score < cut) & (label == 1) & (group == 0)).sum()
        for cut in [-np.inf, *np.unique(score), np.inf]
    ]
    chosen = (score >= dear.thresholds[0])[group == 0]
    got = -(chosen & (label[group == 0] == 0)).sum() - 5 * (~chosen & (label[group == 0] == 1)).sum()
    assert got == max(cost)


def test_the_frontier_only_rises():
    curves = curves_of(*rows(8, n=300, groups=4), "equalized_odds")
    path = [best_thresholds(curves, tolerance) for tolerance in np.linspace(0, 1, 11)]
    assert all(a.objective <= b.objective + 1e-12 for a, b in pairwise(path))
    free = float(curves.gain.max(-1).sum())
    assert path[-1].objective == pytest.approx(free, abs=1e-12)


def test_out_of_budget_is_sound_and_says_so(monkeypatch):
    curves = curves_of(*rows(9, n=200, groups=3), "equalized_odds")
    proved = best_thresholds(curves, 0.03)
    monkeypatch.setattr(search, "_BATCH", 1)
    monkeypatch.setattr(search, "_BUDGET", 40 * curves.rates.size)
    hasty = best_thresholds(curves, 0.03)
    assert proved.optimal
    assert not hasty.optimal
    assert not hasty.feasible or hasty.gap <= 0.03 + 1e-12
    assert hasty.objective <= proved.objective + 1e-12 or not hasty.feasible


def test_same_input_same_choice():
    curves = curves_of(*rows(10, n=500, groups=5), "equalized_odds")
    assert best_thresholds(curves, 0.05) == best_thresholds(curves, 0.05)


def test_constant_decisions_are_named():
    label, score, group = np.array([0, 0, 1, 0, 0, 1]), np.array([0.1, 0.2, 0.3] * 2), np.array([0, 0, 0, 1, 1, 1])
    assert not best_thresholds(curves_of(label, score, group, "demographic_parity"), 0).constant
    never = best_thresholds(curves_of(np.zeros(6, dtype=int), score, group, "demographic_parity"), 0)
    always = best_thresholds(curves_of(np.ones(6, dtype=int), score, group, "demographic_parity"), 0)
    assert never.constant
    assert always.constant
    assert never.objective == always.objective == 1


def test_groups_that_cannot_be_judged_are_skipped_with_a_reason():
    label, score, group = rows(11, n=60, groups=3)
    label[group == 2] = 0
    curves = curves_of(label, score, group, "equal_opportunity")
    assert list(curves.skipped) == [2]
    assert "true_positive_rate" in curves.skipped[2]
    choice = best_thresholds(curves, 0.05)
    assert choice.thresholds[2] == curves.thresholds[curves.gain.sum(0).argmax()]
    assert choice.gap <= 0.05
    with pytest.raises(InputError, match="two groups that can be judged, got 1"):
        curves_of(label, score, group, "equal_opportunity", min_rows=21, rows=[20, 60, 60])


def test_an_objective_must_be_a_sum_over_rows():
    with pytest.raises(InputError, match="denominator of positive_predictive_value"):
        curves_of(*rows(0), "demographic_parity", objective="positive_predictive_value")
    label, score, group = rows(0)
    with pytest.raises(InputError, match="balanced_accuracy has no value"):
        curves_of(np.zeros_like(label), score, group, "demographic_parity", objective="balanced_accuracy")


@pytest.mark.parametrize(
    "comparison", [Comparison("ratio"), Comparison(over_rates="mean"), Comparison(method="to_overall")]
)
def test_other_comparisons_are_refused(comparison):
    notion = Notion("other", resolve("equalized_odds").rates, comparison=comparison)
    with pytest.raises(InputError, match="worst difference between groups or to a level"):
        curves_of(*rows(0), notion)
