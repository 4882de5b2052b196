"""Court cases, guidelines and published examples: what several functions of the room say about the same table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairloss.inference import (
    below_four_fifths,
    benjamini_hochberg,
    cohen_h,
    equality_test,
    holm,
    omnibus_test,
    one_decision_reverses,
    phi_coefficient,
    smallest_ratio_p_value,
    standardized_rates,
)

TABLES = np.array(
    [(12, 40, 48, 80), (3, 20, 16, 80), (26, 48, 206, 259), (50, 64, 455, 508), (555, 1181, 667, 1390), (3, 15, 25, 43)]
)
# New York City's example of a selection tool: men, then women, each by seven categories of race and ethnicity.
SELECTED = np.array([90, 215, 95, 37, 167, 11, 51, 82, 197, 75, 15, 135, 7, 44])
PEOPLE = np.array([205, 412, 226, 87, 321, 24, 115, 190, 385, 164, 32, 295, 17, 98])
BY_RACE = np.array([408, 797, 390, 119, 616, 41, 213])


def test_effect_sizes_of_the_decided_cases():
    np.testing.assert_allclose(
        cohen_h(*TABLES.T), [-0.612875, -0.131896, -0.548538, -0.315589, -0.019856, -0.807020], atol=1e-6
    )
    np.testing.assert_allclose(
        phi_coefficient(*TABLES.T), [0.282843, 0.050981, 0.214445, 0.112160, 0.009895, 0.334207], atol=1e-6
    )


def test_phi_is_a_correlation_and_undefined_where_nothing_varies():
    x1, n1, x2, n2 = TABLES[2].tolist()
    group, outcome = np.repeat([0, 1], [n1, n2]), np.repeat([1, 0, 1, 0], [x1, n1 - x1, x2, n2 - x2])
    assert phi_coefficient(x1, n1, x2, n2) == pytest.approx(abs(np.corrcoef(group, outcome)[0, 1]))
    assert np.isnan(phi_coefficient([0, 5, 0], [5, 5, 0], [0, 7, 3], [7, 7, 7])).all()
    assert np.isnan(cohen_h(0, 0, 1, 2))
    assert cohen_h(5, 5, 0, 7) == pytest.approx(np.pi)


def test_two_passes_more_and_two_passes_moved_in_waisome():
    z = equality_test([52, 52], 64, [455, 453], 508).z
    np.testing.assert_allclose(z, [-1.976, -1.858], atol=5e-4)


def test_one_decision_more_in_the_guidelines():
    assert pytest.approx(0.553, abs=5e-4) == 13 / 40 / (47 / 80)
    assert pytest.approx(1.067, abs=5e-4) == 4 / 20 / (15 / 80)
    assert one_decision_reverses([12, 3], [40, 20], [48, 16], [80, 80]).tolist() == [False, True]


def test_rates_of_the_guidelines_question_11():
    # 45, 48 and 51 percent against 60: only the first is below four-fifths
    assert below_four_fifths([45, 48, 51], 100, 60, 100).tolist() == [True, False, False]


def test_a_funnel_whose_every_stage_is_at_the_mark_and_whose_bottom_line_is_not():
    stages = np.array([(200, 400, 240, 400), (80, 200, 120, 240), (36, 80, 60, 120)])
    assert below_four_fifths(*stages.T).tolist() == [False, False, False]
    assert (stages[1, 0] / stages[1, 1]) / (stages[1, 2] / stages[1, 3]) == pytest.approx(0.8)
    assert below_four_fifths(36, 400, 60, 400)


def test_the_crossed_example_of_new_york_city_is_unremarkable_under_equality():
    rates = SELECTED / PEOPLE
    assert (rates / rates.max()).min() == pytest.approx(0.789056, abs=1e-6)
    test = omnibus_test(SELECTED, PEOPLE)
    assert (test.statistic, test.degrees) == (pytest.approx(16.00, abs=5e-3), 13)
    assert test.p_value == pytest.approx(0.249, abs=5e-4)
    # four standard errors of 10,000 draws
    assert smallest_ratio_p_value(SELECTED, PEOPLE) == pytest.approx(0.959, abs=4 * 0.2 / 10_000**0.5)
    large = 0.02 * PEOPLE.sum() <= PEOPLE
    assert large.sum() == 11
    assert (rates[large] / rates[large].max()).min() == pytest.approx(0.8055, abs=1e-4)


def test_by_race_one_group_is_significant_before_correction_only():
    selected, people = np.array([204, 170, 52, 302, 18, 96]), np.array([408, 390, 119, 616, 41, 213])
    p = equality_test(selected, people, 412, 797, method="fisher_exact").p_value
    np.testing.assert_allclose(p, [0.584219, 0.009430, 0.115880, 0.334337, 0.341618, 0.090070], atol=1e-6)
    assert holm(p)[1] == pytest.approx(0.056581, abs=1e-6)
    assert benjamini_hochberg(p)[1] == pytest.approx(0.056581, abs=1e-6)


def test_berkeley_pooled():
    female = np.array([(89, 19), (17, 8), (202, 391), (131, 244), (94, 299), (24, 317)])
    male = np.array([(512, 313), (353, 207), (120, 205), (138, 279), (53, 138), (22, 351)])
    rates = standardized_rates(female[:, 0], female.sum(1), male[:, 0], male.sum(1))
    assert rates.pooled_first / rates.pooled_second == pytest.approx(0.681830, abs=1e-6)


@pytest.mark.parametrize(
    ("rate", "n", "flagged"),
    [
        (0.1, 30, 0.780),
        (0.1, 100, 0.588),
        (0.3, 30, 0.558),
        (0.3, 100, 0.299),
        (0.5, 30, 0.378),
        (0.5, 100, 0.115),
    ],
)
def test_how_often_equal_groups_are_below_four_fifths(rate, n, flagged):
    x = np.arange(n + 1)
    below = below_four_fifths(x[:, None], n, x, n)
    chance = stats.binom.pmf(x, n, rate)
    # The printed share counts two groups without a selection as below; here they have no ratio.
    printed = chance @ (below | below.T) @ chance + chance[0] ** 2
    assert printed == pytest.approx(flagged, abs=5e-4)  # three digits


@pytest.mark.parametrize(
    ("people", "rate", "flagged"),
    [
        (PEOPLE, 0.475, 0.970),
        (PEOPLE[PEOPLE >= 52], 0.475, 0.649),
        (BY_RACE, 0.475, 0.457),
        (BY_RACE, 0.25, 0.845),
    ],
)
def test_how_often_some_of_many_equal_groups_is_below_four_fifths_of_the_highest(people, rate, flagged):
    rng = np.random.default_rng(0)
    x = rng.binomial(people, rate, size=(4000, len(people)))
    order = np.argsort(x / people, axis=1)
    lowest, highest = (np.take_along_axis(x, order[:, [place]], axis=1)[:, 0] for place in (0, -1))
    below = below_four_fifths(lowest, people[order[:, 0]], highest, people[order[:, -1]])
    # four standard errors of 4,000 draws
    assert below.mean() == pytest.approx(flagged, abs=4 * np.sqrt(flagged * (1 - flagged) / 4000))
