"""Regimes, statements and responses on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from fairloss.audit import REGIMES, AuditReport, lint, verify
from fairloss.cli import main


def _fairloss(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Give a file of decisions."""
    rng = np.random.default_rng(3)
    sex = rng.choice(["F", "M"], 300)
    path = tmp_path / "decisions.csv"
    frame = {"sex": sex, "race": rng.choice(["A", "B"], 300), "score": rng.random(300).round(3)}
    pd.DataFrame({**frame, "hired": (rng.random(300) < np.where(sex == "F", 0.2, 0.6)).astype(int)}).to_csv(path)
    return path


@pytest.fixture
def record(table: Path, tmp_path: Path) -> Path:
    """Give the record of an audit with a regime, a statement and reasons."""
    statement, reasons, out = tmp_path / "statement.toml", tmp_path / "reasons.toml", tmp_path / "audit.json"
    statement.write_text('[system]\nname = "Screen"\n[decision]\nkind = "selection"\n', encoding="utf-8")
    reasons.write_text(
        'attribute = "sex"\n[notices]\nF = 90\nM = 50\n[counts.Income]\nF = 60\nM = 5\n', encoding="utf-8"
    )
    done = _fairloss(
        "audit", table, "--decision", "hired", "--sensitive", "sex,race", "--score", "score", "--out", out, "--quiet",
        "--regime", "us-nyc-ll144", "--regime", "us-credit", "--statement", statement, "--reasons", reasons,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return out


def test_an_audit_says_how_much_is_there(table: Path) -> None:
    done = _fairloss(
        "audit", table, "--decision", "hired", "--sensitive", "sex", "--regime", "us-nyc-ll144", "--regime", "general"
    )  # fmt: skip
    assert done.output.splitlines()[-2:] == [
        "us-nyc-ll144: 2 of 15 items that apply are present.",
        "general: 1 of 23 items that apply are present.",
    ]


def test_an_audit_takes_regimes_a_statement_and_reasons(record: Path) -> None:
    report = AuditReport.from_json(record)
    assert [one.name for one in report.evidence["regimes"]] == ["us-nyc-ll144", "us-credit"]
    assert report.evidence["statement"].get("system.name") == "Screen"
    assert len(report.rows("reason_shares")) == 2
    assert verify(record).holds


def test_the_public_summary_and_its_csv_come_from_the_record(record: Path, tmp_path: Path) -> None:
    assert _fairloss("export", record, "--to", "ll144-summary", "--out", tmp_path / "s.html").exit_code == 0
    assert "Summary of the audit of Screen" in (tmp_path / "s.html").read_text(encoding="utf-8")
    assert _fairloss("export", record, "--to", "ll144-csv").stdout.startswith('"table","attribute","category"')


def test_findings_are_listed_and_answered(record: Path, tmp_path: Path) -> None:
    listed = _fairloss("respond", record).output
    names = [line for line in listed.splitlines() if not line.startswith(" ")]
    assert len(names) == listed.count("Response: none recorded") == len(AuditReport.from_json(record).findings)
    before = record.read_bytes()
    out = tmp_path / "answered.json"
    done = _fairloss(
        "respond", record, "--finding", names[0], "--owner", "A", "--action", "B", "--due", "2027-01-01", "--out", out
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert record.read_bytes() == before
    assert "Response: A: B (open, due 2027-01-01)" in _fairloss("respond", out).output
    assert verify(out).holds
    many = tmp_path / "responses.toml"
    many.write_text(
        "\n".join(f'[[responses]]\nfinding = "{name}"\nowner = "C"\naction = "D"\n' for name in names),
        encoding="utf-8",
    )
    assert _fairloss("respond", out, "--responses", many).exit_code == 0
    assert _fairloss("respond", out).output.count("Response: C: D (open)") == len(names)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--finding", "gap", "--owner", "A", "--action", "B"], "Unknown finding 'gap'"),
        (["--owner", "A"], "respond needs --finding"),
        (["--responses", "absent.toml"], "cannot be read"),
    ],
)
def test_a_wrong_response_is_one_sentence(record: Path, arguments: list[str], says: str) -> None:
    done = _fairloss("respond", record, *arguments)
    assert done.exit_code == 2
    assert says in done.output
    assert done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--regime", "us-nyc", "Unknown regime 'us-nyc'"),
        ("--statement", "absent.toml", "A statement cannot be read"),
        ("--reasons", "absent.toml", "A file of reasons cannot be read"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(table: Path, option: str, value: str, says: str) -> None:
    done = _fairloss("audit", table, "--decision", "hired", "--sensitive", "sex", option, value)
    assert done.exit_code == 2
    assert says in done.output
    assert done.output.count("\n") == 1


def test_regimes_are_listed_shown_and_looked_up_in_a_record(record: Path) -> None:
    listed = _fairloss("regimes").output
    assert all(name in listed for name in REGIMES)
    assert list(json.loads(_fairloss("regimes", "--json").stdout)) == list(REGIMES)
    shown = _fairloss("regimes", "us-nyc-ll144").output
    assert "distribution_date: the day on which the employer began to use the tool (6 RCNY 5-303)" in shown
    assert json.loads(_fairloss("regimes", "us-nyc-ll144", "--json").stdout)["last_checked"] == "2026-11-21"
    lacks = _fairloss("regimes", "us-nyc-ll144", "--record", record)
    assert lacks.exit_code == 0
    assert lacks.output.startswith("Missing:\n  audit_date:")
    assert "  tool: " not in lacks.output
    rows = json.loads(_fairloss("regimes", "us-nyc-ll144", "--record", record, "--json").stdout)
    assert {row["item"]: row["state"] for row in rows}["tool"] == "present"
    for text in (listed, shown, lacks.output, *(_fairloss("regimes", name).output for name in REGIMES)):
        assert lint(text) == []


def test_no_help_text_of_the_audit_says_a_word_that_no_report_may_use() -> None:
    texts = [_fairloss(*command, "--help").output for command in ([], ["audit"], ["respond"], ["regimes"], ["export"])]
    assert all(len(text) > 100 for text in texts)
    assert [word for text in texts for word in lint(text.replace("Train fairer", ""))] == []
