"""Exports: the right shape, the numbers of the record, and names that can do nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from fairloss.audit import EXPORTS, AuditReport, audit_counts, audit_data, audit_predictions, export, lint, verify
from fairloss.audit.exports.spreadsheet import inert
from fairloss.errors import InputError, UnknownName
from fairloss.notions import GroupCounts, Grouping

FORMULAS = ("=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("http://x.y","z")', "|cmd", "%0A")
OTHERS = (
    "[a](http://x.y)",
    "{0} {1}",
    "@someone www.x.y https://x.y",
    "---",
    "# heading",
    "</script><script>",
    "\n\n---",
)


@pytest.fixture(scope="module")
def wild() -> AuditReport:
    """Give an audit of groups that start formulas, links, placeholders and front matter."""
    names = [(name,) for name in FORMULAS + OTHERS]
    cells = np.random.default_rng(1).integers(1, 40, (len(names), 2, 2))
    counts = GroupCounts(cells, grouping=Grouping(("=attribute",), tuple(names)))
    return audit_counts(counts, about={"title": "=title [x](y)", "model": "+model </script>", "source": "@source {0}"})


def _text(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


STRING = {"type": "string"}
# The parts of the published shapes that are used here, closed: nothing but what the standards name.
METRIC = _text(
    {
        "type": STRING, "value": STRING, "slice": STRING,
        "confidenceInterval": _text({"lowerBound": STRING, "upperBound": STRING}),
    }
)  # fmt: skip
CARD = _text(
    {
        "quantitativeAnalysis": _text({"performanceMetrics": {"type": "array", "items": METRIC}}),
        "considerations": _text(
            {
                "technicalLimitations": {"type": "array", "items": STRING},
                "fairnessAssessments": {
                    "type": "array",
                    "items": _text(
                        {"groupAtRisk": STRING, "benefits": STRING, "harms": STRING, "mitigationStrategy": STRING}
                    ),
                },
            }
        ),
        "properties": {"type": "array", "items": _text({"name": STRING, "value": STRING})},
    }
)
COMPONENT = _text(
    {
        "type": {"enum": ["application", "machine-learning-model"]}, "bom-ref": {"type": "string", "minLength": 1},
        "name": STRING, "version": STRING, "modelCard": CARD,
    },
    "type", "name",
)  # fmt: skip
CYCLONEDX = _text(
    {
        "$schema": STRING,
        "bomFormat": {"const": "CycloneDX"},
        "specVersion": {"const": "1.6"},
        "serialNumber": {"type": "string", "pattern": "^urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"},
        "version": {"type": "integer", "minimum": 1},
        "metadata": _text({"tools": _text({"components": {"type": "array", "items": COMPONENT}})}),
        "components": {"type": "array", "items": COMPONENT, "minItems": 1},
    },
    "bomFormat", "specVersion",
)  # fmt: skip
MESSAGE = _text({"text": STRING}, "text")
RESULT = _text(
    {
        "ruleId": STRING, "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]}, "message": MESSAGE,
        "locations": {"type": "array", "items": _text({"logicalLocations": {
            "type": "array", "items": _text({"fullyQualifiedName": STRING})}})},
        "partialFingerprints": {"type": "object", "additionalProperties": STRING},
        "properties": {"type": "object"},
    },
    "message",
)  # fmt: skip
RULE = _text({"id": STRING, "shortDescription": MESSAGE}, "id")
DRIVER = _text({"name": STRING, "version": STRING, "rules": {"type": "array", "items": RULE}}, "name")
RUN = _text(
    {
        "tool": _text({"driver": DRIVER}, "driver"),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT},
    },
    "tool",
)
SARIF = _text(
    {"$schema": STRING, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN}}, "version", "runs"
)


@pytest.mark.parametrize("name", EXPORTS)
def test_each_export_is_the_same_text_twice_and_is_written(report: AuditReport, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"audit{EXPORTS[name].ending}"
    text = export(report, name, path)
    assert path.read_bytes() == text.encode()
    again = tmp_path / "audit.json"
    report.to_json(again)
    assert export(AuditReport.from_json(again), name) == text
    assert EXPORTS[name].name == name
    assert EXPORTS[name].reads


@pytest.mark.parametrize("name", EXPORTS)
def test_each_export_takes_every_kind_of_audit(name: str, people: dict[str, Any], hostile: AuditReport) -> None:
    table = {"sex": people["sex"], "good": people["label"], "hole": [None, 1] * 1500}
    features = {"sex": people["sex"]}
    weight = np.linspace(0.1, 2, 3000)
    for one in (
        hostile,
        audit_data(table, label="good", sensitive="sex"),
        audit_predictions(None, 0 * people["decision"], sensitive_features=features),
        audit_predictions(people["label"], people["decision"], sensitive_features=features, sample_weight=weight),
    ):
        assert export(one, name)


@pytest.mark.parametrize("name", EXPORTS)
def test_no_export_promises_too_much(name: str, report: AuditReport) -> None:
    assert lint(export(report, name)) == []


@pytest.mark.parametrize("name", EXPORTS)
def test_no_export_holds_a_tag_or_turns_the_direction(name: str, hostile: AuditReport, wild: AuditReport) -> None:
    for one in (hostile, wild):
        text = export(one, name)
        if EXPORTS[name].ending == ".csv":
            assert all(cell.startswith('"') for cell in re.findall(r"[^,\r\n]*<script[^,\r\n]*", text))
        elif EXPORTS[name].ending == ".html":
            assert not re.search(r"<(script|img|b|i)\b", text)
        else:
            assert not re.search(r"(?<!\\)</?\w", text)
        assert "\u202e" not in text
        assert "x" * 500 in text or one is wild or name.startswith("ll144")  # which holds the groups of the law alone


def _table(report: AuditReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export(report, "csv"), newline=""), strict=True))


def test_the_table_holds_the_numbers_of_the_record(report: AuditReport) -> None:
    rows = _table(report)
    assert len(rows) == len(report.rate_rows) + len(report.disparity_rows)
    for found, expected in zip(rows, [*report.rate_rows, *report.disparity_rows], strict=True):
        for column in ("value", "low", "high", "p_value", "numerator"):
            if column in expected:
                value = float(found[column]) if found[column] else np.nan
                assert value == pytest.approx(expected[column], rel=0, abs=0, nan_ok=True)
        assert found["group"] == expected["group"]


def test_no_cell_is_read_as_a_formula_and_numbers_stay_numbers(wild: AuditReport) -> None:
    negative = 0
    for row in _table(wild):
        for column, cell in row.items():
            if column in ("value", "low", "high", "p_value", "p_adjusted", "numerator", "denominator"):
                negative += cell.startswith("-")
                assert cell == "" or np.isfinite(float(cell))
            else:
                assert not cell.strip(" ").startswith(tuple("=+-@\t\r\n＝＋－＠|%"))
    assert negative > 10
    groups = {row["group"] for row in _table(wild)}
    assert {"'=1+1", "'+1", "'-2", "'@SUM(A1)", "'‹U+0009›=1"} <= groups
    assert not re.search(r"(?m)^[^\"\r\n]*[=@]", export(wild, "csv"))


@pytest.mark.parametrize("name", FORMULAS)
def test_every_text_that_starts_a_formula_gets_its_apostrophe(name: str) -> None:
    assert inert(name).startswith("'")
    assert inert(f"a{name}")[0] == "a"


@pytest.mark.parametrize(("name", "shape"), [("cyclonedx", CYCLONEDX), ("sarif", SARIF)])
def test_json_exports_have_the_published_shape(
    name: str, shape: dict[str, Any], report: AuditReport, hostile: AuditReport, wild: AuditReport
) -> None:
    for one in (report, hostile, wild):
        errors = Draft202012Validator(shape).iter_errors(json.loads(export(one, name)))
        assert [error.message[:200] for error in errors] == []


def test_the_model_card_holds_rates_and_gaps_with_their_intervals(report: AuditReport) -> None:
    bill = json.loads(export(report, "cyclonedx"))
    [model] = bill["components"]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    [row] = [r for r in report.rate_rows if (r["rate"], r["group"]) == ("selection_rate", "F")]
    [metric] = [m for m in metrics if (m["type"], m["slice"]) == ("selection rate", "sex: F")]
    assert float(metric["value"]) == row["value"]
    assert float(metric["confidenceInterval"]["lowerBound"]) == row["low"]
    held = {one["name"]: one["value"] for one in model["modelCard"]["properties"]}
    assert held["fairloss:audit:sha256"] == json.loads(report.to_json())["integrity"]["sha256"]
    assessed = model["modelCard"]["considerations"]["fairnessAssessments"]
    assert [one["groupAtRisk"] for one in assessed] == [f"the groups of {name}" for name in report.attributes]


def test_sarif_has_one_result_per_finding_and_a_fingerprint_without_numbers(
    report: AuditReport, people: dict[str, Any]
) -> None:
    [run] = json.loads(export(report, "sarif"))["runs"]
    assert [one["ruleId"] for one in run["results"]] == [finding.code for finding in report.findings]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    prints = [one["partialFingerprints"]["finding/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)
    features = {"sex": people["sex"][:2900], "race": people["race"][:2900]}
    later = audit_predictions(people["label"][:2900], people["decision"][:2900], sensitive_features=features)
    again = {
        one["partialFingerprints"]["finding/v1"] for one in json.loads(export(later, "sarif"))["runs"][0]["results"]
    }
    assert len(again & set(prints)) > len(prints) / 2


def test_links_and_placeholders_in_sarif_messages_are_literal(wild: AuditReport) -> None:
    [run] = json.loads(export(wild, "sarif"))["runs"]
    for result in run["results"]:
        text = result["message"]["text"]
        assert not re.search(r"(?<!\\)[\[\]]", text)
        assert not re.search(r"(?<!\{)\{(?:\{\{)*\d", text)


def test_the_model_card_section_starts_below_the_title_and_links_nothing(wild: AuditReport) -> None:
    text = export(wild, "huggingface")
    assert text.startswith("## Audit: ")
    assert not re.search(r"(?m)^(# |---\s*$|\.\.\.\s*$)", text)
    assert not re.search(r"(?<!\\)\]\(|https?://|www\.|@\w", text)
    assert json.loads(wild.to_json())["integrity"]["sha256"] in text


def test_an_unknown_format_and_a_folder_that_is_not_there_are_one_sentence(report: AuditReport, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'sarif'"):
        export(report, "sariff")
    with pytest.raises(InputError, match="cannot be written"):
        export(report, "csv", tmp_path / "absent" / "audit.csv")


def test_the_record_of_wild_names_holds(wild: AuditReport) -> None:
    assert verify(json.loads(wild.to_json())).holds
