"""The commands on finished audits: verify, diff, render, export and schema."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from fairloss.audit import EXPORTS, AuditReport, audit_predictions, compare_predictions, record_schema
from fairloss.cli import main

RNG = np.random.default_rng(2)
SEX = RNG.choice(["F", "M"], 400)
LABEL = RNG.integers(0, 2, 400)
BEFORE = (RNG.random(400) < np.where(SEX == "F", 0.3, 0.6)).astype(int)
AFTER = (RNG.random(400) < 0.5).astype(int)


def _fairloss(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def _audit(decision: np.ndarray, path: Path, **options: object) -> AuditReport:
    report = audit_predictions(LABEL, decision, sensitive_features={"sex": SEX}, **options)  # type: ignore[arg-type]
    report.to_json(path)
    return report


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Give the records of two audits."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    _audit(BEFORE, first)
    _audit(AFTER, second)
    return first, second


def test_verify_accepts_its_own_records(files: tuple[Path, Path]) -> None:
    done = _fairloss("verify", *files)
    assert done.exit_code == 0, done.output
    assert done.output.count("No value differs.") == 2
    assert _fairloss("verify", *files, "--quiet").output == ""


def test_verify_names_the_number_that_differs_and_exits_with_1(files: tuple[Path, Path]) -> None:
    record = json.loads(files[0].read_text(encoding="utf-8"))
    record["rates"][0]["value"] = 0.31
    files[0].write_text(json.dumps(record), encoding="utf-8")
    done = _fairloss("verify", *files, "--quiet")
    assert done.exit_code == 1
    assert "/rates/0/value: found 0.31, expected 0." in done.output
    as_json = json.loads(_fairloss("verify", files[0], "--json").stdout)[str(files[0])]
    assert as_json["holds"] is False
    assert [one["pointer"] for one in as_json["mismatches"]] == ["/rates/0/value", "/integrity/sha256"]


def test_verify_goes_on_after_a_file_that_cannot_be_read_and_exits_with_2(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    done = _fairloss("verify", broken, tmp_path / "absent.json", files[0])
    assert done.exit_code == 2
    assert done.output.count("fairloss: ") == 2
    assert "No value differs." in done.output


@pytest.mark.parametrize(("ending", "method"), [("html", "to_html"), ("md", "to_markdown")])
def test_render_makes_the_page_from_the_record_alone(
    files: tuple[Path, Path], tmp_path: Path, ending: str, method: str
) -> None:
    out = tmp_path / f"page.{ending}"
    assert _fairloss("render", files[0], "--out", out).exit_code == 0
    report = audit_predictions(LABEL, BEFORE, sensitive_features={"sex": SEX})
    assert out.read_bytes() == getattr(report, method)().encode()


def test_render_makes_the_page_of_a_comparison(tmp_path: Path) -> None:
    path, out = tmp_path / "change.json", tmp_path / "change.html"
    change = compare_predictions(LABEL, BEFORE, AFTER, sensitive_features={"sex": SEX})
    change.to_json(path)
    assert _fairloss("verify", path).exit_code == 0
    assert _fairloss("render", path, "--out", out).exit_code == 0
    assert out.read_bytes() == change.to_html().encode()


def test_diff_says_what_moved(files: tuple[Path, Path]) -> None:
    done = _fairloss("diff", *files)
    assert done.exit_code == 0
    assert "demographic parity, difference by sex: " in done.output
    assert "selection rate, sex F: " in done.output
    assert "Nothing changed." in _fairloss("diff", files[0], files[0]).output
    data = json.loads(_fairloss("diff", *files, "--json", "--independent").stdout)
    assert data["intervals"] == "independent samples"
    assert {row["state"] for row in data["rates"]} == {"moved"}


@pytest.mark.parametrize("name", EXPORTS)
def test_export_writes_and_prints_the_same(files: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    out = tmp_path / "export"
    assert _fairloss("export", files[0], "--to", name, "--out", out).exit_code == 0
    assert _fairloss("export", files[0], "--to", name).stdout_bytes.decode() == out.read_bytes().decode()


def test_schema_prints_the_schema() -> None:
    assert json.loads(_fairloss("schema").stdout) == record_schema()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("render", "{first}", "--out", "page.pdf"), "ends in .html"),
        (("render", "absent.json", "--out", "page.html"), "cannot be read"),
        (("export", "{first}", "--to", "sariff"), "Did you mean 'sarif'"),
        (("diff", "{first}"), "takes two audits"),
        (("diff", "{first}", "absent.json"), "cannot be read"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = _fairloss(*(argument.format(first=files[0]) for argument in arguments))
    assert done.exit_code == 2
    assert sentence in done.output
