"""The rows behind weights: counted as a loop counts them, in every way, and held against the weights."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairloss.audit import AuditReport, audit_data, audit_predictions, audit_table, suppress, verify
from fairloss.audit.restoring import restore
from fairloss.errors import InputError


@pytest.fixture
def rows() -> dict[str, Any]:
    """Give 300 weighted people; some weigh nothing."""
    rng = np.random.default_rng(3)
    n = 300
    weight = np.where(rng.random(n) < 0.1, 0.0, rng.lognormal(0, 1, n))
    columns = {"sex": rng.choice(["F", "M"], n), "race": rng.choice(["a", "b", "c"], n), "site": rng.choice([1, 2], n)}
    return {**columns, "fit": rng.integers(0, 2, n), "hired": rng.integers(0, 2, n), "weight": weight}


def _audit(rows: dict[str, Any], **options: Any) -> AuditReport:
    return audit_predictions(
        rows["fit"],
        rows["hired"],
        sensitive_features={"sex": rows["sex"], "race": rows["race"]},
        sample_weight=rows["weight"],
        **options,
    )


def test_rows_are_those_of_a_loop(rows: dict[str, Any]) -> None:
    report = _audit(rows, control_features={"site": rows["site"]})
    seen = Counter(zip(rows["sex"], rows["fit"].tolist(), rows["hired"].tolist(), strict=True))
    mass: Counter[Any] = Counter()
    for sex, fit, hired, weight in zip(rows["sex"], rows["fit"], rows["hired"], rows["weight"], strict=True):
        mass[sex, fit, hired] += weight
    listed = [row for row in report.rows("cell_rows") if row["attribute"] == "sex"]
    assert {(row["group"], row["label"], row["decision"]): row["rows"] for row in listed} == seen
    for row in listed:
        assert row["weight"] == pytest.approx(mass[row["group"], row["label"], row["decision"]], rel=1e-12)
    held = report.evidence["row_counts"]
    for table, strata in zip(held.tables, held.strata, strict=True):
        np.testing.assert_array_equal(strata.sum(0), table)
        assert table.sum() == 300


def test_an_audit_of_weighted_data_counts_them_too(rows: dict[str, Any]) -> None:
    report = audit_data(rows, label="fit", sensitive="sex", weight="weight", strata="site")
    listed = {(row["group"], row["label"]): row["rows"] for row in report.rows("cell_rows")}
    assert listed == Counter(zip(rows["sex"], rows["fit"].tolist(), strict=True))
    held = report.evidence["row_counts"]
    np.testing.assert_array_equal(held.strata[0].sum(0), held.tables[0])
    assert suppress(report, 11).rates["group"].tolist() == ["F", "M"]


def test_a_table_gives_the_same_rows_and_the_page_shows_them(rows: dict[str, Any]) -> None:
    frame = pd.DataFrame(rows)
    by_table = audit_table(frame, sensitive=["sex", "race"], decision="hired", label="fit", weight="weight")
    assert by_table.to_json() == _audit(rows).to_json()
    women = int((rows["sex"] == "F").sum())
    page = by_table.to_markdown()
    assert f"| sex: F | {women} |" in page


def test_an_audit_without_weights_has_none(rows: dict[str, Any]) -> None:
    report = audit_predictions(rows["fit"], rows["hired"], sensitive_features=rows["sex"])
    assert "row_counts" not in report.evidence
    assert not report.rows("cell_rows")


def test_rows_are_restored_and_too_few_rows_for_their_weights_are_found(rows: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    _audit(rows, control_features={"site": rows["site"]}).to_json(path)
    assert verify(path).holds
    assert AuditReport.from_json(path).to_json() == path.read_text(encoding="utf-8")
    record = json.loads(path.read_text(encoding="utf-8"))
    forged = copy.deepcopy(record)
    forged["row_counts"]["tables"][0][0][0][0] = 1
    again = verify(json.loads(restore(forged).to_json()))
    assert {one.pointer for one in again.mismatches} == {"/row_counts/tables/0/0/0/0"}


@pytest.mark.parametrize("value", [-1, 1.5, "1"])
def test_rows_that_are_no_whole_counts_are_refused(rows: dict[str, Any], value: Any) -> None:
    record = json.loads(_audit(rows).to_json())
    record["row_counts"]["tables"][0][0][0][0] = value
    with pytest.raises(InputError, match="damaged"):
        verify(record)


def test_rows_of_other_tables_are_refused(rows: dict[str, Any]) -> None:
    record = json.loads(_audit(rows).to_json())
    record["row_counts"]["tables"].pop()
    with pytest.raises(InputError, match="damaged"):
        verify(record)
