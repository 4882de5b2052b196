"""Counts at every threshold, and what follows from the distribution of scores."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from fairloss.errors import InputError
from fairloss.notions import RATES, GroupCounts, Groups, ScoreHistogram, threshold_counts


def _sample(n: int = 400, decimals: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    g, y = rng.integers(0, 3, n), rng.integers(0, 2, n)
    score = np.round(np.clip(rng.normal(0.4 + 0.2 * y + 0.05 * g, 0.2), 0, 1), decimals)
    return y, score, g


def test_threshold_counts_equal_the_roc_curve_at_every_threshold() -> None:
    y, score, g = _sample()
    thresholds, counts = threshold_counts(y, score, g)
    tpr, fpr = RATES["true_positive_rate"](counts), RATES["false_positive_rate"](counts)
    for group in range(3):
        rows = g == group
        curve = sklearn.metrics.roc_curve(y[rows], score[rows], drop_intermediate=False)
        for their_fpr, their_tpr, threshold in zip(*curve, strict=True):
            place = int(np.flatnonzero(thresholds == threshold)[0])
            assert (fpr[place, group], tpr[place, group]) == (their_fpr, their_tpr)


def test_threshold_counts_equal_counting_at_each_threshold() -> None:
    y, score, g = _sample(100)
    thresholds, counts = threshold_counts(y, score, g)
    for place, threshold in enumerate(thresholds):
        np.testing.assert_array_equal(counts.cells[place], GroupCounts.of(y, score >= threshold, g).cells)


def test_histogram_at_its_edges_is_exact_also_for_float32_and_rounded_scores() -> None:
    # 0.29 * 100 is 28.999999999999996: a product with the number of bins would put it into the wrong bin.
    score = np.round(np.arange(0, 101) / 100, 2)
    exact = ScoreHistogram.of(None, score, np.zeros(101, dtype=int), edges=np.append(score, 1.01))
    assert exact.cells[0, 0].tolist() == [1] * 101
    y, wide, g = _sample()
    narrow = wide.astype(np.float32)
    counts = ScoreHistogram.of(y, narrow, g, bins=64).at_thresholds()
    for place, edge in enumerate(np.linspace(0, 1, 65)[:-1]):
        np.testing.assert_array_equal(counts.cells[place], GroupCounts.of(y, narrow.astype(float) >= edge, g).cells)


def test_auc_equals_scikit_learn_on_a_grid_that_separates_the_scores() -> None:
    y, score, g = _sample(decimals=2)
    auc = ScoreHistogram.of(y, score, g, edges=np.arange(-0.005, 1.01, 0.01)).auc()
    theirs = [sklearn.metrics.roc_auc_score(y[g == k], score[g == k]) for k in range(3)]
    np.testing.assert_allclose(auc, theirs, rtol=1e-12)


def test_distribution_gaps_equal_scipy() -> None:
    y, score, g = _sample(decimals=2)
    edges = np.arange(-0.005, 1.01, 0.01)
    histogram = ScoreHistogram.of(y, score, g, edges=edges)
    ks = scipy.stats.ks_2samp(score[g == 0], score[g == 2]).statistic
    assert histogram.kolmogorov_smirnov()[0, 2] == pytest.approx(ks)
    # With the grid, mass is spread inside a bin; where two distributions cross, the area differs by less than a bin.
    distance = scipy.stats.wasserstein_distance(score[g == 0], score[g == 2])
    assert histogram.wasserstein()[0, 2] == pytest.approx(distance, abs=0.01)
    assert histogram.cdf()[1, 50] == pytest.approx((score[g == 1] < edges[50]).mean())
    assert histogram.label_rate()[1, 40] == pytest.approx(y[(g == 1) & (score == 0.4)].mean())


def test_histograms_add_and_missing_scores_are_counted_not_decided() -> None:
    y, score, g = _sample()
    score[:7] = np.nan
    whole = ScoreHistogram.of(y, score, g)
    parts = ScoreHistogram.of(y[:100], score[:100], g[:100]) + ScoreHistogram.of(y[100:], score[100:], g[100:])
    np.testing.assert_array_equal(parts.cells, whole.cells)
    np.testing.assert_array_equal((whole - whole).cells, 0 * whole.cells)
    np.testing.assert_array_equal(sum([whole, whole]).cells, 2 * whole.cells)
    with pytest.raises(TypeError, match="unsupported operand"):
        whole + 1  # type: ignore[operator]
    assert whole.missing.sum() == 7
    assert whole.cells.sum() == 393


def test_weights_and_unknown_groups() -> None:
    groups = Groups.of([0, -1, 0], ["a"])
    histogram = ScoreHistogram.of([1, 1, 0], [0.9, 0.9, 0.1], groups, weight=[2.0, 5.0, 3.0], bins=2)
    assert histogram.cells.tolist() == [[[3.0, 0.0], [0.0, 2.0]]]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ScoreHistogram.of([1], [1.5], [0]), r"Scores must lie in \[0, 1\], got 1.5 in row 0"),
        (lambda: ScoreHistogram.of([1], [0.5], [0], edges=[1, 0]), "increasing edges"),
        (lambda: ScoreHistogram.of([2], [0.5], [0]), "labels 0 and 1, got 3 classes"),
        (lambda: ScoreHistogram.of([1, 0], [0.5], [0]), "one label per row, got 2 for 1"),
        (lambda: ScoreHistogram.of([1], [0.5], [0], [-1.0]), "weight needs finite numbers from 0 up"),
        (lambda: ScoreHistogram.of(None, [0.5], [0]).auc(), "needs labels"),
        (lambda: ScoreHistogram.of([1], ["high"], [0]), 'score needs one number per row, got "could not convert'),
        (lambda: threshold_counts([1], [[0.5]], [0]), r"score needs one number per row, got shape \(1, 1\)"),
        (lambda: threshold_counts([1], [np.nan], [0]), "score in every row, got 1 missing"),
        (lambda: ScoreHistogram.of([1], [0.5], [0]) + ScoreHistogram.of([1], [0.5], [0], bins=2), "same edges"),
    ],
)
def test_bad_scores_are_named_in_one_sentence(call: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()  # type: ignore[operator]
