"""The command on data before any model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from fairloss.audit import verify
from fairloss.cli import main


def _fairloss(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file of people whose club tells their sex, and whose later part is another one."""
    rng = np.random.default_rng(0)
    sex = np.repeat(["F", "M"], 500)
    club = np.where(rng.random(1000) < 0.5, sex, "none")
    frame = pd.DataFrame({"sex": sex, "club": club, "paid": rng.choice(["yes", "no"], 1000)})
    frame["part"] = rng.choice(["train", "test"], 1000)
    frame["points"] = rng.normal(size=1000) + (frame.part == "test")
    path = tmp_path / "people.csv"
    frame.to_csv(path, index=False)
    return path


def _stated(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_it_prints_what_was_found_and_writes_a_record_that_verifies(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "data.json"
    population = _stated(tmp_path / "population.json", '{"sex": {"F": 0.7, "M": 0.3}}')
    roles = ("--label", "paid", "--pos-label", "yes", "--sensitive", "sex", "--split", "part")
    done = _fairloss("audit-data", people, *roles, "--population", population, "--out", out)
    assert done.exit_code == 0, done.output
    for says in ("club (Cramér's V", "points (PSI", "F 50.0 %, 500 of 1,000, against 70.0 %"):
        assert says in done.output
    assert verify(out).holds
    page = tmp_path / "data.html"
    assert _fairloss("audit-data", people, *roles, "--out", page, "--quiet").output == ""
    assert "Columns by part" in page.read_text(encoding="utf-8")


def test_json_alone_when_asked_and_another_table_to_compare_with(people: Path) -> None:
    done = _fairloss(
        "audit-data",
        people,
        "--label",
        "paid",
        "--pos-label",
        "yes",
        "--sensitive",
        "sex",
        "--against",
        people,
        "--json",
    )
    record = json.loads(done.stdout)
    assert {row["part"] for row in record["drift"]} == {"the other"}
    assert max(row["psi"] for row in record["drift"]) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "cannot be read"), ("[1]", "got another shape"), ('{"sex": {"Female": 1}}', "needs a share of every group")],
)
def test_a_population_that_cannot_be_used_is_one_sentence(people: Path, tmp_path: Path, text: str, says: str) -> None:
    population = _stated(tmp_path / "population.json", text)
    done = _fairloss(
        "audit-data", people, "--label", "paid", "--pos-label", "yes", "--sensitive", "sex", "--population", population
    )
    assert done.exit_code == 2
    assert says in done.output
    assert done.output.count("\n") == 1
