"""Chi-square, divergences and log ratios against scipy, singular values and loops."""

from __future__ import annotations

from itertools import permutations
from math import inf, log

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import jensenshannon

from fairloss.errors import InputError, UnknownName
from fairloss.losses.distances import ChiSquare, JensenShannon, LogRatio
from fairloss.losses.stacked_rates import RateValues

TABLES = [
    np.array([[30.0, 10.0], [20.0, 20.0]]),
    np.array([[3.0, 40.0, 12.0], [7.0, 10.0, 90.0]]),
    np.array([[1.0, 5.0, 0.0, 8.0, 2.0], [9.0, 0.0, 4.0, 8.0, 1.0]]),  # with rates of 0 and 1
]
EACH = pytest.mark.parametrize("table", TABLES, ids=["2 groups", "3 groups", "5 groups"])


def rates(table):
    """The share of the first row in each column, and in all of them."""
    among = torch.tensor(table.sum(0))[None, None]
    values = torch.tensor(table[0])[None, None] / among
    total = among.sum(-1, keepdim=True)
    return RateValues(values, among > 0, among), RateValues(
        (values * among).sum(-1, keepdim=True) / total, total > 0, total
    )


def coins(p):
    return np.stack([p, 1 - p])


def flipped(table, smoothing=1e-6):
    """The probability of yes in each group after flips, and the share of each group."""
    return smoothing + (1 - 2 * smoothing) * table[0] / table.sum(0), table.sum(0) / table.sum()


@EACH
@pytest.mark.parametrize("detach", [False, True])
def test_chi_square_is_pearsons_per_row(table, detach):
    expected = stats.chi2_contingency(table, correction=False).statistic / table.sum()
    assert ChiSquare(detach)(*rates(table)).item() == pytest.approx(expected, rel=1e-12)


@EACH
def test_chi_square_is_the_squared_maximal_correlation(table):
    joint = table / table.sum()
    normalized = joint / np.sqrt(joint.sum(1, keepdims=True) * joint.sum(0))
    singular = np.linalg.svd(normalized, compute_uv=False)
    assert singular[0] == pytest.approx(1, rel=1e-12)  # that of the constants
    assert ChiSquare()(*rates(table)).item() == pytest.approx(singular[1] ** 2, rel=1e-10)


def test_chi_square_is_1_where_the_group_decides():
    assert ChiSquare()(*rates(np.array([[0.0, 9.0], [5.0, 0.0]]))).item() == pytest.approx(1, rel=1e-12)


def test_a_detached_denominator_moves_each_rate_as_the_square_does():
    values = torch.tensor([[[0.2, 0.5]]], dtype=torch.float64, requires_grad=True)
    slopes = []
    for detach in (True, False):
        among = torch.full((1, 1, 2), 4.0, dtype=torch.float64)
        overall = RateValues(values.mean(-1, keepdim=True), torch.ones(1, 1, 1, dtype=torch.bool), among[..., :1] * 2)
        by_group = RateValues(values, among > 0, among)
        slopes.append(torch.autograd.grad(ChiSquare(detach)(by_group, overall), values)[0].flatten().tolist())
    v = 0.35 * 0.65
    assert slopes[0] == pytest.approx([-0.15 / v, 0.15 / v], rel=1e-12)
    # Quotient rule: less 0.0225 / v² times dv/dm_g = (1 - 2 m) / 2.
    assert slopes[1] == pytest.approx([slope - 0.0225 / v**2 * 0.15 for slope in slopes[0]], rel=1e-12)


@EACH
def test_mutual_information_equals_scipy(table):
    p, share = flipped(table)
    mean = coins((share * p).sum())
    expected = sum(w * stats.entropy(coins(q), mean) for w, q in zip(share, p, strict=True))
    found = JensenShannon()(*rates(table)).item()
    assert found == pytest.approx(expected, rel=1e-10)
    # The same from the joint table: entropy of the decision + entropy of the group - joint entropy.
    joint = coins(p) * share
    entropies = stats.entropy(joint.sum(1)) + stats.entropy(joint.sum(0)) - stats.entropy(joint.ravel())
    assert found == pytest.approx(entropies, rel=1e-8)
    # It is the weighted Jensen-Shannon divergence: entropy of the mean - mean of the entropies.
    divergence = stats.entropy(mean) - (share * stats.entropy(coins(p))).sum()
    assert found == pytest.approx(divergence, rel=1e-8)
    # The flips take almost nothing: at most 1e-6 log(1e6) of it for each group.
    raw = coins(table[0] / table.sum(0)) * share
    exact = stats.entropy(raw.sum(1)) + stats.entropy(raw.sum(0)) - stats.entropy(raw.ravel())
    assert found == pytest.approx(exact, abs=3e-5)


@EACH
def test_equal_weights_are_the_jensen_shannon_divergence_of_equal_groups(table):
    p, _ = flipped(table)
    found = JensenShannon("equal")(*rates(table)).item()
    assert found == pytest.approx(stats.entropy(coins(p.mean())) - stats.entropy(coins(p)).mean(), rel=1e-8)
    if len(p) == 2:
        assert found == pytest.approx(jensenshannon(coins(p[0]), coins(p[1])) ** 2, rel=1e-8)


def test_the_gradient_of_the_information_is_the_difference_of_log_odds():
    values = torch.tensor([[[0.0, 0.3, 1.0]]], dtype=torch.float64, requires_grad=True)
    among = torch.tensor([[[2.0, 5.0, 3.0]]], dtype=torch.float64)
    by_group = RateValues(values, among > 0, among)
    whole = among.sum(-1, keepdim=True)
    overall = RateValues(torch.full_like(whole, 0.45), whole > 0, whole)
    found = JensenShannon(smoothing=0.01)(by_group, overall)
    p, m = 0.01 + 0.98 * np.array([0, 0.3, 1]), 0.01 + 0.98 * 0.45
    expected = [0.2, 0.5, 0.3] * (np.log(p / (1 - p)) - np.log(m / (1 - m))) * 0.98
    assert torch.autograd.grad(found, values)[0].flatten().tolist() == pytest.approx(expected.tolist(), rel=1e-10)


@EACH
@pytest.mark.parametrize("ratio", [0.8, 1.0])
@pytest.mark.parametrize("smoothing", [0.5, 1.0])
def test_log_ratio_equals_a_loop_over_ordered_pairs(table, ratio, smoothing):
    overall, expected = table[0].sum() / table.sum(), 0.0
    pulled = [(yes + smoothing * overall) / (yes + no + smoothing) for yes, no in table.T]
    for a, b in permutations(pulled, 2):
        expected += max(0.0, log(ratio) - log(a / b)) ** 2
    assert LogRatio(ratio, smoothing)(*rates(table)).item() == pytest.approx(expected, rel=1e-10)


def test_four_fifths_are_kept_exactly_at_the_ratio():
    kept, broken = np.array([[40.0, 50.0], [60.0, 50.0]]), np.array([[39.0, 50.0], [61.0, 50.0]])
    assert LogRatio(0.8, 0)(*rates(kept)).item() == pytest.approx(0, abs=1e-30)
    assert LogRatio(0.8, 0)(*rates(broken)).item() == pytest.approx(log(0.8 / 0.78) ** 2, rel=1e-10)
    # The overall rate pulls groups together, so that smoothing never breaks what was kept.
    assert LogRatio(0.8, 5)(*rates(kept)).item() == 0


def test_squared_log_ratio_counts_each_pair_once():
    table = np.array([[2.0, 5.0, 8.0], [8.0, 5.0, 2.0]])
    expected = log(2 / 5) ** 2 + log(2 / 8) ** 2 + log(5 / 8) ** 2
    assert LogRatio(1, 0)(*rates(table)).item() == pytest.approx(expected, rel=1e-12)


def test_bad_settings_are_refused():
    with pytest.raises(UnknownName, match="Unknown weighting of JensenShannon 'share'"):
        JensenShannon("share")
    for smoothing in (0, 0.5, -1, float("nan")):
        with pytest.raises(InputError, match="smoothing of JensenShannon must be above 0"):
            JensenShannon(smoothing=smoothing)
    for ratio in (0, 1.01, float("nan")):
        with pytest.raises(InputError, match="ratio of a LogRatio must be above 0 and at most 1"):
            LogRatio(ratio)
    for smoothing in (-0.1, inf, float("nan")):
        with pytest.raises(InputError, match="smoothing of a LogRatio must be 0 or more"):
            LogRatio(smoothing=smoothing)
