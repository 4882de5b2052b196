"""Bad input: one sentence each, that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairloss.audit import AuditReport, audit_counts, audit_data, audit_predictions, audit_table, compare
from fairloss.errors import FairlossError, InputError, MissingColumn, UnknownName, UnknownNotion
from fairloss.notions import GroupCounts, Grouping

Y, D, S = [0, 1, 0, 1], [0, 1, 1, 0], ["a", "a", "b", "b"]

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unequal lengths": ({"y_true": [0, 1]}, "y_true"),
    "a missing label": ({"y_true": [0, 1, np.nan, 1]}, "y_true"),
    "three labels": ({"y_true": [0, 1, 2, 1]}, "at most two values"),
    "scores as decisions": ({"y_pred": [0.2, 0.7, 0.1, 0.9]}, "threshold"),
    "one group only": ({"sensitive_features": ["a"] * 4}, "one group only"),
    "an unknown notion": ({"notions": "equalised_odds"}, "equalized_odds"),
    "a level of 95": ({"level": 95}, "between 0 and 1"),
    "an unknown policy": ({"reference": "lowest"}, "highest"),
    "an unknown group": ({"reference": {"group": "z"}}, "a, b"),
    "an unknown attribute": ({"reference": {"sex": "a"}}, "'sex'"),
    "no notion": ({"notions": []}, "empty list"),
    "a notion without labels": ({"y_true": None, "notions": "equal_opportunity"}, "y_true"),
    "a field that about lacks": ({"about": {"titel": "x"}}, "title"),
    "a negative weight": ({"sample_weight": [1, 1, -1, 1]}, "sample_weight"),
    "texts as scores": ({"y_score": ["x", "y", "z", "w"]}, "y_score"),
    "infinite scores": ({"y_score": [0.1, np.inf, 0.2, 0.3]}, "finite"),
    "neither label nor decision": ({"y_true": None, "y_pred": None}, "neither"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_get_one_sentence(case: str) -> None:
    change, says = BAD[case]
    given = {"y_true": Y, "y_pred": D, "sensitive_features": S, **change}
    with pytest.raises(FairlossError) as caught:
        audit_predictions(given.pop("y_true"), given.pop("y_pred"), **given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_notion_is_its_own_error() -> None:
    with pytest.raises(UnknownNotion):
        audit_predictions(Y, D, sensitive_features=S, notions=["demographic_parity", "parity"])


def test_an_empty_table_and_counts_without_rows() -> None:
    with pytest.raises(InputError, match="at least one row"):
        audit_table(pd.DataFrame({"s": [], "d": []}), sensitive="s", decision="d")
    with pytest.raises(InputError, match="no row has a known group"):
        audit_counts(GroupCounts(np.zeros((2, 1, 2)), grouping=Grouping(("s",), (("a",), ("b",)))))
    with pytest.raises(InputError, match="at least one table"):
        audit_counts([])


def test_a_missing_column_names_the_near_ones() -> None:
    table = {"gender": S, "hired": D}
    with pytest.raises(MissingColumn, match="gender"):
        audit_table(table, sensitive="gendr", decision="hired")
    with pytest.raises(MissingColumn, match="hired"):
        audit_data(table, label="hird", sensitive="gender")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        audit_table(tmp_path / "nothing.csv", sensitive="s", decision="d")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"no parquet")
    with pytest.raises(InputError, match="cannot be read"):
        audit_table(broken, sensitive="s", decision="d")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(128, 256)))
    with pytest.raises(InputError, match="cannot be read"):
        audit_table(binary, sensitive="s", decision="d")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match="cannot be read"):
        audit_table(tmp_path / "empty.csv", sensitive="s", decision="d")
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        audit_table(tmp_path / "table.xlsx", sensitive="s", decision="d")


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    report = audit_predictions(Y, D, sensitive_features=S)
    for write in (report.to_json, report.to_html, report.to_markdown):
        with pytest.raises(InputError, match="cannot be written"):
            write(tmp_path / "no folder" / "report")


def test_a_disk_that_is_full_loses_no_earlier_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, path = audit_predictions(Y, D, sensitive_features=S), tmp_path / "a.json"
    report.to_json(path)
    link = tmp_path / "link.json"
    link.symlink_to(path)

    def fill(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:9])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", fill)
        with pytest.raises(InputError, match="No space left on device"):
            report.to_html(path)
    assert path.read_text(encoding="utf-8") == report.to_json()
    report.to_markdown(link)
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == report.to_markdown()
    assert {one.name for one in tmp_path.iterdir()} == {"a.json", "link.json"}


def test_a_record_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for text, says in [("{", "JSON"), ("[]", "schema"), ('{"schema": "fairloss-audit/1"}', "damaged")]:
        path.write_text(text)
        with pytest.raises(InputError, match=says):
            AuditReport.from_json(path)
    with pytest.raises(InputError, match="cannot be read"):
        AuditReport.from_json(tmp_path / "nothing.json")


def test_audits_that_cannot_be_compared() -> None:
    one = audit_predictions(Y, D, sensitive_features={"x": S})
    with pytest.raises(InputError, match="one level"):
        compare(one, audit_predictions(Y, D, sensitive_features={"x": S}, level=0.9))
    with pytest.raises(InputError, match="both have"):
        compare(one, audit_predictions(Y, D, sensitive_features={"y": S}))


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "mapping", "csv", "parquet"])
def test_any_table_gives_the_same_audit(kind: str, tmp_path: Path) -> None:
    import polars as pl
    import pyarrow as pa

    columns = {"sex": ["F", "M", None, "M"] * 25, "hired": ([1, 0, 1] * 34)[:100], "fit": ["yes", "no"] * 50}
    frame = pd.DataFrame(columns)
    frame.to_csv(tmp_path / "table.csv", index=False)
    frame.to_parquet(tmp_path / "table.parquet")
    tables = {
        "pandas": frame,
        "polars": pl.DataFrame(columns),
        "pyarrow": pa.table(columns),
        "mapping": columns,
        "csv": tmp_path / "table.csv",
        "parquet": str(tmp_path / "table.parquet"),
    }
    expected = audit_table(columns, sensitive="sex", decision="hired").to_json()
    assert audit_table(tables[kind], sensitive=["sex"], decision="hired").to_json() == expected


def test_an_unknown_name_is_offered_the_near_ones() -> None:
    with pytest.raises(UnknownName, match="highest"):
        audit_predictions(Y, D, sensitive_features=S, reference="higest")
