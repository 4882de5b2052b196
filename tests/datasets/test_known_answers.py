"""The numbers that the data alone fix; each is read from the real file."""

from __future__ import annotations

import math

import pytest

from fairloss.datasets import load


@pytest.fixture
def rates(real_data):
    """Load a real table and give the favorable rate of each value of a column."""

    def of(name, by, table=None, keep=None):
        data = load(name, real_data(name), table=table)
        label, frame = data.label, data.frame
        if keep is not None:
            label, frame = label[keep(frame)], frame[keep(frame)]
        return label.groupby(frame[by]).mean().to_dict()

    return of


@pytest.mark.parametrize("table", ["resume", "lakisha"])
def test_resume_audit(real_data, table):
    data = load("resume_audit", real_data("resume_audit"), table=table)
    calls = data.label.groupby(data.frame["race"]).agg(["sum", "size"])
    assert calls.loc["black"].tolist() == [157, 2435]
    assert calls.loc["white"].tolist() == [235, 2435]
    white, black, pooled = 235 / 2435, 157 / 2435, 392 / 4870
    assert black / white == pytest.approx(0.6681, abs=5e-5)
    assert 100 * (white - black) == pytest.approx(3.203, abs=5e-4)
    z = (white - black) / math.sqrt(pooled * (1 - pooled) * 2 / 2435)
    assert z == pytest.approx(4.11, abs=5e-3)


@pytest.mark.parametrize(
    ("sex", "race", "rate"),
    [("female", "white", 9.89), ("male", "white", 8.87), ("female", "black", 6.63), ("male", "black", 5.83)],
)
def test_resume_audit_by_race_and_sex(rates, sex, race, rate):
    found = rates("resume_audit", "race", "lakisha", keep=lambda frame: frame["sex"] == sex)
    assert 100 * found[race] == pytest.approx(rate, abs=5e-3)


@pytest.mark.parametrize(
    ("positions", "passed", "ratios"),
    [
        (["Lieutenant"], {"W": (25, 43), "B": (6, 19), "H": (3, 15)}, (0.543, 0.344)),
        (["Captain"], {"W": (16, 25), "B": (3, 8), "H": (3, 8)}, (0.586, 0.586)),
        (["Captain", "Lieutenant"], {"W": (41, 68), "B": (9, 27), "H": (6, 23)}, (0.553, 0.433)),
    ],
)
def test_ricci(real_data, positions, passed, ratios):
    data = load("ricci", real_data("ricci"))
    chosen = data.frame["Position"].isin(positions)
    counts = data.label[chosen].groupby(data.frame.loc[chosen, "Race"]).agg(["sum", "size"])
    assert {race: tuple(row) for race, row in counts.iterrows()} == passed
    rate = counts["sum"] / counts["size"]
    assert rate["B"] / rate["W"] == pytest.approx(ratios[0], abs=5e-4)
    assert rate["H"] / rate["W"] == pytest.approx(ratios[1], abs=5e-4)


def test_adult(rates):
    rate = rates("adult", "sex")
    assert rate["Female"] == pytest.approx(0.1093, abs=5e-5)
    assert rate["Male"] == pytest.approx(0.3038, abs=5e-5)
    assert rate["Female"] / rate["Male"] == pytest.approx(0.360, abs=5e-4)


@pytest.mark.parametrize("table", ["hmda", "aer"])
def test_boston_hmda(rates, table):
    rate = rates("boston_hmda", "race", table)
    assert rate["black"] == pytest.approx(0.7168, abs=5e-5)
    assert rate["white"] == pytest.approx(0.9074, abs=5e-5)
    assert 0.7895 < rate["black"] / rate["white"] < 0.8


def test_boston_hmda_is_calm_about_sex(rates):
    rate = rates("boston_hmda", "sex", "hmda")
    assert 100 * (1 - rate["male"]) == pytest.approx(11.94, abs=0.03)
    assert 100 * (1 - rate["female"]) == pytest.approx(11.92, abs=0.03)


def test_loanapp_without_hispanic_applicants(rates):
    rate = rates("boston_hmda", "race", "loanapp", keep=lambda frame: frame["race"] != "hispanic")
    assert rate["black"] == pytest.approx(0.6751, abs=5e-5)
    assert rate["white"] == pytest.approx(0.9084, abs=5e-5)


def test_german_credit(rates):
    rate = rates("german_credit", "sex")
    assert rate["female"] == pytest.approx(0.6484, abs=5e-5)
    assert rate["male"] == pytest.approx(0.7232, abs=5e-5)
    assert rate["female"] / rate["male"] == pytest.approx(0.897, abs=5e-4)


def test_taiwan_credit(rates):
    rate = rates("taiwan_credit", "SEX")
    assert 1 - rate["male"] == pytest.approx(0.2417, abs=5e-5)
    assert 1 - rate["female"] == pytest.approx(0.2078, abs=5e-5)


def test_ucb_admissions(rates):
    rate = rates("ucb_admissions", "Gender")
    assert rate["Male"] == pytest.approx(0.4452, abs=5e-5)
    assert rate["Female"] == pytest.approx(0.3035, abs=5e-5)


@pytest.mark.parametrize(
    ("department", "women", "men"),
    [("A", 82.4, 62.1), ("B", 68.0, 63.0), ("C", 34.1, 36.9), ("D", 34.9, 33.1), ("E", 23.9, 27.7), ("F", 7.0, 5.9)],
)
def test_ucb_admissions_reverse_by_department(rates, department, women, men):
    rate = rates("ucb_admissions", "Gender", keep=lambda frame: frame["Dept"] == department)
    assert 100 * rate["Female"] == pytest.approx(women, abs=0.05)
    assert 100 * rate["Male"] == pytest.approx(men, abs=0.05)


def test_toronto_arrests(rates):
    rate = rates("toronto_arrests", "colour")
    assert rate["Black"] == pytest.approx(0.7415, abs=5e-5)
    assert rate["White"] == pytest.approx(0.8580, abs=5e-5)


@pytest.mark.parametrize(
    ("year", "gap"), [(1997, 10.8), (1998, 20.0), (1999, 13.5), (2000, 14.7), (2001, 3.2), (2002, 1.9)]
)
def test_toronto_arrests_by_year(rates, year, gap):
    rate = rates("toronto_arrests", "colour", keep=lambda frame: frame["year"] == year)
    assert 100 * (rate["White"] - rate["Black"]) == pytest.approx(gap, abs=0.05)


def test_cps_earnings(rates):
    mean = rates("cps_earnings", "gender")
    assert mean["female"] / mean["male"] == pytest.approx(0.8134, abs=5e-5)
    assert (mean["male"], mean["female"]) == (pytest.approx(20.09, abs=5e-3), pytest.approx(16.34, abs=5e-3))
