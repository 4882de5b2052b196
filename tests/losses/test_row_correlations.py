"""Correlations with the attribute, plain, of distances and maximal, against numpy, loops and least squares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fairloss.losses.row_distances.correlation_distances import Covariance, MaximalCorrelation
from fairloss.losses.row_distances.dependence_distances import DistanceCorrelation
from fairloss.losses.row_distances.row_sample import RowSample


def expanded(sample):
    """Give the values and codes of one-hot groups as lists, each row as often as its weight says."""
    rows = torch.repeat_interleave(torch.arange(len(sample.values)), sample.weight.long())
    return sample.values[rows].tolist(), sample.attribute[rows].argmax(1).tolist()


def by_group(sample):
    values, codes = expanded(sample)
    return [[x for x, code in zip(values, codes, strict=True) if code == g] for g in sorted(set(codes))]


def u_centered(distances):
    """Center as Székely and Rizzo do, entry by entry."""
    n = len(distances)
    rows, total = [sum(row) for row in distances], sum(map(sum, distances))
    return [
        [
            0.0 if i == j else distances[i][j] - rows[i] / (n - 2) - rows[j] / (n - 2) + total / ((n - 1) * (n - 2))
            for j in range(n)
        ]
        for i in range(n)
    ]


def inner(a, b):
    n = len(a)
    return sum(a[i][j] * b[i][j] for i in range(n) for j in range(n)) / (n * (n - 3))


def test_distance_correlation_equals_loops(row_sample, continuous_sample):
    for sample in (row_sample(), continuous_sample(columns=2)):
        rows = torch.repeat_interleave(torch.arange(30), sample.weight.long()).tolist()
        x, a = sample.values.tolist(), sample.attribute.tolist()
        mine = u_centered([[abs(x[i] - x[j]) for j in rows] for i in rows])
        other = u_centered(
            [[sum((p - q) ** 2 for p, q in zip(a[i], a[j], strict=True)) ** 0.5 for j in rows] for i in rows]
        )
        expected = inner(mine, other) / (inner(mine, mine) * inner(other, other)) ** 0.5
        assert DistanceCorrelation()(sample).item() == pytest.approx(expected, rel=1e-9)
        scaled = replace(sample, values=100 * sample.values - 7)
        assert DistanceCorrelation()(scaled).item() == pytest.approx(expected, rel=1e-7)


def test_covariance_of_two_groups_is_the_gap_of_means(row_sample):
    sample = row_sample(groups=2)
    first, second = by_group(sample)
    share = len(first) / (len(first) + len(second))
    gap = share * (1 - share) * (sum(second) / len(second) - sum(first) / len(first))
    assert Covariance()(sample).item() == pytest.approx(2 * gap**2, rel=1e-11)
    assert Covariance(squared=False)(sample).item() == pytest.approx(2 * abs(gap), rel=1e-11)


def test_covariance_and_correlation_equal_those_of_numpy(row_sample, continuous_sample):
    for sample in (row_sample(), continuous_sample(columns=2)):
        x, a, w = (part.numpy() for part in (sample.values, sample.attribute, sample.weight.long()))
        covariance = [np.cov(x, column, ddof=0, fweights=w)[0, 1] for column in a.T]
        assert Covariance()(sample).item() == pytest.approx(np.square(covariance).sum(), rel=1e-11)
        rows = np.repeat(np.arange(len(x)), w)
        correlation = [np.corrcoef(x[rows], column[rows])[0, 1] for column in a.T]
        found = Covariance(squared=False, correlation=True)(sample)
        assert found.item() == pytest.approx(np.abs(correlation).sum(), rel=1e-10)


def canonical(mine, other):
    """Find the squared canonical correlations by least squares, without ridge and with no matrix inverse."""
    mine, other = mine - mine.mean(0), other - other.mean(0)
    bases = [np.linalg.svd(part, full_matrices=False) for part in (mine, other)]
    first, second = (u[:, size > 1e-9 * size[0]] for u, size, _ in bases)
    return np.linalg.svd(first.T @ second, compute_uv=False) ** 2


@pytest.mark.parametrize("degree", [1, 2, 4])
def test_maximal_correlation_equals_canonical_correlations(degree, row_sample, continuous_sample):
    for sample in (row_sample(n=60), continuous_sample(n=60)):
        rows = np.repeat(np.arange(60), sample.weight.long().numpy())
        x, a = sample.values.numpy()[rows], sample.attribute.numpy()[rows]
        powers = np.stack([(x - x.mean()) ** p for p in range(1, degree + 1)], axis=1)
        other = np.stack([(a[:, 0] / 40 - 1) ** p for p in range(1, degree + 1)], axis=1) if sample.continuous else a
        squares = canonical(powers, other)
        for largest, expected in ((False, squares.sum()), (True, squares.max())):
            found = MaximalCorrelation(degree, ridge=1e-11, largest=largest)(sample)
            assert found.item() == pytest.approx(expected, rel=1e-5)
            shrunk = MaximalCorrelation(degree, largest=largest)(sample)
            assert 0 < shrunk.item() < expected * (1 + 1e-9)


def test_maximal_correlation_of_a_binary_value_is_chi_square(row_sample):
    sample = row_sample(n=60, groups=4)
    sample = replace(sample, values=(sample.values > 0.4).double())
    groups, total = by_group(sample), sample.weight.sum().item()
    m = sum(map(sum, groups)) / total
    expected = sum(len(g) / total * (sum(g) / len(g) - m) ** 2 for g in groups) / (m * (1 - m))
    for degree in (1, 3):
        assert MaximalCorrelation(degree, ridge=1e-11)(sample).item() == pytest.approx(expected, rel=1e-7)


def test_maximal_correlation_sees_a_bend_that_correlation_does_not():
    age = torch.linspace(-1, 1, 201, dtype=torch.float64)[:, None]
    bent = RowSample(age[:, 0] ** 2, age, torch.ones(201, dtype=torch.float64), continuous=True)
    assert Covariance(correlation=True)(bent).item() == pytest.approx(0, abs=1e-12)
    assert MaximalCorrelation(largest=True)(bent).item() > 0.99
    assert DistanceCorrelation()(bent).item() > 0.1
