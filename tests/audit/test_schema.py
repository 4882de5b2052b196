"""The published schema: every record meets it, and a record with anything more, less or else does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from fairloss.audit import (
    REGIMES,
    AuditReport,
    audit_counts,
    audit_data,
    audit_predictions,
    audit_stages,
    change_schema,
    compare,
    compare_predictions,
    record_schema,
    respond,
    suppress,
)
from fairloss.audit.catalogue import EVIDENCE, RESULTS
from fairloss.audit.figures import _READINGS
from fairloss.audit.findings import Finding
from fairloss.notions import NOTIONS, GroupCounts

VALIDATOR = Draft202012Validator(record_schema())


def _with_regimes(people: dict[str, Any]) -> AuditReport:
    report = audit_predictions(
        None, people["decision"], sensitive_features={"sex": people["sex"], "race": people["race"]},
        y_score=people["score"], regimes=list(REGIMES), statement={"limits": ["x"], "auditor": {"independent": False}},
        reasons={"attribute": "sex", "notices": {"F": 9, "M": 80}, "counts": {"Debt": {"F": 9, "M": 3}}},
    )  # fmt: skip
    return respond(report, {"finding": report.findings[0].id, "owner": "O", "action": "A", "due": "2027-01-01"})


def _records(report: AuditReport, hostile: AuditReport, people: dict[str, Any]) -> Iterator[dict[str, Any]]:
    features = {"sex": people["sex"], "race": people["race"]}
    label, decision = people["label"], people["decision"]
    table = {"sex": people["sex"], "good": label, "hole": [None, 1] * 1500}
    weight = np.linspace(0.2, 3, 3000)
    made = [
        report,
        hostile,
        audit_data(table, label="good", sensitive="sex"),
        audit_data(table, label="good", sensitive="sex", rows_in_memory=500),
        audit_data(
            {**table, "who": people["race"], "part": np.arange(3000) % 3, "late": decision},
            label="good",
            sensitive="sex",
            annotator="who",
            split="part",
            identifier="late",
            leaks={"hole": "a test"},
            population={"sex": {"F": 1, "M": 2}},
            expected={"hole": ["1"]},
            strata="late",
        ),
        audit_predictions(None, decision, sensitive_features=features, reference={"sex": "M"}, missing="unknown"),
        audit_predictions(label, decision, sensitive_features=features, sample_weight=weight, notions=NOTIONS),
        audit_predictions(label, decision, sensitive_features=people["race"], control_features={"sex": people["sex"]}),
        audit_predictions(label, 0 * decision, sensitive_features=people["race"]),
        audit_predictions(
            label,
            decision,
            sensitive_features=features,
            clusters={"branch": np.arange(3000) // 20},
            membership={"a": people["score"], "b": 1 - people["score"]},
        ),
        audit_stages(
            {"sex": people["sex"], "test": label, "offer": np.where(label, decision.astype(object), None)},
            stages=["test", "offer"],
            sensitive="sex",
        ),
        suppress(audit_predictions(None, decision, sensitive_features=features)),
        suppress(audit_predictions(label, decision, sensitive_features=features, y_score=people["score"])),
        audit_counts(GroupCounts(np.array([[[9, 0], [0, 0]], [[0, 5], [3, 1]]])), reference="largest"),
        _with_regimes(people),
    ]
    yield from (json.loads(one.to_json()) for one in made)


def test_the_schema_is_one_and_every_record_meets_it(
    report: AuditReport, hostile: AuditReport, people: dict[str, Any]
) -> None:
    Draft202012Validator.check_schema(record_schema())
    for record in _records(report, hostile, people):
        assert [f"{one.json_path}: {one.message[:200]}" for one in VALIDATOR.iter_errors(record)] == []


def test_comparisons_meet_their_schema(people: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(change_schema())
    validator = Draft202012Validator(change_schema())
    label, decision, sex = people["label"], people["decision"], people["sex"]
    weight = np.linspace(0.2, 3, 3000)
    made = [
        compare_predictions(label, decision, 1 - decision, sensitive_features=sex),
        compare_predictions(None, decision, 1 - decision, sensitive_features=sex, sample_weight=weight),
        compare(*(audit_predictions(label, one, sensitive_features=sex) for one in (decision, 1 - decision))),
    ]
    for change in made:
        record = json.loads(change.to_json())
        assert [f"{one.json_path}: {one.message[:200]}" for one in validator.iter_errors(record)] == []
        for place in (record, record["rates"][0], record["gaps"][0], record["after"]["plan"]):
            place["something else"] = 1
            assert not validator.is_valid(record)
            del place["something else"]
    assert not validator.is_valid(json.loads(made[0].before.to_json()))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(one)


def test_a_key_more_or_less_is_refused_wherever_it_is(people: dict[str, Any]) -> None:
    small = audit_predictions(
        people["label"][:90], people["decision"][:90], sensitive_features={"sex": people["sex"][:90]},
        y_score=people["score"][:90], control_features={"race": people["race"][:90]}, notions="equalized_odds",
    )  # fmt: skip
    record = json.loads(small.to_json())
    free = [one["evidence"] for one in record["findings"]]  # evidence holds rows of any table
    places = [one for one in _objects(record) if not any(one in rows for rows in free)]
    assert len(places) > 30
    for place in places:
        place["something else"] = 1
        assert not VALIDATOR.is_valid(record)
        del place["something else"]
        if place:
            key = next(iter(place))
            kept = place.pop(key)
            assert not VALIDATOR.is_valid(record), key
            place[key] = kept
    assert VALIDATOR.is_valid(record)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("plan", "level"), 1.5),
        (("rates", 0, "value"), "0.5"),
        (("disparities", 0, "p_value"), 1.2),
        (("disparities", 0, "reading"), "fair"),
        (("counts", 0, "cells", 0, 0, 0), -1),
        (("integrity", "sha256"), "none"),
        (("schema",), "fairloss-audit/2"),
    ],
)
def test_values_of_the_wrong_kind_are_refused(report: AuditReport, path: tuple[Any, ...], value: Any) -> None:
    record = copy.deepcopy(json.loads(report.to_json()))
    holder = record
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    assert not VALIDATOR.is_valid(record)


def test_the_columns_and_codes_of_the_schema_are_those_of_the_code() -> None:
    properties = record_schema()["properties"]
    for name, result in RESULTS.items():
        assert sorted(properties[name]["items"]["required"]) == sorted(result.columns)
    core = {"schema", "producer", "about", "plan", "counts", "findings", "integrity"}
    assert set(properties) == core | set(EVIDENCE) | set(RESULTS)
    assert set(properties["disparities"]["items"]["properties"]["reading"]["enum"]) == set(_READINGS)
    told = (Finding.__doc__ or "").split("``")[1::2]
    assert {code for code in told if code.isidentifier()} == set(
        properties["findings"]["items"]["properties"]["code"]["enum"]
    )
