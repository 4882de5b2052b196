"""A complete audit, and tables of counts that were decided or published."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from fairloss.audit import REGIMES, AuditReport, audit_counts, audit_predictions, respond
from fairloss.audit.statements import STATEMENT
from fairloss.audit.statements.shapes import Field
from fairloss.notions import GroupCounts, Grouping

# What makes every item of every regime apply.
CHOSEN = {"origin": "test", "kind": "score", "choice": "left_out", "share_of": "known"}
FILL: Mapping[str, Callable[[Field], Any]] = {
    "text": lambda one: CHOSEN.get(one.name, one.choices[0]) if one.choices else f"About {one.name}",
    "date": lambda one: "2026-11-21",
    "yes_no": lambda one: True,
    "texts": lambda one: [f"One of {one.name}"],
    "names": lambda one: {"sex": "gender", "race_ethnicity": "origin"},
    "table": lambda one: {inner.name: fill(inner) for inner in one.fields},
    "rows": lambda one: [{inner.name: fill(inner) for inner in one.fields}],
}


def fill(shape: Field) -> Any:
    """Give a value for a field, whatever it holds."""
    return FILL[shape.kind](shape)


@pytest.fixture(scope="session")
def complete() -> AuditReport:
    """Give an audit that holds all that any regime asks for."""
    rng = np.random.default_rng(8)
    n = 600
    features = {"gender": rng.choice(["Female", "Male"], n), "origin": rng.choice(["A", "B", "C"], n)}
    score = rng.integers(0, 40, n)
    report = audit_predictions(
        rng.integers(0, 2, n),
        (score > 20).astype(int),
        sensitive_features=features,
        y_score=score,
        control_features={"site": rng.choice(["x", "y"], n)},
        notions="demographic_parity",
        reference={"gender": "Male", "origin": "A"},
        about={"created": "2026-11-21"},
        regimes=list(REGIMES),
        statement=fill(STATEMENT),
        reasons={
            "attribute": "gender",
            "notices": {"Female": 90, "Male": 80},
            "counts": {"Income": {"Female": 60, "Male": 20}, "Debt": {"Female": 9, "Male": 8}},
        },
    )
    return respond(report, {"finding": report.findings[0].id, "owner": "An owner", "action": "An action"})


@pytest.fixture(scope="session")
def record(complete: AuditReport) -> dict[str, Any]:
    """Give its record."""
    data: dict[str, Any] = json.loads(complete.to_json())
    return data


def table(attributes: tuple[str, ...], people: Mapping[tuple[str, ...], tuple[int, int]]) -> GroupCounts:
    """Give counts from the selected and all people of each group."""
    cells = np.array([[[n - x, x]] for x, n in people.values()])
    return GroupCounts(cells, grouping=Grouping(attributes, tuple(people)))


@pytest.fixture
def selections() -> Callable[..., AuditReport]:
    """Give audits of published counts: name of a group to its selected and all people."""

    def audit(**people: tuple[int, int]) -> AuditReport:
        counts = table(("race",), {(name,): pair for name, pair in people.items()})
        return audit_counts(counts, regimes="us-employment")

    return audit


RACES = ("Hispanic", "White", "Black", "NHPI", "Asian", "Nat. Am.", "Two+")
SELECTED = (90, 215, 95, 37, 167, 11, 51, 82, 197, 75, 15, 135, 7, 44)
PEOPLE = (205, 412, 226, 87, 321, 24, 115, 190, 385, 164, 32, 295, 17, 98)


@pytest.fixture(scope="session")
def city() -> tuple[GroupCounts, ...]:
    """Give the three tables of the agency's published example: sex, race and ethnicity, crossed."""
    pairs = [(sex, race) for sex in ("Male", "Female") for race in RACES]
    by_race = zip((204, 412, 170, 52, 302, 18, 96), (408, 797, 390, 119, 616, 41, 213), strict=True)
    return (
        table(("sex",), {("Male",): (667, 1390), ("Female",): (555, 1181)}),
        table(("race",), {(race,): pair for race, pair in zip(RACES, by_race, strict=True)}),
        table(("sex", "race"), dict(zip(pairs, zip(SELECTED, PEOPLE, strict=True), strict=True))),
    )
