"""Before and after: values, paired intervals, and the page."""

from __future__ import annotations

import json
import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from fairloss.audit import AuditChange, audit_predictions, compare, compare_predictions
from fairloss.audit.change.pairing import after_of, before_of, change_interval, count_pairs
from fairloss.notions import RATES, GroupCounts, Groups


@pytest.fixture(scope="module")
def change(people: dict[str, Any]) -> AuditChange:
    after = (people["score"] + 0.1 * (people["race"] == "B") > 0.52).astype(int)
    features = {"sex": people["sex"], "race": people["race"]}
    names = ("baseline", "shifted")
    return compare_predictions(people["label"], people["decision"], after, sensitive_features=features, names=names)


def test_both_sides_are_the_audits_of_the_two_decisions(change: AuditChange, people: dict[str, Any]) -> None:
    features = {"sex": people["sex"], "race": people["race"]}
    alone = audit_predictions(people["label"], people["decision"], sensitive_features=features)
    assert change.before.to_json() == alone.to_json()
    rows = change.rates.query("attribute == 'race' and group == 'B' and rate == 'selection_rate'").iloc[0]
    chosen = people["race"] == "B"
    after = (people["score"][chosen] + 0.1 > 0.52).mean()
    assert [rows.before, rows.after] == pytest.approx([people["decision"][chosen].mean(), after])
    assert rows.change == pytest.approx(rows.after - rows.before)
    assert rows.low < rows.change < rows.high


def test_pairs_add_up_and_give_both_margins(people: dict[str, Any]) -> None:
    groups = Groups.of((people["sex"] == "M").astype(int), ["F", "M"])
    label, before, after = people["label"], people["decision"], people["label"]
    pairs = count_pairs(label, before, after, groups)
    halves = [
        count_pairs(label[part], before[part], after[part], groups[part]) for part in (slice(1000), slice(1000, None))
    ]
    assert ((halves[0] + halves[1]).cells == pairs.cells).all()
    assert (before_of(pairs).cells == GroupCounts.of(label, before, groups).cells).all()
    assert (after_of(pairs).cells == GroupCounts.of(label, after, groups).cells).all()


def test_paired_variance_against_a_loop_over_people(people: dict[str, Any]) -> None:
    groups = Groups.of(np.zeros(3000, dtype=int), ["all"])
    label, before, after = people["label"], people["decision"], (people["score"] > 0.45).astype(int)
    weight = np.linspace(0.5, 2, 3000)
    pairs = count_pairs(label, before, after, groups, weight)
    low, high = change_interval(RATES["selection_rate"], pairs, 0.95)
    moved = after - before
    mean = (weight * moved).sum() / weight.sum()
    p, q = ((weight * d).sum() / weight.sum() for d in (before, after))
    error = np.sqrt((weight**2 * ((after - q) - (before - p)) ** 2).sum()) / weight.sum()
    assert [low[0], high[0]] == pytest.approx([mean - 1.959964 * error, mean + 1.959964 * error], abs=1e-7)


@pytest.mark.parametrize("rate", ["selection_rate", "accuracy", "positive_predictive_value"])
def test_paired_intervals_cover_the_true_change(rate: str) -> None:
    """2,000 draws of 200 pairs: a coverage of 0.95 has a standard error of 0.005, so 0.93 is four of them away."""
    rng = np.random.default_rng(8)
    cells = np.array([[[0.2, 0.05], [0.1, 0.1]], [[0.05, 0.1], [0.05, 0.35]]])  # before, label, after
    draws = rng.multinomial(200, cells.ravel(), 2000).reshape(2000, 2, 2, 2)
    pairs = GroupCounts(np.moveaxis(draws, 0, 1))  # 2,000 groups of one population
    low, high = change_interval(RATES[rate], pairs, 0.95)
    truth = GroupCounts(cells[:, None])
    true = (RATES[rate](after_of(truth)) - RATES[rate](before_of(truth)))[0]
    covered = np.mean((low <= true) & (true <= high))
    assert 0.93 <= covered <= 0.975


def test_nobody_changed_still_leaves_a_width() -> None:
    pairs = count_pairs([1, 0] * 15, [1, 0] * 15, [1, 0] * 15, Groups.of(np.zeros(30, dtype=int), ["all"]))
    low, high = change_interval(RATES["selection_rate"], pairs, 0.95)
    assert low[0] < 0 < high[0]


def test_two_audits_without_pairs_have_changes_but_no_interval(change: AuditChange) -> None:
    loose = compare(change.before, change.after, names=("a", "b"))
    assert list(loose.gaps.change) == pytest.approx(list(change.gaps.change), nan_ok=True)
    assert loose.rates.low.isna().all()
    gap = loose.gaps.query("attribute == 'race' and notion == 'demographic_parity' and comparison == 'difference'")
    worst = change.after.disparities.query(
        "attribute == 'race' and notion == 'demographic_parity' and comparison == 'difference' and group == 'worst'"
    )
    assert (
        gap[["after", "after_low", "after_high"]].iloc[0].tolist() == worst[["value", "low", "high"]].iloc[0].tolist()
    )


def test_a_change_is_written_as_json_and_as_a_page(change: AuditChange, parse: Any) -> None:
    data = json.loads(change.to_json())
    assert data["names"] == ["baseline", "shifted"]
    assert data["before"] == json.loads(change.before.to_json())
    assert change.to_json() == change.to_json()
    page = parse(change.to_html())
    assert "script" not in page.tags
    assert page.tags.count("svg") > 10
    text = " ".join(page.texts)
    assert "The largest gap in demographic parity by race" in text


def test_the_two_groups_farthest_apart_are_found_by_trying_all_pairs(change: AuditChange) -> None:
    known = [row for row in change.rate_rows if not math.isnan(row["change"])]
    assert len(change.farthest.query("when == 'before'")) == len(change.gaps) / 2
    assert len(change.farthest.query("when == 'after'")) > 0
    for row in change.farthest_rows:
        notion = next(one for one in change.before.plan.notions if one.name == row["notion"])
        mine = [one for one in known if one["attribute"] == row["attribute"]]
        mine = [one for one in mine if one["rate"] in [rate.name for rate in notion.rates]]
        tried = [
            (abs(a[row["when"]] - b[row["when"]]), a["rate"], {a["group"], b["group"]})
            for a, b in combinations(mine, 2)
            if a["rate"] == b["rate"]
        ]
        widest = max(apart for apart, _, _ in tried)
        assert row[row["when"]] == pytest.approx(widest)
        assert (widest, row["rate"], {row["group"], row["reference"]}) in tried  # the first of equal ones
        moved = {one["group"]: one["change"] for one in mine if one["rate"] == row["rate"]}
        assert row["change"] == pytest.approx(row["after"] - row["before"])
        assert row["change"] == pytest.approx(moved[row["reference"]] - moved[row["group"]])
        assert row["low"] < row["change"] < row["high"]


def test_its_interval_combines_those_of_two_groups_at_the_level_of_all_pairs(change: AuditChange) -> None:
    """By hand: three groups of race and one rate, so three pairs and 1 - 0.05 / 3; squares of the arms add."""
    row = next(r for r in change.farthest_rows if (r["attribute"], r["notion"]) == ("race", "demographic_parity"))
    pairs = change.pairs[1]
    low, high = change_interval(RATES["selection_rate"], pairs, 1 - 0.05 / 3)
    values = RATES["selection_rate"](after_of(pairs)) - RATES["selection_rate"](before_of(pairs))
    first, second = (pairs.names.index(row[name]) for name in ("group", "reference"))
    below = math.sqrt((values[second] - low[second]) ** 2 + (high[first] - values[first]) ** 2)
    above = math.sqrt((high[second] - values[second]) ** 2 + (values[first] - low[first]) ** 2)
    assert row["low"] == pytest.approx(row["change"] - below)
    assert row["high"] == pytest.approx(row["change"] + above)


def test_the_interval_of_a_pair_that_the_data_chose_covers() -> None:
    """400 samples of three groups with equal rates before: a coverage of 0.95 has a standard error of 0.011."""
    rng = np.random.default_rng(4)
    joint = np.array([[0.5, 0.1], [0.15, 0.25]])  # shares by first and second decision; rates 0.4 and 0.35
    shifts = {"a": 0.0, "b": 0.0, "c": 0.08}
    covered = []
    for _ in range(400):
        first, second, names = [], [], []
        for name, shift in shifts.items():
            share = joint + np.array([[-shift, shift], [0, 0]])
            drawn = rng.choice(4, 150, p=share.ravel())
            first.append(drawn // 2)
            second.append(drawn % 2)
            names += [name] * 150
        features = {"g": names}
        found = compare_predictions(
            None,
            np.concatenate(first),
            np.concatenate(second),
            sensitive_features=features,
            notions="demographic_parity",
        )
        for row in found.farthest_rows:
            true = shifts[row["reference"]] - shifts[row["group"]]
            covered.append(row["low"] <= true <= row["high"])
    assert np.mean(covered) >= 0.93


def test_decisions_that_nobody_noticed_change_nothing(people: dict[str, Any], parse: Any) -> None:
    same = compare_predictions(
        people["label"], people["decision"], people["decision"], sensitive_features={"sex": people["sex"]}
    )
    assert all(row["low"] <= 0 <= row["high"] for row in same.farthest_rows)
    text = " ".join(parse(same.to_html()).texts)
    assert "No change is established in any of 6 gaps." in text
    assert "No change is established in 6 of 6 gaps" in text


def test_the_answer_says_what_changed_what_did_not_and_what_nobody_can_tell(change: AuditChange, parse: Any) -> None:
    text = " ".join(" ".join(parse(change.to_html()).texts).split())
    first = text[: text.index("By sex")]
    assert "the difference between them narrowed by" in first
    assert "What did not change" in first
    assert "neither between the two groups that were farthest apart" in first
    loose = " ".join(parse(compare(change.before, change.after).to_html()).texts)
    assert "no change has an interval" in " ".join(loose.split())
    assert "narrowed by" not in loose
    assert "What did not change" not in loose


def test_a_gap_that_opens_between_other_groups_is_found() -> None:
    """Before, a and b are farthest apart and stay so; after, nobody of c is selected any more."""
    rng = np.random.default_rng(2)
    group = np.repeat(["a", "b", "c"], 400)
    before = (rng.random(1200) < np.repeat([0.5, 0.6, 0.55], 400)).astype(int)
    after = np.where(group == "c", 0, before)
    change = compare_predictions(None, before, after, sensitive_features={"g": group}, notions="demographic_parity")
    first, second = change.farthest_rows
    assert (first["when"], first["group"], first["reference"], first["change"]) == ("before", "a", "b", 0)
    assert (second["when"], second["group"], second["reference"]) == ("after", "c", "b")
    assert second["low"] > 0
    html = change.to_html()
    assert "Farthest apart are now c and b, in selection rate; the difference between them widened by" in html
    assert "A change is established for every gap." in html


def test_a_difference_that_changes_its_sign_is_told_as_such() -> None:
    sex = np.repeat(["F", "M"], 300)
    before, after = np.tile([0, 0, 1], 200), np.tile([0, 0, 1], 200)
    before[300:], after[300:] = np.tile([0, 1, 1], 100), np.tile([0, 0, 0, 0, 0, 1], 50)
    change = compare_predictions(None, before, after, sensitive_features={"sex": sex}, notions="demographic_parity")
    [row] = change.farthest_rows
    assert (row["group"], row["reference"], round(row["before"], 3), round(row["after"], 3)) == (
        "F",
        "M",
        0.333,
        -0.167,
    )
    assert "turned around: it moved by \u221250.0 points" in change.to_html()


def test_scores_are_compared_where_both_sides_have_them(people: dict[str, Any], parse: Any) -> None:
    label, score = people["label"], people["score"]
    given = {"sensitive_features": {"race": people["race"]}, "notions": "demographic_parity"}
    change = compare_predictions(
        label, people["decision"], score > 0.4, score_before=score, score_after=score**3, **given
    )
    alone = audit_predictions(label, (score > 0.4).astype(int), y_score=score**3, **given)
    assert change.after.to_json() == alone.to_json()
    text = " ".join(" ".join(parse(change.to_html()).texts).split())
    assert "Scores, before and after" in text
    assert "How well the scores of each group rank" in text
    chosen = people["race"] == "A"
    off = 100 * ((score[chosen] ** 3).mean() - label[chosen].mean())
    shown = f"{off:+.1f}".replace("-", "\u2212")
    assert shown in text  # a bin is a thousandth wide, so the mean of the middles is off by less than that
    same = compare_predictions(label, people["decision"], score > 0.4, score_before=score, score_after=score, **given)
    assert "Both decisions rest on the same scores" in same.to_html()
    without = compare_predictions(label, people["decision"], score > 0.4, score_before=score, **given)
    assert "Scores, before and after" not in without.to_html()


def test_both_audits_hold_the_strata_and_the_seed(people: dict[str, Any]) -> None:
    change = compare_predictions(
        None, people["decision"], people["label"], sensitive_features={"sex": people["sex"]},
        control_features={"race": people["race"]}, random_state=7,
    )  # fmt: skip
    for side in (change.before, change.after):
        assert side.control is not None
        assert side.plan.random_state == 7
