"""Reading tables from files."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pandas as pd
import pytest

from fairloss.errors import InputError, MissingExtra
from fairloss.tables import count_table, read_table, scan_table

TABLE = pd.DataFrame({"sex": ["F", "M"], "hired": [0, 1]})


def test_csv_zipped_csv_and_parquet_are_read_and_frames_pass_through(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    TABLE.to_parquet(tmp_path / "t.parquet")
    with gzip.open(tmp_path / "t.csv.gz", "wt") as file:
        TABLE.to_csv(file, index=False)
    for name in ("t.csv", "t.csv.gz", "t.parquet"):
        assert read_table(tmp_path / name)["hired"].tolist() == [0, 1]
    assert read_table(TABLE) is TABLE
    (tmp_path / "marked.csv").write_bytes(b"\xef\xbb\xbfsex,hired\nF,0\nM,1\n")
    assert list(read_table(tmp_path / "marked.csv")) == ["sex", "hired"]
    (tmp_path / "numbered.csv").write_bytes(b",sex\n0,F\n1,M\n")
    assert read_table(tmp_path / "numbered.csv")["sex"].tolist() == ["F", "M"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("absent.csv", None, "No such file or directory"),
        ("broken.parquet", b"not parquet", "cannot be read"),
        ("empty.csv", b"", "No columns to parse"),
        ("table.xlsx", b"", "a .csv or .parquet file, got 'table.xlsx'"),
        ("semicolons.csv", b"sex;hired\nF;0,5\n", "are separated by ';'. Save it with commas"),
        ("tabs.csv", b"sex\thired\nF\t1\n", r"are separated by '\t'"),
        ("latin.csv", "sex,hired\n\xfc,1\n".encode("latin-1"), "it is not written in UTF-8. Save it as CSV in UTF-8"),
        ("sixteen.csv", "sex,hired\nF,1\n".encode("utf-16"), "cannot be read from"),
        ("twice.csv", b"sex,hired,sex\nF,1,M\n", "needs its own name, got 'sex' twice"),
        ("shifted.csv", b"sex,hired\nF,1,9\nM,0,9\n", "more values than its first line has names"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / name)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_library_that_is_not_installed_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TABLE.to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(pd, "read_parquet", _needs_a_library)
    with pytest.raises(MissingExtra, match=r"pip install 'fairloss-toolkit\[arrow\]'"):
        read_table(tmp_path / "t.parquet")


def test_a_parquet_file_is_opened_in_an_engine_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "wei[r]d* 'name'.parquet"
    TABLE.to_parquet(path)
    TABLE.iloc[:1].to_parquet(tmp_path / "weird 'name'.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    assert scan_table(TABLE) is TABLE
    assert isinstance(scan_table(tmp_path / "t.csv"), pd.DataFrame)
    for engine in ("duckdb", "polars", "pandas"):
        assert type(scan_table(str(path))).__module__.startswith(engine)
        assert count_table(scan_table(path), sensitive="sex").sizes.tolist() == [1, 1]
        with pytest.raises(InputError, match=r"cannot be read from '.*broken\.parquet': [^\n]*\. Check the path"):
            scan_table(tmp_path / "broken.parquet")
        monkeypatch.setitem(sys.modules, engine, None)


def _needs_a_library(path: Path) -> None:
    raise ImportError(f"no engine for {path} in {sys.version}")
