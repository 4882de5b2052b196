"""Published and independently computed limits, to 1e-6 (the source prints six digits, hence half of the last one)."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.inference import INTERVALS, difference_interval, rate_interval, ratio_interval

TABLES = {
    "Uniform Guidelines, question 12": (12, 40, 48, 80),
    "Uniform Guidelines, question 21": (3, 20, 16, 80),
    "Connecticut v. Teal": (26, 48, 206, 259),
    "Waisome v. Port Authority": (50, 64, 455, 508),
    "New York example, sex": (555, 1181, 667, 1390),
    "Ricci v. DeStefano, lieutenants": (3, 15, 25, 43),
}
X1, N1, X2, N2 = np.array(list(TABLES.values())).T
DIGITS = 1e-6

FOCAL_WILSON = (
    "0.180748 0.454300 0.052369 0.360419 0.402911 0.674248 0.665672 0.864977 0.441619 0.498457 0.070475 0.451854"
)
REFERENCE_WILSON = (
    "0.490455 0.700382 0.127028 0.300462 0.742087 0.840013 0.866051 0.919348 0.453684 0.506139 0.433286 0.716154"
)
PAIRS = {
    ("ratio", "koopman"): (
        "0.293345 0.793865 0.244000 2.041090 0.503767 0.857095 0.741582 0.971230 0.902289 1.062384 0.118344 0.823418"
    ),
    ("ratio", "miettinen_nurminen"): (
        "0.292673 0.795257 0.242723 2.049865 0.503495 0.857366 0.741458 0.971302 0.902275 1.062400 0.117305 0.828400"
    ),
    ("ratio", "gart_nam"): (
        "0.284076 0.791390 0.193376 2.024653 0.501557 0.860607 0.744534 0.975749 0.902242 1.062404 0.093961 0.815085"
    ),
    ("ratio", "mover_r"): (
        "0.295203 0.795331 0.246398 2.038428 0.504291 0.857335 0.741731 0.971094 0.902355 1.062335 0.119503 0.825541"
    ),
    ("ratio", "katz"): (
        "0.301433 0.829372 0.241891 2.325427 0.521205 0.889857 0.763632 0.996324 0.902564 1.062640 0.121174 0.976578"
    ),
    ("difference", "miettinen_nurminen"): (
        "-0.462683 -0.111025 -0.196944 0.175072 -0.401018 -0.110797 "
        "-0.232722 -0.025411 -0.048597 0.028820 -0.585730 -0.088094"
    ),
    ("difference", "mee"): (
        "-0.462075 -0.111838 -0.196298 0.173797 -0.400788 -0.111014 "
        "-0.232609 -0.025476 -0.048589 0.028813 -0.584311 -0.090789"
    ),
    ("difference", "gart_nam"): (
        "-0.466543 -0.113222 -0.205224 0.166854 -0.402444 -0.108431 "
        "-0.230021 -0.021490 -0.048610 0.028820 -0.596668 -0.095250"
    ),
    ("difference", "newcombe"): (
        "-0.455876 -0.110768 -0.190088 0.172713 -0.399462 -0.110814 "
        "-0.232398 -0.025608 -0.048553 0.028791 -0.568309 -0.089219"
    ),
}


def limits(text):
    return np.array(text.split(), dtype=float).reshape(-1, 2).T


@pytest.mark.parametrize(("x", "n", "golden"), [(X1, N1, FOCAL_WILSON), (X2, N2, REFERENCE_WILSON)])
def test_wilson(x, n, golden):
    interval = rate_interval(x, n)
    np.testing.assert_allclose([interval.low, interval.high], limits(golden), atol=DIGITS)


@pytest.mark.parametrize(("kind", "method"), PAIRS)
def test_pairs(kind, method):
    function = {"difference": difference_interval, "ratio": ratio_interval}[kind]
    interval = function(X1, N1, X2, N2, method=method)
    np.testing.assert_allclose([interval.low, interval.high], limits(PAIRS[kind, method]), atol=DIGITS)


def test_every_method_of_a_pair_has_a_golden():
    assert set(PAIRS) == {(kind, name) for kind in ("difference", "ratio") for name in INTERVALS[kind]}


def test_wilson_at_the_extremes():
    interval = rate_interval([0, 15], 15)
    assert interval.low[0] == 0
    assert interval.high[1] == 1
    np.testing.assert_allclose([interval.high[0], interval.low[1]], [0.203883, 0.796117], atol=DIGITS)


@pytest.mark.parametrize(
    ("method", "low", "high"), [("newcombe", 0.0524, 0.3339), ("miettinen_nurminen", 0.0528, 0.3382)]
)
def test_the_published_example_of_newcombe(method, low, high):
    interval = difference_interval(56, 70, 48, 80, method=method)
    np.testing.assert_allclose([interval.low, interval.high], [low, high], atol=5e-5)  # published to four digits


@pytest.mark.parametrize(
    ("table", "low", "high", "digits"),
    [((80, 100, 40, 400), 0.6064, 0.7731, 5e-5), ((20, 20, 10, 25), 0.404, 0.767, 5e-4)],
)
def test_score_difference_where_statsmodels_is_wrong(table, low, high, digits):
    interval = difference_interval(*table, method="miettinen_nurminen")
    np.testing.assert_allclose([interval.low, interval.high], [low, high], atol=digits)


def test_an_empty_cell():
    table = (0, 15, 25, 43)
    koopman, other = ratio_interval(*table), ratio_interval(*table, method="miettinen_nurminen")
    assert koopman.low == other.low == 0
    np.testing.assert_allclose([koopman.high, other.high], [0.355432, 0.360534], atol=DIGITS)
    newcombe = difference_interval(*table)
    np.testing.assert_allclose([newcombe.low, newcombe.high], [-0.716154, -0.329394], atol=DIGITS)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        ((3, 8, 16, 25), 0.207117, 1.225747),
        ((6, 19, 25, 43), 0.255013, 1.008734),
        ((11, 48, 35, 259), 0.914316, 2.993194),
    ],
)
def test_more_koopman(table, low, high):
    interval = ratio_interval(*table)
    np.testing.assert_allclose([interval.low, interval.high], [low, high], atol=DIGITS)


def test_the_published_example_of_ratesci():
    """The page of the R package `ratesci` on contrasts: 5/56 against 0/29 by Gart and Nam and others, four digits."""
    for method, low, high in (
        ("gart_nam", -0.0172, 0.1859),
        ("miettinen_nurminen", -0.0326, 0.1933),
        ("mee", -0.0313, 0.1926),
        ("newcombe", -0.0381, 0.1926),
    ):
        interval = difference_interval(5, 56, 0, 29, method=method)
        np.testing.assert_allclose([interval.low, interval.high], [low, high], atol=5e-5)


def test_results_carry_level_and_method():
    interval = ratio_interval(12, 40, 48, 80, level=0.9, method="mover_r")
    assert (interval.level, interval.method) == (0.9, "mover_r")
    assert interval.low.dtype == interval.high.dtype == np.float64
