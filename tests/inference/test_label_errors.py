"""Label errors: planted ones are undone, and the error that explains a gap closes it."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.errors import InputError, UnknownName
from fairloss.inference import label_error_curve, label_error_that_explains
from fairloss.notions import RATES, GroupCounts

TRUE = np.array([[[240.0, 80], [60, 220]], [[300, 60], [90, 150]]])  # groups, true labels, decisions


def recorded(missed, spurious):
    """Corrupt the labels of group 0, cell by cell."""
    cells = TRUE.copy()
    for decision in (0, 1):
        unfavorable, favorable = TRUE[0, :, decision]
        cells[0, 1, decision] = (1 - missed) * favorable + spurious * unfavorable
        cells[0, 0, decision] = missed * favorable + (1 - spurious) * unfavorable
    return GroupCounts(cells)


@pytest.mark.parametrize("name", [name for name, rate in RATES.items() if rate.needs_label])
@pytest.mark.parametrize(("missed", "spurious"), [(0.2, 0), (0, 0.15), (0.1, 0.2)])
def test_planted_errors_are_undone(name, missed, spurious):
    truth = RATES[name](GroupCounts(TRUE))
    curve = label_error_curve(
        RATES[name], recorded(missed, spurious), group=0, reference=1, missed=missed, spurious=spurious
    )
    assert curve.value == pytest.approx(truth[0])
    assert curve.gap == pytest.approx(truth[0] - truth[1])


def test_missed_labels_of_people_decided_alike_do_not_move_the_true_positive_rate():
    curve = label_error_curve(
        RATES["true_positive_rate"], GroupCounts(TRUE), group=0, reference=1, missed=[0, 0.1, 0.2]
    )
    np.testing.assert_allclose(curve.value, 220 / 280)
    moved = label_error_curve(
        RATES["false_positive_rate"], GroupCounts(TRUE), group=0, reference=1, missed=[0, 0.1, 0.2]
    )
    assert (np.diff(moved.value) < 0).all()


def test_the_error_that_explains_a_gap_in_base_rates_has_a_closed_form():
    labels = GroupCounts(np.array([[[70], [30]], [[60], [40]]]))
    rate = RATES["base_rate"]
    assert label_error_that_explains(rate, labels, group=0, reference=1) == pytest.approx(1 - 0.3 / 0.4)
    assert label_error_that_explains(rate, labels, group=1, reference=0, error="spurious") == pytest.approx(0.1 / 0.7)
    assert np.isnan(label_error_that_explains(rate, labels, group=1, reference=0))  # missed labels widen it
    same = GroupCounts(np.array([[[70], [30]], [[7], [3]]]))
    assert label_error_that_explains(rate, same, group=0, reference=1) == 0


@pytest.mark.parametrize("name", [name for name, rate in RATES.items() if rate.needs_label])
@pytest.mark.parametrize("error", ["missed", "spurious"])
def test_the_error_that_explains_closes_the_gap_and_no_smaller_one_does(name, error):
    counts = GroupCounts(np.array([[[240, 80], [60, 220]], [[150, 60], [90, 150]]]))
    rate = RATES[name]
    share = label_error_that_explains(rate, counts, group=0, reference=1, error=error)
    arguments = {"group": 0, "reference": 1}
    if np.isnan(share):
        gaps = label_error_curve(rate, counts, **arguments, **{error: np.linspace(0, 0.99, 991)}).gap
        gaps = gaps[~np.isnan(gaps)]
        assert (np.sign(gaps) == np.sign(gaps[0])).all()
        return
    assert label_error_curve(rate, counts, **arguments, **{error: share}).gap == pytest.approx(0, abs=1e-9)
    smaller = label_error_curve(rate, counts, **arguments, **{error: np.linspace(0, 0.999 * share, 50)}).gap
    assert (np.sign(smaller) == np.sign(smaller[0])).all()


def test_errors_that_the_counts_rule_out_and_rates_that_do_not_exist():
    labels = GroupCounts(np.array([[[70], [30]], [[60], [40]], [[0], [0]]]))
    rate = RATES["base_rate"]
    curve = label_error_curve(rate, labels, group=0, reference=1, missed=[0.7, 0.71, 0.5], spurious=[0, 0, 0.5])
    assert curve.value[0] == pytest.approx(1)
    assert np.isnan(curve.value[1:]).all()
    assert np.isnan(label_error_curve(rate, labels, group=0, reference=2).gap)
    for pair in ({"group": 0, "reference": 2}, {"group": 2, "reference": 0}):
        assert np.isnan(label_error_that_explains(rate, labels, **pair))


def test_bad_input():
    counts = GroupCounts(TRUE)
    with pytest.raises(InputError, match="a rate that asks for labels, but got selection_rate"):
        label_error_curve(RATES["selection_rate"], counts, group=0, reference=1)
    with pytest.raises(InputError, match=r"shares from 0 to less than 1, but got 1\.0"):
        label_error_curve(RATES["base_rate"], counts, group=0, reference=1, missed=1)
    with pytest.raises(InputError, match="codes from 0 to 1, but got 2"):
        label_error_that_explains(RATES["base_rate"], counts, group=2, reference=1)
    with pytest.raises(UnknownName, match="Unknown label error 'random'"):
        label_error_that_explains(RATES["base_rate"], counts, group=0, reference=1, error="random")
    with pytest.raises(InputError, match="needs labels"):
        label_error_curve(RATES["base_rate"], GroupCounts(TRUE.sum(1, keepdims=True)), group=0, reference=1)
