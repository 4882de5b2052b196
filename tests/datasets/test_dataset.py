"""What a loaded data set offers: label, features and sensitive columns as the card says, never by guess."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from fairloss.datasets import Dataset, card, cards, load
from fairloss.errors import MissingColumn


@pytest.mark.parametrize(
    ("name", "table"), [(name, table) for name, described in cards().items() for table in described.tables]
)
def test_features_never_hold_what_the_card_bars(name, table, real_data):
    data = load(name, real_data(name) if card(name).simulation is None else None, table=table)
    described = data.table
    barred = {described.label.column, *described.leaks, *described.unavailable, *described.identifiers}
    barred |= {described.weight, *described.sensitive, *described.restates}
    assert data.features
    assert not barred.intersection(data.features)
    assert set(data.features) <= set(data.frame.columns)
    assert set(data.sensitive) <= set(data.frame.columns)
    if described.label.kind == "binary":
        assert set(data.label.unique()) == {0, 1}


def test_adult_features_without_sex_only(real_data):
    data = load("adult", real_data("adult"))
    names = data.feature_names(sensitive=["sex"])
    assert data.feature_names(sensitive="sex") == names
    assert {"age", "race", "native-country"} <= set(names)
    assert not {"sex", "fnlwgt", "income", "part", "age_group"}.intersection(names)
    assert len(pd.get_dummies(data.frame.dropna()[list(names)]).columns) == 101
    assert data.weight.equals(data.frame["fnlwgt"])


def test_source_of_a_sensitive_column_leaves_with_it(real_data):
    data = load("german_credit", real_data("german_credit"))
    assert "personal_status" not in data.feature_names(sensitive=["sex"])
    assert "age" in data.feature_names(sensitive=["sex"])
    assert {"personal_status"} == set(data.feature_names(sensitive=["age_group"])) - set(data.features) - {
        "foreign_worker"
    }
    assert "age" not in data.feature_names(sensitive=["age_group"])
    assert "age" not in data.feature_names(sensitive=["age"])


def test_columns_that_restate_a_sensitive_one_leave_with_it(real_data):
    data = load("law_school", real_data("law_school"), table="bar_pass")
    without_gender = data.feature_names(sensitive=["gender"])
    assert not {"sex", "male", "gender"}.intersection(without_gender)
    assert {"race", "race1", "black"} <= set(without_gender)
    assert "firstname" not in load("resume_audit", real_data("resume_audit")).feature_names(sensitive=["race"])


def test_source_of_the_label_is_no_feature(real_data):
    assert load("ricci", real_data("ricci")).features == ("Position",)


def test_no_weight_where_every_row_counts_once():
    assert load("hiring_funnel").weight is None


def test_unknown_sensitive_column_offers_the_near_ones():
    with pytest.raises(MissingColumn, match="Did you mean 'gender'"):
        load("hiring_funnel").feature_names(sensitive=["gendre"])


def test_label_that_is_unknown_is_nan():
    book = load("loan_book")
    table = book.table.model_copy(update={"label": book.table.label.model_copy(update={"column": "repaid"})})
    changed = book.card.model_copy(update={"tables": {"applications": table}})
    label = Dataset(book.frame, changed, "applications", {}).label
    assert label.isna().equals(book.frame["repaid"].isna())
    assert label.dropna().equals(book.frame["repaid"].dropna())


def test_number_and_class_labels_come_as_they_are(real_data):
    salaries = load("professor_salaries", real_data("professor_salaries"))
    assert salaries.label.equals(salaries.frame["salary"])


def test_dataset_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load("hiring_funnel").warnings = ()
