"""The same limits from statsmodels and scipy, where those are right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairloss.inference import difference_interval, rate_interval, ratio_interval

RNG = np.random.default_rng(5)
N1, N2 = RNG.integers(5, 400, size=(2, 60))
X1, X2 = RNG.integers(1, N1 - 1), RNG.integers(1, N2 - 1)


@pytest.fixture(scope="module")
def proportion():
    return pytest.importorskip("statsmodels.stats.proportion")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("wilson", "wilson"), ("clopper_pearson", "beta"), ("jeffreys", "jeffreys"), ("agresti_coull", "agresti_coull")],
)
@pytest.mark.parametrize("level", [0.9, 0.95, 0.999])
def test_rates_equal_statsmodels(proportion, ours, theirs, level):
    interval = rate_interval(X1, N1, level=level, method=ours)
    np.testing.assert_allclose(
        [interval.low, interval.high], proportion.proportion_confint(X1, N1, 1 - level, method=theirs), atol=1e-10
    )


@pytest.mark.parametrize(
    ("function", "method", "compare", "theirs", "digits"),
    [
        (difference_interval, "newcombe", "diff", "newcomb", 1e-10),
        (ratio_interval, "miettinen_nurminen", "ratio", "score", 1e-6),
        (ratio_interval, "katz", "ratio", "log", 1e-10),
    ],
)
def test_pairs_equal_statsmodels(proportion, function, method, compare, theirs, digits):
    interval = function(X1, N1, X2, N2, method=method)
    for i, (x1, n1, x2, n2) in enumerate(zip(X1, N1, X2, N2, strict=True)):
        expected = proportion.confint_proportions_2indep(x1, n1, x2, n2, compare=compare, method=theirs)
        assert (interval.low[i], interval.high[i]) == pytest.approx(expected, rel=digits, abs=digits)


def test_rates_equal_scipy_at_the_edges():
    for x in (0, 1, 11, 12):
        for ours, theirs in (("wilson", "wilson"), ("clopper_pearson", "exact")):
            interval = rate_interval(x, 12, method=ours)
            expected = stats.binomtest(x, 12).proportion_ci(method=theirs)
            assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-10)
