"""The record: JSON and back, the same bytes, the same shape, undefined cells with a reason, findings as sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairloss.audit import SCHEMA, AuditReport, audit_counts, audit_data, audit_predictions
from fairloss.audit.catalogue import EVIDENCE, RESULTS
from fairloss.errors import InputError
from fairloss.inference import smallest_ratio_p_value
from fairloss.notions import FN, FP, TP, GroupCounts, Grouping, Rate, resolve


def shape(value: Any) -> Any:
    """Give the keys of a record, whatever its numbers and lengths."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        shapes = [shape(one) for one in value]
        return [shapes[0]] if shapes and isinstance(shapes[0], dict) else "list"
    return "value"


def test_json_comes_back_and_every_number_is_recomputed(report: AuditReport, tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    text = report.to_json(path)
    assert path.read_text(encoding="utf-8") == text
    again = AuditReport.from_json(path)
    assert again.to_json() == text
    assert again.to_html() == report.to_html()
    pd.testing.assert_frame_equal(again.disparities, report.disparities)
    assert [str(one) for one in again.findings] == [str(one) for one in report.findings]


def test_the_same_input_gives_the_same_bytes(people: dict[str, Any]) -> None:
    order = np.random.default_rng(0).permutation(3000)

    def audit(rows: Any) -> AuditReport:
        features = pd.DataFrame({"sex": people["sex"][rows], "race": people["race"][rows]})
        return audit_predictions(people["label"][rows], people["decision"][rows], sensitive_features=features)

    first, second = audit(slice(None)), audit(order)
    assert first.to_json() == second.to_json()
    assert first.to_html() == second.to_html()
    assert first.to_markdown() == second.to_markdown()


def test_the_json_is_canonical_and_holds_numbers_as_numbers(report: AuditReport) -> None:
    data = json.loads(report.to_json())
    assert data["schema"] == SCHEMA == "fairloss-audit/1"
    assert json.dumps(data, sort_keys=True, ensure_ascii=False, indent=1) + "\n" == report.to_json()
    for row in data["rates"]:
        assert isinstance(row["numerator"], int)
        assert isinstance(row["value"], float | int)
    assert "NaN" not in report.to_json()


def test_the_schema_stays_when_data_change(report: AuditReport, people: dict[str, Any]) -> None:
    bare = audit_predictions(None, [1, 0, 0, 1], sensitive_features=["a", "a", "b", "b"], notions="demographic_parity")
    full, small = (shape(json.loads(one.to_json())) for one in (report, bare))
    assert set(small) <= set(full)
    assert set(full) - set(small) <= {*EVIDENCE, *RESULTS}  # a member that was not asked for is not there
    for part in ("rates", "disparities", "representation", "findings", "counts", "about", "plan"):
        if part != "findings":
            assert full[part] == small[part], part
    assert list(report.rates.columns) == list(bare.rates.columns)
    assert list(report.disparities.columns) == list(bare.disparities.columns)
    assert report.disparities.dtypes.to_dict() == bare.disparities.dtypes.to_dict()
    contract = "attribute notion rate comparison group reference value low high p_value p_adjusted reading"
    assert list(report.disparities.columns)[:12] == contract.split()
    assert list(report.rates.columns)[:8] == [
        "attribute",
        "group",
        "rate",
        "value",
        "low",
        "high",
        "numerator",
        "denominator",
    ]


def test_weights_labels_alone_and_own_notions_survive_the_round_trip(people: dict[str, Any], tmp_path: Path) -> None:
    features = {"sex": people["sex"]}
    own = Rate("error_burden", FN + FP, TP + FN, "wrong decisions for each favorable label")
    weighted = audit_predictions(
        people["label"], people["decision"], sensitive_features=features,
        notions=[own, "balanced_accuracy_equality"],
        sample_weight=np.linspace(0.1, 1.7, 3000), reference={"sex": "M"}, level=0.9,
    )  # fmt: skip
    table = {"sex": people["sex"], "label": people["label"], "gap": [None, 1.0] * 1500}
    for number, one in enumerate([weighted, audit_data(table, label="label", sensitive="sex")]):
        path = tmp_path / f"{number}.json"
        one.to_json(path)
        assert AuditReport.from_json(path).to_json() == one.to_json()


def test_undefined_is_nan_with_a_reason() -> None:
    grouping = Grouping(("sex", "age"), (("F", "60+"), ("M", "60+"), ("M", "30")))
    cells = np.array([[[30, 11], [0, 0]], [[20, 5], [6, 9]], [[10, 5], [4, 11]]])
    found = audit_counts(GroupCounts(cells, grouping=grouping))
    row = found.rates.query("group == 'F × 60+' and rate == 'true_positive_rate'").iloc[0]
    assert row[["value", "low", "high"]].isna().all()
    assert (row.numerator, row.denominator) == (0, 0)
    assert row.note == "0 of its 41 rows have a positive label"
    sentence = "true_positive_rate is undefined for group 'F × 60+': 0 of its 41 rows have a positive label."
    assert sentence in [str(finding) for finding in found.findings]
    against = found.disparities.query("group == 'F × 60+' and rate == 'true_positive_rate' and notion != 'x'")
    assert against.value.isna().all()
    assert set(against.reading) == {"undefined"}
    assert against.note.str.contains("undefined for group 'F × 60\\+'").all()
    worst = found.disparities.query("group == 'worst' and notion == 'equal_opportunity' and comparison == 'difference'")
    assert worst.value.iloc[0] == pytest.approx(11 / 15 - 9 / 15)
    assert json.loads(found.to_json())["rates"][3]["value"] is None


def test_a_ratio_to_a_rate_of_zero_is_undefined() -> None:
    grouping = Grouping(("g",), (("a",), ("b",)))
    found = audit_counts(GroupCounts(np.array([[[5, 0]], [[9, 3]]]), grouping=grouping), reference={"g": "a"})
    ratio = found.disparities.query("comparison == 'ratio' and group == 'b'").iloc[0]
    assert np.isnan(ratio.value)
    assert ratio.note == "selection_rate of the reference group 'a' is 0"
    worst = found.disparities.query("comparison == 'ratio' and group == 'worst'").iloc[0]
    assert worst.value == 0


@pytest.mark.parametrize(("decision", "who"), [(0, "nobody"), (1, "everybody")])
def test_a_constant_classifier_is_said_to_be_one(decision: int, who: str) -> None:
    found = audit_predictions([0, 1, 0, 1], [decision] * 4, sensitive_features=list("aabb"))
    assert found.findings[0].code == "constant_decisions"
    assert f"The decision is constant: {who} was selected" in str(found.findings[0])
    assert who in found.to_html()
    moving = audit_predictions([0, 1, 0, 1], [0, 1, 1, 1], sensitive_features=list("aabb"))
    assert moving.findings[0].code != "constant_decisions"


@pytest.mark.parametrize("missing", ["group", "unknown"])
def test_rows_without_a_group_are_named(missing: Any) -> None:
    features = {"sex": ["F", "F", None, "M", "M", None, "M", "F"]}
    found = audit_predictions(None, [1, 0, 1, 0, 1, 0, 1, 1], sensitive_features=features, missing=missing)
    [said] = [finding for finding in found.findings if finding.code == "unknown_group"]
    if missing == "group":
        assert str(said) == "2 rows have no value of sex and form the group “missing”."
        assert "missing" in set(found.rates.group)
    else:
        assert str(said) == "2 rows have no value of sex and are not in its tables, which hold 6 rows."
        assert set(found.rates.group) == {"F", "M"}


def test_decisions_alone_are_audited_without_labels(people: dict[str, Any]) -> None:
    found = audit_predictions(None, people["decision"], sensitive_features={"sex": people["sex"]})
    assert set(found.rates.rate) == {"selection_rate"}
    assert set(found.disparities.notion) == {"demographic_parity"}


def test_findings_carry_the_rows_that_they_rest_on(report: AuditReport) -> None:
    first = report.findings[0]
    assert first.code == "gap_established"
    gap, low, high = first.evidence
    assert gap["value"] == pytest.approx(high["value"] - low["value"])
    assert f"{low['numerator']:,.0f} of {low['denominator']:,.0f}" in str(first)
    assert resolve("demographic_parity").name == gap["notion"]


def test_the_seed_of_permutations_is_kept_and_decides_them(people: dict[str, Any], tmp_path: Path) -> None:
    given = {"sensitive_features": {"race": people["race"]}}
    one, same, other = (audit_predictions(None, people["decision"], random_state=seed, **given) for seed in (3, 3, 4))
    assert one.to_json() == same.to_json()
    first, second = (report.table("omnibus").iloc[0] for report in (one, other))
    assert (first.random_state, second.random_state) == (3, 4)
    assert first.smallest_ratio_p_value != second.smallest_ratio_p_value
    dealt = smallest_ratio_p_value(*_selected(people), draws=int(second.draws), seed=4)
    assert second.smallest_ratio_p_value == dealt
    assert "(seed 4)" in other.to_html()
    other.to_json(tmp_path / "a.json")
    assert AuditReport.from_json(tmp_path / "a.json").to_json() == other.to_json()
    people = {"race": people["race"], "chosen": people["decision"]}
    data = audit_data(people, label="chosen", sensitive="race", random_state=4)
    assert data.table("omnibus").smallest_ratio_p_value.tolist() == [dealt]
    for wrong in (-1, 2**32, 1.0, True, "0"):
        with pytest.raises(InputError, match="random_state is a whole number"):
            audit_predictions(None, people["chosen"], random_state=wrong, **given)


def _selected(people: dict[str, Any]) -> tuple[list[int], list[int]]:
    groups = [people["decision"][people["race"] == race] for race in "ABC"]
    return [int(one.sum()) for one in groups], [len(one) for one in groups]
