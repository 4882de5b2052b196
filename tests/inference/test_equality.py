"""Tests of equal rates against goldens, scipy and definitions; the four-fifths rule against integers."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import stats

from fairloss.errors import InputError, UnknownName
from fairloss.inference import TESTS, below_four_fifths, equality_test, hypergeometric_z, yates_chi_square

TABLES = np.array(
    [(12, 40, 48, 80), (3, 20, 16, 80), (26, 48, 206, 259), (50, 64, 455, 508), (555, 1181, 667, 1390), (3, 15, 25, 43)]
)
Z = [-3.098387, -0.509813, -3.757385, -2.682477, -0.501709, -2.545245]
P = {
    "pooled_z": [0.00194577, 0.610183, 0.000171698, 0.00730792, 0.615873, 0.0109201],
    "fisher_exact": [0.00340922, 0.757062, 0.000404159, 0.0122666, 0.634486, 0.0159276],
    "yates": [0.00367561, 0.848385, 0.000350871, 0.0132773, 0.64402, 0.0247556],
    "fisher_mid_p": [0.00214224, 0.640952, 0.00028578, 0.00908879, 0.62055, 0.0111658],
    "fisher_lower": [0.00170461, 0.440367, 0.000328391, 0.010048, 0.322029, 0.0111872],
}


UNCONDITIONAL = {
    "boschloo": {0: 0.002006, 1: 0.71377, 2: 0.000399, 3: 0.014372, 5: 0.01243},
    "barnard": {0: 0.002149, 1: 0.69987, 2: 0.001332, 5: 0.01149},
}
YATES = [8.4375, 0.036550, 12.777191, 6.131783, 0.213523, 5.040904]
HYPERGEOMETRIC = [-3.085450, -0.507257, -3.751261, -2.680131, -0.501611, -2.523208]


@pytest.mark.parametrize("method", P)
def test_goldens(method):
    test = equality_test(*TABLES.T, method=method)
    np.testing.assert_allclose(test.z, Z, atol=1e-6)
    np.testing.assert_allclose(test.p_value, P[method], rtol=5e-6)
    assert test.method == method


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((3, 8, 16, 25), 0.237874),
        ((6, 19, 25, 43), 0.0970812),
        ((11, 48, 35, 259), 0.120781),
        ((0, 15, 25, 43), 3.9913e-5),
    ],
)
def test_more_fisher_goldens(table, p):
    assert equality_test(*table, method="fisher_exact").p_value == pytest.approx(p, rel=5e-6)


@pytest.mark.parametrize(
    ("table", "z"), [((6, 19, 25, 43), -1.928337), ((11, 48, 35, 259), 1.676540), ((52, 64, 455, 508), -1.976)]
)
def test_more_z_goldens(table, z):
    assert equality_test(*table).z == pytest.approx(z, abs=5e-4 if z == -1.976 else 1e-6)


def test_fisher_equals_scipy_and_mid_p_the_definition_in_fractions():
    rng = np.random.default_rng(8)
    n = rng.integers(1, 40, size=(60, 2))
    x = rng.binomial(n, rng.choice([0, 0.2, 0.5, 1], size=(60, 2)))
    columns = x[:, 0], n[:, 0], x[:, 1], n[:, 1]
    exact, mid = (equality_test(*columns, method=m).p_value for m in ("fisher_exact", "fisher_mid_p"))
    for i, (x1, n1, x2, n2) in enumerate(np.stack(columns, axis=1).tolist()):
        assert exact[i] == pytest.approx(stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue, rel=1e-9)
        successes = x1 + x2
        ways = [comb(n1, k) * comb(n2, successes - k) for k in range(min(n1, successes) + 1) if successes - k <= n2]
        seen = comb(n1, x1) * comb(n2, x2)
        half = Fraction(sum(w for w in ways if w < seen)) + Fraction(sum(w for w in ways if w == seen), 2)
        assert mid[i] == pytest.approx(float(half / sum(ways)), rel=1e-9)


def test_fisher_on_millions_of_rows_leaves_out_only_what_is_nothing():
    table = (300_000, 1_000_000, 302_000, 1_000_000)
    exact, approximate = (equality_test(*table, method=m).p_value for m in ("fisher_mid_p", "pooled_z"))
    assert exact == pytest.approx(float(approximate), rel=1e-3)
    assert equality_test(0, 10**6, 10**6, 10**6, method="fisher_exact").p_value == 0


@pytest.mark.parametrize("method", TESTS)
def test_nothing_varies_or_nothing_is_compared(method):
    test = equality_test([0, 5, 0], [5, 5, 0], [0, 7, 3], [7, 7, 7], method=method)
    np.testing.assert_array_equal(test.z, [0, 0, np.nan])
    alone = 0.5 if method == "fisher_mid_p" else 1  # the mid-p of the only possible table, by definition
    np.testing.assert_array_equal(test.p_value, [alone, alone, np.nan])


def test_shape_is_kept_and_weights_are_allowed_only_in_the_z_test():
    assert equality_test([[1, 2]], [[5], [9]], 3, 9, method="fisher_exact").p_value.shape == (2, 2)
    assert np.isfinite(equality_test(1.5, 5, 3, 9).p_value)
    with pytest.raises(InputError, match=r"whole counts, but got 1\.5; for weighted data use method='pooled_z'"):
        equality_test(1.5, 5, 3, 9, method="fisher_exact")


def test_an_unknown_test_offers_the_near_one():
    with pytest.raises(UnknownName, match="fisher_exact"):
        equality_test(1, 5, 3, 9, method="fisher")


def test_four_fifths_is_not_rounded():
    assert 3 / 5 / (6 / 8) < 0.8  # the trap
    assert not below_four_fifths(3, 5, 6, 8)
    assert below_four_fifths(3 * 10**9 - 1, 5 * 10**9, 6 * 10**9, 8 * 10**9)


def test_four_fifths_equals_fractions_and_floats_do_not():
    misjudged = 0
    for n1 in range(5, 60):
        for n2 in range(5, 60):
            x1, x2 = np.nonzero(5 * np.arange(n1 + 1)[:, None] * n2 == 4 * np.arange(n2 + 1) * n1)
            x1, x2 = x1[x2 > 0], x2[x2 > 0]
            if len(x1) and (n1 + n2) % 7 == 0:
                assert not below_four_fifths(x1, n1, x2, n2).any()
                assert below_four_fifths(x1 - 1, n1, x2, n2).all()
            misjudged += int(((x1 / n1) / (x2 / n2) < 0.8).sum())
    assert misjudged == 1029


def test_four_fifths_of_weights_and_of_nothing():
    assert below_four_fifths(0.3, 1.0, 0.5, 1.0)
    assert not below_four_fifths(0.25 * 8 / 5, 1.0, 0.5, 1.0)
    assert below_four_fifths([0, 0, 1], [0, 5, 5], [1, 0, 0], [5, 5, 0]).tolist() == [False, False, False]


def test_every_test_has_goldens():
    assert set(TESTS) == set(P) | set(UNCONDITIONAL) | {"hypergeometric_z"}


@pytest.mark.parametrize("method", UNCONDITIONAL)
def test_unconditional_goldens(method):
    for row, p in UNCONDITIONAL[method].items():
        assert equality_test(*TABLES[row], method=method).p_value == pytest.approx(p, abs=1e-4)


def test_unconditional_tests_name_their_largest_table():
    with pytest.raises(InputError, match=r"'boschloo' takes tables of at most 1000 people, but got 2571; use method="):
        equality_test(*TABLES[4], method="boschloo")


def test_hypergeometric_z_against_goldens_and_the_moments_of_scipy():
    z = hypergeometric_z(*TABLES.T)
    np.testing.assert_allclose(z, HYPERGEOMETRIC, atol=1e-6)
    x1, n1, x2, n2 = TABLES.T
    fixed = stats.hypergeom(n1 + n2, x1 + x2, n1)
    np.testing.assert_allclose(z, (x1 - fixed.mean()) / fixed.std(), rtol=1e-12)
    p = equality_test(*TABLES.T, method="hypergeometric_z").p_value
    np.testing.assert_allclose(p, 2 * stats.norm.sf(np.abs(z)), rtol=1e-12)


def test_yates_chi_square_against_goldens_and_scipy():
    found = yates_chi_square(*TABLES.T)
    np.testing.assert_allclose(found, YATES, atol=1e-6)
    for statistic, (x1, n1, x2, n2) in zip(found, TABLES.tolist(), strict=True):
        assert statistic == pytest.approx(stats.chi2_contingency([[x1, n1 - x1], [x2, n2 - x2]]).statistic, rel=1e-12)
    assert yates_chi_square(5, 10, 4, 9) == 0  # a difference below half a person is none


def test_fisher_one_sided_equals_scipy_far_into_the_tail():
    for x1, n1, x2, n2 in [(0, 30, 30, 30), (3, 400, 500, 900), (12, 40, 48, 80), (30, 30, 0, 30)]:
        expected = stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]], alternative="less").pvalue
        assert equality_test(x1, n1, x2, n2, method="fisher_lower").p_value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("method", "correction"), [("pooled_z", False), ("yates", True)])
def test_chi_square_is_that_of_scipy(method, correction):
    for x1, n1, x2, n2 in TABLES.tolist():
        table = [[x1, n1 - x1], [x2, n2 - x2]]
        expected = stats.chi2_contingency(table, correction=correction).pvalue
        assert equality_test(x1, n1, x2, n2, method=method).p_value == pytest.approx(expected, rel=1e-9)
