"""The same audit of the same rows through eight ways: byte for byte the same record."""

from __future__ import annotations

import datetime
import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fairloss.audit import AuditReport, audit_predictions, audit_table, verify
from fairloss.errors import InputError, MissingColumn

duckdb = pytest.importorskip("duckdb")
dd = pytest.importorskip("dask.dataframe")

HOSTILE = (
    "<script>",
    "\"quoted\" & 'single'",
    "\u202eright to left",
    "\U0001f469\U0001f3fd",
    "x" * 200,
    "=1+1",
    "",
    "NaN",
)
PAGE = Path(__file__).parents[2] / "docs" / "engines.md"
NAME = "na.me `\"'"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    import dask

    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    """Give 900 people with every kind of column that a role may have, and all that may be missing."""
    rng = np.random.default_rng(4)

    def pick(*values: Any) -> Any:
        places = rng.integers(0, len(values), 900)
        return np.array([values[place] for place in places], dtype=object)

    missing = rng.random(900)
    score = np.where(missing < 0.05, np.nan, rng.random(900).round(2)).astype(object)
    score[missing > 0.95] = None
    return {
        NAME: pick(*HOSTILE, None),
        "flag": pick(True, False, None),
        "band": pick(-0.0, 0.0, 2.0, 0.5, None),
        "born": pick(datetime.date(2020, 1, 2), datetime.date(1999, 12, 31), None),
        "grade": pick(1, 2, 30, None),
        "fit": pick("yes", "no"),
        "hired": pick("yes", "no"),
        "one": pick(0, 1),
        "two": pick(True, False),
        "score": score,
        "logit": rng.normal(0, 7, 900),
        "weight": rng.lognormal(0, 2, 900),
        "shifted": rng.integers(1, 9, 900),
    }


@pytest.fixture(scope="module")
def table(rows: dict[str, Any]) -> pa.Table:
    return pa.table({name: pa.array(values, from_pandas=False) for name, values in rows.items()})


QUESTIONS: dict[str, dict[str, Any]] = {
    "everything": {
        "sensitive": [NAME, "flag"],
        "decision": "hired",
        "label": "fit",
        "score": "score",
        "weight": "weight",
        "strata": "grade",
        "pos_label": "yes",
    },
    "unknown and not crossed": {
        "sensitive": ["band", "born", NAME],
        "decision": "two",
        "label": "one",
        "score": "logit",
        "strata": ["flag", "grade"],
        "missing": "unknown",
        "cross": False,
        "reference": "largest",
    },
    "decisions and frequencies": {"sensitive": ["grade", "band"], "decision": "two", "weight": "shifted"},
}

WAYS: dict[str, Callable[[pa.Table, Path], Any]] = {
    "numpy": lambda table, path: {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names},
    "pandas": lambda table, path: table.to_pandas(),
    "pandas arrow": lambda table, path: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda table, path: pl.DataFrame(table),
    "polars lazy": lambda table, path: pl.scan_parquet(path),
    "path": lambda table, path: path,
    "duckdb": lambda table, path: duckdb.from_arrow(table),
    "duckdb file": lambda table, path: duckdb.sql(f"from '{path}'"),
    "dask": lambda table, path: dd.from_pandas(table.to_pandas(), npartitions=4),
    "dask arrow": lambda table, path: dd.from_pandas(table.to_pandas(types_mapper=pd.ArrowDtype), npartitions=3),
}


@pytest.fixture(scope="module")
def path(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "table.parquet"
    pq.write_table(table, path, row_group_size=250)
    return path


@pytest.fixture(scope="module")
def records(table: pa.Table) -> dict[str, str]:
    return {question: audit_table(table, **roles).to_json() for question, roles in QUESTIONS.items()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_way_gives_the_same_bytes(
    way: str, question: str, table: pa.Table, path: Path, records: dict[str, str]
) -> None:
    assert audit_table(WAYS[way](table, path), **QUESTIONS[question]).to_json() == records[question]


def test_arrays_give_the_same_bytes(rows: dict[str, Any], records: dict[str, str]) -> None:
    found = audit_predictions(
        rows["fit"],
        rows["hired"],
        sensitive_features={name: rows[name] for name in (NAME, "flag")},
        y_score=rows["score"],
        sample_weight=rows["weight"],
        control_features={"grade": rows["grade"]},
        pos_label="yes",
    )
    assert found.to_json() == records["everything"]


def _blocks(part: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    (section,) = re.findall(rf"## {part}\n(.*?)(?=\n## |\Z)", text, flags=re.DOTALL)
    return re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)


@pytest.fixture
def applicants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pa.Table:
    """Write the files that the page reads, and go where they are."""
    rng = np.random.default_rng(1)
    levels = {"sex": ["F", "M"], "race": ["A", "B"], "region": ["N", "S"], "hired": [0, 1], "able": [0, 1]}
    columns = {name: rng.choice(values, 400) for name, values in levels.items()}
    table = pa.table({**columns, "score": rng.random(400), "year": [2024, 2025] * 200})
    pq.write_table(table, tmp_path / "applicants.parquet")
    for year in (2024, 2025):
        pq.write_table(table.filter(pc.equal(table["year"], year)), tmp_path / f"applicants-{year}.parquet")
    monkeypatch.chdir(tmp_path)
    return table


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Dask's use of a part that pandas 3.1 deprecates
def test_the_examples_of_the_page_run(applicants: pa.Table) -> None:
    names: dict[str, Any] = {}
    one, shards = _blocks("On one machine"), _blocks("Counts of shards add up")
    assert (len(one), len(shards)) == (2, 2)
    exec(one[0], names)
    assert names["report"].to_json() == audit_table(applicants, **names["roles"]).to_json()
    exec(one[1], names)
    assert names["report"].tables[0].cells.sum() == 200
    exec(shards[0], names)
    expected = audit_table(
        applicants, sensitive=["sex", "race"], decision="hired", label="able", missing="unknown"
    ).to_json()
    assert names["report"].to_json() == expected
    exec(shards[1], names)
    np.testing.assert_array_equal(names["counts"].cells, names["shards"][1].cells)
    assert names["counts"].names == names["total"].names


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_spark_gives_the_same_bytes_and_the_job_of_the_page_runs(
    table: pa.Table,
    records: dict[str, str],
    applicants: pa.Table,
    spark: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    frame = spark.createDataFrame(table).repartition(3)
    monkeypatch.setattr(type(frame), "toPandas", lambda frame: pytest.fail("rows were collected as pandas"))
    for question, roles in QUESTIONS.items():
        assert audit_table(frame, **roles).to_json() == records[question]
    grid = nw.from_native(frame.limit(1)).select(value=nw.lit(0.1 + 0.2)).collect().item()
    assert grid == 0.1 + 0.2
    with pytest.raises(InputError, match="weight needs finite numbers from 0 up, got something else in 900 of 900"):
        audit_table(frame.withColumn("weight", frame["shifted"] * float("nan")), **QUESTIONS["everything"])
    with pytest.raises(MissingColumn, match="Did you mean 'hired'"):
        audit_table(frame, sensitive="flag", decision="hird")
    with pytest.raises(InputError, match="Every column of a table needs its own name, got 'hired' twice"):
        audit_table(frame.withColumnRenamed("fit", "hired"), sensitive="flag", decision="two")
    (job,) = _blocks("On Spark")
    (tmp_path / "audit_job.py").write_text(job, encoding="utf-8")
    file = str(tmp_path / "applicants.parquet")  # Java may have started in another folder
    monkeypatch.setattr("sys.argv", ["audit_job.py", file, "audit"])
    runpy.run_path("audit_job.py")
    roles = {"sensitive": ["sex", "race"], "decision": "hired", "label": "able", "score": "score", "strata": "region"}
    about = {"title": "Applicants", "source": file}
    assert (tmp_path / "audit.json").read_text(encoding="utf-8") == audit_table(
        applicants, **roles, about=about
    ).to_json()
    assert (tmp_path / "audit.html").exists()


def test_rows_in_another_order_give_the_same_bytes(table: pa.Table, records: dict[str, str]) -> None:
    shuffled = table.take(np.random.default_rng(0).permutation(len(table)))
    for question, roles in QUESTIONS.items():
        for way in ("pandas", "polars", "duckdb"):
            assert audit_table(WAYS[way](shuffled, Path()), **roles).to_json() == records[question]


def test_the_record_holds_what_a_loop_counts(rows: dict[str, Any], records: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(records["everything"], encoding="utf-8")
    assert not verify(tmp_path / "a.json").mismatches
    report = AuditReport.from_json(tmp_path / "a.json")
    counts = report.tables[0]
    mass = np.zeros((len(HOSTILE) + 1, 2, 2))
    names = [*counts.names]
    for name, fit, hired, weight in zip(rows[NAME], rows["fit"], rows["hired"], rows["weight"], strict=True):
        mass[names.index("missing" if name is None else name), int(fit == "yes"), int(hired == "yes")] += weight
    np.testing.assert_allclose(counts.cells, mass, rtol=1e-12)
    without = [value is None or value != value for value in rows["score"]]
    assert report.scores[0].missing.sum() == sum(without)


def test_no_row_leaves_the_engine(
    monkeypatch: pytest.MonkeyPatch, table: pa.Table, path: Path, records: dict[str, str]
) -> None:
    collected = []
    collect = nw.LazyFrame.collect

    def spy(frame: Any, **options: Any) -> Any:
        result = collect(frame, **options)
        collected.append(len(result))
        return result

    monkeypatch.setattr(nw.LazyFrame, "collect", spy)
    names = ["grade", "band", "two"]
    cells = len(set(zip(*(table[name].to_pylist() for name in names), strict=True)))
    for way in ("polars lazy", "path", "duckdb file", "dask"):
        audit_table(WAYS[way](table, path), **QUESTIONS["decisions and frequencies"])
        assert collected == [1, cells], way
        collected.clear()
