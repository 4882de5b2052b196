"""FairRegressor: units, constraints, groups, determinism, scikit-learn's checks, and what it refuses."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import clone

import fairloss as fl
from fairloss import Constraint, FairRegressor
from fairloss.errors import InputError
from fairloss.losses import AugmentedLagrangian
from fairloss.losses.decisions import ThresholdDecision

FEATURES = ["merit", "proxy", "town"]


def people(n: int = 1_500, seed: int = 0, scale: float = 10.0, center: float = 200.0) -> pd.DataFrame:
    """Make rows whose target is higher in group "a" and harder to predict in group "b"."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["a", "b"], n, p=[0.7, 0.3])
    merit, proxy = rng.normal(size=n), rng.normal(size=n) + (sex == "a")
    town = np.where((sex == "a") == (rng.random(n) < 0.8), "north", "south")
    noise = rng.normal(size=n) * np.where(sex == "a", 0.3, 0.6)
    slope = np.where(sex == "a", 1.0, 0.2)
    y = center + scale * (slope * merit + 0.5 * proxy + (sex == "a") + noise)
    return pd.DataFrame({"merit": merit, "proxy": proxy, "town": town, "sex": sex, "y": y})


def quick(**settings) -> FairRegressor:
    return FairRegressor(**{"epochs": 25, "hidden": (8,), "learning_rate": 0.02, "random_state": 0, **settings})


def fit(model: FairRegressor, table: pd.DataFrame, **changes) -> FairRegressor:
    return model.fit(table[FEATURES], table["y"], **{"sensitive_features": table["sex"], **changes})


def gap(model, table) -> float:
    predicted = model.predict(table[FEATURES])
    return abs(predicted[table["sex"] == "a"].mean() - predicted[table["sex"] == "b"].mean())


def losses(model, table) -> dict[str, float]:
    error = (model.predict(table[FEATURES]) - table["y"]) ** 2
    return {name: error[table["sex"] == name].mean() for name in ("a", "b")}


# What it learns


def test_the_gap_of_mean_predictions_comes_to_the_tolerance_in_units_of_y():
    # 5,000 new rows: the standard error of the gap of means is 0.25, and that of the 300 held-out ones is 1.
    train, new = people(), people(5_000, seed=1)
    plain, fair = fit(quick(constraints=None), train), fit(quick(tolerance=3.0), train)
    assert gap(plain, new) > 2 * 3.0
    assert gap(fair, new) < 3.0 + 2 * 1.0
    assert plain.score(new[FEATURES], new["y"]) > fair.score(new[FEATURES], new["y"]) > 0.3


@pytest.mark.parametrize("solver", [None, AugmentedLagrangian(step=0.5)])
def test_the_loss_of_the_worst_group_is_bounded_in_units_of_y_squared(solver):
    train, new = people(), people(5_000, seed=1)
    asked: Any = (
        "bounded_group_loss" if solver is None else Constraint("bounded_group_loss", 60.0, of="loss", solver=solver)
    )
    plain, fair = fit(quick(constraints=None), train), fit(quick(constraints=asked, tolerance=60.0), train)
    assert losses(plain, new)["b"] > 60 + 9
    # The mean loss of 90 held-out rows of the group has a standard error of 9.
    assert losses(fair, new)["b"] < 60 + 2 * 9
    assert losses(fair, new)["a"] > losses(plain, new)["a"], "what the other group pays for it"


def test_equalized_odds_of_a_pass_mark():
    train, new = people(4_000), people(5_000, seed=1)
    mark = 207.0

    def odds(model):
        passed, good = model.predict(new[FEATURES]) >= mark, new["y"] >= mark
        rates = [[passed[(new["sex"] == g) & (good == label)].mean() for g in "ab"] for label in (False, True)]
        return max(abs(one - other) for one, other in rates)

    plain = fit(quick(constraints=None), train)
    # Multipliers still rise after the 25 epochs of the other tests: both rates are apart, and in opposite directions.
    fair = fit(quick(constraints="equalized_odds", tolerance=0.05, threshold=mark, epochs=80, patience=None), train)
    # 240 held-out rows of the smaller group, about half of them in a cell: the standard error of a gap is 0.05.
    assert odds(plain) > 3 * 0.05
    assert odds(fair) < 0.05 + 0.05


def test_a_threshold_is_the_decision_in_units_of_y():
    table, mark = people(600), 207.0
    asked = {"constraints": "equalized_odds", "tolerance": 0.05, "epochs": 4}
    bare = fit(quick(threshold=mark, **asked), table)
    said = fit(quick(threshold=ThresholdDecision(mark, scale=bare.units_.scale / 4), **asked), table)
    np.testing.assert_allclose(said.predict(table[FEATURES]), bare.predict(table[FEATURES]), rtol=1e-5)


# Determinism, columns, weights


def test_the_same_seed_gives_the_same_bytes_also_after_pickle_and_clone():
    table = people(400)
    first = fit(quick(epochs=3), table)
    predicted = first.predict(table[FEATURES]).tobytes()
    for again in (fit(quick(epochs=3), table), fit(clone(first), table), pickle.loads(pickle.dumps(first))):
        assert again.predict(table[FEATURES]).tobytes() == predicted
    assert fit(quick(epochs=3, random_state=1), table).predict(table[FEATURES]).tobytes() != predicted


def test_sensitive_columns_by_name_are_no_features():
    table = people(400)
    named = quick(epochs=3).fit(table[[*FEATURES, "sex"]], table["y"], sensitive_features="sex")
    assert named.feature_names_in_.tolist() == FEATURES
    np.testing.assert_array_equal(named.predict(table[FEATURES]), fit(quick(epochs=3), table).predict(table[FEATURES]))


def test_rows_of_weight_zero_are_as_if_they_were_not_there():
    table = people(400)
    weight = np.r_[np.ones(300), np.zeros(100)]
    mixed = table.copy()
    mixed.loc[300:, ["merit", "town", "y"]] = [99.0, "nowhere", 1e6]
    one, other = (
        fit(quick(epochs=3), part, sample_weight=weight).predict(table[FEATURES][:300]) for part in (table, mixed)
    )
    np.testing.assert_array_equal(one, other)


def test_attributes_side_by_side_have_tolerances_of_their_own():
    table = people(600)
    terms = [
        Constraint("demographic_parity", 2.0, attribute="sex"),
        Constraint("bounded_group_loss", 90.0, of="loss", attribute="town"),
    ]
    model = quick(constraints=terms, epochs=3)
    model.fit(table[["merit", "proxy"]], table["y"], sensitive_features=table[["sex", "town"]])
    assert list(model.history_[0].validation_gaps) == ["demographic_parity", "bounded_group_loss"]
    assert list(model.groupings_) == ["sex", "town"]


# What it refuses

BAD = {
    "no groups": ({}, {"sensitive_features": None}, "FairRegressor needs sensitive_features in fit to keep"),
    "a missing target": ({}, {"y": [np.nan] * 60}, "finite number in every row of y, got nan in row 0"),
    "a target that is no number": ({}, {"y": ["low", "high"] * 30}, "needs a number to predict in every row"),
    "a loss for classes": ({"base": "bce_with_logits"}, {}, "loss for numbers, got base='bce_with_logits'"),
    "odds without a threshold": ({"constraints": "equalized_odds"}, {}, "needs a threshold on the prediction"),
    "a level of outputs": (
        {"constraints": Constraint(fl.notions.Notion("level", (fl.notions.RATES["selection_rate"],),
                                                    comparison=fl.notions.Comparison("level")), 1.0)},
        {},
        "bounds the level of losses, not of outputs",
    ),
    "weights of another shape": ({}, {"sample_weight": [[1.0]] * 60}, "sample_weight needs one number per row"),
    "one row": ({}, {"sample_weight": [1.0] + [0.0] * 59}, "rows to fit and rows to hold out, got 1 sample"),
    "no such device": ({"device": "tpu9"}, {}, "FairRegressor cannot train on the device"),
}  # fmt: skip


@pytest.mark.parametrize(("settings", "changes", "words"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_a_sentence(settings, changes, words):
    call = {"X": np.ones((60, 1)), "y": np.arange(60.0), "sensitive_features": ["a", "b"] * 30, **changes}
    with pytest.raises(InputError) as raised:
        FairRegressor(**{"epochs": 1, **settings}).fit(**call)
    assert re.search(words, str(raised.value)), raised.value


# On real data, one seed; all five and other models: tests/benchmarks/test_regression_frontier.py


def test_the_gap_on_law_school_is_within_its_interval(real_data):
    data = fl.datasets.load("law_school", real_data("law_school"), table="gpa")
    group = np.where(data.frame["race"].astype(str) == "White", "White", "Non-White")
    order = np.random.default_rng(100).permutation(len(group))
    train, test = order[:15_000], order[15_000:]
    X, y = data.frame[list(data.feature_names())], data.label.to_numpy(float)
    gaps = {}
    for name, notion in (("plain", None), ("fair", "demographic_parity")):
        model = FairRegressor(constraints=notion, tolerance=0.1, hidden=(32,), weight_decay=0.01, random_state=100)
        predicted = model.fit(X.iloc[train], y[train], sensitive_features=group[train]).predict(X.iloc[test])
        white = group[test] == "White"
        gaps[name] = stats.ttest_ind(predicted[white], predicted[~white], equal_var=False).confidence_interval()
    assert gaps["plain"].low > 0.2
    assert gaps["fair"].low <= 0.1
