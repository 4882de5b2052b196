"""Reweighing: after it, label and group are independent in the weighted rows."""

from __future__ import annotations

import csv
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from fairloss.errors import InputError
from fairloss.notions import RATES, GroupCounts, Groups
from fairloss.preprocessing import Reweighing, reweighing_weights


def as_counts(cells):
    return GroupCounts(np.array(cells, dtype=object)[..., None])


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50)), min_size=1, max_size=6))
def test_exactly_independent_in_fractions(table):
    cells = np.array([[Fraction(cell) for cell in row] for row in table], dtype=object)
    weighted = reweighing_weights(as_counts(cells)) * cells
    total = cells.sum()
    assert weighted.sum() == total
    for label in range(3):
        rates = {weighted[group, label] / weighted[group].sum() for group in range(len(cells))}
        assert rates == {cells[:, label].sum() / total}
    assert (weighted.sum(1) == cells.sum(1)).all()  # each group keeps its weight, and each label


def test_the_formula_row_by_row():
    random = np.random.default_rng(0)
    group, label = random.integers(0, 3, 200), random.integers(0, 2, 200)
    got = Reweighing().fit_transform(label, sensitive_features=Groups.of(group, "abc"))
    for row in range(200):
        same_group, same_label = group == group[row], label == label[row]
        expected = same_group.mean() * same_label.mean() / (same_group & same_label).mean()
        assert got[row] == pytest.approx(expected, rel=1e-12)


def test_given_weights_are_multiplied_and_kept_in_sum():
    random = np.random.default_rng(1)
    label = random.choice(["no", "yes", "maybe"], 300)
    groups = Groups.of(random.integers(0, 4, 300), "abcd")
    given_weight = random.random(300) * (random.random(300) < 0.9)
    weight = Reweighing().fit_transform(label, sensitive_features=groups, sample_weight=given_weight)
    assert weight.sum() == pytest.approx(given_weight.sum())
    assert (weight[given_weight == 0] == 0).all()
    for level in ("no", "yes", "maybe"):
        rates = [
            np.average(label[groups.codes == code] == level, weights=weight[groups.codes == code]) for code in range(4)
        ]
        assert rates == pytest.approx([np.average(label == level, weights=given_weight)] * 4)


def test_an_empty_cell_has_no_weight_and_the_total_is_kept():
    label, groups = (
        np.array([1, 1, 0, 1, 0, 0]),
        Groups.of(
            np.array([0, 0, 1, 1, 2, 2]),
            [
                "a",
                "b",
                "c",
            ],
        ),
    )
    reweighing = Reweighing().fit(label, sensitive_features=groups)
    assert np.isnan(reweighing.weights_).tolist() == [[True, False], [False, False], [False, True]]
    weight = reweighing.transform(label, sensitive_features=groups)
    assert weight.sum() == pytest.approx(6)
    assert np.average(label[2:4], weights=weight[2:4]) == pytest.approx(0.5)
    with pytest.raises(InputError, match=r"no weight for group 'a' with label 0 \(row 1\)"):
        reweighing.transform([1, 0], sensitive_features=groups[[0, 0]])
    exact = reweighing_weights(as_counts([[Fraction(0), Fraction(2)], [Fraction(1), Fraction(1)]]))
    assert exact[0, 1] * 2 + exact[1, 0] + exact[1, 1] == 4


def test_a_group_without_rows_changes_nothing():
    label, codes = np.array([0, 1, 1, 0, 1]), np.array([0, 0, 0, 1, 1])
    with_empty = Reweighing().fit(label, sensitive_features=Groups.of(codes, "abc"))
    without = Reweighing().fit(label, sensitive_features=Groups.of(codes, "ab"))
    assert np.array_equal(with_empty.weights_[:2], without.weights_)
    assert np.isnan(with_empty.weights_[2]).all()


def test_unknown_groups_keep_their_weight():
    label, groups = np.array([0, 1, 1, 0, 1]), Groups.of(np.array([0, 0, 0, 1, -1]), "ab")
    weight = Reweighing().fit_transform(
        label[[0, 1, 2, 3, 3]], sensitive_features=groups, sample_weight=[1, 1, 1, 1, 7]
    )
    assert weight[-1] == 7


def test_weights_carry_over_to_new_rows_of_a_frame():
    frame = pd.DataFrame({"sex": ["F", "F", "F", "M", "M", "M"], "hired": [1, 0, 0, 1, 1, 0]})
    reweighing = Reweighing().fit(frame["hired"], sensitive_features=frame["sex"])
    new = frame.iloc[[5, 0]]
    assert reweighing.transform(new["hired"], sensitive_features=new["sex"]).tolist() == [1.5, 1.5]
    assert not hasattr(clone(reweighing), "weights_")


def test_wrong_input_is_one_sentence():
    groups = Groups.of(np.array([0, 1, 0, 1]), "ab")
    reweighing = Reweighing().fit([0, 1, 1, 0], sensitive_features=groups)
    with pytest.raises(InputError, match="label 2 at fit"):
        reweighing.transform([0, 2, 1, 0], sensitive_features=groups)
    with pytest.raises(InputError, match="got 3 in y and 4 in sensitive_features"):
        reweighing.transform([0, 1, 1], sensitive_features=groups)
    with pytest.raises(InputError, match="got 3 in y and 4 in sensitive_features"):
        Reweighing().fit([0, 1, 1], sensitive_features=groups)
    with pytest.raises(InputError, match=r"needs a label in every row, got .* \(1 such rows\)"):
        Reweighing().fit([0, 1, np.nan, 1], sensitive_features=groups)
    with pytest.raises(InputError, match=r"needs a label in every row, got .* \(2 such rows\)"):
        Reweighing().fit(np.array([0, None, pd.NA, 1], dtype=object), sensitive_features=groups)
    with pytest.raises(InputError, match=r"needs a label in every row, got nan in row 1 \(1 such rows\)"):
        Reweighing().fit(["yes", float("nan"), "no", "no"], sensitive_features=groups)
    with pytest.raises(InputError, match="rows whose group is known"):
        Reweighing().fit([0, 1], sensitive_features=Groups.of(np.array([-1, -1]), "ab"))
    with pytest.raises(InputError, match="weight needs finite numbers from 0 up"):
        Reweighing().fit([0, 1, 1, 0], sensitive_features=groups, sample_weight=[1, 1, -1, 1])


def test_german_credit_by_sex(real_data):
    """Good 64.84 % of 310 women and 72.32 % of 690 men (the data catalogue): both 70 % after weighting."""
    with open(real_data("german_credit") / "german.data", newline="") as file:
        table = list(csv.reader(file, delimiter=" "))
    sex = np.array(["F" if row[8] == "A92" else "M" for row in table])
    good = np.array([row[20] == "1" for row in table])
    reweighing = Reweighing()
    weight = reweighing.fit_transform(good, sensitive_features=sex)
    rates = RATES["base_rate"](GroupCounts.of(good, None, (sex == "M").astype(int), weight))
    assert rates == pytest.approx([0.7, 0.7], abs=1e-12)
    assert reweighing.weights_[0, 1] == pytest.approx(310 * 700 / 1000 / 201)
    assert weight.sum() == pytest.approx(1000)


def test_ricci_by_race(real_data):
    """118 people, three groups, all of whose pass rates become the overall 56/118."""
    with open(real_data("ricci") / "Ricci.csv", newline="") as file:
        table = list(csv.DictReader(file))
    race = np.array([row["Race"] for row in table])
    passed = np.array([float(row["Combine"]) >= 70 for row in table])
    weight = Reweighing().fit_transform(passed, sensitive_features=race)
    for group in "BHW":
        assert np.average(passed[race == group], weights=weight[race == group]) == pytest.approx(56 / 118)
