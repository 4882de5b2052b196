"""Known defects of real data sets that can be seen in the tables alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fairloss as fl
from fairloss.audit import AuditReport, audit_data

Folder = Callable[[str], Path]


def _told(report: AuditReport, code: str) -> str:
    return " | ".join(str(one) for one in report.findings if one.code == code)


def _audit(real_data: Folder, name: str, sensitive: str, table: str | None = None, **options: Any) -> AuditReport:
    data = fl.datasets.load(name, real_data(name), table=table)
    label = data.table.label.column
    frame = data.frame.assign(**{label: data.label})[data.label.notna()]
    return audit_data(frame, label=label, sensitive=sensitive, **options)


def test_adult_has_copies_a_code_for_a_missing_gain_and_a_proxy_for_sex(real_data: Folder) -> None:
    data = fl.datasets.load("adult", real_data("adult"))
    frame = data.frame[list(data.table.columns)].assign(income=data.label)
    report = audit_data(frame, label="income", sensitive=["sex", "race"])
    rows = report.table("duplicates")
    copies = rows[(rows.attribute == "sex") & (rows.measure == "copies")]
    assert copies["count"].sum() == 52
    assert "capital-gain “99999” (244 rows" in _told(report, "categories")
    proxies = report.table("proxies").query("attribute == 'sex'").set_index("column")
    assert proxies.cramers_v.idxmax() == "relationship"
    joint = report.table("joint_proxies").query("attribute == 'sex'").iloc[0]
    assert 0.90 < joint.auc < 0.96


def test_bank_marketing_has_a_leak_a_code_and_twelve_copies(real_data: Folder) -> None:
    report = _audit(real_data, "bank_marketing", "age_group")
    assert "duration alone ranks the label" in _told(report, "leak")
    assert _told(report, "leak").count("alone") == 1
    assert "12 of 41,188 rows repeat" in _told(report, "duplicates")
    assert "pdays “999” (39,673 rows" in _told(report, "categories")
    full = _audit(real_data, "bank_marketing", "marital", table="full")
    assert "pdays “-1” (36,954 rows" in _told(full, "categories")


def test_taiwan_credit_has_an_identifier_and_35_copies_without_it(real_data: Folder) -> None:
    report = _audit(real_data, "taiwan_credit", "SEX")
    assert "ID has another value" in _told(report, "identifier")
    assert "35 of 30,000 rows repeat" in _told(report, "equal_rows")
    assert _told(report, "leak") == ""


def test_hr_job_change_has_copies_and_values_that_are_missing_with_the_label(real_data: Folder) -> None:
    report = _audit(real_data, "hr_job_change", "gender")
    assert "49 of 19,158 rows repeat" in _told(report, "equal_rows")
    assert "4,508 rows have no value of gender" in _told(report, "unknown_group")
    assert "company_size (favorable" in _told(report, "missing_by_label")


def test_a_tampered_copy_of_hr_job_change_is_noticed(real_data: Folder) -> None:
    frame = pd.read_csv(real_data("hr_job_change") / "aug_train.csv").astype({"target": int})
    genuine = frame.gender.value_counts().to_dict()
    quiet = audit_data(frame, label="target", sensitive="gender", population={"gender": genuine})
    assert _told(quiet, "representation") == ""
    bad = frame.assign(
        gender=frame.gender.where(frame.gender == "Male", "Female"),
        company_size=frame.company_size.replace("10/49", "Oct-49"),
    )
    report = audit_data(
        bad, label="target", sensitive="gender", population={"gender": genuine}, expected={"gender": genuine}
    )
    assert "Male 69.0 %, 13,221 of 19,158, against 90.2 %" in _told(report, "representation")
    assert "company_size “Oct-49” (1,471 rows)" in _told(report, "categories")
    assert "not there: gender “Other”" in _told(report, "categories")


def test_ibm_attrition_has_constants_an_identifier_and_no_leak(real_data: Folder) -> None:
    report = _audit(real_data, "ibm_attrition", "Gender")
    for name in ("EmployeeCount", "Over18", "StandardHours"):
        assert f"{name} “" in _told(report, "categories")
    assert "EmployeeNumber has another value" in _told(report, "identifier")
    assert {one.code for one in report.findings} == {"gap_not_established", "identifier", "categories"}


def test_german_credit_hides_sex_in_another_column(real_data: Folder) -> None:
    assert "personal_status restates sex" in _told(_audit(real_data, "german_credit", "sex"), "restated_attribute")


def test_oulad_has_an_odd_band_repeated_students_and_drift(real_data: Folder) -> None:
    frame = pd.read_csv(real_data("oulad") / "studentInfo.csv")
    frame["good"] = frame.pop("final_result").isin(["Pass", "Distinction"]).astype(int)
    report = audit_data(frame, label="good", sensitive="gender", split="code_presentation", identifier="id_student")
    assert "imd_band “10-20” (3,516 rows" in _told(report, "categories")
    repeated = int(frame.duplicated("id_student", keep=False).sum())
    assert f"{repeated:,} of 32,593 rows have an identifier" in _told(report, "duplicates")
    assert "vanished AAA, CCC, EEE and GGG" in _told(report, "drift")


def test_boston_hmda_has_codes_leaks_and_constants(real_data: Folder) -> None:
    frame = pd.read_csv(real_data("boston_hmda") / "hmda_sw.csv")
    frame["approved"] = (frame.pop("s7") != 3).astype(int)
    report = audit_data(frame, label="approved", sensitive="s13")
    codes = report.table("categories").query("problem == 'sentinel'").set_index("column").rows
    known = {"s57": 243, "s26a": 53, "s25a": 47, "s17": 33, "school": 23, "chval": 16, "s35": 12, "s39": 9}
    assert {name: int(codes[name]) for name in known} == known
    assert "s19b alone ranks the label" in _told(report, "leak")
    absent = set(report.table("missing_by_label").query("p_adjusted < 0.001").column)
    assert {"s18", "s19a", "s19b", "s19c", "s19d"} <= absent


def test_the_bar_data_restate_label_and_race(real_data: Folder) -> None:
    frame = pd.read_csv(real_data("law_school") / "bar_pass_prediction.csv")
    frame = frame[frame.pass_bar.notna()].astype({"pass_bar": int})
    report = audit_data(frame, label="pass_bar", sensitive="race1")
    readings = report.table("leaks").set_index("column").reading
    assert readings["bar"] == readings["bar2"] == "determines_label"
    assert readings["bar1"] == "ranks_label"
    assert "race" in _told(report, "restated_attribute")


def test_the_names_of_the_resume_audit_tell_race_and_nothing_else_does(real_data: Folder) -> None:
    frame = pd.read_csv(real_data("resume_audit") / "resume.csv")
    report = audit_data(frame, label="received_callback", sensitive="race")
    told = report.table("proxies").query("p_adjusted < 0.01").column.tolist()
    assert told == ["firstname"]


@pytest.mark.parametrize("attribute", ["sex", "colour"])
def test_toronto_arrests_repeat_rows_but_are_too_coarse_to_call_them_copies(real_data: Folder, attribute: str) -> None:
    report = _audit(real_data, "toronto_arrests", attribute)
    rows = report.table("duplicates").query("measure == 'copies'")
    assert rows["count"].sum() > 1000
    assert _told(report, "duplicates") == ""
