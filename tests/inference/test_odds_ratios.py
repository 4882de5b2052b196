"""Odds ratios and their intervals: goldens, other libraries, the tests that they invert, and any table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import nchypergeom_fisher
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from statsmodels.stats.proportion import confint_proportions_2indep

from fairloss.errors import InputError, UnknownName
from fairloss.inference import ODDS_RATIO_INTERVALS, odds_ratio, odds_ratio_interval

TABLES = np.array(
    [(12, 40, 48, 80), (3, 20, 16, 80), (26, 48, 206, 259), (50, 64, 455, 508), (555, 1181, 667, 1390), (3, 15, 25, 43)]
)
RATIOS = [0.285714, 0.705882, 0.304060, 0.416013, 0.961017, 0.18]
WOOLF = [
    (0.127001, 0.642772),
    (0.184078, 2.706834),
    (0.159843, 0.578394),
    (0.215582, 0.802788),
    (0.822750, 1.122521),
    (0.044266, 0.731939),
]
ROUNDING = 1e-9
EXACT = ("exact", "mid_p")

pairs = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(pairs, pairs).map(lambda pair: pair[0] + pair[1])
seeded = settings(deadline=None, derandomize=True, max_examples=60)


def random_tables(size):
    rng = np.random.default_rng(9)
    n = rng.integers(5, 200, size=(size, 2))
    x = rng.integers(1, n - 1)
    return np.stack([x[:, 0], n[:, 0], x[:, 1], n[:, 1]], axis=1)


def test_goldens_of_the_decided_cases():
    np.testing.assert_allclose(odds_ratio(*TABLES.T), RATIOS, atol=1e-6)
    interval = odds_ratio_interval(*TABLES.T, method="woolf")
    np.testing.assert_allclose(np.stack([interval.low, interval.high], axis=1), WOOLF, atol=1e-6)


@pytest.mark.parametrize(("ours", "theirs"), [("miettinen_nurminen", "score"), ("woolf", "logit")])
def test_equals_statsmodels(ours, theirs):
    tables = random_tables(30)
    interval = odds_ratio_interval(*tables.T, method=ours)
    for i, row in enumerate(tables.tolist()):
        with np.errstate(invalid="ignore"):  # its root search passes through 0/0
            expected = confint_proportions_2indep(*row, compare="odds-ratio", method=theirs)
        assert (interval.low[i], interval.high[i]) == pytest.approx(expected, rel=1e-6)


def test_exact_equals_scipy_with_empty_cells_too():
    tables = np.concatenate([random_tables(20), [(0, 15, 25, 43), (5, 5, 1, 3), (0, 3, 0, 4), (4, 4, 3, 3)]])
    interval = odds_ratio_interval(*tables.T, level=0.9, method="exact")
    for i, (x1, n1, x2, n2) in enumerate(tables.tolist()):
        if x1 + x2 in (0, n1 + n2):
            assert (interval.low[i], interval.high[i]) == (0, np.inf)
            continue
        expected = scipy_odds_ratio([[x1, x2], [n1 - x1, n2 - x2]]).confidence_interval(0.9)
        assert (interval.low[i], interval.high[i]) == pytest.approx((expected.low, expected.high), rel=1e-8)


def test_mid_p_is_where_half_of_the_observed_table_counts():
    for x1, n1, x2, n2 in random_tables(10).tolist():
        interval = odds_ratio_interval(x1, n1, x2, n2, method="mid_p")
        for ratio, side in ((float(interval.low), 1), (float(interval.high), -1)):
            chance = nchypergeom_fisher(n1 + n2, x1 + x2, n1, ratio)
            beyond = chance.sf(x1) if side == 1 else chance.cdf(x1 - 1)
            assert beyond + chance.pmf(x1) / 2 == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize(("method", "factor"), [("score", 0), ("miettinen_nurminen", 1)])
def test_score_limits_are_where_the_fitted_table_is_just_rejected(method, factor):
    for x1, n1, x2, n2 in random_tables(20).tolist():
        interval = odds_ratio_interval(x1, n1, x2, n2, method=method)
        total, successes = n1 + n2, x1 + x2
        for ratio in (float(interval.low), float(interval.high)):

            def gap(p2, ratio=ratio, n1=n1, n2=n2, successes=successes):
                return n1 * ratio * p2 / (1 - p2 + ratio * p2) + n2 * p2 - successes

            p2 = brentq(gap, 0, 1, xtol=1e-15)
            p1 = ratio * p2 / (1 - p2 + ratio * p2)
            chi2 = (x1 - n1 * p1) ** 2 * (1 / (n1 * p1 * (1 - p1)) + 1 / (n2 * p2 * (1 - p2)))
            assert chi2 * ((total - 1) / total) ** factor == pytest.approx(1.959963984540054**2, rel=1e-6)


def test_half_is_added_to_all_cells_or_to_none():
    half = odds_ratio_interval(0, 15, 25, 43, method="woolf_half")
    error = np.sqrt(1 / 0.5 + 1 / 15.5 + 1 / 25.5 + 1 / 18.5)
    center = np.log(0.5 * 18.5 / (15.5 * 25.5))
    assert half.high == pytest.approx(np.exp(center + 1.959963984540054 * error), rel=1e-9)
    assert half.low == 0  # holds the estimate, which is 0
    none = odds_ratio_interval(0, 15, 25, 43, method="woolf")
    assert (none.low, none.high) == (0, np.inf)


@pytest.mark.parametrize("method", ODDS_RATIO_INTERVALS)
@seeded
@given(table=tables)
def test_holds_the_estimate_and_turns_with_the_groups_and_with_the_outcome(method, table):
    x1, n1, x2, n2 = table
    interval = odds_ratio_interval(*table, method=method)
    estimate = odds_ratio(*table)
    assert 0 <= interval.low <= interval.high
    if np.isnan(estimate):
        assert (interval.low, interval.high) == (0, np.inf)
    else:
        assert interval.low * (1 - ROUNDING) <= estimate <= interval.high * (1 + ROUNDING)
    for other in ((x2, n2, x1, n1), (n1 - x1, n1, n2 - x2, n2)):
        turned = odds_ratio_interval(*other, method=method)
        with np.errstate(divide="ignore"):
            np.testing.assert_allclose([1 / turned.high, 1 / turned.low], [interval.low, interval.high], rtol=1e-7)


@pytest.mark.parametrize("method", ODDS_RATIO_INTERVALS)
def test_a_higher_level_contains_a_lower_one_and_shape_is_kept(method):
    wide, narrow = (odds_ratio_interval(*TABLES.T, level=level, method=method) for level in (0.99, 0.9))
    assert (wide.low < narrow.low).all()
    assert (wide.high > narrow.high).all()
    assert odds_ratio_interval([[1, 2]], [[5], [9]], 3, 9, method=method).low.shape == (2, 2)
    assert narrow.method == method


@pytest.mark.parametrize("method", ["score", "exact", "mid_p"])
def test_covers_in_small_groups(method):
    rng = np.random.default_rng(2)
    x1, x2 = rng.binomial(20, 0.3, 2000), rng.binomial(30, 0.5, 2000)
    interval = odds_ratio_interval(x1, 20, x2, 30, method=method)
    truth = (0.3 / 0.7) / (0.5 / 0.5)
    covered = ((interval.low <= truth) & (truth <= interval.high)).mean()
    assert covered >= 0.935  # 0.95 less three standard errors of 2,000 draws
    if method == "exact":
        assert covered >= 0.95


def test_bad_input():
    with pytest.raises(UnknownName, match="Did you mean 'woolf'"):
        odds_ratio_interval(1, 2, 1, 2, method="wolf")
    with pytest.raises(InputError, match=r"whole counts, but got 1\.5; for weighted data use method='score'"):
        odds_ratio_interval(1.5, 2, 1, 2, method="exact")
    with pytest.raises(InputError, match=r"odds_ratio needs finite counts with 0 <= x <= n, but got x=3\.0"):
        odds_ratio(3, 2, 1, 2)
    assert np.isnan(odds_ratio(0, 0, 1, 2))
