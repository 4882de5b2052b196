"""Verification: own records hold, and a record in which any one number was changed does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairloss.audit import (
    AuditReport,
    Regime,
    audit_data,
    audit_predictions,
    audit_stages,
    compare,
    compare_predictions,
    respond,
    suppress,
    verify,
)
from fairloss.audit.catalogue import RESULTS
from fairloss.audit.integrity import canonical, checksum, seal
from fairloss.audit.regimes import BUILDERS
from fairloss.audit.restoring import restore
from fairloss.errors import InputError
from fairloss.notions import FN, FP, TP, Rate

N = 48
RNG = np.random.default_rng(5)
SEX = RNG.choice(["F", "M"], N)
SITE = RNG.choice(["x", "y"], N)
LABEL, DECISION, SCORE = RNG.integers(0, 2, N), RNG.integers(0, 2, N), RNG.random(N).round(2)
COMPUTED = {*RESULTS, "findings", "gaps", "farthest"}


def _with_regimes() -> AuditReport:
    """Give an audit with every kind of statutory table; a small regime, because every number will be changed."""
    law = {"name": "a", "citation": "b", "status": "practice", "asks": "c", "source": "d", "confidence": "A"}
    tables = [{"builder": name, "title": "t", "reference": "control"} for name in BUILDERS]
    regime = {
        "name": "all", "title": "All tables", "asks": "Numbers", "last_checked": "2026-11-21", "laws": [law],
        "tables": [*tables, {"builder": "impact_ratios", "title": "t", "measure": "scoring_rate"}],
        "items": [{"id": "limits", "sentence": "limits", "citation": "b", "pointer": "/statement/limits"}],
    }  # fmt: skip
    report = audit_predictions(
        None, DECISION, sensitive_features={"sex": SEX}, y_score=SCORE * 10, notions="demographic_parity",
        regimes=Regime.of(regime), statement={"data": {"origin": "test"}, "limits": ["x"]},
        reasons={"attribute": "sex", "notices": {"F": 9, "M": 8}, "counts": {"Debt": {"F": 4, "M": 3}}},
    )  # fmt: skip
    return respond(report, {"finding": report.findings[0].id, "owner": "O", "action": "A", "due": "2027-01-01"})


def _records() -> dict[str, dict[str, Any]]:
    """Give one small record of each kind."""
    one = {"sensitive_features": {"sex": SEX}, "notions": ["demographic_parity"]}
    some = {**one, "notions": ["equalized_odds"]}
    own = Rate("error_burden", FN + FP, TP + FN, "wrong decisions for each favorable label")
    absent = np.where(RNG.random(N) < 0.1, None, SEX)
    hired = np.where(DECISION == 1, LABEL.astype(object), None)
    funnel = {"sex": SEX, "test": DECISION, "hired": hired}
    twice = {"sensitive_features": {"sex": np.repeat(SEX, 9)}, "notions": ["demographic_parity"]}
    table = {"sex": SEX, "good": LABEL, "income": np.where(SCORE > 0.8, None, SCORE), "whole": SCORE}
    made = {
        "decisions alone": audit_predictions(None, DECISION, **one),
        "labels": audit_predictions(LABEL, DECISION, about={"seed": 7, "title": "Labels"}, **some),
        "scores": audit_predictions(LABEL, DECISION, y_score=SCORE, **one),
        "strata": audit_predictions(LABEL, DECISION, control_features={"site": SITE}, **one),
        "weights": audit_predictions(LABEL, DECISION, sample_weight=RNG.random(N) + 0.2, level=0.9, **some),
        "crossed": audit_predictions(
            None, DECISION, sensitive_features={"sex": SEX, "site": SITE}, notions="demographic_parity"
        ),
        "far apart": audit_predictions(
            None, (SEX == "F").repeat(20), sensitive_features={"sex": SEX.repeat(20)}, notions=["demographic_parity"]
        ),
        "unknown": audit_predictions(
            None, DECISION, sensitive_features={"sex": absent}, missing="unknown", reference={"sex": "M"}
        ),
        "own notion": audit_predictions(
            LABEL, DECISION, sensitive_features={"sex": SEX}, notions=[own, "balanced_accuracy_equality"]
        ),
        "clusters": audit_predictions(LABEL, DECISION, clusters={"site": np.arange(N) // 4}, **some),
        "weighted clusters": audit_predictions(
            None, DECISION, clusters=np.arange(N) // 6, sample_weight=RNG.random(N) + 0.2, **one
        ),
        "membership": audit_predictions(
            None, DECISION, membership={"a": np.arange(N) % 3 / 4, "b": 1 - np.arange(N) % 3 / 4}, **one
        ),
        "without a group": audit_predictions(
            None, DECISION, sensitive_features={"sex": absent}, notions="demographic_parity"
        ),
        "data": audit_data(table, label="good", sensitive="sex"),
        "whole data": audit_data(table, label="good", sensitive="sex", columns=["whole"]),
        "regimes": _with_regimes(),
        "all of the data": _all_of_the_data(),
        "sampled data": _sampled_data(),
        "stages": audit_stages(funnel, stages=["test", "hired"], sensitive="sex"),
        "suppressed": suppress(audit_predictions(None, np.repeat(DECISION, 9), **twice)),
        "suppressed scores": suppress(
            audit_predictions(
                np.repeat(LABEL, 9),
                np.repeat(DECISION, 9),
                y_score=np.repeat(SCORE, 9),
                sample_weight=np.linspace(0.5, 2, 9 * N),
                control_features=np.repeat(SITE, 9),
                **twice,
            )
        ),
        "pairs": compare_predictions(LABEL, DECISION, 1 - DECISION, **some),
        "pairs with scores": compare_predictions(
            None, DECISION, SCORE > 0.5, score_before=SCORE, score_after=SCORE**2, random_state=3, **one
        ),
    }
    return {name: json.loads(report.to_json()) for name, report in made.items()}


def _all_of_the_data() -> AuditReport:
    """Give an audit that holds every kind of evidence about data, on few bins."""
    n = 2 * N
    sex = np.where(np.arange(n) % 2 == 0, "F", "M")
    draws = RNG.integers(0, 2, (4, n))
    job = np.where(draws[0] == 1, np.where(sex == "F", "a", "b"), None)
    table = {"sex": sex, "job": job, "good": draws[1], "who": draws[2], "part": draws[3], "id": np.arange(n) // 2}
    return audit_data(
        table, label="good", sensitive="sex", annotator="who", split="part", identifier="id",
        population={"sex": {"F": 0.6, "M": 0.4}}, expected={"job": ["a", "c"]}, leaks={},
    )  # fmt: skip


def _sampled_data() -> AuditReport:
    """Give an audit of data of which only a sample was read."""
    sex, value = np.where(np.arange(240) % 2 == 0, "F", "M"), RNG.random(240)
    value[value < 0.1] = np.nan
    table = {"sex": sex, "value": np.where(value < 0.6, value > 0.3, value), "good": RNG.integers(0, 2, 240)}
    return audit_data(table, label="good", sensitive="sex", rows_in_memory=120)


RECORDS = _records()


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(one, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def _changed(record: dict[str, Any], path: tuple[Any, ...], by: float) -> dict[str, Any]:
    """Give a copy with one number changed: a whole one by one, another by a share of itself."""
    changed = copy.deepcopy(record)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    holder[path[-1]] = old + 1 if isinstance(old, int) else old * (1 + by)
    return changed


def _resealed(record: dict[str, Any]) -> dict[str, Any]:
    """Give the record as a forger would hand it on: with checksums that fit."""
    sealed = {key: _resealed(one) if key in ("before", "after") else one for key, one in record.items()}
    return seal(sealed)


def _remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let records with equal counts and questions share what is recomputed from them; it is the same by definition."""
    memory: dict[str, Any] = {}

    def remember(data: dict[str, Any]) -> Any:
        inputs = {key: value for key, value in data.items() if key not in COMPUTED | {"integrity"}}
        for side in ("before", "after"):
            if side in inputs:
                inputs[side] = {k: v for k, v in inputs[side].items() if k not in COMPUTED | {"integrity"}}
        key = canonical(inputs)
        if key not in memory:
            memory.clear()
            memory[key] = restore(data)
        return memory[key]

    monkeypatch.setitem(verify.__globals__, "restore", remember)


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_of_its_own_holds(kind: str) -> None:
    found = verify(RECORDS[kind])
    assert found.holds, str(found)
    assert found.numbers == len(list(_leaves(RECORDS[kind])))
    assert found.numbers > 30
    listed = {"labels": 1, "whole data": 2, "suppressed": 1, "suppressed scores": 1}
    audits = [RECORDS[kind][side] for side in ("before", "after") if side in RECORDS[kind]] or [RECORDS[kind]]
    seeds = sum("omnibus" not in audit for audit in audits)  # nothing was drawn with them
    assert len(found.not_recomputed) == listed.get(kind, 0) + seeds
    assert "No value differs" in str(found)


@pytest.mark.parametrize("by", [1e-6, 0.5])
@pytest.mark.parametrize("kind", RECORDS)
def test_any_one_number_that_was_changed_is_found(kind: str, by: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even by a forger who makes the checksum fit: only the numbers that are listed rest on the checksum alone."""
    _remembering(monkeypatch)
    record = RECORDS[kind]
    listed = set(verify(record).not_recomputed)
    paths = list(_leaves(record))
    for path in paths if by == 1e-6 else paths[::7]:
        pointer = "/" + "/".join(map(str, path))
        computed = (path[1] if path[0] in ("before", "after") else path[0]) in COMPUTED
        forged = _changed(record, path, by)
        assert checksum(forged) != record["integrity"]["sha256"], pointer
        try:
            found = verify(_resealed(forged))
        except InputError:  # nothing can be recomputed: a shape that does not fit, a level above 1
            assert not computed, pointer
            continue
        assert found.holds == (pointer in listed), f"{kind}: {pointer}: {found}"
        if computed:
            assert [one.pointer for one in found.mismatches] == [pointer]


def test_a_changed_number_is_named_with_what_it_should_be() -> None:
    record = copy.deepcopy(RECORDS["labels"])
    right, record["disparities"][2]["low"] = record["disparities"][2]["low"], 0.25
    first, second = verify(record).mismatches
    assert str(first) == f"/disparities/2/low: found 0.25, expected {right!r}"
    assert second.pointer == "/integrity/sha256"


def test_a_changed_seed_breaks_the_checksum_and_is_listed_as_resting_on_it() -> None:
    record = copy.deepcopy(RECORDS["labels"])
    record["about"]["seed"] = 8
    found = verify(record)
    assert [one.pointer for one in found.mismatches] == ["/integrity/sha256"]
    assert found.not_recomputed == ("/about/seed", "/plan/random_state")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rates", 0, "value"), "0.5"),
        (("rates", 0, "value"), None),
        (("rates", 0, "note"), "an added note"),
        (("rates", 0, "extra"), 1),
        (("representation", 0, "rows"), True),
        (("disparities", 0, "reading"), "undefined"),
        (("findings", 0, "sentence"), "Nothing was found."),
        (("integrity",), None),
        (("integrity", "sha256"), "0" * 64),
        (("plan", "level"), 0.9),
        (("plan", "reference"), "largest"),
    ],
)
def test_texts_types_and_added_values_are_compared_too(path: tuple[Any, ...], value: Any) -> None:
    record = copy.deepcopy(RECORDS["labels"])
    holder = record
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    assert not verify(record).holds


def test_rows_that_were_left_out_or_moved_are_found() -> None:
    record = copy.deepcopy(RECORDS["labels"])
    record["disparities"].pop()
    assert not verify(_resealed(record)).holds
    record = copy.deepcopy(RECORDS["crossed"])
    assert len(record["findings"]) > 1
    record["findings"].reverse()
    assert not verify(_resealed(record)).holds


def test_counts_that_were_changed_with_everything_after_them_still_have_to_add_up() -> None:
    """A forger who recomputes the whole record must change the strata too, and the joint counts of a comparison."""
    record = copy.deepcopy(RECORDS["strata"])
    record["counts"][0]["cells"][0][0][0] += 3
    again = json.loads(restore(record).to_json())
    assert [one.pointer for one in verify(again).mismatches] == ["/counts/0/cells/0/0/0"]
    change = copy.deepcopy(RECORDS["pairs"])
    change["after"]["counts"][0]["cells"][1][0][1] += 2
    pointers = [one.pointer for one in verify(json.loads(restore(change).to_json())).mismatches]
    assert pointers == ["/after/counts/0/cells/1/0/1"]


def test_rounding_of_another_machine_is_no_mismatch() -> None:
    record = copy.deepcopy(RECORDS["labels"])
    record["rates"][0]["low"] *= 1 + 1e-12
    assert verify(_resealed(record)).holds


def test_a_record_of_another_version_says_so() -> None:
    record = copy.deepcopy(RECORDS["labels"])
    record["producer"]["version"] = "0.0.1"
    found = verify(_resealed(record))
    assert found.holds
    assert "Made by fairloss 0.0.1" in str(found)


def test_a_comparison_without_pairs_holds(report: AuditReport) -> None:
    assert verify(json.loads(compare(report, report).to_json())).holds


def test_the_usual_report_and_a_hostile_one_hold(report: AuditReport, hostile: AuditReport, tmp_path: Path) -> None:
    for one in (report, hostile):
        path = tmp_path / "audit.json"
        one.to_json(path)
        assert verify(path).holds
        assert verify(path).numbers > 1000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"schema": "fairloss-audit/1", "schema": "fairloss-audit/1"}', "twice"),
        ('{"schema": "fairloss-audit/1", "counts": NaN}', "NaN"),
        ("[" * 100_000, "nested"),
        ('{"schema": "something/2"}', "schema"),
        ("[1, 2]", "schema"),
        ('{"schema": "fairloss-audit-change/1"}', "damaged"),
    ],
)
def test_what_is_no_record_is_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        verify(path)


@pytest.mark.parametrize("value", [-1, None, "7", [1], 1e400])
def test_counts_that_are_no_counts_are_refused(value: Any) -> None:
    record = copy.deepcopy(RECORDS["labels"])
    record["counts"][0]["cells"][0][0][0] = value
    with pytest.raises(InputError):
        verify(record)


def test_a_shape_that_would_fill_the_memory_is_refused() -> None:
    record = copy.deepcopy(RECORDS["scores"])
    record["score_histograms"][0]["shape"] = [2, 2, 10**13]
    with pytest.raises(InputError):
        verify(record)


@pytest.mark.parametrize("number", ["1e400", "-1e999", "1" + "0" * 400, "[" * 900 + "]" * 900, "1" * 5000])
def test_numbers_that_no_machine_holds_are_one_sentence(number: str, tmp_path: Path) -> None:
    for key in ("rates", "about"):
        path = tmp_path / "audit.json"
        record = copy.deepcopy(RECORDS["labels"])
        (record["rates"][0] if key == "rates" else record["about"])["value"] = "HERE"
        path.write_text(json.dumps(record).replace('"HERE"', number))
        with pytest.raises(InputError):
            verify(path)
