"""The bias that was planted in the loan book is the bias that is found, and zero when switched off."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from fairloss.content import content_folder
from fairloss.datasets import LoanBook, load, loan_book
from fairloss.datasets.simulate import simulate
from fairloss.errors import UnknownName

# An estimate is as good as what was planted when it lies within four standard errors: once in 16,000 by chance.
ERRORS = 4.0


def gap(values, group):
    a, b = values[group].astype(float), values[~group].astype(float)
    return a.mean() - b.mean(), math.sqrt(a.var() / len(a) + b.var() / len(b))


def share(yes):
    return yes.mean(), math.sqrt(yes.astype(float).var() / len(yes))


def columns(frame, *names):
    table = frame[list(names)].assign(
        woman=frame["sex"] == "female",
        black=frame["true_ethnicity"] == "black",
        unsecured=frame["product"] == "unsecured",
    )
    return sm.add_constant(table.astype(float))


def approval(frame):
    return sm.Logit(frame["approved"], columns(frame, "credit_score", "debt_ratio")).fit(disp=0)


def women(frame):
    return share(frame["sex"] == "female")


def approval_bias(frame):
    fit = approval(frame)
    return -fit.params["black"], fit.bse["black"]


def female_advantage(frame):
    fit = approval(frame)
    return fit.params["woman"], fit.bse["woman"]


def score_bias(frame):
    difference, error = gap(frame["credit_score"], frame["true_ethnicity"] == "black")
    return -difference, error


def price_bias(frame):
    made = frame[frame["approved"] == 1]
    fit = sm.OLS(made["interest_rate"], columns(made, "credit_score")).fit()
    return fit.params["black"], fit.bse["black"]


def segment_sorting(frame):
    return gap(frame["product"] == "unsecured", frame["sex"] == "female")


def proxy_strength(frame):
    return gap(frame["neighborhood"], frame["true_ethnicity"] == "black")


def missing_ethnicity_online(frame):
    return share(frame.loc[frame["channel"] == "online", "ethnicity"].isna())


def missing_ethnicity_elsewhere(frame):
    return share(frame.loc[frame["channel"] != "online", "ethnicity"].isna())


FINDERS = {
    finder.__name__: finder
    for finder in (
        women,
        approval_bias,
        score_bias,
        price_bias,
        female_advantage,
        segment_sorting,
        proxy_strength,
        missing_ethnicity_online,
        missing_ethnicity_elsewhere,
    )
}
OFF = dict.fromkeys(set(FINDERS) - {"women"}, 0.0)


@pytest.fixture(scope="module")
def shipped():
    return load("loan_book").frame


def test_every_parameter_has_a_finder():
    assert set(FINDERS) == set(LoanBook.__dataclass_fields__)


@pytest.mark.parametrize("name", FINDERS)
def test_what_was_planted_is_found(name, shipped):
    estimate, error = FINDERS[name](shipped)
    assert abs(estimate - getattr(LoanBook(), name)) < ERRORS * error
    assert estimate > ERRORS * error


@pytest.mark.parametrize("name", sorted(OFF))
def test_what_was_switched_off_is_not_found(name):
    estimate, error = FINDERS[name](loan_book(20_000, 5, **OFF))
    assert abs(estimate) <= ERRORS * error


@pytest.mark.parametrize(("name", "other"), [("approval_bias", -1.0), ("price_bias", 2.0), ("segment_sorting", 0.6)])
def test_another_value_is_found(name, other):
    estimate, error = FINDERS[name](loan_book(20_000, 6, **{name: other}))
    assert abs(estimate - other) < ERRORS * error


def test_products_reverse_the_pooled_picture(shipped):
    pooled, error = gap(shipped["approved"], shipped["sex"] == "female")
    assert pooled < -ERRORS * error
    for product in ("secured", "unsecured"):
        part = shipped[shipped["product"] == product]
        inside, _ = gap(part["approved"], part["sex"] == "female")
        assert inside > 0.02


def test_nothing_is_reversed_when_women_are_not_sorted():
    book = loan_book(20_000, 5, segment_sorting=0.0)
    pooled, error = gap(book["approved"], book["sex"] == "female")
    assert pooled > ERRORS * error


def test_without_planted_bias_the_groups_are_alike():
    book = loan_book(20_000, 7, **OFF)
    for group in (book["sex"] == "female", book["true_ethnicity"] == "black"):
        for name in ("approved", "would_repay", "credit_score", "neighborhood", "income"):
            difference, error = gap(book[name], group)
            assert abs(difference) < ERRORS * error


def test_outcome_and_price_are_known_for_the_approved_only(shipped):
    refused = shipped["approved"] == 0
    assert shipped["repaid"].isna().equals(refused)
    assert shipped["interest_rate"].isna().equals(refused)
    made = shipped[~refused]
    assert (made["repaid"] == made["would_repay"]).all()


def test_the_approved_repay_more_often_than_everybody(shipped):
    assert shipped["repaid"].mean() > shipped["would_repay"].mean() + 0.03


def test_recorded_ethnicity_is_true_or_missing(shipped):
    recorded = shipped["ethnicity"].notna()
    assert (shipped.loc[recorded, "ethnicity"] == shipped.loc[recorded, "true_ethnicity"]).all()


@pytest.mark.parametrize(
    ("attribute", "group", "reference"), [("sex", "female", "male"), ("ethnicity", "black", "white")]
)
def test_blind_model_carries_the_gap_on(attribute, group, reference):
    data = load("loan_book")
    inputs = pd.get_dummies(data.frame[list(data.features)]).to_numpy(dtype=float)
    half = len(inputs) // 2
    scaler = StandardScaler().fit(inputs[:half])
    model = LogisticRegression(max_iter=500).fit(scaler.transform(inputs[:half]), data.label[:half])
    selected = model.predict(scaler.transform(inputs[half:]))
    label, groups = data.label[half:].to_numpy(), data.frame[attribute][half:].to_numpy()
    rate = {g: selected[groups == g].mean() for g in (group, reference)}
    hit = {g: selected[(groups == g) & (label == 1)].mean() for g in (group, reference)}
    assert 0.08 < rate[reference] - rate[group] < 0.2
    assert 0.01 < hit[reference] - hit[group] < 0.13


def test_same_seed_same_bytes_and_another_seed_others():
    first, again, other = (loan_book(500, seed).to_csv(index=False) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_bias_changes_only_what_it_is_planted_in():
    on, off = loan_book(2000, 3), loan_book(2000, 3, price_bias=0.0)
    assert not np.allclose(on["interest_rate"], off["interest_rate"], equal_nan=True)
    assert on.drop(columns="interest_rate").equals(off.drop(columns="interest_rate"))


def test_sample_is_the_head_of_the_shipped_table(shipped):
    sample = (content_folder("datasets") / "loan_book" / "sample.csv").read_bytes().decode()
    assert sample == loan_book().head(200).to_csv(index=False, lineterminator="\n")
    read_back = load("loan_book", content_folder("datasets") / "loan_book").frame
    pd.testing.assert_frame_equal(read_back, shipped.head(200))


def test_unknown_parameter_and_simulator_offer_the_near_ones():
    with pytest.raises(UnknownName, match="Did you mean 'price_bias'"):
        loan_book(10, prize_bias=0.1)
    with pytest.raises(UnknownName, match="Did you mean 'loan_book'"):
        simulate("loan_books", 10, 0)
