"""The bias that was planted in the hiring funnel is the bias that is found, and zero when switched off."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from fairloss.content import content_folder
from fairloss.datasets import HiringFunnel, hiring_funnel, load
from fairloss.errors import InputError, UnknownName

# An estimate is as good as what was planted when it lies within four standard errors: once in 16,000 by chance.
ERRORS = 4.0


def share_gap(yes, group):
    a, b = yes[group], yes[~group]
    return a.mean() - b.mean(), math.sqrt(a.var() / len(a) + b.var() / len(b))


def columns(frame, *names):
    woman, black = frame["true_gender"] == "female", frame["ethnicity"] == "black"
    return sm.add_constant(frame[list(names)].assign(woman=woman, black=black).astype(float))


def label_bias(frame):
    recorded = frame.query("true_gender == 'female' and truly_suitable == 1")["suitable"]
    return 1 - recorded.mean(), math.sqrt(recorded.var() / len(recorded))


def score_bias(frame):
    fit = sm.OLS(frame["screening_score"], columns(frame, "skills_test", "years_experience")).fit()
    return -fit.params["woman"], fit.bse["woman"]


def selection_bias(frame):
    fit = sm.Logit(frame["screened"], columns(frame, "screening_score")).fit(disp=0)
    return -fit.params["woman"], fit.bse["woman"]


def ethnicity_bias(frame):
    fit = sm.Logit(frame["screened"], columns(frame, "screening_score")).fit(disp=0)
    return -fit.params["black"], fit.bse["black"]


def interview_bias(frame):
    screened = frame[frame["screened"] == 1]
    fit = sm.Logit(screened["interviewed"], columns(screened, "skills_test")).fit(disp=0)
    return -fit.params["woman"], fit.bse["woman"]


def proxy_strength(frame):
    return share_gap((frame["career_gap_months"] > 0).astype(float), frame["true_gender"] == "female")


def missing_gender_online(frame):
    missing = frame.loc[frame["channel"] == "online", "gender"].isna().astype(float)
    return missing.mean(), math.sqrt(missing.var() / len(missing))


def missing_gender_elsewhere(frame):
    missing = frame.loc[frame["channel"] != "online", "gender"].isna().astype(float)
    return missing.mean(), math.sqrt(missing.var() / len(missing))


def women(frame):
    woman = (frame["true_gender"] == "female").astype(float)
    return woman.mean(), math.sqrt(woman.var() / len(woman))


FINDERS = {
    finder.__name__: finder
    for finder in (
        women,
        label_bias,
        score_bias,
        selection_bias,
        interview_bias,
        ethnicity_bias,
        proxy_strength,
        missing_gender_online,
        missing_gender_elsewhere,
    )
}
OFF = dict.fromkeys(set(FINDERS) - {"women"}, 0.0)


@pytest.fixture(scope="module")
def shipped():
    return load("hiring_funnel").frame


def test_every_parameter_has_a_finder():
    assert set(FINDERS) == set(HiringFunnel.__dataclass_fields__)


@pytest.mark.parametrize("name", FINDERS)
def test_what_was_planted_is_found(name, shipped):
    estimate, error = FINDERS[name](shipped)
    planted = getattr(HiringFunnel(), name)
    assert abs(estimate - planted) < ERRORS * error
    assert estimate > ERRORS * error


@pytest.mark.parametrize("name", sorted(OFF))
def test_what_was_switched_off_is_not_found(name):
    estimate, error = FINDERS[name](hiring_funnel(20_000, 5, **OFF))
    assert abs(estimate) <= ERRORS * error


@pytest.mark.parametrize(("name", "other"), [("label_bias", 0.6), ("selection_bias", -1.0), ("proxy_strength", 0.1)])
def test_another_value_is_found(name, other):
    estimate, error = FINDERS[name](hiring_funnel(20_000, 6, **{name: other}))
    assert abs(estimate - other) < ERRORS * error


def test_without_planted_bias_the_groups_are_alike():
    frame = hiring_funnel(20_000, 7, **OFF)
    for name in ("suitable", "screened", "interviewed", "hired", "skills_test", "years_experience"):
        gap, error = share_gap(frame[name].astype(float), frame["true_gender"] == "female")
        assert abs(gap) < ERRORS * error


def test_stages_are_a_funnel(shipped):
    assert (shipped["screened"] >= shipped["interviewed"]).all()
    assert (shipped["interviewed"] >= shipped["hired"]).all()
    assert (shipped["truly_suitable"] >= shipped["suitable"]).all()
    assert 0.05 < shipped["hired"].mean() < 0.2


def test_recorded_gender_is_true_or_missing(shipped):
    recorded = shipped["gender"].notna()
    assert (shipped.loc[recorded, "gender"] == shipped.loc[recorded, "true_gender"]).all()


def test_blind_model_carries_the_gap_on():
    data = load("hiring_funnel")
    inputs = pd.get_dummies(data.frame[list(data.features)]).to_numpy(dtype=float)
    half = len(inputs) // 2
    scaler = StandardScaler().fit(inputs[:half])
    model = LogisticRegression(max_iter=500).fit(scaler.transform(inputs[:half]), data.label[:half])
    selected = model.predict(scaler.transform(inputs[half:]))
    label, gender = data.label[half:].to_numpy(), data.frame["gender"][half:].to_numpy()
    rate = {group: selected[gender == group].mean() for group in ("female", "male")}
    hit = {group: selected[(gender == group) & (label == 1)].mean() for group in ("female", "male")}
    assert 0.08 < rate["male"] - rate["female"] < 0.2
    assert 0.05 < hit["male"] - hit["female"] < 0.15


def test_same_seed_same_bytes_and_another_seed_others():
    first, again, other = (hiring_funnel(500, seed).to_csv(index=False) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_bias_changes_only_what_it_is_planted_in():
    on, off = hiring_funnel(2000, 3), hiring_funnel(2000, 3, label_bias=0.0)
    assert (on["suitable"] != off["suitable"]).any()
    assert on.drop(columns="suitable").equals(off.drop(columns="suitable"))


def test_sample_is_the_head_of_the_shipped_table(shipped):
    sample = (content_folder("datasets") / "hiring_funnel" / "sample.csv").read_bytes().decode()
    assert sample == shipped.head(200).to_csv(index=False, lineterminator="\n")
    assert shipped.equals(hiring_funnel())


def test_sample_reads_back_as_it_was(shipped):
    data = load("hiring_funnel", content_folder("datasets") / "hiring_funnel")
    assert data.frame.equals(shipped.head(200))
    assert data.warnings == ("The table has 200 rows; its card remembers 20,000.",)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"label_bias": 1.5}, r"label_bias should be a share between 0 and 1, but is 1\.5"),
        ({"label_bias": float("nan")}, "label_bias should be a share"),
        ({"selection_bias": float("inf")}, "selection_bias should be a finite number"),
        ({"selection_bias": "big"}, "selection_bias should be a finite number, but is 'big'"),
        ({"n": 0}, "hiring_funnel needs n to be a whole number, at least 1, but got 0"),
        ({"n": 10.5}, "needs n to be a whole number"),
        ({"n": True}, "needs n to be a whole number"),
        ({"seed": -1}, "needs seed to be a whole number, at least 0"),
    ],
)
def test_impossible_arguments_are_one_sentence(arguments, fault):
    with pytest.raises(InputError, match=fault):
        hiring_funnel(**arguments)


def test_a_number_of_numpy_is_a_number():
    assert hiring_funnel(50, women=np.float32(0.5)).equals(hiring_funnel(50, women=0.5))


def test_unknown_parameter_offers_the_near_ones():
    with pytest.raises(UnknownName, match="Did you mean 'label_bias'"):
        hiring_funnel(10, label_bais=0.1)


def test_one_applicant_is_enough():
    assert len(hiring_funnel(1)) == 1
