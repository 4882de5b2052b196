"""The choice among candidates, by the rule that the report prints."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairloss.notions import NOTIONS, GroupCounts, Groups
from fairloss.postprocessing import MitigationLabel
from fairloss.workflow.definition import Goal, Mitigation
from fairloss.workflow.figures import choose, summary
from fairloss.workflow.mitigations import Candidate, mitigate
from fairloss.workflow.rows import Parts, Rows


def _found(accuracy: float, gap: float, *, constant: bool = False) -> dict[str, Any]:
    return {"accuracy": accuracy, "gap_demographic_parity": gap, "constant": constant}


def _candidates(*figures: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"candidate": name, "uses_attribute": name == "aware", **one} for name, one in zip(NAMES, figures, strict=True)
    ]


GOAL = Goal(notion="demographic_parity", tolerance=0.05, source="S")
NAMES = ("baseline", "aware", "exact", "good")


def test_the_most_accurate_candidate_within_the_tolerance_is_chosen() -> None:
    figures = _candidates(_found(0.9, 0.2), _found(0.89, 0.01), _found(0.80, 0.0), _found(0.85, 0.05))
    assert choose(figures, GOAL).name == "good"
    allowed = GOAL.model_copy(update={"attribute_at_decision": True})
    assert choose(figures, allowed).name == "aware"
    assert choose(figures, GOAL).met


def test_where_none_holds_the_tolerance_the_smallest_gap_is_chosen_and_said() -> None:
    figures = _candidates(_found(0.9, 0.2), _found(0.89, 0.01), _found(0.8, 0.09), _found(0.85, 0.1))
    choice = choose(figures, GOAL)
    assert (choice.name, choice.met) == ("exact", False)
    assert choice.reason.startswith("No candidate holds demographic parity within 0.05")


def test_a_constant_answer_and_an_undefined_gap_are_never_chosen() -> None:
    figures = _candidates(
        _found(0.9, 0.2),
        _found(0.5, 0.0, constant=True),
        _found(0.6, 0.0, constant=True),
        _found(0.99, math.nan),
    )
    assert choose(figures, GOAL).name == "baseline"
    nothing = _candidates(*[_found(0.5, 0.0, constant=True)] * 4)
    assert choose(nothing, GOAL).reason == "No mitigation could be compared; the baseline stays."


def test_the_summary_averages_test_rows_over_seeds() -> None:
    rows = [
        {
            "seed": seed,
            "candidate": name,
            "part": part,
            "accuracy": value,
            "auc": 0.5,
            "selection_rate": 0.5,
            "gap_x": 0.1,
        }
        for seed, value in ((0, 0.8), (1, 0.9))
        for name in ("b", "a")
        for part in ("test", "validation")
    ]
    table = summary(pd.DataFrame(rows))
    assert table["candidate"].tolist() == ["b", "a"]
    assert table["accuracy"].tolist() == pytest.approx([0.85, 0.85])
    assert table["accuracy_sd"].tolist() == pytest.approx([0.05 * 2**0.5] * 2)
    assert table["seeds"].tolist() == [2, 2]


def test_thresholds_are_judged_on_validation_rows_that_did_not_fit_them() -> None:
    rng = np.random.default_rng(0)
    codes, label = np.tile([0, 1], 200), rng.integers(0, 2, 400)
    score = pd.DataFrame({"score": rng.random(400) + 0.3 * codes})
    rows = Rows(score, label, score, Groups.of(codes, ["F", "M"]), score)
    label_of_base = MitigationLabel("m", False, False, "rows")
    base = Candidate("baseline", lambda part: part.features["score"].to_numpy(), np.zeros, label_of_base)
    asked = Mitigation(method="group_thresholds", notion="demographic_parity", tolerance=0.0)
    found = mitigate(asked, Parts(rows, rows, rows), base, seed=0)
    assert found.label.uses_attribute
    # Fitted and judged on the same 400 rows the gap is nearly 0; judged on the other half it shows what 200 rows give.
    same, crossed = found.decide(rows), found.on_validation
    gap = NOTIONS["demographic_parity"].gap
    assert gap(GroupCounts.of(label, same, rows.groups)) < 0.01
    assert gap(GroupCounts.of(label, crossed, rows.groups)) > 0.01
    assert (same != crossed).any()
