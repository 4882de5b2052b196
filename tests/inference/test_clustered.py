"""Rates of rows in clusters against statsmodels' cluster-robust errors, loops, a cluster bootstrap and closed forms."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from fairloss.errors import InputError, UnknownName
from fairloss.inference import (
    ClusterSums,
    clustered_comparison,
    clustered_omnibus_test,
    clustered_pairs,
    clustered_rates,
    clustered_test,
    difference_interval,
    equality_test,
    rate_interval,
    ratio_interval,
)
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
    cells = np.zeros((cluster.max() + 1, group.max() + 1, 2, 2))
    np.add.at(cells, (cluster, group, label, decision), 1)
    return GroupCounts(cells)


def effective(cluster):
    """Give how many clusters of one size know as much as these."""
    return len(cluster) ** 2 / (np.bincount(cluster) ** 2).sum()


@pytest.mark.parametrize("name", ["selection_rate", "true_positive_rate", "accuracy"])
def test_equals_the_sandwich_of_statsmodels(name):
    cluster, group, label, decision = rows = drawn()
    found = clustered_rates(RATES[name], count(*rows))
    among = label == 1 if name == "true_positive_rate" else np.ones(len(label), dtype=bool)
    outcome = (label == decision) if name == "accuracy" else decision
    for code in (0, 1):
        use = among & (group == code)
        y = outcome[use].astype(float)
        how = {"groups": cluster[use], "use_correction": False}
        fit = sm.OLS(y, np.ones((use.sum(), 1))).fit(cov_type="cluster", cov_kwds=how)
        few = effective(cluster[use])
        variance = fit.cov_params()[0, 0] * few / (few - 1)
        assert found.value[code] == pytest.approx(fit.params[0])
        assert found.standard_error[code] == pytest.approx(np.sqrt(variance), rel=1e-9)
        assert found.clusters[code] == len(np.unique(cluster[use]))
        assert found.degrees[code] == pytest.approx(few - 1)
        plain = fit.params[0] * (1 - fit.params[0]) / use.sum()
        assert found.design_effect[code] == pytest.approx(variance / plain, rel=1e-9)
        assert found.size[code] == pytest.approx(use.sum() / found.design_effect[code])


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("difference", sm.families.Gaussian()),
        ("ratio", sm.families.Poisson()),
        ("odds_ratio", sm.families.Binomial()),
    ],
)
def test_errors_of_comparisons_are_those_of_a_model_with_one_parameter_for_the_group(kind, family):
    """Where all clusters hold ten of each group, all tools have the factor C/(C - 1)."""
    cluster, group = np.repeat(np.arange(30), 20), np.tile([0, 1], 300)
    rng = np.random.default_rng(0)
    decision = (rng.random(600) < rng.beta(2, 3, 30)[cluster] - 0.1 * group).astype(int)
    rows = cluster, group, decision, decision
    fit = sm.GLM(decision, sm.add_constant(1.0 * group), family=family).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}, tol=1e-14
    )
    pair = clustered_pairs(clustered_rates(SELECTION, count(*rows)), 1, 0, kind=kind)
    assert pair.standard_error == pytest.approx(np.sqrt(fit.cov_params()[1, 1] * 30 / 29), rel=1e-7)


def test_the_error_of_a_difference_is_that_of_drawing_clusters_anew():
    counts = count(*drawn(clusters=60, seed=4))
    draws = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60), size=4000)
    cells = np.einsum("dc,cgya->dgya", draws, counts.cells)
    rates = cells[..., 1].sum(-1) / cells.sum((-1, -2))
    pair = clustered_pairs(clustered_rates(SELECTION, counts), 1, 0)
    # 1/sqrt(2 * 4000) = 1.1 % of Monte Carlo error, and clusters of unequal sizes
    assert (rates[:, 1] - rates[:, 0]).std() == pytest.approx(pair.standard_error, rel=0.05)


def test_covariance_and_degrees_by_loops_where_groups_share_some_clusters():
    cluster, group, label, decision = drawn(seed=2)
    use = ~((cluster < 9) & (group == 1)) & ~((cluster > 20) & (group == 0))
    cluster, group, label, decision = (each[use] for each in (cluster, group, label, decision))
    found = clustered_rates(SELECTION, count(cluster, group, label, decision))
    rates = [decision[group == code].mean() for code in (0, 1)]
    moved, shares = np.zeros((2, 30)), np.zeros((2, 30))
    for one, code, chosen in zip(cluster, group, decision, strict=True):
        size = (group == code).sum()
        moved[code, one] += (chosen - rates[code]) / size
        shares[code, one] += 1 / size
    few, many = 1 / (shares**2).sum(axis=1) - 1
    factor = np.sqrt(np.array([(few + 1) / few, (many + 1) / many]))
    covariance = moved @ moved.T * np.outer(factor, factor)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-9)
    pair = clustered_pairs(found, 0, 1)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert pair.standard_error == pytest.approx(np.sqrt(variance))
    welch = (covariance[0, 0] + covariance[1, 1]) ** 2 / (covariance[0, 0] ** 2 / few + covariance[1, 1] ** 2 / many)
    assert pair.degrees == pytest.approx(min(welch, 1 / (shares.mean(axis=0) ** 2).sum() - 1))
    for x, n, code in ((pair.x1, pair.n1, 0), (pair.x2, pair.n2, 1)):
        gain = (covariance[0, 0] + covariance[1, 1]) / variance
        assert n == pytest.approx(rates[code] * (1 - rates[code]) / covariance[code, code] * gain)
        assert x / n == pytest.approx(rates[code])


def test_equal_clusters_have_one_degree_less_than_clusters():
    cells = np.random.default_rng(1).multinomial(8, [0.5, 0.5], size=(12, 2))[:, :, None, :]
    found = clustered_rates(SELECTION, GroupCounts(cells))
    assert found.degrees.tolist() == pytest.approx([11, 11])
    assert clustered_pairs(found, 0, 1).degrees == pytest.approx(11)  # the groups share all clusters
    apart = np.zeros((24, 2, 1, 2), dtype=int)
    apart[:12, 0], apart[12:, 1] = cells[:, 0], cells[:, 1]
    pair = clustered_pairs(clustered_rates(SELECTION, GroupCounts(apart)), 0, 1)
    assert 11 <= pair.degrees <= 22  # Welch
    assert pair.standard_error == pytest.approx(np.hypot(*found.standard_error))


def test_a_strict_recruiter_is_strict_with_everyone():
    rng = np.random.default_rng(3)
    chance = rng.beta(2, 2, 40)
    cells = np.stack([[20 - (x := rng.binomial(20, chance)), x] for _ in range(2)]).transpose(2, 0, 1)[:, :, None]
    found = clustered_rates(SELECTION, GroupCounts(cells))
    pair = clustered_pairs(found, 0, 1)
    assert pair.standard_error < 0.5 * np.hypot(*found.standard_error)
    assert pair.n1 > 4 * found.size[0]


def test_intervals_are_those_of_the_effective_people_with_the_quantile_of_t():
    found = clustered_rates(SELECTION, count(*drawn()))
    for kind, interval in (("difference", difference_interval), ("ratio", ratio_interval)):
        pair = clustered_pairs(found, 1, 0, kind=kind)
        narrow = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, pair.degrees)) ** 2
        expected = interval(*(narrow * each for each in (pair.x1, pair.n1, pair.x2, pair.n2)))
        ends = clustered_comparison(found, 1, 0, kind=kind)
        assert (ends.low, ends.high) == pytest.approx((float(expected.low), float(expected.high)), rel=1e-9)
    pair, margin = clustered_pairs(found, 1, 0), stats.t.ppf(0.975, clustered_pairs(found, 1, 0).degrees)
    ends = clustered_comparison(found, 1, 0)
    assert ends.high - ends.low == pytest.approx(2 * margin * pair.standard_error, rel=0.03)  # as Wald's, in the middle
    test = clustered_test(found, 1, 0)
    gap = found.value[1] - found.value[0]
    assert test.z == pytest.approx(gap / pair.standard_error, rel=0.03)
    assert test.p_value == pytest.approx(2 * stats.t.sf(abs(test.z), pair.degrees))


def test_rates_that_are_no_share_have_the_interval_of_t():
    rows = drawn()
    found = clustered_rates(RATES["balanced_accuracy"], count(*rows))
    margin = stats.t.ppf(0.975, found.degrees) * found.standard_error
    np.testing.assert_allclose(found.interval().high, found.value + margin, rtol=1e-9)
    pair = clustered_pairs(found, 1, 0)
    gap, ends = found.value[1] - found.value[0], clustered_comparison(found, 1, 0)
    margin = stats.t.ppf(0.975, pair.degrees) * pair.standard_error
    assert (ends.low, ends.high) == pytest.approx((gap - margin, gap + margin))
    pair, ends = clustered_pairs(found, 1, 0, kind="ratio"), clustered_comparison(found, 1, 0, kind="ratio")
    margin = np.exp(stats.t.ppf(0.975, pair.degrees) * pair.standard_error)
    ratio = found.value[1] / found.value[0]
    assert (ends.low, ends.high) == pytest.approx((ratio / margin, ratio * margin))
    test = clustered_test(found, 1, 0)
    assert test.p_value == pytest.approx(2 * stats.t.sf(abs(test.z), clustered_pairs(found, 1, 0).degrees))


def test_counts_of_decisions_alone_give_the_same():
    full = count(*drawn())
    alone = GroupCounts(full.cells.sum(axis=2, keepdims=True))
    with_labels, without = clustered_rates(SELECTION, full), clustered_rates(SELECTION, alone)
    np.testing.assert_allclose(without.covariance, with_labels.covariance, rtol=1e-12)
    np.testing.assert_allclose(without.design_effect, with_labels.design_effect, rtol=1e-12)


def test_the_sums_of_a_share_are_those_of_what_it_leaves():
    counts = count(*drawn())
    total = GroupCounts(counts.cells.sum(0))
    turned = ClusterSums.of(RATES["true_positive_rate"], counts).complement
    one = clustered_rates(RATES["false_negative_rate"], total, sums=turned)
    two = clustered_rates(RATES["false_negative_rate"], counts)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-9)
    np.testing.assert_allclose(one.interval().low, two.interval().low, rtol=1e-9)


def test_one_row_per_cluster_is_nearly_the_plain_delta_method():
    decisions, groups = np.array([1, 0, 1, 1, 0, 0, 1, 0, 0, 0] * 20), np.repeat([0, 1], [120, 80])
    decisions[:30] = 1
    cells = np.zeros((200, 2, 1, 2))
    cells[np.arange(200), groups, 0, decisions] = 1
    found = clustered_rates(SELECTION, GroupCounts(cells))
    x, n = cells.sum(0)[:, 0, 1], cells.sum((0, 2, 3))
    p = x / n
    np.testing.assert_allclose(found.standard_error**2, p * (1 - p) / (n - 1))  # n - 1 in place of n
    plain = difference_interval(x[0], n[0], x[1], n[1])
    ends = clustered_comparison(found, 0, 1)
    assert (ends.low, ends.high) == pytest.approx((float(plain.low), float(plain.high)), abs=0.004)
    plain = ratio_interval(x[0], n[0], x[1], n[1])
    ends = clustered_comparison(found, 0, 1, kind="ratio")
    assert (ends.low, ends.high) == pytest.approx((float(plain.low), float(plain.high)), rel=0.02)
    assert clustered_test(found, 0, 1).z == pytest.approx(float(equality_test(x[0], n[0], x[1], n[1]).z), rel=0.01)


def test_a_rate_of_zero_stands_for_as_many_people_as_the_other_groups_show():
    rng = np.random.default_rng(8)
    sizes = rng.integers(3, 15, (20, 3))
    x = rng.binomial(sizes, rng.beta(2, 6, 20)[:, None])
    x[:, 0] = 0
    found = clustered_rates(SELECTION, GroupCounts(np.stack([sizes - x, x], axis=-1)[:, :, None]))
    alike = possible = Fraction(0)  # products of two rows of one cluster, over all pairs of rows
    for code in (1, 2):
        rate = Fraction(int(x[:, code].sum()), int(sizes[:, code].sum()))
        for hits, size in zip(x[:, code].tolist(), sizes[:, code].tolist(), strict=True):
            alike += (hits - size * rate) ** 2 - hits * (1 - rate) ** 2 - (size - hits) * rate**2
            possible += rate * (1 - rate) * size * (size - 1)
    correlation = alike / possible
    n, pairs = int(sizes[:, 0].sum()), int((sizes[:, 0] ** 2).sum())
    assert 0 < correlation < 1
    assert found.size[0] == pytest.approx(float(n**2 / ((1 - correlation) * n + correlation * pairs)))
    narrow = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, found.degrees[0])) ** 2
    assert found.interval().high[0] == pytest.approx(float(rate_interval(0, narrow * found.size[0]).high))
    ends = clustered_comparison(found, 0, 1, kind="ratio")
    assert ends.low == 0 < ends.high < 1


def test_weights_of_one_size_change_nothing():
    rng = np.random.default_rng(0)
    x, cells = rng.integers(0, 2, (15, 2)), np.zeros((15, 2, 1, 2))
    for (cluster, group), chosen in np.ndenumerate(x):
        cells[cluster, group, 0, chosen] = 1
    one, two = GroupCounts(cells), GroupCounts(2 * cells, 4 * cells)
    first, second = clustered_rates(SELECTION, one), clustered_rates(SELECTION, two)
    np.testing.assert_allclose(first.size, second.size)
    np.testing.assert_allclose(first.design_effect, second.design_effect)


def test_all_groups_at_once():
    cluster, _, label, decision = drawn()
    group = np.random.default_rng(5).integers(0, 4, len(cluster))
    found = clustered_rates(SELECTION, count(cluster, group, label, decision))
    test = clustered_omnibus_test(found)
    contrast = np.array([[1, 0, 0, -1], [0, 1, 0, -1], [0, 0, 1, -1]])
    gaps, covariance = contrast @ found.value, contrast @ found.covariance @ contrast.T
    assert test.statistic == pytest.approx(gaps @ np.linalg.solve(covariance, gaps), rel=0.1)  # Wald's, not pooled
    assert test.degrees == 3
    degrees = min(float(clustered_pairs(found, i, j).degrees) for i in range(4) for j in range(i))
    f = test.statistic * (degrees - 2) / (3 * degrees)
    assert test.p_value == pytest.approx(stats.f.sf(f, 3, degrees - 2))
    pair = clustered_rates(SELECTION, count(*drawn()))
    assert clustered_omnibus_test(pair).statistic == pytest.approx(float(clustered_test(pair, 0, 1).z) ** 2)
    assert clustered_omnibus_test(pair).p_value == pytest.approx(float(clustered_test(pair, 0, 1).p_value))


def test_what_cannot_be_known():
    one = clustered_rates(SELECTION, GroupCounts(np.array([[[[3, 4]], [[0, 0]]]])))
    assert one.clusters.tolist() == [1, 0]
    assert np.isnan(one.standard_error).all()
    assert (one.interval().low.tolist(), one.interval().high.tolist()) == ([0, 0], [1, 1])
    assert np.isnan(clustered_omnibus_test(one).p_value)
    never = clustered_rates(SELECTION, GroupCounts(np.array([[[[9, 0]]], [[[7, 0]]], [[[8, 0]]]])))
    assert never.size[0] == pytest.approx(24**2 / (81 + 49 + 64))  # one person per cluster
    alone = clustered_rates(SELECTION, GroupCounts(np.array([[[[3, 4]], [[2, 2]]]])))
    interval = clustered_comparison(alone, 0, 1)
    assert (interval.low, interval.high) == (-1, 1)
    ratio = clustered_comparison(alone, 0, 1, kind="ratio")
    assert (ratio.low, ratio.high) == (0, np.inf)
    assert np.isnan(clustered_test(alone, 0, 1).p_value)
    other = clustered_rates(RATES["f1_score"], GroupCounts(np.array([[[[3, 4], [1, 2]], [[2, 2], [2, 1]]]])))
    interval = clustered_comparison(other, 0, 1)
    assert (interval.low, interval.high) == (-1, 1)


def test_clusters_that_do_not_differ_are_no_certainty():
    cells = np.tile([[[2, 1]]], (7, 2, 1, 1))  # one of three everywhere, whose residuals are not exactly 0
    found = clustered_rates(SELECTION, GroupCounts(cells))
    assert found.standard_error.tolist() == [0, 0]
    assert found.size.tolist() == pytest.approx([7, 7])
    interval = clustered_comparison(found, 0, 1)
    narrow = 7 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 6)) ** 2
    expected = difference_interval(narrow / 3, narrow, narrow / 3, narrow)
    assert (interval.low, interval.high) == pytest.approx((float(expected.low), float(expected.high)))
    x = np.array([1, 2, 3, 4, 5, 1, 2])  # the two groups never differ, though clusters do
    same = np.stack([np.stack([6 - x, x], 1)] * 2, axis=1)[:, :, None]
    found = clustered_rates(SELECTION, GroupCounts(same))
    assert clustered_pairs(found, 0, 1).n1 == pytest.approx(found.size[0])


def test_bad_input():
    with pytest.raises(InputError, match=r"shape \(clusters, groups, labels, decisions\), but got \(1, 1, 2\)"):
        clustered_rates(SELECTION, GroupCounts(np.ones((1, 1, 2))))
    found = clustered_rates(SELECTION, count(*drawn()))
    with pytest.raises(InputError, match="codes from 0 to 1, but got 2"):
        clustered_comparison(found, 2, 0)
    with pytest.raises(UnknownName, match="kind of comparison"):
        clustered_pairs(found, 1, 0, kind="rato")
    with pytest.raises(InputError, match="Odds are those of shares"):
        clustered_comparison(clustered_rates(RATES["f1_score"], count(*drawn())), 1, 0, kind="odds_ratio")
