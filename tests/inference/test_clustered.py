"""Rates of rows in clusters against statsmodels' cluster-robust errors, the plain formulas and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from fairloss.errors import InputError
from fairloss.inference import clustered_difference, clustered_rates, rate_interval
from fairloss.notions import RATES, GroupCounts

SELECTION = RATES["selection_rate"]


def drawn(clusters=30, seed=0, strictness=1.0):
    rng = np.random.default_rng(seed)
    size = rng.integers(5, 25, clusters)
    cluster = np.repeat(np.arange(clusters), size)
    group = rng.integers(0, 2, len(cluster))
    label = rng.integers(0, 2, len(cluster))
    lean = rng.normal(scale=strictness, size=clusters)[cluster]
    decision = (rng.random(len(cluster)) < 1 / (1 + np.exp(-(lean - 0.5 * group + label)))).astype(int)
    return cluster, group, label, decision


def count(cluster, group, label, decision):
    cells = np.zeros((cluster.max() + 1, 2, 2, 2))
    np.add.at(cells, (cluster, group, label, decision), 1)
    return GroupCounts(cells)


def robust(y, X, cluster):
    """Fit least squares with the sandwich of clusters and no correction but C/(C - 1)."""
    fit = sm.OLS(y, X).fit(cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False})
    clusters = len(np.unique(cluster))
    return fit.params, fit.cov_params() * clusters / (clusters - 1)


@pytest.mark.parametrize("name", ["selection_rate", "true_positive_rate", "accuracy"])
def test_equals_the_sandwich_of_statsmodels(name):
    cluster, group, label, decision = rows = drawn()
    found = clustered_rates(RATES[name], count(*rows))
    among = label == 1 if name == "true_positive_rate" else np.ones(len(label), dtype=bool)
    outcome = (label == decision) if name == "accuracy" else decision
    for code in (0, 1):
        use = among & (group == code)
        y = outcome[use].astype(float)
        value, covariance = robust(y, np.ones((use.sum(), 1)), cluster[use])
        assert found.value[code] == pytest.approx(value[0])
        assert found.standard_error[code] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-9)
        assert found.clusters[code] == len(np.unique(cluster[use]))
        plain = value[0] * (1 - value[0]) / use.sum()
        assert found.design_effect[code] == pytest.approx(covariance[0, 0] / plain, rel=1e-9)


def test_difference_equals_the_sandwich_with_clusters_shared_by_both_groups():
    cluster, group, _, decision = rows = drawn()
    value, covariance = robust(decision.astype(float), sm.add_constant(group.astype(float)), cluster)
    margin = stats.t.ppf(0.975, 29) * np.sqrt(covariance[1, 1])
    interval = clustered_difference(SELECTION, count(*rows), group=1, reference=0)
    assert (interval.low, interval.high) == pytest.approx((value[1] - margin, value[1] + margin), rel=1e-9)


def test_counts_of_decisions_alone_give_the_same():
    full = count(*drawn())
    alone = GroupCounts(full.cells.sum(axis=2, keepdims=True))
    with_labels, without = clustered_rates(SELECTION, full), clustered_rates(SELECTION, alone)
    np.testing.assert_allclose(without.standard_error, with_labels.standard_error, rtol=1e-12)
    np.testing.assert_allclose(without.design_effect, with_labels.design_effect, rtol=1e-12)


def test_one_row_per_cluster_is_the_plain_rate():
    decisions = np.array([1, 0, 1, 1, 0, 0, 1, 0, 0, 0])
    cells = np.zeros((10, 1, 1, 2))
    cells[np.arange(10), 0, 0, decisions] = 1
    found = clustered_rates(SELECTION, GroupCounts(cells))
    assert found.standard_error[0] ** 2 == pytest.approx(0.4 * 0.6 / 9)  # n - 1 in place of n
    size = 9 * (1.959963984540054 / stats.t.ppf(0.975, 9)) ** 2
    plain = rate_interval(0.4 * size, size)
    assert (found.interval.low[0], found.interval.high[0]) == pytest.approx((float(plain.low), float(plain.high)))


def test_rates_that_are_no_share_have_the_interval_of_t():
    found = clustered_rates(RATES["balanced_accuracy"], count(*drawn()))
    margin = stats.t.ppf(0.975, found.clusters - 1) * found.standard_error
    np.testing.assert_allclose(found.interval.high, found.value + margin, rtol=1e-9)


def test_covers_where_the_plain_interval_does_not():
    rng = np.random.default_rng(5)
    covered = plain_covered = 0
    repetitions = 400
    for _ in range(repetitions):
        chance = rng.beta(2, 3, 25)  # mean 0.4
        x = rng.binomial(20, chance)
        cells = np.stack([20 - x, x], axis=1)[:, None, None, :]
        interval = clustered_rates(SELECTION, GroupCounts(cells)).interval
        covered += bool(interval.low[0] <= 0.4 <= interval.high[0])
        plain = rate_interval(x.sum(), 500)
        plain_covered += bool(plain.low <= 0.4 <= plain.high)
    assert covered / repetitions >= 0.917  # 0.95 less three standard errors of 400
    assert plain_covered / repetitions < 0.8


def test_what_cannot_be_known():
    one = clustered_rates(SELECTION, GroupCounts(np.array([[[[3, 4]], [[0, 0]]]])))
    assert one.clusters.tolist() == [1, 0]
    assert np.isnan(one.standard_error).all()
    assert (one.interval.low.tolist(), one.interval.high.tolist()) == ([0, 0], [1, 1])
    never = clustered_rates(SELECTION, GroupCounts(np.array([[[[9, 0]]], [[[7, 0]]], [[[8, 0]]]])))
    assert never.interval.high[0] == pytest.approx(float(rate_interval(0, 3).high))  # one person per cluster
    alone = GroupCounts(np.array([[[[3, 4]], [[2, 2]]]]))
    interval = clustered_difference(SELECTION, alone, group=0, reference=1)
    assert (interval.low, interval.high) == (-1, 1)


def test_clusters_that_do_not_differ_are_no_certainty():
    cells = np.tile([[[2, 1]]], (7, 2, 1, 1))  # one of three everywhere, whose residuals are not exactly 0
    found = clustered_rates(SELECTION, GroupCounts(cells))
    assert found.standard_error.tolist() == [0, 0]
    np.testing.assert_allclose(found.interval.high, rate_interval(7 / 3, 7).high)
    interval = clustered_difference(SELECTION, GroupCounts(cells), group=0, reference=1)
    assert (interval.low, interval.high) == (-1, 1)


def test_bad_input():
    with pytest.raises(InputError, match=r"shape \(clusters, groups, labels, decisions\), but got \(1, 1, 2\)"):
        clustered_rates(SELECTION, GroupCounts(np.ones((1, 1, 2))))
    with pytest.raises(InputError, match="codes from 0 to 1, but got 2"):
        clustered_difference(SELECTION, count(*drawn()), group=2, reference=0)
