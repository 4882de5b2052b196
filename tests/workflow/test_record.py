"""The record of a run: it comes back from its JSON, and every number in it is recomputed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from fairloss.audit.integrity import seal
from fairloss.cli import main
from fairloss.errors import InputError
from fairloss.notions import ScoreHistogram
from fairloss.workflow import RunResult, read_definition, run
from fairloss.workflow import record as record_room
from fairloss.workflow.record import verify_run
from fairloss.workflow.schema import run_schema

DEFINITION = """
name = "mine"
title = "Who is invited"
question = "Does the invitation depend on the sex?"
does_not_establish = ["Why groups differ."]

[data]
sensitive = ["sex"]
also_audited = ["site"]
label = "invited"
favorable = ["yes"]

[split]
seeds = [0, 1]

[audit]
notions = ["demographic_parity"]
strata = ["branch"]
reference = { sex = "M" }
regimes = ["general"]
random_state = 5

[statement.decision]
favorable = "invited"

[goal]
notion = "demographic_parity"
tolerance = 0.1
source = "A test."

[[mitigations]]
method = "reweighing"

[[mitigations]]
method = "group_thresholds"
notion = "demographic_parity"
tolerance = 0.1
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A run over 600 applications, two seeds, with an attribute that is missing for some."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    sex, site = rng.choice(["F", "M"], 600), rng.choice(["x", "y", ""], 600, p=[0.5, 0.4, 0.1])
    skill = rng.normal(size=600) + 0.7 * (sex == "M")
    invited = np.where(skill + rng.normal(size=600) > 0.4, "yes", "no")
    branch = rng.choice(["north", "south"], 600)
    table = {"sex": sex, "site": site, "skill": skill, "branch": branch, "invited": invited}
    pd.DataFrame(table).to_csv(folder / "a.csv", index=False)
    (folder / "audit.toml").write_text(DEFINITION, encoding="utf-8")
    return run(read_definition(folder), folder / "a.csv", out=folder / "out")


@pytest.fixture(scope="module")
def record(result: RunResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.to_json())
    return found


def test_a_run_comes_back_from_its_record(result: RunResult, tmp_path: Path) -> None:
    result.to_json(tmp_path / "report.json")
    again = RunResult.from_json(tmp_path / "report.json")
    assert again.to_json() == result.to_json()
    assert again.to_html() == result.to_html()
    pd.testing.assert_frame_equal(again.frontier, result.frontier)


def test_the_record_of_a_run_meets_its_schema_and_one_with_more_or_less_does_not(record: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(run_schema())
    validator = Draft202012Validator(run_schema())
    assert [f"{one.json_path}: {one.message[:200]}" for one in validator.iter_errors(record)] == []
    record = copy.deepcopy(record)
    within = [record, record["tallies"][0], record["frontier"][0], record["summary"][0], record["monitor_plan"]]
    within += [record["data"]["plan"], record["change"], record["change"]["before"]["rates"][0]]
    for place in within:
        place["something else"] = 1
        assert not validator.is_valid(record)
        del place["something else"]
        key = next(iter(place))
        kept = place.pop(key)
        assert not validator.is_valid(record), key
        place[key] = kept
    assert validator.is_valid(record)
    record["definition"]["goal"]["something else"] = 1  # what a definition may leave out, its record holds all the same
    assert not validator.is_valid(record)


def test_both_audits_are_asked_what_the_definition_asks(result: RunResult) -> None:
    for side, model in ((result.before, "baseline"), (result.after, result.choice.name)):
        assert side.about.model == model
        assert (side.about.favorable, side.about.kind, side.title) == ("invited", "general", "Who is invited")
        assert side.plan.reference == (("sex", "M"),)
        assert side.plan.random_state == result.data.plan.random_state == 5
        assert side.attributes == ("sex", "site", "sex × site")
        assert side.control is not None
        assert side.control.grouping.attribute == "branch"
        assert [one.name for one in side.evidence["regimes"]] == ["general"]
        assert side.evidence["statement"].get("limits") == ["Why groups differ."]
    assert result.data.control is not None
    assert result.data.plan.reference == (("sex", "M"),)


def test_the_scores_of_both_models_are_counted_on_the_rows_of_the_test_part(result: RunResult) -> None:
    tallies = {(t.candidate, t.part, t.seed): t for t in result.tallies}
    for side, name in ((result.before, "baseline"), (result.after, result.choice.name)):
        assert len(side.scores) == len(side.tables)
        tally = tallies[name, "test", 0]
        for scores in side.scores:
            assert scores.cells.shape[-1] == 1024
            assert (scores.edges[0], scores.edges[-1]) == (0, 1)
            assert scores.cells.sum() == tally.cells.sum()
            assert scores.cells.sum((0, 2)).tolist() == tally.cells.sum((0, 2)).tolist()  # by label
        first = side.scores[0]
        pooled = ScoreHistogram(first.cells.sum(0, keepdims=True), first.edges, first.missing.sum(0, keepdims=True))
        assert float(pooled.auc()[0]) == pytest.approx(tally.auc, abs=0.005)  # ties within a bin
    assert len(result.after.table("score_gaps")) > 0
    page = result.to_html()
    for title in (
        "Scores by sex",
        "ROC curves by sex",
        "Share of favorable labels by score and sex",
        "Law and practice",
    ):
        assert title in page
    assert "Scores, before and after" in page


def test_figures_of_the_record_follow_from_its_counts(result: RunResult) -> None:
    for tally, (_, row) in zip(result.tallies, result.frontier.iterrows(), strict=True):
        total, right, selected = 0, 0, 0
        for group in tally.cells.tolist():
            total += sum(map(sum, group))
            right += group[0][0] + group[1][1]
            selected += group[0][1] + group[1][1]
        rates = [(group[0][1] + group[1][1]) / sum(map(sum, group)) for group in tally.cells[:-1].tolist()]
        assert (row["rows"], row["candidate"], row["part"]) == (total, tally.candidate, tally.part)
        assert row["accuracy"] == pytest.approx(right / total)
        assert row["selection_rate"] == pytest.approx(selected / total)
        assert row["gap_demographic_parity"] == pytest.approx(max(rates) - min(rates))


def test_a_record_of_its_own_holds_and_names_what_is_only_stated(record: dict[str, Any]) -> None:
    found = verify_run(record)
    assert found.holds, str(found)
    assert found.numbers == len(list(_numbers(record)))
    stated = {pointer.rsplit("/", 1)[0] for pointer in found.not_recomputed if not pointer.startswith("/data/missing/")}
    assert stated == {
        "/change/after/about", "/change/before/about", "/definition/audit", "/definition/goal",
        "/definition/mitigations/1", "/definition/split", "/definition/split/seeds", "/source",
    }  # fmt: skip
    assert "/definition/goal/tolerance" not in found.not_recomputed


def _numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(one, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def test_any_one_number_of_a_run_that_was_changed_is_found(
    record: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the run's own numbers; the audits within it have a mutation test of their own, and are taken as read here."""
    audits = {name: record_room.verify(record[name]) for name in ("data", "change")}
    restored = {name: record_room.restore(record[name]) for name in ("data", "change")}
    short = seal({**record, "data": {"name": "data"}, "change": {"name": "change"}})
    monkeypatch.setattr(record_room, "verify", lambda data: audits[data["name"]])
    monkeypatch.setattr(record_room, "restore", lambda data: restored[data["name"]])
    monkeypatch.setattr(record_room, "to_mapping", lambda report: short["data"])
    monkeypatch.setattr(record_room, "change_to_mapping", lambda change: short["change"])
    stated = set(verify_run(short).not_recomputed)
    own = list(_numbers(short))
    assert len(own) > 150
    for path in own:
        changed = copy.deepcopy(short)
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] += 1 if isinstance(holder[path[-1]], int) else 0.001
        if "/" + "/".join(map(str, path)) not in stated:
            changed = seal(changed)  # as a forger would hand it on
        assert not _holds(changed), path


def test_a_changed_audit_within_a_run_is_found(record: dict[str, Any]) -> None:
    for path in (("data", "counts", 0, "cells", 0, 0, 0), ("change", "after", "rates", 0, "value")):
        changed = copy.deepcopy(record)
        holder: Any = changed
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] += 1
        found = verify_run(seal(changed))
        assert {one.pointer.split("/")[1] for one in found.mismatches} == {path[0]}


def _holds(record: dict[str, Any]) -> bool:
    try:
        return verify_run(record).holds
    except InputError:
        return False


def test_a_forged_choice_and_what_is_no_run_are_refused(record: dict[str, Any]) -> None:
    forged = copy.deepcopy(record)
    forged["choice"]["name"] = "group thresholds, demographic parity 0.1"
    assert "/choice/name" in {one.pointer for one in verify_run(seal(forged)).mismatches}
    with pytest.raises(InputError, match="A run has the schema 'fairloss-run/1', got 'fairloss-audit/1'"):
        verify_run(record["data"])
    for key in ("definition", "tallies", "change", "producer"):
        damaged = {name: value for name, value in record.items() if name != key}
        with pytest.raises(InputError, match="damaged"):
            verify_run(damaged)


def test_the_commands_take_the_record_of_a_run(result: RunResult, tmp_path: Path) -> None:
    result.write(tmp_path)
    file = str(tmp_path / "report.json")
    done = CliRunner().invoke(main, ["verify", file])
    assert (done.exit_code, "No value differs" in done.output) == (0, True), done.output
    done = CliRunner().invoke(main, ["render", file, "--out", str(tmp_path / "again.html")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "report.html").read_bytes()
    done = CliRunner().invoke(main, ["export", file, "--to", "csv"])
    assert (done.exit_code, "got a comparison or a run" in done.output) == (2, True)
