"""The change of a rate on the same people against statsmodels, a brute-force likelihood and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from statsmodels.stats.contingency_tables import mcnemar

from fairloss.errors import InputError, UnknownName
from fairloss.inference import CHANGE_TESTS, change_interval, change_of_gap_interval, change_p_value

Z = 1.959963984540054
TABLES = [(12, 4, 100), (4, 12, 100), (1, 0, 20), (0, 0, 50), (30, 29, 60), (3, 0, 3), (7, 2, 9)]


def brute_force_score(gained, lost, n, change):
    """Find the most likely chance of losing by search, and give the score statistic there."""

    def unlikely(q):
        cells = [(gained, q + change), (lost, q), (n - gained - lost, 1 - 2 * q - change)]
        return -sum(count * np.log(max(chance, 1e-300)) for count, chance in cells if count)

    low, high = max(0.0, -change), (1 - change) / 2
    q = minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    return (gained - lost - n * change) / np.sqrt(n * (2 * q + change - change**2))


@pytest.mark.parametrize("table", TABLES)
def test_equals_the_inversion_by_brute_force(table):
    gained, lost, n = table
    interval = change_interval(*table)
    estimate = (gained - lost) / n
    for end, sign, edge in ((interval.low, 1, -1 + 1e-6), (interval.high, -1, 1 - 1e-6)):
        if abs(end) == 1:
            assert end == estimate  # nothing to search beyond the range
            continue
        inside = estimate - sign * 1e-9
        found = brentq(lambda d, s=sign: s * brute_force_score(gained, lost, n, d) - Z, edge, inside, xtol=1e-10)
        assert end == pytest.approx(found, abs=2e-6)  # the search over q is the coarser one


def test_turns_with_time_and_holds_the_change():
    gained, lost, n = np.array(TABLES).T
    forth, back = change_interval(gained, lost, n), change_interval(lost, gained, n)
    np.testing.assert_array_equal(forth.low, -back.high)
    assert (forth.low <= (gained - lost) / n).all()
    assert (forth.high >= (gained - lost) / n).all()
    assert (forth.high > forth.low).all()
    wide = change_interval(gained, lost, n, level=0.99)
    assert (wide.low <= forth.low).all()
    assert (wide.high >= forth.high).all()
    nobody = change_interval(0, 0, 0)
    assert (nobody.low, nobody.high) == (-1, 1)


def test_covers_where_few_change():
    rng = np.random.default_rng(7)
    draws = rng.multinomial(40, [0.12, 0.05, 0.83], size=2000)
    interval = change_interval(draws[:, 0], draws[:, 1], 40)
    assert ((interval.low <= 0.07) & (interval.high >= 0.07)).mean() >= 0.935  # 0.95 less three standard errors


def test_change_of_a_gap_covers_and_is_mirrored():
    rng = np.random.default_rng(8)
    one, two = rng.multinomial(60, [0.15, 0.05, 0.8], size=2000), rng.multinomial(90, [0.02, 0.06, 0.92], size=2000)
    interval = change_of_gap_interval(one[:, 0], one[:, 1], 60, two[:, 0], two[:, 1], 90)
    truth = 0.1 - (-0.04)
    assert ((interval.low <= truth) & (interval.high >= truth)).mean() >= 0.935
    mirrored = change_of_gap_interval(two[:, 0], two[:, 1], 90, one[:, 0], one[:, 1], 60)
    np.testing.assert_allclose(mirrored.high, -interval.low, rtol=1e-9)
    empty = change_of_gap_interval(1, 0, 5, 0, 0, 0)
    assert (empty.low, empty.high) == (-2, 2)


def test_mcnemar_equals_statsmodels_and_mid_p_the_definition():
    for gained, lost in [(12, 4), (3, 9), (5, 5), (1, 0), (40, 61)]:
        table = [[10, gained], [lost, 10]]
        exact, asymptotic = mcnemar(table, exact=True).pvalue, mcnemar(table, exact=False, correction=False).pvalue
        assert change_p_value(gained, lost, method="exact") == pytest.approx(exact, rel=1e-9)
        assert change_p_value(gained, lost, method="asymptotic") == pytest.approx(asymptotic, rel=1e-9)
        total = gained + lost
        ways = [np.prod([(total - i) / (i + 1) for i in range(k)]) / 2**total for k in range(total + 1)]
        fewer = min(gained, lost)
        assert change_p_value(gained, lost) == pytest.approx(2 * sum(ways[:fewer]) + ways[fewer], rel=1e-9)


@pytest.mark.parametrize("method", CHANGE_TESTS)
def test_where_nobody_changed_nothing_is_surprising(method):
    assert change_p_value([0, 5], [0, 5], method=method).tolist() == pytest.approx([1, 1])


def test_bad_input():
    with pytest.raises(InputError, match=r"at most n people who changed, but got gained=6\.0 and lost=5\.0 of n=10\.0"):
        change_interval(6, 5, 10)
    with pytest.raises(UnknownName, match="Unknown test of change 'wald'"):
        change_p_value(1, 2, method="wald")
    with pytest.raises(InputError, match="whole counts"):
        change_p_value(1.5, 2)
