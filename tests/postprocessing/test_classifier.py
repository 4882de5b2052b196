"""A model with thresholds behind it, in the places where scikit-learn puts a classifier."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from fairloss.errors import InputError, MissingColumn
from fairloss.notions import NOTIONS, GroupCounts
from fairloss.postprocessing import FairThresholdClassifier
from fairloss.tables import hold_out


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    sex = random.choice(["F", "M"], 4000)
    X = np.column_stack([random.normal(size=(4000, 2)), sex == "M"])
    y = np.where(X[:, 0] + X[:, 1] + (sex == "M") + random.normal(size=4000) > 1, "yes", "no")
    return X, y, sex


def gap(notion, label, decision, sex):
    return NOTIONS[notion].gap(GroupCounts.of(label == "yes", decision == "yes", (sex == "M").astype(int)))


@pytest.mark.parametrize("notion", ["demographic_parity", "equalized_odds"])
def test_the_gap_shrinks_on_rows_that_nobody_saw(rows, notion):
    X, y, sex = rows
    train, test = np.arange(2500), np.arange(2500, 4000)
    model = FairThresholdClassifier(LogisticRegression(), notion=notion, tolerance=0.03, random_state=0)
    model.fit(X[train], y[train], sensitive_features=sex[train])
    before = gap(notion, y[test], model.estimator_.predict(X[test]), sex[test])
    after = gap(notion, y[test], model.predict(X[test], sensitive_features=sex[test]), sex[test])
    assert model.policy_.feasible_
    assert model.policy_.n_rows_ == 625
    assert before > 0.12
    # three standard errors of a difference of rates, validation (625) and test (1,500) rows, half of them per group
    assert after < 0.03 + 3 * np.sqrt(0.25 / 150 + 0.25 / 350)


def test_thresholds_are_fitted_on_rows_that_the_model_did_not_see(rows):
    """A tree that memorizes is perfect on its own rows: thresholds from there would see nothing to repair."""
    X, y, sex = rows
    model = FairThresholdClassifier(DecisionTreeClassifier(random_state=0), random_state=0)
    model.fit(X, y, sensitive_features=sex)
    assert model.policy_.choice_.objective < 0.9
    assert "none of which fitted the model" in model.describe()


def test_frozen_models_leave_all_rows_to_the_thresholds(rows):
    X, y, sex = rows
    inner = LogisticRegression().fit(X[:2000], y[:2000])
    model = FairThresholdClassifier(FrozenEstimator(inner)).fit(X[2000:], y[2000:], sensitive_features=sex[2000:])
    assert model.policy_.n_rows_ == 2000
    assert np.array_equal(model.predict_proba(X), inner.predict_proba(X))
    assert "the model was fitted before" in model.describe()


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), RidgeClassifier(), make_pipeline(StandardScaler(), LogisticRegression())]
)
def test_either_label_can_be_the_favorable_one(rows, estimator):
    X, y, sex = rows
    for favorable in ("yes", "no"):
        model = FairThresholdClassifier(estimator, notion="equal_opportunity", pos_label=favorable, random_state=0)
        model.fit(X, y, sensitive_features=sex)
        assert model.score(X, y, sensitive_features=sex) > 0.7
        assert (y[model.predict(X, sensitive_features=sex) == favorable] == favorable).mean() > 0.7
        assert model.policy_.choice_.gap <= 0.05 + 1e-12


def test_a_shared_threshold_predicts_without_groups(rows):
    X, y, sex = rows
    model = FairThresholdClassifier(LogisticRegression(), notion="equal_opportunity", aware=False, random_state=0)
    model.fit(X, y, sensitive_features=sex)
    assert model.predict(X).shape == (4000,)
    assert not model.label.uses_attribute
    aware = FairThresholdClassifier(LogisticRegression(), random_state=0).fit(X, y, sensitive_features=sex)
    with pytest.raises(InputError, match="needs sensitive_features"):
        aware.predict(X)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_groups_by_the_name_of_a_column(rows, frame):
    X, y, sex = rows
    table = frame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "man": (sex == "M").astype(int)})
    by_name = FairThresholdClassifier(LogisticRegression(), random_state=0).fit(table, y, sensitive_features="man")
    by_array = FairThresholdClassifier(LogisticRegression(), random_state=0).fit(
        table, y, sensitive_features=table["man"]
    )
    assert (by_name.predict(table) == by_array.predict(table, sensitive_features=table["man"])).all()
    with pytest.raises(MissingColumn, match="'man'"):
        FairThresholdClassifier(LogisticRegression()).fit(table, y, sensitive_features="men")
    with pytest.raises(InputError, match="'man' only in a data frame"):
        FairThresholdClassifier(LogisticRegression()).fit(X, y, sensitive_features="man")
    for names in (["man"], ("man",)):
        listed = FairThresholdClassifier(LogisticRegression(), random_state=0).fit(table, y, sensitive_features=names)
        assert (listed.predict(table) == by_name.predict(table)).all()
    values = tuple(sex.tolist())
    by_values = FairThresholdClassifier(LogisticRegression(), random_state=0).fit(table, y, sensitive_features=values)
    assert (by_values.predict(table, sensitive_features=values) == by_name.predict(table)).all()
    scores = cross_validate(
        FairThresholdClassifier(LogisticRegression(), random_state=0),
        pd.DataFrame({"a": X[:, 0], "man": (sex == "M").astype(int)}),
        y,
        cv=3,
        scoring="accuracy",
        params={"sensitive_features": "man"},
    )
    assert (scores["test_score"] > 0.6).all()


def test_routing_passes_groups_to_fit_predict_and_score(rows):
    X, y, sex = rows
    with sklearn.config_context(enable_metadata_routing=True):
        model = FairThresholdClassifier(LogisticRegression(), random_state=0)
        pipe = make_pipeline(StandardScaler(), model).fit(X, y, sensitive_features=sex)
        assert pipe.predict(X, sensitive_features=sex).shape == (4000,)
        search = GridSearchCV(model, {"tolerance": [0.0, 0.1]}, cv=3).fit(X, y, sensitive_features=sex)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_ == {"tolerance": 0.1}


def test_weights_reach_the_model_and_the_thresholds(rows):
    X, y, sex = rows
    weight = np.random.default_rng(0).integers(1, 4, len(y))
    model = FairThresholdClassifier(LogisticRegression(), random_state=0)
    model.fit(X, y, sensitive_features=sex, sample_weight=weight)
    plain = clone(model).fit(X, y, sensitive_features=sex)
    assert not np.array_equal(model.estimator_.coef_, plain.estimator_.coef_)
    assert model.policy_.curves_.gain.max() != plain.policy_.curves_.gain.max()
    with pytest.raises(InputError, match="KNeighborsClassifier takes none"):
        FairThresholdClassifier(KNeighborsClassifier()).fit(X, y, sensitive_features=sex, sample_weight=weight)


def test_groups_reach_a_model_that_asks_for_them(rows):
    X, y, sex = rows

    class Asking(LogisticRegression):
        def fit(self, X, y, *, sensitive_features):
            self.seen_ = sensitive_features
            return super().fit(X, y)

    model = FairThresholdClassifier(Asking(), random_state=0).fit(X, y, sensitive_features=sex)
    assert len(model.estimator_.seen_) == 3000


def test_every_group_of_the_fit_can_be_decided(rows):
    """Of a group of one row none may come to the validation rows: it then gets the shared threshold."""
    X, y, sex = rows
    rare = np.where(np.arange(4000) == 7, "X", sex)
    shared = []
    for seed in range(8):
        model = FairThresholdClassifier(LogisticRegression(), random_state=seed, min_rows=2)
        decision = model.fit(X, y, sensitive_features=rare).predict(X, sensitive_features=rare)
        score = model.predict_proba(X)[7, 1]
        shared.append(np.isnan(model.policy_.thresholds_["X"]))
        assert decision[7] == ("yes" if score >= model.policy_.shared_threshold_ else "no")
    assert any(shared)


def test_a_person_of_another_group_is_an_error_or_decided_as_unknown(rows):
    X, y, sex = rows
    for strange in ("other", None):
        model = FairThresholdClassifier(LogisticRegression(), random_state=0).fit(X, y, sensitive_features=sex)
        with pytest.raises(InputError, match="pass unseen='unknown'"):
            model.predict(X, sensitive_features=np.full(4000, strange, dtype=object))
        model.set_params(unseen="unknown").fit(X, y, sensitive_features=sex)
        decision = model.predict(X, sensitive_features=np.full(4000, strange, dtype=object))
        assert ((decision == "yes") == (model.predict_proba(X)[:, 1] >= model.policy_.shared_threshold_)).all()


def test_same_seed_same_decisions(rows):
    X, y, sex = rows
    one, two = (
        FairThresholdClassifier(LogisticRegression(), random_state=3).fit(X, y, sensitive_features=sex)
        for _ in range(2)
    )
    assert one.policy_.choice_ == two.policy_.choice_


def test_the_split_is_stratified_even_in_small_cells():
    cells = np.repeat([0, 1, 2, 3], [1000, 100, 3, 1])
    for seed in range(20):
        kept, taken = hold_out(cells, 0.25, np.random.RandomState(seed))
        assert sorted([*kept, *taken]) == list(range(1104))
        counts = np.bincount(cells[taken], minlength=4)
        assert (np.abs(counts - [250, 25, 0.75, 0.25]) <= 1).all()


def test_wrong_input_is_one_sentence(rows):
    X, y, sex = rows
    model = FairThresholdClassifier(LogisticRegression())
    with pytest.raises(InputError, match="needs two labels, got 3"):
        model.fit(X, np.where(X[:, 0] > 1, "maybe", y), sensitive_features=sex)
    with pytest.raises(InputError, match="'perhaps' is not a label"):
        FairThresholdClassifier(LogisticRegression(), pos_label="perhaps").fit(X, y, sensitive_features=sex)
    with pytest.raises(InputError, match="got 4,000 in X and 4,000 in y and 5 in sensitive_features"):
        model.fit(X, y, sensitive_features=sex[:5])
    for missing in (None, np.nan, pd.NA):
        with pytest.raises(InputError, match=r"needs a label in every row, got .* in row 3 \(1 such rows\)"):
            model.fit(X, [missing if row == 3 else label for row, label in enumerate(y)], sensitive_features=sex)
    only = np.where(y == "yes", 1.0, np.nan)
    with pytest.raises(InputError, match="needs a label in every row, got nan"):
        FairThresholdClassifier(LogisticRegression(), pos_label=1).fit(X, only, sensitive_features=sex)
    with pytest.raises(InputError, match=r"one label per row, got shape \(4000, 1\)"):
        model.fit(X, y[:, None], sensitive_features=sex)
    with pytest.raises(InputError, match="same index labels in another order"):
        model.fit(X, pd.Series(y), sensitive_features=pd.Series(sex)[::-1])
    with pytest.raises(InputError, match="rows of weight above 0, got none"):
        model.fit(X, y, sensitive_features=sex, sample_weight=np.zeros(4000))
    with pytest.raises(InputError, match="between 0 and 1, got 1"):
        FairThresholdClassifier(LogisticRegression(), validation_fraction=1).fit(X, y, sensitive_features=sex)

    class Silent(LogisticRegression):
        predict_proba = decision_function = property()

    with pytest.raises(InputError, match="neither predict_proba nor decision_function"):
        FairThresholdClassifier(Silent()).fit(X, y, sensitive_features=sex)


def test_german_credit_with_its_cost_matrix(real_data):
    """1,000 people; a bad customer called good costs five times the reverse; equal opportunity by sex."""
    from fairloss.notions import Form

    with open(real_data("german_credit") / "german.data", newline="") as file:
        table = list(csv.reader(file, delimiter=" "))
    sex = np.array(["F" if row[8] == "A92" else "M" for row in table])
    good = np.array([row[20] == "1" for row in table])
    X = np.array([[float(row[column]) for column in (1, 4, 7, 10, 12, 15, 17)] for row in table])
    model = FairThresholdClassifier(
        make_pipeline(StandardScaler(), LogisticRegression()),
        notion="equal_opportunity",
        tolerance=0.05,
        objective=Form(fp=-5, fn=-1),
        validation_fraction=0.5,
        random_state=0,
    ).fit(X, good, sensitive_features=sex)
    decision = model.predict(X, sensitive_features=sex)
    cost = (5 * (decision & ~good) + (~decision & good)).mean()
    assert model.policy_.feasible_
    assert cost < min(0.7, 5 * 0.3)  # better than refusing or accepting everybody
