"""The numbers that real data fix, as the audit reports them: the favorable rate of each group, and its ratio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import fairloss as fl

# data set, table, attribute, {group: favorable rate}, (group, ratio to the group with the highest rate)
ANSWERS = [
    ("adult", None, "sex", {"Female": 0.1093, "Male": 0.3038}, ("Female", 0.360)),
    ("boston_hmda", "hmda", "race", {"black": 0.7168, "white": 0.9074}, ("black", 0.790)),
    ("german_credit", None, "sex", {"female": 0.6484, "male": 0.7232}, ("female", 0.897)),
    ("taiwan_credit", None, "SEX", {"male": 1 - 0.2417, "female": 1 - 0.2078}, None),
    ("resume_audit", "lakisha", "race", {"black": 157 / 2435, "white": 235 / 2435}, ("black", 0.6681)),
    ("ricci", None, "Race", {"W": 41 / 68, "B": 9 / 27, "H": 6 / 23}, ("H", 0.433)),
    ("ucb_admissions", None, "Gender", {"Male": 0.4452, "Female": 0.3035}, ("Female", 0.682)),
    ("toronto_arrests", None, "colour", {"Black": 0.7415, "White": 0.8580}, ("Black", 0.864)),
    ("ibm_attrition", None, "Gender", {"Female": 1 - 0.1480, "Male": 1 - 0.1701}, None),
]


@pytest.mark.parametrize(("name", "table", "attribute", "rates", "ratio"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_the_audit_reports_the_known_answer(
    real_data: Callable[[str], Path],
    name: str,
    table: str | None,
    attribute: str,
    rates: dict[str, float],
    ratio: tuple[str, float] | None,
) -> None:
    data = fl.datasets.load(name, real_data(name), table=table)
    rows = {"label": data.label.to_numpy(), attribute: data.frame[attribute]}
    report = fl.audit_data(rows, label="label", sensitive=attribute)
    found = report.rates.query("rate == 'base_rate'").set_index("group")
    for group, rate in rates.items():
        assert found.loc[group, "value"] == pytest.approx(rate, abs=5e-5)
        assert found.loc[group, "low"] < rate < found.loc[group, "high"]
    if ratio is not None:
        row = report.disparities.query("comparison == 'ratio' and group == @ratio[0]").iloc[0]
        assert row["value"] == pytest.approx(ratio[1], abs=5e-4)


def test_departments_turn_the_pooled_picture_of_berkeley_around(real_data: Callable[[str], Path]) -> None:
    data = fl.datasets.load("ucb_admissions", real_data("ucb_admissions"))
    report = fl.audit_predictions(
        None,
        data.label.to_numpy(),
        sensitive_features={"Gender": data.frame["Gender"]},
        control_features={"Dept": data.frame["Dept"]},
    )
    ahead = {
        stratum: rows.set_index("group").loc["Female", "value"] >= rows.set_index("group").loc["Male", "value"]
        for stratum, rows in report.strata.query("rate == 'selection_rate'").groupby("stratum")
    }
    assert {name.split()[-1] for name, women in ahead.items() if women} == {"A", "B", "D", "F"}


def test_the_people_without_a_recorded_gender_are_a_group_with_the_highest_rate(
    real_data: Callable[[str], Path],
) -> None:
    data = fl.datasets.load("hr_job_change", real_data("hr_job_change"))
    rows = {"label": data.label.to_numpy(), "gender": data.frame["gender"]}
    report = fl.audit_data(rows, label="label", sensitive="gender")
    found = report.rates.set_index("group")
    assert found["value"].idxmax() == "missing"
    assert found.loc["missing", "denominator"] == 4508
    assert "4,508" in str(report.findings[0])
