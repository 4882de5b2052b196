"""Every distance on rows against a second computation: loops, closed forms, scipy, POT."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from math import exp

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from fairloss.losses.row_distances.calibration_distance import Calibration
from fairloss.losses.row_distances.correlation_distances import Covariance, MaximalCorrelation
from fairloss.losses.row_distances.dependence_distances import HSIC, DistanceCorrelation
from fairloss.losses.row_distances.kernel_distances import MMD, Energy
from fairloss.losses.row_distances.row_sample import RowSample
from fairloss.losses.row_distances.transport_distances import Wasserstein


def expanded(sample):
    """Give the values and codes of one-hot groups as lists, each row as often as its weight says."""
    rows = torch.repeat_interleave(torch.arange(len(sample.values)), sample.weight.long())
    return sample.values[rows].tolist(), sample.attribute[rows].argmax(1).tolist()


def by_group(sample):
    values, codes = expanded(sample)
    return [[x for x, code in zip(values, codes, strict=True) if code == g] for g in sorted(set(codes))]


def squared_distance(first, second, kernel, *, unbiased):
    """Give E k(x, x') + E k(y, y') - 2 E k(x, y), in double loops."""

    def within(group):
        pairs = [kernel(x, y) for i, x in enumerate(group) for j, y in enumerate(group) if i != j or not unbiased]
        return sum(pairs) / len(pairs)

    across = sum(kernel(x, y) for x in first for y in second) / len(first) / len(second)
    return within(first) + within(second) - 2 * across


def over_pairs(sample, distance):
    groups = by_group(sample)
    total = sum(map(len, groups))
    return sum(len(a) * len(b) / total**2 * distance(a, b) for i, a in enumerate(groups) for b in groups[i + 1 :])


def gaussian(x, y):
    return exp(-((x - y) ** 2) / (2 * 0.1**2))


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("groups", [2, 4])
def test_energy_and_mmd_equal_double_loops_over_pairs_of_groups(unbiased, groups, row_sample):
    sample = row_sample(groups=groups)
    for distance, kernel in ((Energy(unbiased=unbiased), lambda x, y: -abs(x - y)), (MMD(0.1, unbiased), gaussian)):
        expected = over_pairs(sample, lambda a, b, k=kernel: squared_distance(a, b, k, unbiased=unbiased))
        assert distance(sample).item() == pytest.approx(expected, rel=1e-11, abs=1e-14)


def test_energy_is_twice_the_area_between_squared_distribution_functions(row_sample):
    def area(first, second):
        grid = sorted(first + second)
        gap = [sum(v <= x for v in first) / len(first) - sum(v <= x for v in second) / len(second) for x in grid]
        return 2 * sum((right - left) * g**2 for left, right, g in zip(grid, grid[1:], gap, strict=False))

    sample = row_sample(groups=3)
    assert Energy(unbiased=False)(sample).item() == pytest.approx(over_pairs(sample, area), rel=1e-11)


def test_energy_is_the_mean_distance_of_each_group_to_all(row_sample):
    sample = row_sample(groups=3)
    values, _ = expanded(sample)
    expected = sum(
        len(group) / len(values) * squared_distance(group, values, lambda x, y: -abs(x - y), unbiased=False)
        for group in by_group(sample)
    )
    assert Energy(unbiased=False)(sample).item() == pytest.approx(expected, rel=1e-11)


def test_shares_count_pairs_of_rows_in_part(row_sample):
    sample = row_sample(n=8, groups=2, shares=True)
    copies = [i for i, w in enumerate(sample.weight.long().tolist()) for _ in range(w)]
    x, s = sample.values.tolist(), sample.attribute.tolist()
    pairs = [(copies[p], copies[q]) for p in range(len(copies)) for q in range(len(copies)) if p != q]

    def mean(g, h):
        sizes = [s[i][g] * s[j][h] for i, j in pairs]
        return sum(w * gaussian(x[i], x[j]) for w, (i, j) in zip(sizes, pairs, strict=True)) / sum(sizes)

    share = [sum(s[i][g] for i in copies) / len(copies) for g in (0, 1)]
    expected = share[0] * share[1] * (mean(0, 0) + mean(1, 1) - 2 * mean(0, 1))
    assert MMD()(sample).item() == pytest.approx(expected, rel=1e-10)


def test_kernel_is_bounded_and_the_median_is_that_of_all_pairs_of_different_values(row_sample):
    sample = row_sample()
    values, _ = expanded(sample)
    gaps = sorted(abs(x - y) for x in values for y in values if x != y)
    median = gaps[(len(gaps) - 1) // 2]
    torch.testing.assert_close(MMD(bandwidth="median")(sample), MMD(bandwidth=median)(sample))
    halves = torch.eye(2, dtype=torch.float64).repeat_interleave(5, 0)
    for size in (0.1, 1.0, 1e4):  # two clusters at any distance: MMD² is at most 2, here times shares of a half each
        apart = RowSample(torch.arange(10).double().ge(5) * size, halves, torch.ones(10).double())
        assert 0 < MMD()(apart).item() <= 0.25 * 2
    assert MMD()(replace(apart, values=apart.values * 0)).item() == 0


def tuples_mean(n, size, term):
    chosen = list(permutations(range(n), size))
    return sum(term(*places) for places in chosen) / len(chosen)


def dumb_dependence(k, ell):
    """Average over all tuples of different rows, as the definition of the U-statistic says."""
    n = len(k)
    joint = tuples_mean(n, 2, lambda i, j: k[i][j] * ell[i][j])
    apart = tuples_mean(n, 4, lambda i, j, q, r: k[i][j] * ell[q][r])
    shared = tuples_mean(n, 3, lambda i, j, q: k[i][j] * ell[i][q])
    return joint + apart - 2 * shared


def song(k, ell):
    """Compute the closed form of Song et al. (2012) with zero diagonals."""
    k, ell, m = np.array(k), np.array(ell), len(k)
    np.fill_diagonal(k, 0)
    np.fill_diagonal(ell, 0)
    last = k.sum() * ell.sum() / (m - 1) / (m - 2) - 2 * (k @ ell).sum() / (m - 2)
    return (np.trace(k @ ell) + last) / (m * (m - 3))


def test_hsic_equals_tuples_and_the_form_of_song(row_sample):
    for n, dumb in ((6, dumb_dependence), (30, song)):
        sample = row_sample(n=n, seed=4)
        values, codes = expanded(sample)
        k = [[gaussian(x, y) for y in values] for x in values]
        ell = [[float(a == b) for b in codes] for a in codes]
        assert len(values) >= 4
        assert HSIC()(sample).item() == pytest.approx(dumb(k, ell), rel=1e-9, abs=1e-13)


def test_hsic_under_a_continuous_attribute_equals_the_form_of_song(continuous_sample):
    sample = continuous_sample(columns=2)
    rows = torch.repeat_interleave(torch.arange(30), sample.weight.long())
    x, a = sample.values[rows].numpy(), sample.attribute[rows].numpy()
    k = np.exp(-((x[:, None] - x) ** 2) / (2 * 0.1**2))
    ell = np.exp(-((a[:, None] - a) ** 2).sum(-1) / (2 * 3.0**2))
    assert HSIC(attribute_bandwidth=3.0)(sample).item() == pytest.approx(song(k, ell), rel=1e-9)


def test_biased_hsic_is_the_sum_of_squared_discrepancies_with_squared_shares(row_sample):
    sample = row_sample()
    values, _ = expanded(sample)
    groups = by_group(sample)
    expected = sum(
        (len(group) / len(values)) ** 2 * squared_distance(group, values, gaussian, unbiased=False) for group in groups
    )
    assert HSIC(unbiased=False)(sample).item() == pytest.approx(expected, rel=1e-10)
    x, codes = np.array(values), np.array(expanded(sample)[1])
    center = np.eye(len(x)) - 1 / len(x)
    k, ell = np.exp(-((x[:, None] - x) ** 2) / 0.02), (codes[:, None] == codes).astype(float)
    assert np.trace(k @ center @ ell @ center) / len(x) ** 2 == pytest.approx(expected, rel=1e-10)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), order=st.sampled_from([1, 2]))
def test_wasserstein_equals_scipy_and_the_matching_of_expanded_quantiles(data, order):
    n, groups = data.draw(st.integers(2, 12)), data.draw(st.integers(1, 3))
    values = torch.tensor(data.draw(st.lists(st.integers(-5, 5), min_size=n, max_size=n)), dtype=torch.float64)
    weight = torch.tensor(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), dtype=torch.float64)
    codes = torch.tensor(data.draw(st.lists(st.integers(0, groups - 1), min_size=n, max_size=n)))
    sample = RowSample(values, torch.nn.functional.one_hot(codes, groups).double(), weight)
    pooled, expected = expanded(sample)[0], 0.0
    for group in by_group(sample):
        # repeated to a common size, sorted samples match one to one, whatever the sizes were
        mine, theirs = np.sort(np.repeat(group, len(pooled))), np.sort(np.repeat(pooled, len(group)))
        cost = np.mean(np.abs(mine - theirs) ** order)
        if order == 1:
            assert cost == pytest.approx(wasserstein_distance(group, pooled), abs=1e-12)
        expected += len(group) / len(pooled) * cost
    assert Wasserstein(order=order)(sample).item() == pytest.approx(expected, abs=1e-11)


def test_wasserstein_with_fractional_weights_equals_scipy_and_two_groups_their_distance(row_sample):
    sample = row_sample(groups=2)
    weight = torch.rand(30, generator=torch.Generator().manual_seed(1)).double()
    sample = replace(sample, weight=weight)
    x, w, first = sample.values.numpy(), weight.numpy(), sample.attribute[:, 0].numpy() == 1
    expected = wasserstein_distance(x[first], x[~first], w[first], w[~first])
    share = w[first].sum() / w.sum()
    assert Wasserstein(order=1)(sample).item() == pytest.approx(2 * share * (1 - share) * expected, rel=1e-10)


@pytest.mark.parametrize("order", [1, 2])
def test_wasserstein_equals_optimal_transport(order, row_sample):
    ot = pytest.importorskip("ot")
    sample = row_sample(groups=3)
    x, w, a = (part.numpy() for part in (sample.values, sample.weight, sample.attribute))
    expected = 0.0
    for group in a.T:
        mine, pooled = group * w / (group * w).sum(), w / w.sum()
        cost = np.abs(x[:, None] - x) ** order
        expected += (group * w).sum() / w.sum() * ot.emd2(mine, pooled, cost)
    assert Wasserstein(order=order)(sample).item() == pytest.approx(expected, rel=1e-9)


def test_calibration_equals_double_loops_and_the_mean_residual(row_sample):
    sample = row_sample()
    rows = torch.repeat_interleave(torch.arange(30), sample.weight.long())
    p, y = sample.values[rows].tolist(), sample.label[rows].tolist()
    codes = sample.attribute[rows].argmax(1).tolist()
    for width, kernel in ((0.2, lambda a, b: exp(-abs(a - b) / 0.2)), (float("inf"), lambda a, b: 1.0)):
        expected = flat = 0.0
        for g in range(3):
            mine = [i for i, code in enumerate(codes) if code == g]
            n = len(mine)
            pairs = [(y[i] - p[i]) * (y[j] - p[j]) * kernel(p[i], p[j]) for i in mine for j in mine if i != j]
            expected += n / len(p) * sum(pairs) / len(pairs)
            residuals = [y[i] - p[i] for i in mine]
            mean = sum(residuals) / n
            variance = sum((r - mean) ** 2 for r in residuals) / (n - 1)
            flat += n / len(p) * (mean**2 - variance / n)
        assert Calibration(width)(sample).item() == pytest.approx(expected, rel=1e-10)
    assert expected == pytest.approx(flat, rel=1e-10)  # a constant kernel: the squared mean residual less its noise


def test_opposite_gaps_do_not_cancel_and_every_group_counts():
    apart = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64).repeat(10)
    groups, weight = torch.eye(3, dtype=torch.float64).repeat(10, 1), torch.ones(30).double()
    for distance in (Covariance(), Energy(), MMD(), HSIC(), Wasserstein(), DistanceCorrelation(), MaximalCorrelation()):
        far = distance(RowSample(apart, groups, weight)).item()
        near = distance(RowSample(apart.clamp(max=0.5), groups, weight)).item()
        assert far > near > 1e-3
