"""Each regime's completeness check lists exactly what is missing when items are removed one by one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from fairloss.audit import REGIMES, AuditReport, assess
from fairloss.audit.regimes import check_items
from fairloss.audit.restoring import from_mapping

ITEMS = [(name, item.id) for name, regime in REGIMES.items() for item in regime.items]
EVIDENCE = ("statement", "responses", "reasons", "strata", "median_counts", "score_moments")


def _without(record: dict[str, Any], pointer: str) -> dict[str, Any]:
    """Give the record without the value at a pointer."""
    less = copy.deepcopy(record)
    holder: Any = less
    *path, last = pointer.split("/")[1:]
    for part in path:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    del holder[int(last) if isinstance(holder, list) else last]
    return less


@pytest.mark.parametrize("name", REGIMES)
def test_a_complete_record_lacks_nothing(name: str, record: dict[str, Any], complete: AuditReport) -> None:
    states = check_items(REGIMES[name], record)
    assert {one.state for one in states} == {"present"}
    assert [one.item.id for one in states] == [one.id for one in REGIMES[name].items]
    assert assess(complete, name).items == states
    assert assess(complete, name).missing == ()


@pytest.mark.parametrize(("name", "item"), ITEMS)
def test_an_item_that_is_removed_is_the_one_that_is_missing(name: str, item: str, record: dict[str, Any]) -> None:
    pointer = next(one.pointer for one in check_items(REGIMES[name], record) if one.item.id == item)
    less = _without(record, pointer)
    assert [one.item.id for one in check_items(REGIMES[name], less) if one.state == "missing"] == [item]
    if pointer.split("/")[1] in EVIDENCE:  # the others are needed to restore a record at all
        assert [one.item.id for one in assess(from_mapping(less), name).missing] == [item]


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_what_is_empty_is_missing(empty: Any, record: dict[str, Any]) -> None:
    less = copy.deepcopy(record)
    less["statement"]["limits"] = empty
    assert [one.item.id for one in check_items(REGIMES["general"], less) if one.state == "missing"] == ["limits"]


def test_no_and_zero_are_answers(record: dict[str, Any]) -> None:
    city = REGIMES["us-nyc-ll144"]
    assert record["counts"][0]["unknown"]["rows"] == 0
    assert {one.item.id: one.state for one in check_items(city, record)}["unknown_sex"] == "present"


@pytest.mark.parametrize(
    ("change", "item"),
    [
        (("data", "origin", "historical"), "why_not_historical"),
        (("data", "origin", "historical"), "test_data_generation"),
        (("decision", "kind", "selection"), "scores_above_median"),
        (("small_categories", "choice", "included"), "small_categories"),
    ],
)
def test_an_item_that_does_not_apply_is_not_asked_for(
    change: tuple[str, str, str], item: str, record: dict[str, Any]
) -> None:
    other = copy.deepcopy(record)
    table, field, value = change
    other["statement"][table][field] = value
    states = {one.item.id: one for one in check_items(REGIMES["us-nyc-ll144"], other)}
    assert states[item].state == "not_applicable"
    gone = _without(other, states[item].pointer)
    assert "missing" not in {one.state for one in check_items(REGIMES["us-nyc-ll144"], gone)}


@pytest.mark.parametrize("policy", ["highest", "largest"])
def test_a_control_group_that_the_data_choose_is_none(policy: str, record: dict[str, Any]) -> None:
    other = copy.deepcopy(record)
    other["plan"]["reference"] = policy
    found = [one.item.id for one in check_items(REGIMES["us-credit"], other) if one.state == "missing"]
    assert found == ["control_group"]


def test_a_table_that_is_not_there_has_a_pointer_all_the_same(record: dict[str, Any]) -> None:
    other = copy.deepcopy(record)
    other["counts"] = [one for one in other["counts"] if one["attributes"] == ["gender"]]
    states = {one.item.id: one for one in check_items(REGIMES["us-nyc-ll144"], other)}
    assert states["intersectional"].pointer == "/counts/-"
    assert {name for name, one in states.items() if one.state == "missing"} == {"race_ethnicity", "intersectional"}
    assert states["unknown_race_ethnicity"].state == "not_applicable"


def test_the_record_holds_the_states(record: dict[str, Any], complete: AuditReport) -> None:
    rows = record["completeness"]
    assert [(row["regime"], row["item"]) for row in rows] == sorted(ITEMS, key=lambda one: list(REGIMES).index(one[0]))
    frame = complete.table("completeness")
    assert set(frame.state) == {"present"}
    assert frame.sentence.str.len().min() > 5


@pytest.mark.parametrize("record", [{}, {"counts": None}, {"counts": [None, 3]}, {"statement": {"categories": 3}}])
@pytest.mark.parametrize("name", REGIMES)
def test_a_record_with_nothing_in_it_is_looked_at_too(name: str, record: dict[str, Any]) -> None:
    states = check_items(REGIMES[name], record)
    assert {one.state for one in states} <= {"missing", "not_applicable", "present"}
    assert sum(one.state == "missing" for one in states) > len(states) / 2
