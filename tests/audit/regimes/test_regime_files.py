"""The files of the regimes: dated, sourced, linted, read in one way, and a new one needs no code."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import fairloss.audit.regimes.catalogue as catalogue
from fairloss.audit import REGIMES, AuditReport, Regime, assess, audit_predictions, lint
from fairloss.audit.regimes import BUILDERS
from fairloss.audit.regimes.catalogue import resolve_regimes
from fairloss.audit.regimes.shape import CONFIDENCE, REGIME, STATUSES
from fairloss.audit.restoring import from_mapping
from fairloss.audit.schema import record_schema
from fairloss.audit.statements import STATEMENT
from fairloss.audit.statements.responses import RESPONSES
from fairloss.audit.statements.shapes import Field, json_schema
from fairloss.errors import InputError, UnknownName

FILES = sorted(catalogue._FOLDER.glob("*.toml"))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else [str(value)]


def test_every_file_is_a_regime_of_its_name() -> None:
    assert {path.stem.replace("_", "-") for path in FILES} == set(REGIMES)
    assert {"us-employment", "us-nyc-ll144", "us-credit", "eu-ai-act", "general"} <= set(REGIMES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_text_of_a_file_says_a_word_that_no_report_may_use(path: Path) -> None:
    texts = _texts(tomllib.loads(path.read_text(encoding="utf-8")))
    assert len(texts) > 60
    assert [text for text in texts if lint(text)] == []


def _reads(shape: Field) -> list[str]:
    return [shape.reads, *(text for one in shape.fields for text in _reads(one))]


def test_no_name_of_a_field_or_state_says_such_a_word() -> None:
    texts = [text for shape in (STATEMENT, RESPONSES, REGIME) for text in _reads(shape)]
    texts += [*STATUSES.values(), *CONFIDENCE.values(), *(one.reads for one in BUILDERS.values())]
    assert len(texts) > 100
    assert [text for text in texts if lint(text)] == []


@pytest.mark.parametrize("name", REGIMES)
def test_a_regime_is_dated_and_sourced(name: str) -> None:
    regime = REGIMES[name]
    assert regime.last_checked >= "2026-11-01"
    assert all(law.source and law.confidence in CONFIDENCE and law.status in STATUSES for law in regime.laws)
    assert all(law.doubt for law in regime.laws if law.confidence == "C")
    assert all(mark.source and mark.exact > 0 for mark in regime.marks)
    assert all(item.citation and item.sentence[0].islower() for item in regime.items)
    pointers = [item.pointer for item in regime.items]
    assert len(set(pointers)) == len(pointers)
    assert regime.not_covered
    used = {name for table in regime.tables for name in (table.mark, table.small, table.deviations) if name}
    assert used <= {mark.name for mark in regime.marks}


@pytest.mark.parametrize("name", REGIMES)
def test_every_pointer_into_the_statement_is_a_field(name: str) -> None:
    for item in REGIMES[name].items:
        first, *path = item.pointer.split("/")[1:]
        shape = STATEMENT
        for part in path if first == "statement" else ():
            shape = shape[part]
        conditions = item.applies.values if item.applies else ()
        if conditions:
            table, field = item.applies.pointer.split("/")[2:]  # type: ignore[union-attr]
            assert set(conditions) <= set(STATEMENT[table][field].choices)


def test_the_city_sets_no_mark_and_four_fifths_is_exact() -> None:
    assert [mark.name for mark in REGIMES["us-nyc-ll144"].marks] == ["small_category"]
    assert all(not table.mark for table in REGIMES["us-nyc-ll144"].tables)
    assert REGIMES["us-employment"].mark("four_fifths").exact.as_integer_ratio() == (4, 5)


@pytest.mark.parametrize("name", REGIMES)
def test_a_regime_survives_its_record(name: str, record: dict[str, Any]) -> None:
    assert Regime.of(REGIMES[name].to_mapping()) == REGIMES[name]
    (held,) = [one for one in record["regimes"] if one["name"] == name]
    assert held == REGIMES[name].to_mapping()


def test_a_record_keeps_the_law_that_it_was_made_under(record: dict[str, Any]) -> None:
    """What ships later changes nothing in an older record; `assess` by name looks with the eyes of today."""
    older = json.loads(json.dumps(record))
    place = next(p for p, one in enumerate(older["regimes"]) if one["name"] == "us-employment")
    older["regimes"][place]["marks"][0]["value"] = "1/2"
    older["regimes"][place]["last_checked"] = "2020-01-01"
    restored = from_mapping(older)
    below = [row["below_mark"] for row in restored.rows("impact_ratios") if row["regime"] == "us-employment"]
    assert set(below) == {"no"}
    assert assess(restored, "us-employment").regime == REGIMES["us-employment"]


def test_a_new_regime_is_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'name = "own"\ntitle = "Our policy"\nasks = "Ratios."\nlast_checked = 2026-11-21\n'
        '[[laws]]\nname = "Policy 7"\ncitation = "P7"\nstatus = "practice"\nasks = "x"\nsource = "us"\n'
        'confidence = "A"\n[[marks]]\nname = "nine_tenths"\nvalue = "9/10"\nsource = "P7"\n'
        '[[tables]]\nbuilder = "impact_ratios"\ntitle = "Ratios"\nmark = "nine_tenths"\n'
        '[[items]]\nid = "owner"\nsentence = "the owner"\ncitation = "P7"\npointer = "/statement/monitoring/owner"\n',
        encoding="utf-8",
    )
    selected = [1] * 8 + [0] * 2 + [1] * 10
    report = audit_predictions(None, selected, sensitive_features={"a": list("x" * 10 + "y" * 10)}, regimes=str(path))
    rows = {row["group"]: row["below_mark"] for row in report.rows("impact_ratios")}
    assert rows == {"x": "yes", "y": "no"}
    assert [one.item.id for one in assess(report, path).missing] == ["owner"]
    assert "Our policy" in report.to_html()


BROKEN = {
    "an unknown field": ({"titel": "x"}, "titel is unknown .did you mean title"),
    "an unknown state": ({"laws": [{"name": "a", "status": "maybe"}]}, "status is one of"),
    "no items": ({"items": []}, "items is needed"),
    "an item twice": ({"items": [{"id": "a"}, {"id": "a"}]}, "'a' is there 2 times"),
    "a pointer to nowhere": ({"items": [{"pointer": "statement"}]}, "does not start with /"),
    "a mark that is no number": ({"marks": [{"value": "four"}]}, "positive number such as 4/5"),
    "a mark without end": ({"marks": [{"value": "1e999999999"}]}, "positive number"),
    "a mark of nothing": ({"marks": [{"value": "0"}]}, "positive number"),
    "an unknown builder": ({"tables": [{"builder": "impact_ratio"}]}, "Did you mean 'impact_ratios'"),
    "a mark that is not there": ({"tables": [{"mark": "nine"}]}, "'nine' of a table is not there"),
    "a day that is none": ({"last_checked": "yesterday"}, "last_checked is a date"),
}
PARTS = {
    "laws": {"name": "a", "citation": "b", "status": "in_force", "asks": "c", "source": "d", "confidence": "A"},
    "items": {"id": "a", "sentence": "b", "citation": "c", "pointer": "/statement/limits"},
    "marks": {"name": "m", "value": "4/5", "source": "s"},
    "tables": {"builder": "impact_ratios", "title": "t"},
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_one_sentence(case: str) -> None:
    change, says = BROKEN[case]
    whole: dict[str, Any] = {"name": "own", "title": "t", "asks": "a", "last_checked": "2026-11-21"}
    whole |= {"laws": [PARTS["laws"]], "items": [PARTS["items"]]}
    assert Regime.of(whole).name == "own"
    filled = {
        key: [{**PARTS[key], **row} for row in value] if key in PARTS else value  # type: ignore[attr-defined]
        for key, value in change.items()
    }
    with pytest.raises(InputError, match=says) as caught:
        Regime.of({**whole, **filled})
    assert "\n" not in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Regime.of({"name": 3.5, "titel": "x", "last_checked": "x", "laws": "none"})
    for part in ("titel", "title is needed", "asks is needed", "last_checked", "laws", "items"):
        assert part in str(caught.value)


def test_names_that_do_not_exist_get_the_near_ones() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'us-employment'"):
        resolve_regimes("us-employmint")
    with pytest.raises(InputError, match="cannot be read"):
        resolve_regimes("absent.toml")
    assert resolve_regimes(()) == ()
    assert len(resolve_regimes(["general", "general"])) == 1


@pytest.mark.parametrize(("name", "shape"), [("statement", STATEMENT), ("regimes", REGIME), ("responses", RESPONSES)])
def test_the_published_schema_is_that_of_the_fields(name: str, shape: Field) -> None:
    held = record_schema()["properties"][name]
    found = held["items"] if name == "regimes" else {k: v for k, v in held.items() if k != "description"}
    assert found == json_schema(shape)


@pytest.mark.parametrize("name", REGIMES)
def test_an_audit_with_nothing_but_counts_can_be_looked_at(name: str) -> None:
    report: AuditReport = audit_predictions([1, 0, 1, 0], None, sensitive_features=list("aabb"))
    found = assess(report, name)
    assert all(not table.rows for table in found.tables)
    assert len(found.missing) > 5
