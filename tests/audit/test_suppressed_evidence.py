"""What is given beside the counts, in a record without small counts: what stays, what is put together, what goes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairloss.audit import AuditReport, audit_data, audit_predictions, audit_stages, export, respond, suppress, verify
from fairloss.audit.catalogue import EVIDENCE
from fairloss.audit.suppression.evidence import RULES
from fairloss.errors import InputError

LEAST = 11


def _people(seed: int) -> dict[str, Any]:
    """Give 260 people with two attributes and a decision; some races are small."""
    rng = np.random.default_rng(seed)
    sex, place = rng.choice(["F", "M"], 260), rng.choice(["x", "y", "z"], 260, p=[0.6, 0.3, 0.1])
    race = rng.choice(["a", "b", "c", "d"], 260, p=rng.dirichlet([6, 3, 1, 0.6]))
    return {"sex": sex, "race": race, "place": place, "decision": rng.integers(0, 2, 260)}


def test_every_kind_of_evidence_has_a_rule() -> None:
    assert {*RULES, "suppression", "responses"} == set(EVIDENCE)


def test_what_is_left_out_says_why() -> None:
    people = _people(4)
    clusters, chances = np.arange(260) // 5, {"a": np.arange(260) % 2, "b": 1 - np.arange(260) % 2}
    report = audit_predictions(
        None, people["decision"], sensitive_features=people["sex"], clusters=clusters, membership=chances
    )
    shown = suppress(report)
    (one,) = shown.evidence["suppression"].left_out
    assert one[0] == "clusters"
    assert "take rows as independent" in one[1]
    assert one[1] in shown.to_markdown()
    assert shown.rows("proxy_rates") == report.rows("proxy_rates")
    rare = {"a": (np.arange(260) < 3).astype(float), "b": (np.arange(260) >= 3).astype(float)}
    report = audit_predictions(None, people["decision"], sensitive_features=people["sex"], membership=rare)
    assert [what for what, _ in suppress(report).evidence["suppression"].left_out] == ["memberships"]


def test_shares_of_a_population_are_added_up_with_its_groups() -> None:
    rng = np.random.default_rng(0)
    race = np.array(["a"] * 200 + ["b"] * 95 + ["c"] * 5)
    table = {"race": race, "good": rng.integers(0, 2, 300)}
    population = {"race": {"a": 0.6, "b": 0.2, "c": 0.1, "d": 0.1}}
    shown = suppress(audit_data(table, label="good", sensitive="race", population=population))
    (stated,) = shown.evidence["stated_population"]
    assert stated.groups == ("a", "2 groups together", "d")
    assert stated.shares == pytest.approx((0.6, 0.3, 0.1))
    assert [row["rows"] for row in shown.rows("population")] == [200, 100, 0]


def test_values_that_few_people_hold_are_left_out() -> None:
    rng = np.random.default_rng(0)
    often, seldom = ["?"] * 30 + ["x"] * 170 + ["y"] * 100, ["?"] * 3 + ["x"] * 197 + ["y"] * 100
    table = {"sex": ["F", "M"] * 150, "good": rng.integers(0, 2, 300), "often": often, "seldom": seldom}
    shown = suppress(audit_data(table, label="good", sensitive="sex"))
    assert {one.column for one in shown.evidence["strange_values"]} == {"often"}


def test_reasons_that_few_were_given_are_left_out() -> None:
    people = _people(2)
    sex = people["sex"]
    refused = {name: int(((sex == name) & (people["decision"] == 0)).sum()) for name in ("F", "M")}
    counts = {"Debt": {"F": 30, "M": 25}, "Income": {"F": 3, "M": 20}}
    counts["Other"] = {name: refused[name] - counts["Debt"][name] - counts["Income"][name] for name in refused}
    reasons = {"attribute": "sex", "notices": refused, "counts": counts}
    shown = suppress(audit_predictions(None, people["decision"], sensitive_features={"sex": sex}, reasons=reasons))
    # To leave out Income alone would tell it: each notice gives one reason.
    assert shown.evidence["reasons"].reasons == ("Other",) or shown.evidence["reasons"].reasons == ("Debt",)


def test_publish_mode_shows_what_the_law_asks_for_and_internal_mode_does_not_pretend_to() -> None:
    race = np.array(["a"] * 300 + ["b"] * 300 + ["c"] * 5)
    report = audit_predictions(
        None, np.arange(605) % 2, sensitive_features={"race": race}, regimes="us-nyc-ll144",
        statement={"categories": {"race": "race"}},
    )  # fmt: skip
    published = export(report, "ll144-csv")
    assert '"c",5,' in published  # below 2 %: left out of the ratios, its count is shown
    for to in ("ll144-csv", "ll144-summary", "ll144-markdown"):
        with pytest.raises(InputError, match="every category with its count"):
            export(report, to, suppress=LEAST)
    shown = suppress(report)
    assert "regimes" not in shown.evidence
    assert "regimes" in dict(shown.evidence["suppression"].left_out)
    large = audit_predictions(
        None, np.arange(600) % 2, sensitive_features={"race": race[:600]}, regimes="us-nyc-ll144",
        statement={"categories": {"race": "race"}},
    )  # fmt: skip
    assert export(large, "ll144-csv", suppress=LEAST) == export(large, "ll144-csv")
    assert suppress(large).evidence["regimes"] == large.evidence["regimes"]


def test_responses_to_findings_that_are_gone_are_left_out() -> None:
    people = _people(0)
    features = {"sex": people["sex"], "race": people["race"]}
    report = audit_predictions(None, people["decision"], sensitive_features=features)
    answers = [{"finding": one.id, "owner": "O", "action": "A"} for one in report.findings]
    shown = suppress(respond(report, *answers))
    known = {one.id for one in shown.findings}
    assert {one.finding for one in shown.evidence.get("responses", ())} == known & {one["finding"] for one in answers}
    assert verify(json.loads(shown.to_json())).holds


def test_a_record_that_was_read_back_is_suppressed_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    people = _people(5)
    report = audit_predictions(
        rng.integers(0, 2, 260), people["decision"], sensitive_features={"sex": people["sex"], "race": people["race"]},
        y_score=rng.random(260), control_features={"place": people["place"]}, sample_weight=rng.random(260),
    )  # fmt: skip
    report.to_json(tmp_path / "audit.json")
    again = AuditReport.from_json(tmp_path / "audit.json")
    assert suppress(again).to_json() == suppress(report).to_json()


def test_scores_and_columns_with_few_missing_values_are_left_out() -> None:
    rng = np.random.default_rng(0)
    sex, decision = np.array(["F", "M"] * 150), rng.integers(0, 2, 300)
    scored = audit_predictions(None, decision, sensitive_features=sex, y_score=rng.random(300))
    assert suppress(scored).evidence["suppression"].left_out == ()
    few, many = [None] * 4 + [1] * 296, [None if place % 5 else 1 for place in range(300)]
    data = audit_data({"sex": sex, "good": decision, "few": few, "many": many}, label="good", sensitive="sex")
    assert suppress(data).missing[0].columns == ("many",)


def test_a_funnel_is_shown_only_where_all_its_stages_are_large() -> None:
    sex = ["F", "M"] * 200
    first = [1, 1, 0, 0] * 100
    second = [None if not one else place % 3 % 2 for place, one in enumerate(first)]
    table = {"sex": sex, "first": first, "second": second}
    shown = suppress(audit_stages(table, stages=["first", "second"], sensitive="sex"))
    assert "stages" in shown.evidence
    table["second"] = [None if not one else int(place < 12) for place, one in enumerate(first)]
    with pytest.raises(InputError, match="No table can be shown"):
        suppress(audit_stages(table, stages=["first", "second"], sensitive="sex"))


def test_weights_without_the_rows_behind_them_are_refused() -> None:
    people = _people(1)
    weight = np.random.default_rng(0).lognormal(0, 1, 260)
    report = audit_predictions(None, people["decision"], sensitive_features=people["race"], sample_weight=weight)
    rows = sum(counts.sum() for counts in suppress(report).evidence["row_counts"].tables)
    assert rows == 260
    older = dataclasses.replace(report, evidence={})
    with pytest.raises(InputError, match="does not hold the rows behind its weights"):
        suppress(older)


def test_a_data_audit_keeps_who_is_there_and_says_why_its_columns_go() -> None:
    people = _people(6)
    table = {**people, "good": people["decision"], "score": np.arange(260) % 7}
    report = audit_data(table, label="good", sensitive=["sex", "race"], annotator="place", split="decision")
    shown = suppress(report)
    left_out = dict(shown.evidence["suppression"].left_out)
    assert {"columns", "joint scores", "equal rows", "annotator counts", "parts"} <= set(left_out)
    assert all(left_out.values())
    assert shown.rows("representation")
    page = shown.to_html()
    assert all(what in page for what in left_out)
    assert verify(json.loads(shown.to_json())).holds
    assert verify(json.loads(report.to_json())).holds  # annotators are counted for single attributes only


def test_strata_of_the_first_attribute_stay_where_those_of_all_cannot() -> None:
    rng = np.random.default_rng(0)
    n = 600
    race = np.array(["a"] * 564 + ["b"] * 12 + ["c"] * 24)
    features = {"sex": rng.choice(["F", "M"], n), "race": race}
    place, decision = rng.choice(["x", "y", "z"], n), np.arange(n) % 2
    shown = suppress(audit_predictions(None, decision, sensitive_features=features, control_features={"place": place}))
    assert [counts.grouping.attribute for counts in shown.control.tables] == ["sex"]
    assert shown.control.grouping.names == ("x", "y", "z")
    assert "strata of race" in dict(shown.evidence["suppression"].left_out)
    assert verify(json.loads(shown.to_json())).holds
    assert "place" in shown.to_markdown()
