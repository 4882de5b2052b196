"""Before and after: values, paired intervals, and the page."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from fairloss.audit import AuditChange, audit_predictions, compare, compare_predictions
from fairloss.audit.pairing import after_of, before_of, change_interval, count_pairs
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
    assert "The largest gap in demographic parity by sex" in text
