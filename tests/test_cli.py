"""The command line: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from fairloss.cli import main

DEFINITION = """
title = "Who is invited"
question = "Is the gap held?"
does_not_establish = ["Anything beyond a test of the command line."]
[data]
sensitive = ["sex"]
label = "invited"
favorable = ["yes"]
[goal]
notion = "demographic_parity"
tolerance = 0.1
source = "A test."
[audit]
notions = ["demographic_parity", "equalized_odds"]
[[mitigations]]
method = "reweighing"
[[mitigations]]
method = "fair_classifier"
notion = "demographic_parity"
tolerance = 0.1
[[mitigations]]
method = "group_thresholds"
notion = "demographic_parity"
tolerance = 0.1
"""


def _fairloss(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def decisions(tmp_path: Path) -> Path:
    """A file of decisions with a gap of 0.4 between 1,000 women and 1,000 men."""
    sex = np.repeat(["F", "M"], 1000)
    chosen = np.concatenate([np.arange(1000) < 300, np.arange(1000) < 700]).astype(int)
    path = tmp_path / "decisions.csv"
    pd.DataFrame({"sex": sex, "chosen": chosen, "hired": np.tile([0, 1], 1000)}).to_csv(path, index=False)
    return path


@pytest.fixture
def applications(tmp_path: Path) -> Path:
    """A definition with its data: 1,500 applications, and a feature that stands for the sex."""
    rng = np.random.default_rng(0)
    sex = rng.choice(["F", "M"], 1500)
    skill, proxy = rng.normal(size=1500), rng.normal(size=1500) + (sex == "M")
    invited = np.where(skill + 0.8 * proxy + rng.normal(size=1500) > 0.4, "yes", "no")
    frame = pd.DataFrame({"sex": sex, "skill": skill, "proxy": proxy, "invited": invited})
    frame.to_csv(tmp_path / "applications.csv", index=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "audit.toml").write_text(DEFINITION, encoding="utf-8")
    return tmp_path


def test_run_leaves_a_page_and_a_record_and_prints_the_choice(applications: Path) -> None:
    out = applications / "out"
    done = _fairloss("run", applications / "mine", "--data", applications / "applications.csv", "--out", out)
    assert done.exit_code == 0, done.output
    record = json.loads((out / "report.json").read_text(encoding="utf-8"))
    names = [
        "baseline",
        "reweighing",
        "fair classifier, demographic parity 0.1",
        "group thresholds, demographic parity 0.1",
    ]
    assert [row["candidate"] for row in record["summary"]] == names
    assert record["choice"]["name"] in done.output
    assert record["choice"]["name"] != "group thresholds, demographic parity 0.1"  # it reads the attribute
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    gaps = {row["candidate"]: row["gap_demographic_parity"] for row in record["summary"]}
    assert gaps["baseline"] > 0.15
    assert gaps[record["choice"]["name"]] < gaps["baseline"]


def test_the_same_run_gives_the_same_bytes(applications: Path) -> None:
    written = []
    for name in ("one", "two"):
        arguments = ("run", applications / "mine", "--data", applications / "applications.csv", "--quiet")
        assert _fairloss(*arguments, "--out", applications / name).output == ""
        written.append([(applications / name / file).read_bytes() for file in ("report.json", "report.html")])
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("gates", "code"),
    [
        ([], 0),
        (["--gate", "demographic_parity=0.1"], 1),
        (["--gate", "demographic_parity=0.6"], 0),
        (["--gate", "demographic_parity=0.4"], 3),
        (["--gate", "demographic_parity=0.4", "--gate", "demographic_parity=0.1"], 1),
    ],
)
def test_gates_set_the_exit_code(decisions: Path, gates: list[str], code: int) -> None:
    assert _fairloss("audit", decisions, "--decision", "chosen", "--sensitive", "sex", *gates).exit_code == code


@pytest.mark.parametrize("ending", ["html", "json", "md"])
def test_audit_writes_the_format_that_the_name_ends_in(decisions: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"audit.{ending}"
    done = _fairloss("audit", decisions, "--decision", "chosen", "--label", "hired", "--sensitive", "sex", "--out", out)
    assert done.exit_code == 0
    assert "30.0 %" in done.output
    assert out.stat().st_size > 1000


def test_audit_takes_a_seed(decisions: Path) -> None:
    asked = ("audit", decisions, "--decision", "chosen", "--sensitive", "sex", "--json", "--random-state", 7)
    record = json.loads(_fairloss(*asked).output)
    assert record["plan"]["random_state"] == 7
    assert {row["random_state"] for row in record["omnibus"]} == {7}


def test_audit_prints_json_alone_when_asked(decisions: Path) -> None:
    done = _fairloss("audit", decisions, "--decision", "chosen", "--sensitive", "sex", "--json")
    assert json.loads(done.stdout)["schema"] == "fairloss-audit/1"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("audit", "absent.csv", "--decision", "d", "--sensitive", "s"), "The table cannot be read from 'absent.csv'"),
        (("audit", "{decisions}", "--decision", "chozen", "--sensitive", "sex"), "Did you mean 'chosen'"),
        (
            ("audit", "{decisions}", "--decision", "chosen", "--sensitive", "sex", "--out", "x.pdf"),
            "ends in .html, .json",
        ),
        (
            ("audit", "{decisions}", "--decision", "chosen", "--sensitive", "sex", "--gate", "dp=0.1"),
            "Unknown notion 'dp'",
        ),
        (
            ("audit", "{decisions}", "--decision", "chosen", "--sensitive", "sex", "--gate", "x"),
            "a gate is NOTION=BOUND",
        ),
        (("run", "credit_aproval"), "Did you mean 'credit_approval'"),
        (("run", "income"), "fairloss: "),
        (("datasets", "adullt"), "Did you mean 'adult'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    decisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRLOSS_CACHE", str(tmp_path / "empty"))
    done = _fairloss(*(argument.format(decisions=decisions) for argument in arguments))
    assert done.exit_code == 2
    assert sentence in done.output
    assert "Traceback" not in done.output


def test_an_output_folder_that_cannot_be_written_is_found_before_the_work(applications: Path) -> None:
    blocked = applications / "file"
    blocked.write_text("not a folder")
    done = _fairloss(
        "run", applications / "mine", "--data", applications / "applications.csv", "--out", blocked / "out"
    )
    assert done.exit_code == 2
    assert "cannot be written" in done.output
    assert "training" not in done.output


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--out", "{folder}/absent/audit.html", "a folder that exists, got"),
        ("--out", "{folder}/audit.pdf", "ends in .html, .json, .md"),
        ("--gate", "demographic_party=0.1", "Did you mean 'demographic_parity'"),
        ("--gate", "demographic_parity=-1", "a gap of 0 or more, got 'demographic_parity=-1'"),
        ("--gate", "demographic_parity=nan", "a gap of 0 or more"),
    ],
)
def test_what_cannot_be_delivered_is_found_before_the_work(
    decisions: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str, sentence: str
) -> None:
    monkeypatch.setattr("fairloss.audit.audit_table", lambda *_, **__: pytest.fail("the work was done"))
    wanted = (option, value.format(folder=decisions.parent))
    done = _fairloss("audit", decisions, "--decision", "chosen", "--sensitive", "sex", *wanted)
    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())


def test_true_and_false_are_decisions_too(decisions: Path) -> None:
    plain = _fairloss("audit", decisions, "--decision", "chosen", "--sensitive", "sex", "--quiet", "--json")
    frame = pd.read_csv(decisions)
    frame.assign(chosen=frame["chosen"] == 1).to_csv(decisions, index=False)
    written = _fairloss("audit", decisions, "--decision", "chosen", "--sensitive", "sex", "--quiet", "--json")
    assert written.exit_code == 0
    assert json.loads(written.stdout)["rates"] == json.loads(plain.stdout)["rates"]


def test_the_ending_may_be_written_in_capitals(decisions: Path) -> None:
    out = decisions.parent / "AUDIT.HTML"
    assert _fairloss("audit", decisions, "--decision", "chosen", "--sensitive", "sex", "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("raised", "code", "said"), [(KeyboardInterrupt, 130, "interrupted"), (BrokenPipeError, 141, "")]
)
@pytest.mark.parametrize("command", ["audit", "verify"])
def test_a_command_that_is_ended_does_not_look_like_a_breach(
    decisions: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], code: int, said: str, command: str
) -> None:
    def end(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("fairloss.audit.audit_table", end)
    monkeypatch.setattr("fairloss.audit.strict_json.load", end)
    options = ("--decision", "chosen", "--sensitive", "sex") if command == "audit" else ()
    done = _fairloss(command, decisions, *options)
    assert done.exit_code == code
    assert said in done.output
    assert "Traceback" not in done.output


def test_names_from_the_data_cannot_move_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    hostile = "F\x1b[2J\u202e"
    pd.DataFrame({"s": [hostile, "M"] * 50, "d": [0, 1, 1, 1] * 25}).to_csv(path, index=False)
    done = _fairloss("audit", path, "--decision", "d", "--sensitive", "s")
    assert done.exit_code == 0
    assert "\x1b" not in done.output
    assert "\u202e" not in done.output


def test_datasets_lists_the_cards_and_shows_one() -> None:
    listed = _fairloss("datasets")
    assert listed.exit_code == 0
    assert len(listed.output.splitlines()) == 19
    shown = _fairloss("datasets", "adult")
    assert "CC BY 4.0" in shown.output
    assert "sensitive: sex" in shown.output
    assert json.loads(_fairloss("datasets", "--json").stdout)["adult"]
    assert json.loads(_fairloss("datasets", "adult", "--json").stdout)["name"] == "adult"
