"""Any classifier, learning from reweighted rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from fairloss.errors import InputError, MissingColumn
from fairloss.notions import NOTIONS, GroupCounts
from fairloss.postprocessing import FairThresholdClassifier
from fairloss.preprocessing import Reweighed, Reweighing
from fairloss.tables import encode


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    sex = random.choice(["F", "M"], 1500)
    X = np.column_stack([random.normal(size=(1500, 2)), sex == "M"])
    y = np.where(X[:, 0] + X[:, 1] + (sex == "M") + random.normal(size=1500) > 1, "yes", "no")
    return X, y, sex


def gap(decision, sex):
    return NOTIONS["demographic_parity"].gap(GroupCounts.of(None, decision == "yes", (sex == "M").astype(int)))


def test_equals_the_classifier_with_the_weights(rows):
    X, y, sex = rows
    weight = Reweighing().fit_transform(y, sensitive_features=sex)
    by_hand = LogisticRegression().fit(X, y, sample_weight=weight)
    model = Reweighed(LogisticRegression()).fit(X, y, sensitive_features=sex)
    assert np.array_equal(model.predict_proba(X), by_hand.predict_proba(X))
    assert model.classes_.tolist() == ["no", "yes"]
    assert model.n_features_in_ == 3
    assert gap(model.predict(X), sex) < gap(LogisticRegression().fit(X, y).predict(X), sex) - 0.05


def test_given_weights_are_multiplied(rows):
    X, y, sex = rows
    given = np.random.default_rng(1).random(len(y))
    weight = Reweighing().fit_transform(y, sensitive_features=sex, sample_weight=given)
    model = Reweighed(LogisticRegression()).fit(X, y, sensitive_features=sex, sample_weight=given)
    assert np.array_equal(model.estimator_.coef_, LogisticRegression().fit(X, y, sample_weight=weight).coef_)


@pytest.mark.parametrize("routing", [False, True])
def test_pipelines_inside_get_the_weights_in_their_last_step(rows, routing):
    X, y, sex = rows
    weight = Reweighing().fit_transform(y, sensitive_features=sex)
    scaled = StandardScaler().fit_transform(X)
    by_hand = LogisticRegression().fit(scaled, y, sample_weight=weight)
    columns = make_column_transformer((StandardScaler(), [0, 1, 2]))
    for inner in (
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(columns, make_pipeline(LogisticRegression())),
    ):
        with sklearn.config_context(enable_metadata_routing=routing):
            model = Reweighed(inner).fit(X, y, sensitive_features=sex)
        assert model.predict_proba(X) == pytest.approx(by_hand.predict_proba(scaled), abs=1e-9)


def test_groups_may_be_columns_of_the_frame(rows):
    X, y, sex = rows
    frame = pd.DataFrame(X, columns=["a", "b", "man"])
    by_hand = Reweighed(LogisticRegression()).fit(frame, y, sensitive_features=frame["man"])
    for name in ("man", ["man"], ("man",)):
        model = Reweighed(LogisticRegression()).fit(frame, y, sensitive_features=name)
        assert np.array_equal(model.predict_proba(frame), by_hand.predict_proba(frame))
    values = Reweighed(LogisticRegression()).fit(frame, y, sensitive_features=sex.tolist())
    assert values.predict_proba(frame) == pytest.approx(by_hand.predict_proba(frame), abs=1e-12)
    with pytest.raises(MissingColumn, match="Reweighed needs the column 'men'"):
        Reweighed(LogisticRegression()).fit(frame, y, sensitive_features="men")
    with pytest.raises(InputError, match=r"got None\. Pass the group of each row"):
        Reweighed(LogisticRegression()).fit(frame, y, sensitive_features=None)


def test_groups_reach_a_classifier_that_asks_for_them(rows):
    X, y, sex = rows
    frame = pd.DataFrame(X, columns=["a", "b", "man"])
    thresholds = FairThresholdClassifier(LogisticRegression(), random_state=0)
    model = Reweighed(thresholds).fit(frame, y, sensitive_features="man")
    weight = Reweighing().fit_transform(y, sensitive_features=sex)
    by_hand = clone(thresholds).fit(frame, y, sensitive_features="man", sample_weight=weight)
    assert (model.predict(frame) == by_hand.predict(frame)).all()


def test_rows_in_another_order_are_refused(rows):
    _, y, sex = rows
    labels, groups = pd.Series(y), pd.Series(sex)
    with pytest.raises(InputError, match="same index labels in another order"):
        Reweighing().fit(labels, sensitive_features=groups[::-1])
    with pytest.raises(InputError, match="same index labels in another order"):
        Reweighing().fit(labels, sensitive_features=groups).transform(labels[::-1], sensitive_features=groups)


def test_encoded_groups_are_taken_apart_by_folds(rows):
    X, y, sex = rows
    scores = [
        cross_validate(Reweighed(LogisticRegression()), X, y, params={"sensitive_features": groups})["test_score"]
        for groups in (sex, encode({"sex": sex}))
    ]
    assert np.array_equal(*scores)


def test_a_classifier_without_weights_is_one_sentence(rows):
    X, y, sex = rows
    for inner in (KNeighborsClassifier(), make_pipeline(StandardScaler(), KNeighborsClassifier())):
        with pytest.raises(InputError, match="KNeighborsClassifier takes none"):
            Reweighed(inner).fit(X, y, sensitive_features=sex)


def test_only_the_methods_of_the_classifier_exist(rows):
    X, y, sex = rows
    model = Reweighed(LinearSVC()).fit(X, y, sensitive_features=sex)
    assert not hasattr(model, "predict_proba")
    assert model.decision_function(X).shape == (1500,)
    assert hasattr(Reweighed(LogisticRegression()), "predict_proba")
    assert 0.5 < model.score(X, y) < 1


@pytest.mark.parametrize("routing", [False, True])
def test_searches_slice_the_groups_with_the_rows(rows, routing):
    X, y, sex = rows
    with sklearn.config_context(enable_metadata_routing=routing):
        search = GridSearchCV(Reweighed(LogisticRegression()), {"estimator__C": [0.01, 1.0]}, cv=3)
        search.fit(X, y, sensitive_features=sex)
        scores = cross_validate(Reweighed(LogisticRegression()), X, y, cv=3, params={"sensitive_features": sex})
        outer = make_pipeline(StandardScaler(), Reweighed(LogisticRegression()))
        named = {"sensitive_features": sex} if routing else {"reweighed__sensitive_features": sex}
        outer.fit(X, y, **named)
    assert search.best_params_["estimator__C"] in (0.01, 1.0)
    assert (scores["test_score"] > 0.6).all()
    assert outer.predict(X).shape == (1500,)


def test_the_original_is_not_touched(rows):
    X, y, sex = rows
    inner = DummyClassifier()
    model = Reweighed(inner).fit(X, y, sensitive_features=sex)
    assert not hasattr(inner, "classes_")
    assert clone(model).estimator is not inner
    assert not hasattr(clone(model), "estimator_")
