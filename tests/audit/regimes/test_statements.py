"""Statements and responses: checked at once, kept in the record, shown beside the findings, harmless."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairloss.audit import (
    AuditReport,
    Response,
    Statement,
    audit_counts,
    audit_data,
    audit_predictions,
    read_responses,
    respond,
    response_text,
    verify,
)
from fairloss.audit.statements import STATEMENT
from fairloss.audit.statements.shapes import Field
from fairloss.errors import InputError, UnknownName
from fairloss.notions import GroupCounts

SEX, DECISION = {"sex": ["F"] * 60 + ["M"] * 60}, [1] * 12 + [0] * 48 + [1] * 40 + [0] * 20
HOSTILE = (
    "</dl><script>alert(1)</script>", "\u202eright to left", "=1+1|*x*", "{{ 7 * 7 }}", "x" * 500, "\x1b[2J", "'\"&"
)  # fmt: skip


def _audit(**options: Any) -> AuditReport:
    return audit_predictions(None, DECISION, sensitive_features=SEX, **options)


def test_numbers_and_dates_become_texts_and_what_is_empty_is_left_out() -> None:
    said = Statement.of(
        {
            "decision": {"cut_off": 0.65, "favorable": " "},
            "data": {"period_from": datetime.date(2026, 1, 2), "period_to": datetime.datetime(2026, 3, 4, 5)},
            "system": {"version": 3},
            "limits": [],
            "not_assessed": [{"topic": "disability", "reason": ""}],
        }
    )
    assert said.fields == {
        "decision": {"cut_off": "0.65"},
        "data": {"period_from": "2026-01-02", "period_to": "2026-03-04"},
        "system": {"version": "3"},
        "not_assessed": [{"topic": "disability"}],
    }
    assert said.get("decision.cut_off") == "0.65"
    assert said.get("decision.cut_off.more", None) is None
    assert Statement.of(said) is said


WRONG = {
    "an unknown field": ({"data": {"sorce": "x"}}, "data.sorce is unknown .did you mean source"),
    "an unknown table": ({"sistem": {}}, "sistem is unknown .did you mean system"),
    "a far name": ({"data": {"zzz": 1}}, "data.zzz is unknown .known: source, explanation"),
    "a text for a table": ({"data": "x"}, "data is a table of fields, got 'x'"),
    "a table for a text": ({"oversight": {"a": 1}}, "oversight is a text, got"),
    "no choice": ({"data": {"origin": "real"}}, "data.origin is one of historical, test, synthetic, got 'real'"),
    "no date": ({"data": {"period_from": "May"}}, "period_from is a date such as 2026-11-21, got 'May'"),
    "no answer": ({"auditor": {"independent": "yes"}}, "auditor.independent is true or false, got 'yes'"),
    "a truth for a text": ({"oversight": True}, "oversight is a text, got True"),
    "not a number": ({"oversight": float("nan")}, "oversight is a text"),
    "a number without end": ({"oversight": 10**5000}, "oversight is a text, got a value of type int that is too long"),
    "a text for a list": ({"limits": "one"}, "limits is a list of texts, got 'one'"),
    "a wrong one in a list": ({"limits": ["a", 1, None]}, r"limits\[2\] is a text, got None"),
    "a list for names": ({"categories": ["sex"]}, "categories is a table of names and texts"),
    "an absent field": ({"not_assessed": [{"reason": "x"}]}, r"not_assessed\[0\].topic is needed, got nothing"),
    "an empty field": ({"not_assessed": [{"topic": " "}]}, r"not_assessed\[0\].topic is needed"),
    "a table for rows": ({"signatures": {"name": "x"}}, "signatures is a list of at most 1,000 tables"),
    "too many rows": ({"not_assessed": [{"topic": "x"}] * 1001}, "1,001 of them"),
    "a text that nobody reads": ({"oversight": "x" * 10_001}, "a text of at most 10,000 signs, got 10,001"),
    "no mapping": ([1], "it is a table of fields"),
    "hostile keys": ({"\u202e\n": 1, "a.b": {"c": 1}}, "is unknown"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_statement_is_one_sentence(case: str) -> None:
    given, says = WRONG[case]
    with pytest.raises(InputError, match=says) as caught:
        _audit(statement=given)
    assert str(caught.value).startswith("A statement cannot be used: ")
    assert str(caught.value).isprintable()


def test_all_problems_are_told_at_once() -> None:
    given = {"sistem": {}, "data": {"origin": "real", "period_to": 3}, "limits": 4, "auditor": {"independent": 1}}
    with pytest.raises(InputError) as caught:
        Statement.of(given)
    for part in ("sistem", "data.origin", "data.period_to", "limits", "auditor.independent"):
        assert part in str(caught.value)
    with pytest.raises(InputError, match="; and 92 more"):
        Statement.of({f"field_{i}": 1 for i in range(100)})


def test_a_category_must_be_an_audited_column() -> None:
    with pytest.raises(UnknownName, match="Unknown audited attribute 'gender'"):
        _audit(statement={"categories": {"sex": "gender"}})


FILES = {
    "absent": (None, "cannot be read from"),
    "no toml": (b"data = ", "is a TOML file, but"),
    "no text": (b"\xff\xfe", "it is not UTF-8 text"),
    "a key twice": (b"a = 1\na = 2", "is a TOML file, but"),
    "nested without end": (b"a = " + b"[" * 5000, "is a TOML file, but"),
    "too large": (b"a = 1\n" + b"#" * 2**20, "at most 1 MiB"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_is_one_sentence(case: str, tmp_path: Path) -> None:
    content, says = FILES[case]
    path = tmp_path / "statement.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        _audit(statement=path)
    assert "\n" not in str(caught.value)


def test_a_statement_of_a_file_is_that_of_its_mapping(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_text('limits = ["a"]\n[data]\norigin = "test"\nperiod_from = 2026-01-01\n', encoding="utf-8")
    given = {"limits": ["a"], "data": {"origin": "test", "period_from": "2026-01-01"}}
    assert _audit(statement=path).to_json() == _audit(statement=given).to_json()


def _every_text(shape: Field, text: str) -> Any:
    if shape.kind in ("table", "rows"):
        table = {one.name: _every_text(one, text) for one in shape.fields}
        return table if shape.kind == "table" else [table]
    values = {"text": text, "date": "2026-01-01", "yes_no": False, "texts": [text], "names": {text: "sex"}}
    return shape.choices[0] if shape.choices else values[shape.kind]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_inert_wherever_they_are_stated(text: str, parse: Callable[[str], Any]) -> None:
    statement = _every_text(STATEMENT, text)
    report = _audit(statement=statement, regimes=["us-nyc-ll144", "general"])
    report = respond(report, *({"finding": one.id, "owner": text, "action": text} for one in report.findings))
    html = report.to_html()
    found = parse(html)
    assert not {"script", "img", "iframe"} & set(found.tags)
    assert "\u202e" not in html
    assert "\x1b" not in html
    lines = report.to_markdown().splitlines()
    assert not [line for line in lines if line.startswith("<")]
    record = json.loads(report.to_json())
    assert verify(record).holds
    assert record["statement"]["limits"] == [text]


@pytest.mark.parametrize(("origin", "says"), [("test", "test data"), ("synthetic", "synthetic"), ("historical", "")])
def test_rows_that_are_no_decisions_of_the_system_cannot_be_missed(origin: str, says: str) -> None:
    text = _audit(statement={"data": {"origin": origin}}).to_markdown()
    assert ("The audited rows are" in text) == bool(says)
    assert says in text


def test_every_kind_of_audit_takes_a_statement() -> None:
    table = {"sex": list("FFMM"), "good": [1, 0, 1, 0]}
    counts = GroupCounts.of(None, [1, 0, 1, 0], [0, 0, 1, 1])
    for report in (
        audit_data(table, label="good", sensitive="sex", statement={"limits": ["x"]}, regimes="general"),
        audit_counts(counts, statement={"limits": ["x"]}, regimes="general"),
    ):
        assert "What was stated" in report.to_html()
        assert verify(json.loads(report.to_json())).holds


def test_a_name_of_a_finding_does_not_depend_on_numbers_or_order() -> None:
    first = _audit()
    other = audit_predictions(
        None, DECISION[::-1] + [1] * 20, sensitive_features={"sex": [*SEX["sex"][::-1], *"M" * 20]}
    )
    assert [one.id for one in first.findings] != []
    codes = {one.code: one.id for one in first.findings}
    shared = [one for one in other.findings if one.code in codes]
    assert shared
    assert all(one.id == codes[one.code] for one in shared)


def test_the_group_that_is_lowest_does_not_name_the_finding() -> None:
    def audit(low: str, high: str) -> AuditReport:
        people = {low: (10, 60), high: (12, 60), "C": (50, 60)}
        cells = np.array([[[n - x, x]] for x, n in (people[name] for name in "ABC")])
        return audit_counts(GroupCounts(cells))

    names = [{one.id for one in audit(*pair).findings if one.code == "below_four_fifths"} for pair in ("AB", "BA")]
    assert names[0] == names[1] != set()


def test_names_of_findings_differ_within_an_audit(report: AuditReport, hostile: AuditReport) -> None:
    for one in (report, hostile):
        names = [finding.id for finding in one.findings]
        assert len(set(names)) == len(names)


def test_a_response_is_kept_shown_and_replaced() -> None:
    report = _audit()
    first, second = report.findings[:2]
    answered = respond(
        report, Response(first.id, "A. Owner", "Look at the screen", due="2027-01-31", recheck="2027-03-01")
    )
    assert response_text(answered, first) == "A. Owner: Look at the screen (open, due 2027-01-31, recheck 2027-03-01)"
    assert response_text(answered, second) == "none recorded"
    assert "responses" not in report.evidence
    page = answered.to_html()
    assert "Response: A. Owner: Look at the screen (open, due 2027-01-31" in page
    assert "Response: none recorded" in page
    assert f"1 of {len(report.findings)} findings have a response." in page
    later = respond(answered, {"finding": first.id, "owner": "B", "action": "Done so", "state": "in_progress"})
    assert response_text(later, first) == "B: Done so (in progress)"
    assert len(later.evidence["responses"]) == 1
    assert "Responses to the findings" not in report.to_html()


def test_responses_come_back_from_the_record(tmp_path: Path) -> None:
    report = _audit()
    answered = respond(report, *({"finding": one.id, "owner": "O", "action": "A"} for one in report.findings))
    answered.to_json(tmp_path / "audit.json")
    again = AuditReport.from_json(tmp_path / "audit.json")
    assert again.evidence["responses"] == answered.evidence["responses"]
    assert again.to_json() == answered.to_json()
    assert verify(tmp_path / "audit.json").holds


def test_a_response_to_no_finding_is_refused_and_does_not_verify() -> None:
    report = _audit()
    with pytest.raises(UnknownName, match="Unknown finding 'gap'"):
        respond(report, {"finding": "gap", "owner": "O", "action": "A"})
    forged = replace(report, evidence={"responses": (Response("gap", "O", "A"),)})
    pointers = [one.pointer for one in verify(json.loads(forged.to_json())).mismatches]
    assert pointers == ["/responses/0/finding"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"finding": "a", "owner": "b"}], r"\[0\].action is needed"),
        ([{"finding": "a", "owner": "b", "action": "c", "state": "maybe"}], "state is one of open, in_progress"),
        ([{"finding": "a", "owner": "b", "action": "c", "due": "soon"}], "due is a date"),
        ([{"finding": "a", "owner": "b", "action": "c", "who": "d"}], "who is unknown"),
        ([{"finding": "a", "owner": "b", "action": "c"}] * 2, "'a' has two"),
        ([3], "table of fields"),
    ],
)
def test_wrong_responses_are_one_sentence(rows: list[Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_responses(rows)


def test_responses_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "responses.toml"
    path.write_text('[[responses]]\nfinding = "a"\nowner = "b"\naction = "c"\ndue = 2027-01-01\n', encoding="utf-8")
    assert read_responses(path) == (Response("a", "b", "c", "2027-01-01"),)
    path.write_text('[[response]]\nfinding = "a"\n', encoding="utf-8")
    with pytest.raises(InputError, match="did you mean responses"):
        read_responses(path)
