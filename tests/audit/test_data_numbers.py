"""The numbers of a data audit, against loops, pandas, scipy and scikit-learn."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from jsonschema import Draft202012Validator
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from fairloss.audit import audit_data, record_schema, verify
from fairloss.audit.data.areas import held_out_area, ordered_by_other_half
from fairloss.audit.data.folds import draw_halves
from fairloss.audit.data.joint import additive_scores
from fairloss.audit.data.two_rates import compare_rates
from fairloss.audit.integrity import seal
from fairloss.errors import InputError


def _people(n: int = 3000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], n)
    frame = pd.DataFrame(
        {
            "sex": sex,
            "height": rng.normal(170, 8, n) + 10 * (sex == "M"),
            "job": np.where(rng.random(n) < 0.3, np.where(sex == "F", "a", "b"), rng.choice(["c", "d", "e"], n)),
            "income": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(8, 1, n).round()),
            "kind": rng.choice(["x", "y"], n),
        }
    )
    frame["good"] = (rng.random(n) < 0.4 + 0.1 * (sex == "M")).astype(int)
    return frame


PEOPLE = _people()
VALIDATOR = Draft202012Validator(record_schema())


@pytest.fixture(scope="module")
def found() -> Any:
    return audit_data(PEOPLE, label="good", sensitive="sex")


def test_columns_are_counted_as_a_loop_counts_them(found: Any) -> None:
    columns = found.evidence["columns"]
    assert [one.name for one in columns.columns] == ["height", "job", "income", "kind"]
    job, income = columns.columns[1], columns.columns[2]
    for (bin_, level), (code, group), label in itertools.product(enumerate("abcde"), enumerate("FM"), (0, 1)):
        rows = (PEOPLE.job == level) & (PEOPLE.sex == group) & (PEOPLE.good == label)
        assert job.cells[0][code, :, bin_, label].sum() == rows.sum()
    assert income.has_missing
    assert income.labels[:, -1].sum() == PEOPLE.income.isna().sum()
    assert income.present == PEOPLE.income.notna().sum()
    halves = income.labels.sum((1, 2))
    assert abs(halves[0] - halves[1]) < 4 * math.sqrt(3000)  # four standard errors


def test_the_area_of_a_column_is_the_one_of_its_group_shares_in_the_other_half(found: Any) -> None:
    row = found.table("proxies").set_index("column").loc["job"]
    cells = found.evidence["columns"].columns[1].cells[0].sum(-1)
    areas = []
    for half in (0, 1):
        other = 1 - half
        prior = cells[0].sum() / cells.sum()
        score = [(cells[0, other, b] + prior) / (cells[:, other, b].sum() + 1) for b in range(5)]
        told = np.repeat(np.tile([1, 0], 5), cells[:, half].T.ravel())
        areas.append(roc_auc_score(told, np.repeat(np.repeat(score, 2), cells[:, half].T.ravel())))
    assert row.auc == pytest.approx(np.mean(areas))
    assert row.group == "F"
    table = pd.crosstab(PEOPLE.job, PEOPLE.sex)
    n, chi2 = 3000, stats.chi2_contingency(table).statistic
    square = chi2 / n - 4 / (n - 1)
    assert row.cramers_v == pytest.approx(math.sqrt(square / min(5 - 16 / (n - 1) - 1, 2 - 1 / (n - 1) - 1)))
    assert row.p_value == pytest.approx(stats.chi2_contingency(table).pvalue, rel=0.3)


def test_p_values_are_adjusted_over_all_columns(found: Any) -> None:
    rows = found.table("proxies").sort_values("p_value")
    held, expected = 0.0, []
    for place, p in enumerate(rows.p_value):
        held = max(held, min(1.0, p * (len(rows) - place)))
        expected.append(held)
    assert rows.p_adjusted.tolist() == pytest.approx(expected)


def test_all_columns_together_tell_as_a_logistic_regression_does(found: Any) -> None:
    row = found.table("joint_proxies").iloc[0]
    design = pd.get_dummies(PEOPLE[["job", "kind"]]).assign(
        **{f"h{q}": PEOPLE.height > PEOPLE.height.quantile(q / 10) for q in range(1, 10)}
    )
    told = PEOPLE.sex == "F"
    half = np.arange(3000) % 2 == 0
    areas = []
    for learn in (half, ~half):
        model = LogisticRegression(max_iter=1000).fit(design[learn], told[learn])
        areas.append(roc_auc_score(told[~learn], model.predict_proba(design[~learn])[:, 1]))
    assert row.auc == pytest.approx(np.mean(areas), abs=0.015)  # another half, 33 score bins
    assert row.low < row.auc < row.high
    assert row.rows_of_group == told.sum()


def test_additive_scores_are_the_ridge_solution_where_steps_have_settled() -> None:
    rng = np.random.default_rng(3)
    codes = [rng.integers(0, 3, 400), rng.integers(0, 2, 400)]
    told = rng.random(400) < 1 / (1 + np.exp(-(codes[0] - 1.0) - 0.5 * codes[1]))
    grid = np.array(list(itertools.product(range(3), range(2)))).T
    score = additive_scores(codes, [3, 2], told, list(grid))
    design = np.concatenate([np.eye(3)[codes[0]], np.eye(2)[codes[1]]], axis=1)
    offset = math.log(told.mean() / (1 - told.mean()))
    weights = np.zeros(5)
    for _ in range(50):  # Newton's method on all weights at once
        chance = 1 / (1 + np.exp(-(offset + design @ weights)))
        slope = design.T @ (told - chance) - weights
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + np.eye(5)
        weights += np.linalg.solve(bend, slope)
    assert score == pytest.approx(weights[grid[0]] + weights[3 + grid[1]], abs=1e-3)


def test_an_area_covers_the_truth_and_is_a_half_without_any() -> None:
    rng = np.random.default_rng(5)
    covered, values = 0, []
    for _ in range(300):
        told, bins, halves = rng.random(400) < 0.3, rng.integers(0, 12, 400), rng.integers(0, 2, 400)
        cells = np.zeros((2, 2, 12), dtype=np.int64)
        np.add.at(cells, (halves, told.astype(int), bins), 1)
        area = held_out_area(ordered_by_other_half(cells), 0.95)
        values.append(area.value)
        covered += area.low <= 0.5 <= area.high
    assert np.mean(values) == pytest.approx(0.5, abs=0.006)  # 300 areas of error 0.03: three standard errors
    assert 300 * 0.92 <= covered <= 300 * 0.99


def test_halves_do_not_depend_on_the_order_and_are_fresh_within_equal_rows() -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 5, 4000).astype(np.uint64)
    order = rng.permutation(4000)
    halves, keys = draw_halves(rows)
    again, _ = draw_halves(rows[order])
    for value in range(5):
        assert sorted(halves[rows == value]) == sorted(again[rows[order] == value])
        share = halves[rows == value].mean()
        assert abs(share - 0.5) < 0.08  # 800 draws: four standard errors
    assert len(np.unique(keys)) == 4000


def test_the_record_is_the_same_for_any_order_of_the_rows_and_any_engine() -> None:
    options = {"label": "good", "sensitive": "sex"}
    expected = audit_data(PEOPLE, **options).to_json()
    shuffled = PEOPLE.sample(frac=1, random_state=3)
    assert audit_data(shuffled, **options).to_json() == expected
    polars = pl.from_pandas(PEOPLE)
    assert audit_data(polars, **options).to_json() == expected
    assert audit_data(polars.to_arrow(), **options).to_json() == expected


def test_equal_rows_are_counted_as_pandas_counts_them() -> None:
    frame = _people(600, seed=4)[["sex", "job", "kind", "good"]]
    frame["id"] = [f"p{one}" for one in np.random.default_rng(1).integers(0, 500, 600)]
    frame["part"] = np.where(np.arange(600) < 400, "train", "test")
    found = audit_data(frame, label="good", sensitive="sex", identifier="id", split="part")
    rows = found.table("duplicates").set_index(["measure", "group"])["count"]
    compared = ["sex", "job", "kind", "good"]
    for group in "FM":
        own = frame[frame.sex == group]
        assert rows["copies", group] == own.duplicated(compared).sum()
        assert rows["repeated_identifiers", group] == frame.duplicated("id", keep=False)[own.index].sum()
        train = set(map(tuple, frame[frame.part == "train"][compared].to_numpy()))
        test = own[own.part == "test"][compared]
        assert rows["across_parts", group] == sum(tuple(row) in train for row in test.to_numpy())
    pairs = found.table("duplicates").set_index(["measure", "group"])["rows"]
    for group in "FM":
        sizes = frame[frame.sex == group].groupby(["job", "kind"]).size()
        assert pairs["discordant_pairs", group] == (sizes // 2).sum()
        assert 0 < rows["discordant_pairs", group] < pairs["discordant_pairs", group]


def test_pairs_that_differ_in_one_column_say_what_chance_gives() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"sex": rng.choice(["F", "M"], 700), "age": rng.integers(18, 90, 700)})
    frame["town"] = rng.choice([f"town {one}" for one in range(12)], 700)
    frame["job"] = frame.town.str.replace("town", "job")  # so independence expects far fewer equal rows
    frame["good"] = rng.integers(0, 2, 700)
    found = audit_data(frame, label="good", sensitive="sex")
    rows = found.table("expected_copies").set_index("column")
    assert sorted(rows.index) == ["age", "job", "town"]
    for name in rows.index:
        others = [one for one in frame.columns if one != name]
        sizes = frame.groupby(others).size()
        whole = frame.groupby(list(frame.columns)).size()
        assert rows.pairs[name] == (sizes * (sizes - 1) // 2).sum() - (whole * (whole - 1) // 2).sum()
    exact = (frame.age.value_counts(normalize=True) ** 2).sum()
    assert rows.alike["age"] == pytest.approx(exact, rel=0.15)
    copies = found.table("duplicates").query("measure == 'copies'")["count"].sum()
    assert copies > 5
    assert rows.expected["age"] == pytest.approx(copies, rel=0.6)
    codes = {one.code for one in found.findings}
    assert "duplicates" not in codes
    assert "equal_rows" in codes
    doubled = audit_data(pd.concat([frame, frame]), label="good", sensitive="sex")
    assert "duplicates" in {one.code for one in doubled.findings}
    record = json.loads(doubled.to_json())
    assert verify(record).holds
    for near in record["near_copies"]:
        near["pairs"] += 1
        assert not verify(seal(record)).holds
        near["pairs"] -= 1


def test_pairs_of_equal_people_disagree_as_often_as_two_draws_do() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"sex": rng.choice(["F", "M"], 20_000, p=[0.1, 0.9]), "job": rng.choice(list("abcd"), 20_000)})
    frame["good"] = (rng.random(20_000) < 0.3).astype(int)
    rows = audit_data(frame, label="good", sensitive="sex").table("duplicates")
    rows = rows[rows.measure == "discordant_pairs"]
    for row in rows.itertuples():
        assert row.low < 2 * 0.3 * 0.7 < row.high


def test_missing_values_and_the_label(found: Any) -> None:
    rows = found.table("missing_by_label").set_index("group")
    for group in "FM":
        own = PEOPLE[PEOPLE.sex == group]
        absent = own.income.isna()
        row = rows.loc[group]
        assert (row.missing, row.favorable_missing) == (absent.sum(), own.good[absent].sum())
        assert row.difference == pytest.approx(own.good[absent].mean() - own.good[~absent].mean())
        assert row.low < row.difference < row.high


def test_drift_is_what_its_formulas_say() -> None:
    frame = PEOPLE.assign(part=np.where(np.arange(3000) % 3 == 0, "later", "train"))
    found = audit_data(frame, label="good", sensitive="sex", split="part")
    row = found.table("drift").set_index("column").loc["job"]
    now, then = (frame[frame.part == part].job.value_counts().reindex(list("abcde")) for part in ("later", "train"))
    p, q = ((side + 0.5) / (side.sum() + 2.5) for side in (now, then))
    assert row.psi == pytest.approx(sum((p - q) * np.log(p / q)))
    assert row.p_value == pytest.approx(stats.chi2_contingency([now, then]).pvalue, abs=0.01)
    height = found.table("drift").set_index("column").loc["height"]
    exact = stats.ks_2samp(frame[frame.part == "later"].height, frame[frame.part == "train"].height).statistic
    assert 0 < height.distance <= exact
    rates = found.table("base_rate_drift").set_index("group")
    for group in "FM":
        own = frame[frame.sex == group]
        means = own.groupby("part").good.mean()
        assert rates.loc[group].difference == pytest.approx(means["later"] - means["train"])
    assert set(found.table("drift").column) == {"height", "job", "income", "kind", "sex"}


def test_another_table_is_compared_as_a_part_would_be() -> None:
    first, second = PEOPLE[:2000], PEOPLE[2000:]
    halves = PEOPLE.assign(part=np.where(np.arange(3000) < 2000, "train", "x"))
    by_part = audit_data(halves, label="good", sensitive="sex", split="part").table("drift")
    by_table = audit_data(first, label="good", sensitive="sex", against=second)
    numbers = ["column", "rows", "rows_reference", "psi", "p_value", "missing", "missing_reference"]
    pd.testing.assert_frame_equal(by_table.table("drift")[numbers], by_part[numbers])
    assert by_table.table("representation").rows.sum() == 2000
    assert by_table.table("proxies").rows.tolist() == [2000] * 4
    numbered = [part.assign(row=np.arange(len(part))) for part in (first, second)]
    again = audit_data(numbered[0], label="good", sensitive="sex", against=numbered[1])
    pd.testing.assert_frame_equal(again.table("drift"), by_table.table("drift"))
    assert again.table("leaks").set_index("column").reading["row"] == "identifier"
    unlabeled = audit_data(first, label="good", sensitive="sex", against=second.drop(columns=["good", "kind"]))
    assert len(unlabeled.table("base_rate_drift")) == 0
    assert [one.problem for one in unlabeled.evidence["strange_values"]] == ["absent_column"]


def test_shares_against_a_population() -> None:
    stated = {"sex": {"F": 510, "M": 480, "X": 10}}
    found = audit_data(PEOPLE, label="good", sensitive="sex", population=stated)
    rows = found.table("population").set_index("group")
    sizes = PEOPLE.sex.value_counts()
    assert rows.loc["F"].share == pytest.approx(sizes["F"] / 3000)
    assert rows.loc["F"].ratio == pytest.approx(sizes["F"] / 3000 / 0.51)
    assert rows.loc["X"].rows == 0
    expected = [3000 * share for share in (0.51, 0.48, 0.01)]
    usual = stats.chisquare([sizes["F"], sizes["M"], 0], expected)
    assert rows.p_value.iloc[0] == pytest.approx(usual.pvalue, rel=0.2)
    weighted = audit_data(PEOPLE.assign(w=2.0), label="good", sensitive="sex", weight="w", population=stated)
    doubled = weighted.table("population").set_index("group")
    assert doubled.rows.tolist() == (2 * rows.rows).tolist()
    assert doubled.low.tolist() == pytest.approx(rows.low.tolist())
    assert doubled.p_value.isna().all()


def test_rows_without_a_group_are_no_part_of_the_population() -> None:
    frame = PEOPLE.assign(sex=PEOPLE.sex.where(np.arange(3000) > 300))
    for missing in ("group", "unknown"):
        stated = {"sex": {"F": 0.5, "M": 0.5}}
        found = audit_data(frame, label="good", sensitive="sex", missing=missing, population=stated)
        assert found.table("population").known.tolist() == [2699] * 2
        assert found.evidence["columns"].columns[0].labels.sum() == 3000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"population": {"sex": {"Female": 0.5, "Male": 0.5}}}, "needs a share of every group of the data"),
        ({"population": {"gender": {"F": 0.5, "M": 0.5}}}, "Unknown attribute of the population 'gender'"),
        ({"population": {"sex": {"F": "half", "M": 0.5}}}, "needs shares or counts of 0 or more"),
        ({"population": {"sex": {"F": 0, "M": 0}}}, "needs shares or counts of 0 or more"),
        ({"split": "sex", "against": PEOPLE}, "got split and against"),
        ({"split": "one"}, "needs two parts or more"),
        ({"expected": {"sexe": ["F"]}}, "Did you mean 'sex'"),
        ({"annotator": "who"}, "needs the column 'who'"),
        ({"columns": ["hight"]}, "Did you mean 'height'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        audit_data(PEOPLE.assign(one="a"), label="good", sensitive="sex", **options)


def test_two_rates_in_small_and_large_groups() -> None:
    small, large = compare_rates(3, 12, 30, 60, 0.95), compare_rates(300, 1200, 330, 1100, 0.95)
    assert small.p_value == pytest.approx(stats.fisher_exact([[3, 9], [30, 30]]).pvalue)
    table = [[300, 900], [330, 770]]
    assert large.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert large.difference == pytest.approx(300 / 1200 - 330 / 1100)
    assert math.isnan(compare_rates(0, 0, 3, 5, 0.95).p_value)


def test_base_rates_are_also_given_within_strata() -> None:
    found = audit_data(PEOPLE, label="good", sensitive="sex", strata="job")
    rows = found.strata.set_index(["stratum", "group"])
    for job, group in itertools.product("cde", "FM"):
        own = PEOPLE[(PEOPLE.job == job) & (PEOPLE.sex == group)]
        assert rows.loc[job, group].value == pytest.approx(own.good.mean())
    assert found.adjusted.strata.tolist() == [3]  # a and b have people of one sex only


def test_rows_of_no_part_are_left_out_of_drift() -> None:
    part = np.where(np.arange(3000) % 5 == 0, None, np.where(np.arange(3000) % 2, "train", "test"))
    found = audit_data(PEOPLE.assign(part=part), label="good", sensitive="sex", split="part")
    assert found.table("drift").rows_reference.tolist() == [1200] * 5
    assert found.table("base_rate_drift").rows_reference.sum() == 1200
    assert found.table("representation").rows.sum() == 3000


@pytest.mark.parametrize(
    "change",
    [
        {"sex": ["F", "M"], "good": [0, 1], "x": [1, 2]},
        {"sex": ["F", "M"] * 30, "good": [0, 1] * 30, "x": [None] * 60},
        {"sex": ["F", "M"] * 30, "good": [0, 1] * 30},
        {"sex": ["F", "M", None] * 20, "good": [0, 1] * 30, "x": ["a"] * 59 + ["b"]},
        {"sex": ["F", "M"] * 30, "good": [1] * 60, "x": range(60)},
        {"sex": ["F"] * 59 + ["M"], "good": [0, 1] * 30, "x": np.arange(60.0) % 7},
        {
            "sex": ["F", "M"] * 30,
            "good": [0, 1] * 30,
            "x": [float("inf"), 1, -5] * 20,
            "y": pd.to_datetime(["2020"] * 60),
        },
    ],
    ids=["two rows", "nothing but holes", "no columns", "a lone value", "one label", "a lone person", "infinity"],
)
@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("missing", ["group", "unknown"])
def test_odd_tables_give_a_record_that_verifies(change: dict[str, Any], missing: Any, weight: Any) -> None:
    table = {name: list(values) for name, values in change.items()}
    half = [place % 2 for place in range(len(table["sex"]))]
    table |= {"who": half, "part": half, "weight": [1.5 + one for one in half]}
    report = audit_data(
        table, label="good", sensitive="sex", annotator="who", split="part", missing=missing, weight=weight,
        population={"sex": {"F": 1, "M": 1}},
    )  # fmt: skip
    record = json.loads(report.to_json())
    assert verify(record).holds
    assert VALIDATOR.is_valid(record)
    assert report.to_html().startswith("<!doctype html>")
