"""Small counts: none is printed, and none follows from what is printed, whatever a reader adds and subtracts."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from fairloss.audit import AuditReport, audit_predictions, export, suppress, verify
from fairloss.errors import InputError

LEAST = 11


def _people(seed: int, *, unknown: bool = False) -> dict[str, Any]:
    """Give 260 people with two attributes, a stratum and a decision; several groups are small."""
    rng = np.random.default_rng(seed)
    n = 260
    sex = rng.choice(["F", "M"], n).astype(object)
    race = rng.choice(["a", "b", "c", "d"], n, p=rng.dirichlet([6, 3, 1, 0.6])).astype(object)
    if unknown:
        race[rng.random(n) < 0.08] = None
    place = rng.choice(["x", "y", "z"], n, p=[0.6, 0.3, 0.1])
    return {"sex": sex, "race": race, "place": place, "decision": (rng.random(n) < 0.4).astype(int)}


def _audit(people: dict[str, Any]) -> AuditReport:
    return audit_predictions(
        None,
        people["decision"],
        sensitive_features={"sex": people["sex"], "race": people["race"]},
        control_features={"place": people["place"]},
        missing="unknown",
    )


class Reader:
    """Somebody who has the suppressed record and reasons about cells of (sex, race or unknown, place, decision).

    Nothing of the suppression itself is used: the sets behind each printed count are read off the record.
    """

    def __init__(self, people: dict[str, Any], shown: AuditReport) -> None:
        levels = [sorted({str(value) for value in people[name]}) for name in ("sex", "race", "place")]
        self.atoms = list(itertools.product(*levels, (0, 1)))
        rows = zip(*(map(str, people[name]) for name in ("sex", "race", "place")), people["decision"], strict=True)
        seen = list(rows)
        self.truth = np.array([seen.count(atom) for atom in self.atoms])
        self.shown = shown
        self.together = dict(shown.evidence["suppression"].together)

    def members(self, attribute: str, name: str) -> set[str]:
        return set(self.together[attribute]) if "together" in name else {name}

    def indicator(self, attribute: str, names: set[str], places: set[str] | None, decision: int) -> np.ndarray:
        return np.array(
            [
                float(
                    atom[3] == decision and (places is None or atom[2] in places) and _group(attribute, atom) in names
                )
                for atom in self.atoms
            ]
        )

    def printed(self) -> Iterator[tuple[np.ndarray, int]]:
        """Give every printed count as (cells that it adds up, its value)."""
        for counts in self.shown.tables:
            attribute = counts.grouping.attribute
            for code, name in enumerate(counts.names):
                for decision in (0, 1):
                    names = self.members(attribute, name)
                    yield self.indicator(attribute, names, None, decision), int(counts.cells[code, 0, decision])
        control = self.shown.control
        for counts in control.tables if control else ():
            attribute = counts.grouping.attribute
            for (s, stratum), (code, name) in itertools.product(
                enumerate(control.grouping.names), enumerate(counts.names)
            ):
                places = self.members("place", stratum)
                for decision in (0, 1):
                    names = self.members(attribute, name)
                    yield self.indicator(attribute, names, places, decision), int(counts.cells[s, code, 0, decision])

    def small(self) -> Iterator[np.ndarray]:
        """Give every small count of the tables of the whole record, as the cells that it adds up."""
        groups = {
            "sex": {atom[0] for atom in self.atoms},
            "race": {atom[1] for atom in self.atoms} - {"None"},
            "sex × race": {f"{atom[0]} × {atom[1]}" for atom in self.atoms if atom[1] != "None"},
        }
        strata = [None, *({place} for place in sorted({atom[2] for atom in self.atoms}))]
        for attribute, names in groups.items():
            for name, places, decision in itertools.product(sorted(names), strata, (0, 1)):
                cells = self.indicator(attribute, {name}, places, decision)
                if 0 < cells @ self.truth < LEAST:
                    yield cells


def _group(attribute: str, atom: tuple[Any, ...]) -> str:
    return {"sex": atom[0], "race": atom[1], "sex × race": f"{atom[0]} × {atom[1]}"}[attribute]


def _range(target: np.ndarray, printed: list[tuple[np.ndarray, int]]) -> tuple[float, float]:
    """Give the lowest and the highest value that the printed counts leave open, by linear programming."""
    equal, values = np.array([one for one, _ in printed]), np.array([value for _, value in printed])
    ends = [linprog(sign * target, A_eq=equal, b_eq=values, bounds=(0, None), method="highs") for sign in (1, -1)]
    assert all(end.status == 0 for end in ends)
    return ends[0].fun, -ends[1].fun


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_no_small_count_follows_from_the_printed_ones(seed: int, unknown: bool) -> None:
    people = _people(seed, unknown=unknown)
    reader = Reader(people, suppress(_audit(people), LEAST))
    printed = list(reader.printed())
    assert printed
    for cells, value in printed:
        assert cells @ reader.truth == value
        assert value == 0 or value >= LEAST
    small = list(reader.small())
    assert small
    for target in small:
        low, high = _range(target, printed)
        assert low < 1 + 1e-6
        assert high > LEAST - 1 - 1e-6


def test_the_reader_finds_what_a_naive_suppression_gives_away() -> None:
    """A test of the test: dropping the small groups alone is seen through."""
    people = _people(0)
    report = _audit(people)
    reader = Reader(people, suppress(report, LEAST))
    naive = []
    for counts in report.tables:
        for code, name in enumerate(counts.names):
            for decision in (0, 1):
                if counts.cells[code, 0, decision] >= LEAST:
                    cells = reader.indicator(counts.grouping.attribute, {name}, None, decision)
                    naive.append((cells, int(counts.cells[code, 0, decision])))
    total = np.array([float(atom[3] == 1) for atom in reader.atoms])
    naive.append((total, int(total @ reader.truth)))
    found = [np.ptp(_range(target, naive)) < 1e-6 for target in reader.small()]
    assert any(found)


def _rank(rows: list[list[int]]) -> int:
    """Eliminate on fractions: the exact rank."""
    table, rank = [[Fraction(value) for value in row] for row in rows], 0
    for column in range(len(table[0])):
        pivot = next((row for row in range(rank, len(table)) if table[row][column]), None)
        if pivot is None:
            continue
        table[rank], table[pivot] = table[pivot], table[rank]
        for row in range(rank + 1, len(table)):
            factor = table[row][column] / table[rank][column]
            table[row] = [a - factor * b for a, b in zip(table[row], table[rank], strict=True)]
        rank += 1
    return rank


@pytest.mark.parametrize("seed", range(6))
def test_no_combination_of_printed_counts_is_a_small_one_in_exact_arithmetic(seed: int) -> None:
    people = {**_people(seed + 50), "place": np.array(["x"] * 260)}
    report = _audit(people)
    reader = Reader(people, suppress(report, LEAST))
    printed = [[int(value) for value in cells] for cells, _ in reader.printed()]
    zeros = np.flatnonzero(reader.truth == 0)
    known = printed + [[int(at == place) for at in range(len(reader.atoms))] for place in zeros]
    rank = _rank(known)
    for target in reader.small():
        assert _rank([*known, [int(value) for value in target]]) == rank + 1


def _printed_shares(text: str) -> list[tuple[int, int]]:
    found = re.findall(r"([\d,]+) of ([\d,]+)\b(?![\d,]| (?:findings|compared|comparisons|draws|rates))", text)
    return [(int(x.replace(",", "")), int(n.replace(",", ""))) for x, n in found]


@pytest.mark.parametrize("seed", [0, 3])
def test_neither_page_nor_charts_nor_exports_hold_a_small_count(seed: int) -> None:
    people = _people(seed)
    report = _audit(people)
    texts = [
        report.to_html(suppress=LEAST),
        report.to_markdown(suppress=LEAST),
        *(export(report, to, suppress=LEAST) for to in ("csv", "cyclonedx", "huggingface", "sarif")),
    ]
    for text in texts[:2]:
        shares = [pair for pair in _printed_shares(text) if pair[1] != 2000]
        assert shares
        for x, n in shares:
            assert all(value == 0 or value >= LEAST for value in (x, n - x))
    again = suppress(report, LEAST)
    assert texts[0] == again.to_html()  # nothing but the suppressed record is behind the page
    assert verify(json.loads(again.to_json())).holds
    assert report.to_json(suppress=LEAST) == again.to_json()
    assert any(0 < x < LEAST for x, _ in _printed_shares(report.to_html()))


def test_what_is_hidden_is_said() -> None:
    report = _audit(_people(0))
    shown = suppress(report, LEAST)
    said = shown.to_markdown()
    assert "Small counts" in said
    assert "No count of 1 to 10 people is shown" in said
    assert shown.evidence["suppression"].together


def test_large_groups_are_left_as_they_are() -> None:
    report = audit_predictions(None, [1, 0] * 40, sensitive_features=["a"] * 40 + ["b"] * 40)
    shown = suppress(report)
    assert shown.tables[0].cells.tolist() == report.tables[0].cells.tolist()
    assert shown.evidence["suppression"].together == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [({"smallest": 1}, "2 or more"), ({"smallest": True}, "2 or more"), ({"smallest": 500}, "No table can be shown")],
)
def test_what_cannot_be_hidden_is_said(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        suppress(_audit(_people(1)), **change)
