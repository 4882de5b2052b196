"""Every real table loads whole: rows, base rate, missing values and groups as the source's own catalogue has them."""

from __future__ import annotations

import pandas as pd
import pytest

from fairloss.datasets import cards, load

# (set, table): rows, mean of the label in percent or units, missing values, groups {column: {value: (rows, percent)}}.
# Percentages of the favorable outcome; written by hand from the catalogue of the files, not taken from the cards.
EXPECTED = {
    ("adult", "adult"): (
        48_842,
        23.93,
        {"workclass": 2799, "occupation": 2809, "native-country": 857},
        {
            "sex": {"Female": (16_192, 10.93), "Male": (32_650, 30.38)},
            "race": {
                "White": (None, 25.40),
                "Black": (None, 12.08),
                "Asian-Pac-Islander": (None, 26.93),
                "Amer-Indian-Eskimo": (None, 11.70),
                "Other": (406, 12.32),
            },
            "part": {"train": (32_561, None), "test": (16_281, None)},
        },
    ),
    ("german_credit", "german"): (
        1000,
        70.0,
        {},
        {
            "sex": {"female": (310, 64.84), "male": (690, 72.32)},
            "age_group": {"25 or younger": (190, 57.89), "older than 25": (810, 72.84)},
            "foreign_worker": {"yes": (963, 69.26), "no": (37, 89.19)},
        },
    ),
    ("taiwan_credit", "default"): (
        30_000,
        77.88,
        {},
        {
            "SEX": {"male": (11_888, 75.83), "female": (18_112, 79.22)},
            "EDUCATION": {"0": (14, None), "5": (280, None), "6": (51, None)},
            "MARRIAGE": {"0": (54, None)},
        },
    ),
    ("bank_marketing", "full"): (
        45_211,
        11.70,
        {"job": 288, "education": 1857, "contact": 13_020, "poutcome": 36_959},
        {"age_group": {"under 25": (809, 25.59)}},
    ),
    ("bank_marketing", "additional"): (
        41_188,
        11.27,
        {"job": 330, "marital": 80, "education": 1731, "default": 8597, "housing": 990, "loan": 990},
        {"age_group": {"under 25": (1068, 23.97), "25 to 59": (None, 10.05)}},
    ),
    ("communities_crime", "communities"): (
        1994,
        0.238,
        {"county": 1174, "community": 1177, "OtherPerCap": 1, "PolicBudgPerPop": 1675},
        {"black_share": {"above 0.06": (970, 0.350), "at most 0.06": (1024, 0.132)}},
    ),
    ("ibm_attrition", "attrition"): (
        1470,
        83.88,
        {},
        {
            "Gender": {"Female": (588, 85.20), "Male": (882, 82.99)},
            "MaritalStatus": {"Single": (None, 74.47), "Married": (None, 87.52), "Divorced": (None, 89.91)},
            "age_group": {"under 40": (None, 81.01), "40 or more": (None, 89.08)},
        },
    ),
    ("resume_audit", "resume"): (4870, 8.05, {"job_fed_contractor": 1768}, {"race": {"white": (2435, 9.65)}}),
    ("resume_audit", "lakisha"): (
        4870,
        8.05,
        {"expminreq": 2746, "schoolreq": 4350, "fed": 1768},
        {"race": {"black": (2435, 6.45)}},
    ),
    ("hr_job_change", "job_change"): (
        19_158,
        24.93,
        {
            "gender": 4508,
            "company_type": 6140,
            "company_size": 5938,
            "major_discipline": 2813,
            "education_level": 460,
            "last_new_job": 423,
            "enrolled_university": 386,
            "experience": 65,
        },
        {
            "gender": {"Male": (13_221, 22.78), "Female": (1238, 26.33), "Other": (191, 26.18), None: (4508, 30.81)},
            "company_size": {"10/49": (1471, None)},
        },
    ),
    ("ricci", "ricci"): (118, 47.46, {}, {"Race": {"W": (68, 60.29), "B": (27, 33.33), "H": (23, 26.09)}}),
    ("boston_hmda", "hmda"): (
        2380,
        88.03,
        {"s57": 243, "s26a": 53, "s25a": 47, "s17": 33, "school": 23, "chval": 16, "s35": 12, "s39": 9, "sex": 18},
        {"race": {"black": (339, 71.68), "white": (2041, 90.74)}},
    ),
    ("boston_hmda", "aer"): (2380, 88.03, {}, {"race": {"black": (339, 71.68), "white": (2041, 90.74)}}),
    ("boston_hmda", "loanapp"): (
        1989,
        87.73,
        {"sex": 15},
        {
            "race": {"white": (1681, 90.84), "hispanic": (111, 76.58), "black": (197, 67.51)},
            "sex": {"male": (None, 87.91), "female": (None, 86.45)},
        },
    ),
    ("law_school", "clean"): (
        20_798,
        88.97,
        {},
        {
            "race": {"White": (17_491, 92.13), "Non-White": (3307, 72.30)},
            "sex": {"male": (None, 89.90), "female": (None, 87.79)},
        },
    ),
    ("law_school", "gpa"): (
        21_791,
        0.096,
        {},
        {
            "race": {
                "White": (None, 0.213),
                "Black": (None, -0.829),
                "Puertorican": (None, -0.626),
                "Amerindian": (99, -0.600),
                "Mexican": (None, -0.506),
            },
            "sex": {"female": (9537, None), "male": (12_254, None)},
        },
    ),
    ("law_school", "bar_pass"): (
        22_407,
        94.78,
        {"race1": 16, "gender": 5},
        {"race1": {"white": (None, 96.64), "asian": (None, 92.20), "hisp": (None, 87.54), "black": (None, 77.81)}},
    ),
    ("oulad", "students"): (
        32_593,
        47.20,
        {"imd_band": 1111},
        {
            "gender": {"F": (None, 48.44), "M": (None, 46.19)},
            "disability": {"Y": (3164, 38.15), "N": (None, 48.18)},
            "age_band": {"55<=": (216, 61.57), "35-55": (None, 52.16), "0-35": (None, 45.03)},
            "imd_band": {"0-10%": (None, 35.16), "90-100%": (None, 57.53), "10-20": (3516, None)},
            "code_presentation": {
                "2013B": (4684, None),
                "2013J": (8845, None),
                "2014B": (7804, None),
                "2014J": (11_260, None),
            },
            "final_result": {
                "Pass": (12_361, 100),
                "Withdrawn": (10_156, 0),
                "Fail": (7052, 0),
                "Distinction": (3024, 100),
            },
        },
    ),
    ("toronto_arrests", "arrests"): (
        5226,
        82.93,
        {},
        {
            "colour": {"Black": (1288, 74.15), "White": (3938, 85.80)},
            "sex": {"Female": (None, 85.78), "Male": (None, 82.67)},
        },
    ),
    ("ucb_admissions", "admissions"): (4526, 38.78, {}, {"Gender": {"Male": (2691, 44.52), "Female": (1835, 30.35)}}),
    ("cps_earnings", "earnings"): (61_395, 18.435, {}, {"gender": {"male": (34_348, None), "female": (27_047, None)}}),
    ("cps_earnings", "young"): (15_588, 14.263, {}, {"year": {"1992": (None, None), "2004": (None, None)}}),
    ("professor_salaries", "salaries"): (397, 113_706, {}, {"sex": {"Female": (39, None), "Male": (358, None)}}),
    ("mnist_t10k", "digits"): (
        10_000,
        4.4434,
        {},
        {
            "digit": {
                str(digit): (count, None)
                for digit, count in enumerate([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
            }
        },
    ),
}


def test_every_real_table_is_expected():
    real = {(name, table) for name, card in cards().items() if card.simulation is None for table in card.tables}
    assert real == set(EXPECTED)


@pytest.mark.parametrize(("name", "table"), EXPECTED)
def test_table_is_what_its_catalogue_says(real_data, name, table):
    rows, mean, missing, groups = EXPECTED[name, table]
    data = load(name, real_data(name), table=table)
    assert data.warnings == ()
    assert len(data.frame) == rows
    binary = data.table.label.kind == "binary"
    unit, close = (100, 0.0051) if binary else (1, max(5e-4, 5e-6 * mean))
    assert unit * data.label.mean() == pytest.approx(mean, abs=close)
    nulls = data.frame.isna().sum()
    assert {column: nulls[column] for column in missing} == missing
    for column, values in groups.items():
        key = data.frame[column].astype("object").where(data.frame[column].notna(), None)
        for value, (count, rate) in values.items():
            chosen = key.isna() if value is None else key.astype(str) == value
            assert chosen.any()
            assert count is None or chosen.sum() == count
            assert rate is None or unit * data.label[chosen].mean() == pytest.approx(rate, abs=close)


@pytest.mark.parametrize(("name", "table"), EXPECTED)
def test_no_missing_code_survives_and_columns_have_their_kind(real_data, name, table):
    data = load(name, real_data(name), table=table)
    for column, kind in data.table.columns.items():
        if kind == "pixels" or column == data.table.read.repeat or column in data.table.read.suffix:
            continue
        values = data.frame[column]
        if kind == "category":
            assert values.dropna().map(type).eq(str).all()
            assert not values.isin(data.table.read.missing).any()
            assert not values.dropna().str.startswith(" ").any()
        else:
            assert values.dtype.kind in "if"
            assert not values.isin([999999, 999999.375]).any()


def test_adult_labels_are_two_values_in_both_parts(real_data):
    frame = load("adult", real_data("adult")).frame
    assert set(frame.groupby("part")["income"].unique().explode()) == {"<=50K", ">50K"}
    assert len(frame.dropna()) == 45_222
    assert frame.dropna()["part"].value_counts().to_dict() == {"train": 30_162, "test": 15_060}
    assert frame.drop(columns="part").duplicated().sum() == 52


@pytest.mark.parametrize(("table", "runs"), [("full", 30), ("additional", 26)])
def test_bank_months_become_runs(real_data, table, runs):
    run = load("bank_marketing", real_data("bank_marketing"), table=table).frame["run"]
    assert run.is_monotonic_increasing
    assert (run.iloc[0], run.iloc[-1]) == (1, runs)


def test_ibm_first_column_has_no_byte_order_mark(real_data):
    assert load("ibm_attrition", real_data("ibm_attrition")).frame.columns[0] == "Age"


def test_communities_columns_are_those_of_the_names_file(real_data):
    folder = real_data("communities_crime")
    lines = (folder / "communities.names").read_text(encoding="utf-8").splitlines()
    names = [line.split()[1] for line in lines if line.startswith("@attribute")]
    assert list(load("communities_crime", folder).table.columns) == names


def test_dependent_rows_have_their_cluster(real_data):
    adverts = load("resume_audit", real_data("resume_audit")).frame["job_ad_id"].value_counts()
    assert adverts.value_counts().to_dict() == {4: 1112, 2: 211}
    assert load("oulad", real_data("oulad")).frame["id_student"].nunique() == 28_785


def test_hmda_views_are_the_same_applications_in_the_same_order(real_data):
    folder = real_data("boston_hmda")
    raw, readable = load("boston_hmda", folder, table="hmda"), load("boston_hmda", folder, table="aer")
    pd.testing.assert_series_equal(raw.label, readable.label, check_names=False)
    pd.testing.assert_series_equal(raw.frame["race"], readable.frame["race"])
    pd.testing.assert_series_equal(raw.frame["s46"] / 100, readable.frame["pirat"], check_names=False)


def test_bar_pass_without_the_withdrawn_columns_keeps_no_copy_of_the_label(real_data):
    data = load("law_school", real_data("law_school"), table="bar_pass")
    label = data.label.astype(float)
    for name in data.features:
        values = data.frame[name]
        if values.dtype.kind in "if":
            assert abs(values.corr(label)) < 0.6
        assert abs(values.isna().astype(float).std() and values.isna().astype(float).corr(label)) < 0.6


def test_leak_by_missing_values_is_not_a_feature(real_data):
    data = load("boston_hmda", real_data("boston_hmda"), table="hmda")
    given = data.frame["s19b"].notna()
    assert data.label[given].mean() < 0.1
    assert not {"s18", "s19a", "s19b", "s19c", "s19d"}.intersection(data.features)


def test_mnist_images_are_bytes_in_reading_order(real_data):
    data = load("mnist_t10k", real_data("mnist_t10k"))
    pixels = data.frame[list(data.features)].to_numpy()
    assert pixels.shape == (10_000, 784)
    assert pixels.dtype == "uint8"
    assert pixels.reshape(-1, 28, 28)[0, 7, 6:12].tolist() == [84, 185, 159, 151, 60, 36]
