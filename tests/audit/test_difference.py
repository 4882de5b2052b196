"""What differs between two audits: moved, appeared, vanished, and questions that changed."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from fairloss.audit import AuditChange, AuditReport, audit_counts, audit_predictions, compare_predictions, difference
from fairloss.inference import difference_interval
from fairloss.notions import GroupCounts, Grouping


def _counts(cells: Any, names: str) -> GroupCounts:
    return GroupCounts(np.array(cells), grouping=Grouping(("g",), tuple((name,) for name in names)))


FIRST = _counts([[[20, 5], [6, 9]], [[10, 5], [4, 11]], [[8, 8], [8, 8]]], "abc")
SECOND = _counts([[[20, 5], [6, 9]], [[12, 3], [4, 11]], [[7, 9], [9, 7]]], "abd")


def test_the_same_audit_has_no_difference(report: AuditReport) -> None:
    found = difference(AuditChange(report, report))
    assert (found.questions, found.rates, found.disparities) == ([], [], [])
    assert found.to_text().endswith("Nothing changed.")


def test_groups_that_moved_appeared_and_vanished_are_told_apart() -> None:
    change = AuditChange(audit_counts(FIRST), audit_counts(SECOND))
    rows = {(row["group"], row["rate"]): row for row in difference(change).rates}
    assert ("a", "selection_rate") not in rows
    moved = rows["b", "selection_rate"]
    assert (moved["state"], moved["before"], moved["after"]) == ("moved", 16 / 30, 14 / 30)
    assert moved["change"] == pytest.approx(-2 / 30)
    assert math.isnan(moved["low"])
    assert rows["c", "selection_rate"]["state"] == "vanished"
    assert rows["d", "selection_rate"]["state"] == "appeared"
    assert math.isnan(rows["d", "selection_rate"]["before"])
    assert ("b", "true_positive_rate") not in rows


def test_independent_samples_have_the_interval_of_their_counts() -> None:
    found = difference(AuditChange(audit_counts(FIRST), audit_counts(SECOND)), independent=True)
    [row] = [row for row in found.rates if (row["group"], row["rate"]) == ("b", "selection_rate")]
    interval = difference_interval(14, 30, 16, 30)
    assert (row["low"], row["high"]) == (float(interval.low), float(interval.high))
    mean = (
        audit_counts(FIRST, notions="balanced_accuracy_equality"),
        audit_counts(SECOND, notions="balanced_accuracy_equality"),
    )
    [row] = [row for row in difference(AuditChange(*mean), independent=True).rates if row["group"] == "b"]
    error = math.sqrt(sum(p * (1 - p) / n / 4 for p, n in [(11 / 15, 15)] * 2 + [(10 / 15, 15), (12 / 15, 15)]))
    expected = [row["change"] - 1.959964 * error, row["change"] + 1.959964 * error]
    assert [row["low"], row["high"]] == pytest.approx(expected, abs=1e-6)


def test_the_same_people_have_the_paired_interval(people: dict[str, Any]) -> None:
    change = compare_predictions(
        people["label"], people["decision"], 1 - people["decision"], sensitive_features={"sex": people["sex"]}
    )
    ends = {(row["group"], row["rate"]): (row["low"], row["high"]) for row in change.rate_rows}
    found = difference(change, independent=True)
    assert found.to_dict()["intervals"] == "paired"
    assert all((row["low"], row["high"]) == ends[row["group"], row["rate"]] for row in found.rates)


def test_questions_that_changed_come_first() -> None:
    first = audit_counts(FIRST, notions=["demographic_parity", "equal_opportunity"])
    second = audit_counts(FIRST, notions=["demographic_parity", "predictive_parity"], level=0.9, reference="largest")
    found = difference(AuditChange(first, second))
    assert [row["item"] for row in found.questions] == [
        "level", "reference", "notion equal_opportunity", "notion predictive_parity",
    ]  # fmt: skip
    lines = found.to_text().splitlines()
    assert lines[1] == "Asked differently: level 0.95, now 0.9."
    assert lines[3:5] == [
        "Asked differently: notion equal opportunity was left out.",
        "Asked differently: notion predictive parity was added.",
    ]


def test_a_largest_gap_is_one_row_whatever_rate_it_is_in() -> None:
    first = audit_counts(FIRST, notions="equalized_odds")
    second = audit_counts(SECOND, notions="equalized_odds")
    rows = [row for row in difference(AuditChange(first, second)).disparities if row["group"] == "worst"]
    assert len(rows) == 2
    assert {row["state"] for row in rows} == {"moved"}
    [gap] = [row for row in rows if row["comparison"] == "difference"]
    [before] = [r for r in first.disparity_rows if r["group"] == "worst" and r["comparison"] == "difference"]
    assert gap["before"] == before["value"]
    assert gap["reading_before"] == before["reading"]


def test_it_is_written_as_plain_json(people: dict[str, Any], hostile: AuditReport) -> None:
    other = audit_predictions(None, people["decision"], sensitive_features={"ok": people["sex"]})
    data = json.loads(difference(AuditChange(hostile, other)).to_json())
    assert {row["state"] for row in data["rates"]} == {"appeared", "vanished"}
    assert "\u202e" not in difference(AuditChange(hostile, other)).to_text()
