"""An audit of data that stay where they are: the same record from every engine, counts without rows, honest samples."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairloss.audit import AuditReport, audit_data, verify
from fairloss.errors import InputError, MissingColumn
from fairloss.tables import sampling

duckdb = pytest.importorskip("duckdb")
dd = pytest.importorskip("dask.dataframe")

N, KEPT = 4000, 800
NAME = "na.me `\"'"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    import dask

    with dask.config.set(scheduler="synchronous"):
        yield


def _people(seed: int, n: int = N) -> pa.Table:
    """Give people with every kind of column, most of which lack values; forty rows are there twice."""
    rng = np.random.default_rng(seed)

    def pick(*values: Any) -> Any:
        places = rng.integers(0, len(values), n)
        return pa.array([values[place] for place in places])

    income = rng.lognormal(8, 1, n).round(2)
    skill = rng.normal(size=n)
    columns = {
        NAME: pick("F", "M", "<script>", None),
        "flag": pick(True, False, None),
        "band": pick(-0.0, 0.0, 2.0, 0.5, None),
        "born": pick(datetime.date(2020, 1, 2), datetime.date(1999, 12, 31), None),
        "grade": pick(1, 2, 30, None),
        "seen": pa.array(np.datetime64("2020-01-01", "us") + rng.integers(0, 10**14, n).astype("m8[us]")),
        "income": pa.array([None if rare else value for rare, value in zip(rng.random(n) < 0.1, income, strict=True)]),
        "skill": pa.array(skill.astype(np.float32)),
        "row": pa.array(rng.permutation(n)),
        "town": pa.array([f"town {place}" for place in rng.zipf(1.4, n) % 3000]),
        "spelled": pick("yes", "Yes ", "n/a", "no"),
        "part": pick("train", "test", "late"),
        "who": pick("ann", "bob", None),
        "weight": pa.array(rng.lognormal(0, 2, n)),
        "person": pa.array([f"p{place}" for place in rng.integers(0, 9 * n, n)]),
        "good": pa.array(np.where(skill + rng.normal(size=n) > 0.3, "yes", "no")),
    }
    table = pa.table(columns)
    return pa.concat_tables([table.slice(0, n - n // 100), table.slice(0, n // 100)])


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return _people(4)


@pytest.fixture(scope="module")
def path(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "table.parquet"
    pq.write_table(table, path, row_group_size=900)
    return path


WAYS: dict[str, Callable[[pa.Table, Path], Any]] = {
    "numpy": lambda table, path: {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names},
    "pandas": lambda table, path: table.to_pandas(),
    "pandas arrow": lambda table, path: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda table, path: pl.DataFrame(table),
    "polars lazy": lambda table, path: pl.scan_parquet(path),
    "path": lambda table, path: path,
    "duckdb": lambda table, path: duckdb.from_arrow(table),
    "duckdb file": lambda table, path: duckdb.sql(f"from '{path}'"),
    "dask arrow": lambda table, path: dd.from_pandas(table.to_pandas(types_mapper=pd.ArrowDtype), npartitions=3),
}
ROLES: dict[str, Any] = {
    "label": "good", "pos_label": "yes", "sensitive": [NAME, "flag"], "weight": "weight", "split": "part",
    "annotator": "who", "strata": "grade", "identifier": "person", "expected": {"spelled": ["yes", "no"]},
    "leaks": {"grade": "given later"},
}  # fmt: skip
OTHER: dict[str, Any] = {"label": "good", "pos_label": "yes", "sensitive": [NAME, "flag"], "missing": "unknown"}


@pytest.fixture(scope="module")
def sampled(table: pa.Table) -> AuditReport:
    return audit_data(table, **ROLES, rows_in_memory=KEPT)


@pytest.fixture(scope="module")
def whole(table: pa.Table) -> AuditReport:
    return audit_data(table, **ROLES)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_same_bytes(
    way: str, table: pa.Table, path: Path, sampled: AuditReport, whole: AuditReport
) -> None:
    made = WAYS[way](table, path)
    assert audit_data(made, **ROLES).to_json() == whole.to_json()
    assert audit_data(made, **ROLES, rows_in_memory=KEPT).to_json() == sampled.to_json()


@pytest.mark.parametrize("rows_in_memory", [KEPT, N])
def test_another_table_may_be_in_another_engine(rows_in_memory: int, table: pa.Table, path: Path) -> None:
    later = _people(4).slice(0, N - 300).append_column("more", pa.array(np.arange(N - 300))).drop_columns(["skill"])
    first = audit_data(table, against=later, **OTHER, rows_in_memory=rows_in_memory)
    second = audit_data(pl.scan_parquet(path), against=duckdb.from_arrow(later), **OTHER, rows_in_memory=rows_in_memory)
    assert first.to_json() == second.to_json()
    assert [row["problem"] for row in first.rows("categories") if row["column"] == "skill"] == ["absent_column"]
    # All rows of the other table are rows of this one but for the column that it lacks, and contents stay together.
    across = [row for row in first.rows("duplicates") if row["measure"] == "across_parts"]
    assert across
    assert all(row["count"] == row["rows"] > 0 for row in across)


def test_rows_in_another_order_give_the_same_bytes(table: pa.Table, sampled: AuditReport) -> None:
    shuffled = table.take(np.random.default_rng(0).permutation(len(table)))
    for way in ("pandas", "polars", "duckdb"):
        made = WAYS[way](shuffled, Path())
        assert audit_data(made, **ROLES, rows_in_memory=KEPT).to_json() == sampled.to_json()


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_spark_gives_the_same_bytes(
    table: pa.Table, spark: Any, sampled: AuditReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = spark.createDataFrame(table).repartition(3)
    monkeypatch.setattr(type(frame), "toPandas", lambda frame: pytest.fail("rows were collected as pandas"))
    assert audit_data(frame, **ROLES, rows_in_memory=KEPT).to_json() == sampled.to_json()


def test_no_row_comes_back_for_what_is_counted(
    monkeypatch: pytest.MonkeyPatch, table: pa.Table, path: Path, sampled: AuditReport
) -> None:
    """Of 4,000 rows the contents of the sample come back, and else only cells of few values."""
    collected: list[tuple[int, list[str]]] = []
    collect = nw.LazyFrame.collect

    def spy(frame: Any, **options: Any) -> Any:
        result = collect(frame, **options)
        collected.append((len(result), result.columns))
        return result

    monkeypatch.setattr(nw.LazyFrame, "collect", spy)
    monkeypatch.setattr(sampling, "_FIRST", 200)
    monkeypatch.setattr(pd, "read_parquet", lambda path: pytest.fail("the whole file was read"))
    names = ["row", "income", "skill", "seen"]  # a value of its own in nearly every row
    roles = {"label": "good", "pos_label": "yes", "sensitive": "flag", "columns": names}
    for way in ("polars lazy", "path", "duckdb file", "dask arrow"):
        audit_data(WAYS[way](table, path), **roles, rows_in_memory=KEPT)
        rows = [size for size, columns in collected if set(columns) & {"c0", "c1"}]
        cells = [size for size, columns in collected if not set(columns) & {"c0", "c1", "place"}]
        assert max(rows) < 1.2 * KEPT, way
        assert max(cells) <= 11 * 3 * 2, way  # ten bins and one for no value, three groups, two labels
        collected.clear()


def test_counts_are_those_of_a_loop(table: pa.Table, sampled: AuditReport) -> None:
    """Whatever bins the sample gave, every row is in them."""
    frame = table.to_pandas()
    columns = {one.name: one for one in sampled.evidence["columns"].columns}
    favorable = frame["good"] == "yes"
    assert sampled.evidence["row_sample"].of == len(frame)
    assert [name for name, one in columns.items() if one.distinct != frame[name].nunique()] == [
        "seen",
        "income",
        "skill",
        "row",
    ]
    for name in columns:
        one, values = columns[name], frame[name]
        assert one.labels.sum() == len(frame)
        if one.has_missing:
            assert one.labels[:, -1, 1].sum() == (values.isna() & favorable).sum()
    spelled = columns["spelled"]
    for place, level in enumerate(spelled.bins):
        held = frame["spelled"] == level
        groups = sampled.evidence["columns"].groups[0]
        for code, group in enumerate(groups):
            of_group = frame[NAME].isna() if group == "missing" else frame[NAME] == group
            expected = (held & of_group & favorable).sum()
            assert spelled.cells[0][code, :, place, 1].sum() == expected
    edges = [float(name.split(" to below ")[0]) for name in columns["row"].bins if " to below " in name]
    inside = frame["row"].between(edges[0], edges[1], inclusive="left").sum()
    assert columns["row"].labels[:, 1].sum() == inside


def test_what_is_counted_is_that_of_all_rows(sampled: AuditReport, whole: AuditReport) -> None:
    """Tables that rest on counts alone do not notice that rows were not read."""
    for name in ("rates", "disparities", "missing_values", "annotators", "base_rate_drift", "adjusted", "wrong_labels"):
        assert json.dumps(sampled.rows(name)) == json.dumps(whole.rows(name)), name
    exact = {"band", "born", "grade", "spelled", NAME, "flag"}
    for name in ("categories", "missing_by_label", "drift"):
        first, second = (
            [{**row, "p_adjusted": 0} for row in report.rows(name) if row["column"] in exact]
            for report in (sampled, whole)
        )
        assert json.dumps(first) == json.dumps(second)
        assert first or name == "missing_by_label"
    people = [[row for row in one.rows("duplicates") if row["measure"] == "repeated_identifiers"]
              for one in (sampled, whole)]  # fmt: skip
    assert people[0] == people[1]
    assert any(row["count"] for row in people[0])


def test_the_record_and_the_page_name_the_sample(sampled: AuditReport, whole: AuditReport, tmp_path: Path) -> None:
    (row,) = sampled.rows("sampled_rows")
    assert row["of"] == N
    assert 0.8 * KEPT < row["rows"] < 1.2 * KEPT
    (finding,) = [one for one in sampled.findings if one.code == "sampled_rows"]
    assert f"{row['rows']:,} of {N:,} rows" in str(finding).replace("\u202f", ",")
    sampled.to_html(tmp_path / "page.html")
    assert str(finding) in (tmp_path / "page.html").read_text(encoding="utf-8")
    sampled.to_json(tmp_path / "record.json")
    assert not verify(tmp_path / "record.json").mismatches
    assert AuditReport.from_json(tmp_path / "record.json").to_json() == sampled.to_json()
    assert not whole.rows("sampled_rows")
    assert "row_sample" not in json.loads(whole.to_json())


def test_copies_come_together_in_a_sample(table: pa.Table) -> None:
    """A sample of rows would hold one pair in twenty-five; one of contents holds one in five."""
    frame = table.select([NAME, "income", "skill", "seen", "good"]).to_pandas()
    found = audit_data(frame, label="good", pos_label="yes", sensitive=NAME, rows_in_memory=KEPT)
    copies = [row for row in found.rows("duplicates") if row["measure"] == "copies"]
    count, rows = (sum(row[key] for row in copies) for key in ("count", "rows"))
    assert rows == found.rows("sampled_rows")[0]["rows"]
    # Forty pairs, each drawn with chance 0.2: fewer than 2 or more than 18 would have a chance of 0.001.
    assert 2 <= count <= 18
    assert [one.code for one in found.findings if one.code == "duplicates"] == ["duplicates"]


def test_a_coarse_table_is_thinned() -> None:
    """Where few contents have many rows, each keeps the same share of them, to the row."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"sex": rng.choice(["F", "M"], N), "a": rng.choice(list("abc"), N), "y": rng.integers(0, 2, N)}
    )
    report = audit_data(table, label="y", sensitive="sex", rows_in_memory=500)
    (row,) = report.rows("sampled_rows")
    assert (row["contents"], row["within"]) == (1.0, 0.125)
    assert abs(row["rows"] - 500) <= 12
    held = {one["group"]: one["rows"] for one in report.rows("duplicates") if one["measure"] == "copies"}
    for group, rows in held.items():
        assert abs(rows - (table["sex"] == group).sum() / 8) <= 6
    assert not [one for one in report.findings if one.code == "duplicates"]


def test_a_sample_is_fair_to_every_value(table: pa.Table) -> None:
    """Drawing by contents does not favor large or small ones: shares within four standard errors."""
    rng = np.random.default_rng(5)
    n = 40_000
    frame = pd.DataFrame(
        {
            "income": rng.lognormal(8, 2, n).round(2), "age": rng.integers(18, 90, n), "tiny": rng.random(n) * 1e-9,
            "town": rng.choice(list("abcdef"), n), "number": np.arange(n),
        }
    )  # fmt: skip
    for by in (["income"], ["tiny"], ["age", "town", "income"], ["number"]):
        _, drawn = sampling.ContentSampler.over(frame, by, read=list(frame), rows=4000, of=n)
        assert abs(drawn.rows - 4000) < 4 * np.sqrt(3600)
        for name in ("income", "age", "tiny", "number"):
            share = float((np.asarray(drawn.columns[name]) > frame[name].median()).mean())
            assert abs(share - (frame[name] > frame[name].median()).mean()) < 4 * 0.5 / np.sqrt(4000), (by, name)
    again = pd.concat([frame, frame.assign(number=frame["number"] + n)], ignore_index=True)
    sampler, _ = sampling.ContentSampler.over(again, ["number", "age", "income"], read=list(frame), rows=8000, of=2 * n)
    pairs = pd.Series(sampler.draw(again, list(frame)).columns["income"]).value_counts()
    assert (pairs >= 2).all()  # what numbers the rows does not part copies
    texts = {f"text {place}": rng.choice(list("abcdef"), n) for place in range(9)}
    named = pd.DataFrame({"number": np.arange(2 * n), **{name: np.tile(values, 2) for name, values in texts.items()}})
    _, drawn = sampling.ContentSampler.over(named, list(named), read=list(named), rows=8000, of=2 * n)
    assert abs(drawn.rows - 8000) < 4 * np.sqrt(2 * 7200)
    assert (pd.DataFrame(drawn.columns).groupby(list(texts)).size() % 2 == 0).all()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"label": "god"}, MissingColumn, "audit_data needs the column 'god'"),
        ({"sensitive": "sex"}, MissingColumn, "audit_data needs the column 'sex'"),
        ({"columns": ["town", "twon"]}, MissingColumn, "audit_data needs the column 'twon'"),
        ({"pos_label": "maybe"}, InputError, "needs the favorable value pos_label='maybe'"),
        ({"rows_in_memory": 10}, InputError, "rows_in_memory must be 100 rows or more, got 10"),
        ({"rows_in_memory": "many"}, InputError, "rows_in_memory must be 100 rows or more, got 'many'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    options: dict[str, Any], error: type[Exception], says: str, path: Path
) -> None:
    roles = {"label": "good", "pos_label": "yes", "sensitive": "flag", "rows_in_memory": KEPT}
    with pytest.raises(error, match=says):
        audit_data(pl.scan_parquet(path), **roles | options)
