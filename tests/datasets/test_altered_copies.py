"""Copies that look right and are not: what a reader is told when the checksum is waved through."""

from __future__ import annotations

import pandas as pd
import pytest

from fairloss.datasets import Dataset, hiring_funnel, load


@pytest.fixture
def altered(real_data, tmp_path):
    """Load a real file after a change to its text."""

    def of(name, file, change, **options) -> Dataset:
        text = (real_data(name) / file).read_text(encoding="utf-8-sig")
        (tmp_path / file).write_text(change(text), encoding="utf-8")
        return load(name, tmp_path, verify=False, **options)

    return of


def test_the_genuine_text_raises_no_warning(altered):
    assert altered("oulad", "studentInfo.csv", lambda text: text).warnings == ()


def test_band_that_a_spreadsheet_made_a_date(altered):
    warnings = altered("oulad", "studentInfo.csv", lambda text: text.replace('"10-20"', '"20-Oct"')).warnings
    assert any("'imd_band' has the value '20-Oct', which looks like a date" in warning for warning in warnings)
    assert any(
        "'20-Oct' of 'imd_band' has a share of 11.2%; its card remembers 0.0%" in warning for warning in warnings
    )


@pytest.mark.parametrize("date", ["Oct-49", "10-Oct", "49-oct"])
def test_size_that_a_spreadsheet_made_a_date(altered, date):
    warnings = altered("hr_job_change", "aug_train.csv", lambda text: text.replace("10/49", date)).warnings
    assert any(f"'company_size' has the value '{date}'" in warning for warning in warnings)


def test_gender_overwritten(altered):
    def overwrite(text):
        rows = [line.split(",") for line in text.splitlines()]
        for row in rows[1:]:
            row[3] = {"": "Female", "Other": "Female"}.get(row[3], row[3])
        return "\n".join(",".join(row) for row in rows)

    data = altered("hr_job_change", "aug_train.csv", overwrite)
    assert data.frame["gender"].value_counts().to_dict() == {"Male": 13_221, "Female": 5937}
    assert any("'gender' misses 0.0% of its values; its card remembers 23.5%" in each for each in data.warnings)
    assert any("'Female' of 'gender' has a share of 31.0%; its card remembers 8.5%" in each for each in data.warnings)
    assert any("'Other' of 'gender' has a share of 0.0%" in each for each in data.warnings)


def test_rows_that_were_cut_off(altered):
    data = altered("bank_marketing", "bank-full.csv", lambda text: "\n".join(text.split("\n")[:40_005]), table="full")
    assert data.warnings[0] == "The table has 40,004 rows; its card remembers 45,211."


def test_one_name_given_to_another_group(altered):
    data = altered("resume_audit", "resume.csv", lambda text: text.replace("Lakisha,black", "Lakisha,white"))
    assert any("'white' of 'race'" in warning for warning in data.warnings)


def test_column_added(altered):
    def add(text):
        header, *rows = text.splitlines()
        return "\n".join([f"{header},<script>", *(f"{row},1" for row in rows)])

    data = altered("ricci", "Ricci.csv", add)
    assert data.warnings == ("The card does not know the column '<script>'; it was kept as text.",)
    assert data.features == ("Position",)


def test_small_and_fresh_draws_of_the_same_population_stay_calm(tmp_path):
    for rows, seed in ((200, 1), (2000, 2), (20_000, 3)):
        path = tmp_path / f"{rows}.csv"
        hiring_funnel(rows, seed).to_csv(path, index=False)
        warnings = load("hiring_funnel", path, verify=False).warnings
        assert warnings == ((f"The table has {rows:,} rows; its card remembers 20,000.",) if rows < 20_000 else ())


def test_shares_are_of_the_recorded_values(tmp_path):
    frame = hiring_funnel(20_000, 3)
    frame["gender"] = frame["gender"].mask(pd.Series(range(20_000)) % 2 == 0)
    frame.to_csv(tmp_path / "half.csv", index=False)
    (warning,) = load("hiring_funnel", tmp_path / "half.csv", verify=False).warnings
    assert warning.startswith("The column 'gender' misses")
