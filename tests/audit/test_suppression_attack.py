"""Scores without small counts: somebody who has all that is printed, and a solver, cannot tell one."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from fairloss.audit import AuditReport, audit_predictions, audit_stages, suppress, verify
from fairloss.errors import InputError

STEPS = 8
"""How many different scores there are: the reader knows them."""
Person = tuple[str, str, int, int, float]


def _people(seed: int, n: int, *, by_cut_off: bool = False, unknown: bool = False) -> list[Person]:
    """Give people as (sex, race, label, decision, score); some races are small."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], n)
    race = rng.choice(["a", "b", "c", "d"], n, p=rng.dirichlet([6, 3, 1, 0.6])).astype(object)
    if unknown:
        race[rng.random(n) < 0.1] = "None"
    label = rng.integers(0, 2, n)
    score = np.clip(rng.integers(0, STEPS, n) + label, 0, STEPS - 1) / STEPS
    decision = (score >= 0.5).astype(int) if by_cut_off else rng.integers(0, 2, n)
    return list(zip(sex.tolist(), race.tolist(), label.tolist(), decision.tolist(), score.tolist(), strict=True))


def _audit(people: list[Person], weight: Any = None) -> AuditReport:
    sex, race, label, decision, score = (list(column) for column in zip(*people, strict=True))
    return audit_predictions(
        label,
        decision,
        sensitive_features={"sex": sex, "race": [None if one == "None" else one for one in race]},
        y_score=score,
        sample_weight=weight,
        missing="unknown",
        notions=["demographic_parity", "equalized_odds"],
    )


class Reader:
    """Somebody who has the record as JSON and reasons about how many people of each kind there are.

    A kind is (sex, race or None, label, decision, score). Nothing of the suppression itself is used.
    """

    def __init__(self, people: list[Person], record: dict[str, Any]) -> None:
        sexes, races = ({one[place] for one in people} for place in (0, 1))
        scores = np.arange(STEPS) / STEPS
        self.kinds: list[Person] = list(
            itertools.product(sorted(sexes), sorted(races), (0, 1), (0, 1), scores.tolist())
        )
        seen = Counter(people)
        self.truth = np.array([seen[kind] for kind in self.kinds], float)
        self.together = {one["attribute"]: set(one["names"]) for one in record["suppression"]["together"]}
        self.rows = [*self._decisions(record), *self._scores(record), *self._nobody(record)]

    def where(self, attribute: str, name: str, **fixed: Any) -> np.ndarray:
        """Mark the kinds of a group as shown, with a label, a decision or scores from one end to another."""
        names = self.together[attribute] if "together" in name else {name}
        return np.array([float(_named(attribute, kind) in names and _fits(kind, **fixed)) for kind in self.kinds])

    def _groups(self, record: dict[str, Any]) -> Iterator[tuple[int, int, str, str]]:
        for place, table in enumerate(record["counts"]):
            for code, levels in enumerate(table["levels"]):
                yield place, code, " × ".join(table["attributes"]), " × ".join(levels)

    def _decisions(self, record: dict[str, Any]) -> Iterator[tuple[np.ndarray, float]]:
        rows = record.get("row_counts", {}).get("tables", [table["cells"] for table in record["counts"]])
        for place, code, attribute, name in self._groups(record):
            for label, decision in itertools.product((0, 1), (0, 1)):
                kinds = self.where(attribute, name, label=label, decision=decision)
                yield kinds, rows[place][code][label][decision]

    def _scores(self, record: dict[str, Any]) -> Iterator[tuple[np.ndarray, float]]:
        for place, code, attribute, name in self._groups(record):
            if place >= len(record.get("score_histograms", [])):
                continue
            histogram = record["score_histograms"][place]
            bins = histogram["shape"][2]
            edges = histogram.get("edges") or np.linspace(*histogram["ends"], bins + 1).tolist()
            filled = {(group, label, at): n for group, label, at, n in histogram["filled"]}
            for label, at in itertools.product((0, 1), range(bins)):
                ends = (edges[at], edges[at + 1])
                yield self.where(attribute, name, label=label, ends=ends), filled.get((code, label, at), 0)

    def _nobody(self, record: dict[str, Any]) -> Iterator[tuple[np.ndarray, float]]:
        """A group that a table does not name has nobody."""
        named: dict[str, np.ndarray] = {}
        for _, _, attribute, name in self._groups(record):
            named[attribute] = named.get(attribute, 0) + self.where(attribute, name)
        for attribute, kinds in named.items():
            known = np.array(["None" not in _named(attribute, kind) for kind in self.kinds])
            yield (known & (kinds == 0)).astype(float), 0

    def small(self, least: int) -> Iterator[np.ndarray]:
        """Give every small count of the whole record: by decision, and by score, of every group."""
        for attribute in ("sex", "race", "sex × race"):
            for name in sorted({_named(attribute, kind) for kind in self.kinds}):
                if "None" in name:
                    continue
                ways = [{"label": y, "decision": d} for y in (0, 1) for d in (0, 1)]
                ways += [{"label": y, "ends": (s / STEPS, (s + 1) / STEPS)} for y in (0, 1) for s in range(STEPS)]
                for way in ways:
                    kinds = self.where(attribute, name, **way)
                    if 0 < kinds @ self.truth < least:
                        yield kinds

    def ends(self, target: np.ndarray, *, whole: bool = False) -> tuple[float, float]:
        """Give the lowest and the highest count that what is printed leaves possible."""
        matrix, values = csr_array([row for row, _ in self.rows]), np.array([value for _, value in self.rows])
        found = []
        for sign in (1, -1):
            if whole:
                equal = LinearConstraint(matrix, values, values)
                end = milp(sign * target, constraints=equal, integrality=np.ones(len(target)))
            else:
                end = linprog(sign * target, A_eq=matrix, b_eq=values, bounds=(0, None), method="highs")
            assert end.status in (0, 3), end.message
            found.append(sign * end.fun if end.status == 0 else np.inf)
        return found[0], found[1]


def _named(attribute: str, kind: Person) -> str:
    return {"sex": kind[0], "race": kind[1], "sex × race": f"{kind[0]} × {kind[1]}"}[attribute]


def _fits(kind: Person, label: int | None = None, decision: int | None = None, ends: Any = None) -> bool:
    inside = ends is None or ends[0] <= kind[4] < ends[1]
    return (label is None or kind[2] == label) and (decision is None or kind[3] == decision) and inside


def _check(people: list[Person], least: int, *, whole: bool = False, weight: Any = None) -> tuple[int, int]:
    """Attack a suppressed record; give how many small counts and how many ranges of scores there were."""
    shown = suppress(_audit(people, weight), least)
    record = json.loads(shown.to_json())
    assert verify(record).holds
    reader = Reader(people, record)
    for kinds, value in reader.rows:
        assert kinds @ reader.truth == value
        assert value == 0 or value >= least
    small = list(reader.small(least))
    for target in small:
        low, high = reader.ends(target, whole=whole)
        assert low < 1 + 1e-6
        assert high > least - 1 - 1e-6
    return len(small), len(shown.scores[0].edges) - 1 if shown.scores else 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unknown", [False, True])
def test_no_small_count_of_scores_is_told(seed: int, unknown: bool) -> None:
    small, _ = _check(_people(seed, 700, unknown=unknown), 5)
    assert small


@pytest.mark.parametrize("seed", range(3))
def test_not_even_to_a_reader_who_knows_that_people_come_in_whole(seed: int) -> None:
    _check(_people(seed + 20, 300), 3, whole=True)


@pytest.mark.parametrize("seed", range(3))
def test_small_means_few_people_where_rows_are_weighted(seed: int) -> None:
    weight = np.random.default_rng(seed).lognormal(0, 1, 500)
    small, _ = _check(_people(seed, 500), 5, weight=weight)
    assert small


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_small_table_keeps_its_small_counts(data: st.DataObject) -> None:
    kinds = st.tuples(
        st.sampled_from("FM"),
        st.sampled_from("aaab"),
        st.integers(0, 1),
        st.integers(0, 1),
        st.sampled_from([0.125, 0.5]),
    )
    people = data.draw(st.lists(kinds, min_size=20, max_size=120))
    if len({one[0] for one in people}) < 2 or len({one[1] for one in people}) < 2:
        return
    try:
        _check(people, 3)
    except InputError as error:
        if "No table can be shown" not in str(error):
            raise


def test_the_reader_finds_what_single_ranges_for_each_group_give_away() -> None:
    """A test of the test: printing one group's own finer scores tells the rest of it."""
    people = _people(1, 700)
    record = json.loads(suppress(_audit(people), 5).to_json())
    reader = Reader(people, record)
    fine = [reader.where("sex × race", f"F × {race}", label=1, ends=(0, 1)) for race in "ab"]
    reader.rows += [(kinds, float(kinds @ reader.truth)) for kinds in fine]
    reader.rows += [
        (kinds, float(kinds @ reader.truth))
        for s in range(STEPS)
        for kinds in [reader.where("race", "d", label=1, ends=(s / STEPS, (s + 1) / STEPS))]
    ]
    told = [np.ptp(reader.ends(target)) < 1 for target in reader.small(5)]
    assert any(told)


PATHS = ((0, None), (1, 0), (1, 1), (1, None))
"""How people leave a funnel of two stages; who misses the second is refused."""


def _funnel(seed: int) -> list[tuple[str, str, int]]:
    rng = np.random.default_rng(seed)
    n = 500
    race = rng.choice(["a", "b", "c"], n, p=[0.6, 0.35, 0.05])
    path = rng.choice(4, n, p=[0.4, 0.35, 0.25, 0.0] if seed % 2 else [0.3, 0.3, 0.3, 0.1])
    return list(zip(rng.choice(["F", "M"], n).tolist(), race.tolist(), path.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_no_small_count_of_a_funnel_is_told(seed: int) -> None:
    people = _funnel(seed)
    sex, race, path = (list(column) for column in zip(*people, strict=True))
    first, second = ([PATHS[one][stage] for one in path] for stage in (0, 1))
    table = {"sex": sex, "race": race, "test": first, "talk": second}
    report = audit_stages(table, stages=["test", "talk"], sensitive=["sex", "race"])
    shown = suppress(report, 5)
    kinds = list(itertools.product("FM", "abc", range(4)))
    truth = np.array([people.count(kind) for kind in kinds], float)
    together = dict(shown.evidence["suppression"].together)
    tables = [(counts, [(2,), (0, 1, 3)][::-1]) for counts in shown.tables]
    cells = [(counts.names, counts.grouping.attribute, counts.cells[:, 0], paths) for counts, paths in tables]
    for counts in shown.evidence["stages"].tables if "stages" in shown.evidence else ():
        reached = [[(0,), (1, 2, 3)], [(1,), (2,)]]
        cells += [(counts.names, counts.grouping.attribute, counts.cells[k, :, 0], reached[k]) for k in (0, 1)]
    rows, values = [], []
    for names, attribute, numbers, paths in cells:
        for (code, name), at in itertools.product(enumerate(names), (0, 1)):
            held = set(together[attribute]) if "together" in name else {name}
            rows.append([float(_in(attribute, kind) in held and kind[2] in paths[at]) for kind in kinds])
            values.append(numbers[code, at])
            assert np.dot(rows[-1], truth) == values[-1]
    for attribute, at in itertools.product(("sex", "race", "sex × race"), [(0,), (1,), (2,), (0, 1, 3)]):
        for name in {_in(attribute, kind) for kind in kinds}:
            target = np.array([float(_in(attribute, kind) == name and kind[2] in at) for kind in kinds])
            if 0 < target @ truth < 5:
                ends = [linprog(sign * target, A_eq=rows, b_eq=values, bounds=(0, None)) for sign in (1, -1)]
                assert ends[0].fun < 1 + 1e-6
                assert -ends[1].fun > 4 - 1e-6


def _in(attribute: str, kind: tuple[str, str, int]) -> str:
    return {"sex": kind[0], "race": kind[1], "sex × race": f"{kind[0]} × {kind[1]}"}[attribute]
