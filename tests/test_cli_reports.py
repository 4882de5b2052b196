"""The command line chooses outlines and hides small counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from fairloss.audit import verify
from fairloss.cli import main


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"race": rng.choice(["a", "b", "c", "d"], 400, p=[0.5, 0.3, 0.19, 0.01])})
    table["hired"] = rng.integers(0, 2, 400)
    table.to_csv(tmp_path / "d.csv", index=False)
    return tmp_path / "d.csv"


def _run(*arguments: Any, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_a_kind_chooses_the_outline(file: Path) -> None:
    page = file.with_suffix(".html")
    _run("audit", file, "--decision", "hired", "--sensitive", "race", "--kind", "hr", "--out", page)
    assert "Stages of the funnel" in page.read_text(encoding="utf-8")
    said = _run("audit", file, "--decision", "hired", "--sensitive", "race", "--kind", "hiring", code=2)
    assert "kind of audit" in said


def test_small_counts_are_hidden_in_every_output(file: Path) -> None:
    asked = ("audit", file, "--decision", "hired", "--sensitive", "race")
    whole, hidden = (json.loads(_run(*asked, "--json", *more)) for more in ((), ("--suppress", 11)))
    assert len(whole["counts"][0]["cells"]) == 4
    assert hidden["suppression"]["together"][0]["names"] == ["c", "d"]
    assert verify(hidden).holds
    record, page = file.with_suffix(".json"), file.with_suffix(".html")
    record.write_text(json.dumps(whole), encoding="utf-8")
    _run("render", record, "--out", page, "--suppress", 11)
    assert "2 groups together" in page.read_text(encoding="utf-8")
    assert "2 groups together" in _run("export", record, "--to", "csv", "--suppress", 11)
    assert "2 or more" in _run(*asked, "--suppress", 1, code=2)


def test_a_comparison_takes_no_suppression(file: Path, tmp_path: Path) -> None:
    from fairloss.audit import compare_predictions

    change = compare_predictions(None, [1, 0, 1, 0], [1, 1, 0, 0], sensitive_features=list("aabb"))
    change.to_json(tmp_path / "change.json")
    said = _run("render", tmp_path / "change.json", "--out", tmp_path / "x.html", "--suppress", 11, code=2)
    assert "--suppress takes one audit" in said
