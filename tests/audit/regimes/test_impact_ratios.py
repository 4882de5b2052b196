"""Impact ratios against published examples and exact fractions: untouched, and compared in whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fairloss.audit import AuditReport, assess, audit_counts, audit_predictions
from fairloss.audit.missing import Unknown
from fairloss.notions import GroupCounts, Groups

Audit = Callable[..., AuditReport]


def _rows(report: AuditReport, regime: str = "us-employment", place: int = 0) -> dict[str, dict[str, Any]]:
    return {row["group"]: row for row in assess(report, regime).tables[place].rows}


def test_question_11_of_the_guidelines(selections: Audit) -> None:
    rows = _rows(selections(W=(60, 100), AI=(45, 100), H=(48, 100), B=(51, 100)))
    assert {name: (row["ratio"], row["below_mark"]) for name, row in rows.items()} == {
        "W": (1.0, "no"), "AI": (0.75, "yes"), "H": (0.8, "no"), "B": (0.85, "no"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("focal", "best", "ratio", "below"),
    [
        ((12, 40), (48, 80), 0.5, "yes"),  # question 12
        ((3, 20), (16, 80), 0.75, "yes"),  # question 21
        ((26, 48), (206, 259), 0.681028, "yes"),  # Connecticut v. Teal, the examination
        ((50, 64), (455, 508), 0.872253, "no"),  # Waisome v. Port Authority
        ((3, 15), (25, 43), 0.344, "yes"),  # Ricci v. DeStefano, lieutenants
        ((6, 19), (25, 43), 0.543158, "yes"),
        ((3, 8), (16, 25), 0.585938, "yes"),
        ((3, 5), (6, 8), 0.8, "no"),  # where floats say 0.7999999999999999
        ((160, 200), (240, 240), 0.8, "no"),
    ],
)
def test_decided_cases(
    selections: Audit, focal: tuple[int, int], best: tuple[int, int], ratio: float, below: str
) -> None:
    row = _rows(selections(focal=focal, best=best))["focal"]
    assert row["ratio"] == pytest.approx(ratio, abs=5e-7)
    assert (row["below_mark"], row["reference"]) == (below, "best")
    assert (row["favorable"], row["rows"]) == focal


def test_a_funnel_has_no_flag_in_any_step_and_one_at_the_bottom_line(selections: Audit) -> None:
    steps = [((200, 400), (240, 400)), ((80, 200), (120, 240)), ((36, 80), (60, 120)), ((36, 400), (60, 400))]
    found = [_rows(selections(F=women, M=men))["F"] for women, men in steps]
    assert [row["ratio"] for row in found] == pytest.approx([5 / 6, 0.8, 0.9, 0.6])
    assert [row["below_mark"] for row in found] == ["no", "no", "no", "yes"]


def test_ratios_and_flags_are_those_of_fractions_for_all_small_tables(selections: Audit) -> None:
    rng = np.random.default_rng(0)
    flips = 0
    for n1, n2 in rng.integers(1, 60, (150, 2)).tolist():
        x1, x2 = int(rng.integers(0, n1 + 1)), int(rng.integers(1, n2 + 1))
        low, high = sorted([(Fraction(x1, n1), (x1, n1)), (Fraction(x2, n2), (x2, n2))])
        row = _rows(selections(low=low[1], high=high[1]))["low"]
        exact = low[0] / high[0]
        assert row["ratio"] == float(exact)
        assert row["below_mark"] == ("yes" if exact < Fraction(4, 5) else "no")
        flips += (float(low[0]) / float(high[0]) < 0.8) != (exact < Fraction(4, 5))
    trap = _rows(selections(low=(3, 5), high=(6, 8)))["low"]
    assert trap["below_mark"] == "no"
    assert 3 / 5 / (6 / 8) < 0.8


def test_of_equal_highest_rates_the_larger_group_is_the_reference(selections: Audit) -> None:
    assert _rows(selections(a=(1, 2), b=(4, 8), c=(1, 9)))["c"]["reference"] == "b"


def test_nobody_selected_and_nobody_there(selections: Audit) -> None:
    rows = _rows(selections(a=(0, 5), b=(0, 9), c=(0, 0)))
    assert [rows[name]["note"] for name in "abc"] == ["the rate of the reference is 0"] * 2 + ["it has no rows"]
    assert np.isnan([rows[name]["ratio"] for name in "abc"]).all()
    assert {row["below_mark"] for row in rows.values()} == {""}


def test_the_example_of_the_agency_has_its_published_ratios(city: tuple[GroupCounts, ...]) -> None:
    report = audit_counts(city, regimes="us-nyc-ll144", unknown=[Unknown(250)] * 3)
    rows = {(row["attribute"], row["group"]): row for row in report.rows("impact_ratios")}
    assert rows["sex", "Female"]["ratio"] == pytest.approx(0.979337, abs=1e-6)
    by_race = [rows["race", name]["ratio"] for name in ("Hispanic", "White", "Black", "NHPI", "Asian", "Nat. Am.")]
    assert np.round(by_race, 2).tolist() == [0.97, 1.0, 0.84, 0.85, 0.95, 0.85]
    crossed = [row["ratio"] for (name, _), row in rows.items() if name == "sex × race"]
    published = [0.841, 1, 0.806, 0.815, 0.997, 0.878, 0.850, 0.827, 0.981, 0.876, 0.898, 0.877, 0.789, 0.860]
    np.testing.assert_allclose(crossed, published, atol=6e-4)
    assert {row["below_mark"] for row in rows.values()} == {""}  # the rule sets no mark
    assert {row["left_out"] for row in rows.values()} == {"no"}


def test_categories_below_two_percent_are_left_out_by_choice_and_keep_their_rates(
    city: tuple[GroupCounts, ...],
) -> None:
    said = {"small_categories": {"choice": "left_out", "justification": "Too few people"}}
    report = audit_counts(city, regimes="us-nyc-ll144", statement=said)
    rows = [row for row in report.rows("impact_ratios") if row["left_out"] == "yes"]
    names = {row["group"]: row["share"] for row in rows}
    shares = {"Male × Nat. Am.": 0.0093, "Female × NHPI": 0.0124, "Female × Nat. Am.": 0.0066, "Nat. Am.": 0.0159}
    assert names == pytest.approx(shares, abs=5e-5)
    assert all(np.isnan(row["ratio"]) and row["rate"] > 0.4 for row in rows)
    kept = [row["ratio"] for row in report.rows("impact_ratios") if row["attribute"] == "sex × race"]
    assert np.nanmin(kept) == pytest.approx(0.8055, abs=5e-5)


def test_the_share_is_of_known_people_or_of_all_as_stated() -> None:
    counts = GroupCounts.of(None, [1] * 50 + [0] * 50, [0] * 98 + [1] * 2)
    for share_of, share in (("known", 0.02), ("all", 0.01)):
        said = {"small_categories": {"choice": "left_out", "share_of": share_of}, "categories": {"sex": "group"}}
        named = GroupCounts(counts.cells, grouping=Groups.of([0, 1], ["a", "b"], "group").grouping)
        report = audit_counts(named, regimes="us-nyc-ll144", statement=said, unknown=[Unknown(100)])
        (small,) = [row for row in report.rows("impact_ratios") if row["group"] == "b"]
        assert small["share"] == pytest.approx(share)
        assert small["left_out"] == ("no" if share_of == "known" else "yes")  # exactly 2 % is not less than 2 %


def test_a_left_out_category_is_no_reference() -> None:
    counts = GroupCounts(np.array([[[60, 40]], [[30, 70]], [[0, 1]]]), grouping=Groups.of([0], "abc", "sex").grouping)
    said = {"small_categories": {"choice": "left_out"}}
    rows = audit_counts(counts, regimes="us-nyc-ll144", statement=said).rows("impact_ratios")
    assert [row["reference"] for row in rows] == ["b"] * 3
    rows = audit_counts(counts, regimes="us-nyc-ll144").rows("impact_ratios")
    assert [row["reference"] for row in rows] == ["c"] * 3


@pytest.mark.parametrize("missing", ["group", "unknown"])
def test_people_of_unknown_category_are_in_no_ratio(missing: Any) -> None:
    sex = ["F", "F", "M", "M", None, None, None]
    race = ["x", "y", "x", None, "x", "y", None]
    report = audit_predictions(
        None, [1, 0, 1, 0, 1, 1, 1], sensitive_features={"sex": sex, "race": race}, missing=missing,
        regimes="us-nyc-ll144",
    )  # fmt: skip
    groups = [(row["attribute"], row["group"], row["rows"]) for row in report.rows("impact_ratios")]
    assert groups[:4] == [("sex", "F", 2), ("sex", "M", 2), ("race", "x", 3), ("race", "y", 2)]
    assert [row for row in groups[4:] if row[2]] == [
        ("sex × race", "F × x", 1), ("sex × race", "F × y", 1), ("sex × race", "M × x", 1),
    ]  # fmt: skip


def test_the_scoring_rate_is_the_share_above_the_median_of_all_scores() -> None:
    """Ties at the median are not above it, and people of unknown category count for the median alone."""
    score = [10, 20, 30, 30, 40, 50, 5, 10, 20, 30, 30, 35, 30, 60]
    sex = ["A"] * 6 + ["B"] * 6 + [None] * 2
    report = audit_predictions(
        None, np.array(score) > 25, pos_label=True, sensitive_features={"sex": sex}, y_score=score, missing="unknown",
        regimes="us-nyc-ll144",
    )  # fmt: skip
    found = [row for row in report.rows("impact_ratios") if row["measure"] == "scoring_rate"]
    assert [(row["group"], row["favorable"], row["rows"]) for row in found] == [("A", 2, 6), ("B", 1, 6)]
    assert found[1]["ratio"] == 0.5
    rates = report.table("scoring_rates")
    assert rates["median"].tolist() == [30, 30]
    assert rates.all_scores.tolist() == [14, 14]
    assert rates.at_median.tolist() == [2, 2]
    assert report.unknown[0].rows == 2


def test_scoring_rates_equal_a_plain_count_with_gaps_and_ties() -> None:
    rng = np.random.default_rng(4)
    score = np.where(rng.random(900) < 0.1, np.nan, rng.integers(0, 12, 900) / 10)
    sex = rng.choice(np.array(["F", "M", None], dtype=object), 900)
    report = audit_predictions(
        None, rng.integers(0, 2, 900), sensitive_features={"sex": sex}, y_score=score, regimes="us-nyc-ll144"
    )
    median = sorted(score[~np.isnan(score)])
    middle = (median[(len(median) - 1) // 2] + median[len(median) // 2]) / 2
    rows = {row["group"]: row for row in report.rows("impact_ratios") if row["measure"] == "scoring_rate"}
    for name in "FM":
        own = [s for s, g in zip(score, sex, strict=True) if g == name and s == s]
        assert (rows[name]["favorable"], rows[name]["rows"]) == (sum(s > middle for s in own), len(own))


def test_where_nobody_scores_above_the_median_no_ratio_is_made_up() -> None:
    report = audit_predictions(
        None, [1, 0, 1, 0], sensitive_features={"sex": list("aabb")}, y_score=[1, 5, 5, 5], regimes="us-nyc-ll144"
    )
    rows = [row for row in report.rows("impact_ratios") if row["measure"] == "scoring_rate"]
    assert [row["rate"] for row in rows] == [0, 0]
    assert [row["note"] for row in rows] == ["the rate of the reference is 0"] * 2


def test_scores_are_counted_only_where_a_regime_asks() -> None:
    sex, score = {"sex": list("aabb")}, [1.0, 2.0, 3.0, 4.0]
    plain = audit_predictions(None, [1, 0, 1, 0], sensitive_features=sex, y_score=score)
    credit = audit_predictions(None, [1, 0, 1, 0], sensitive_features=sex, y_score=score, regimes="us-credit")
    city = audit_predictions(None, [1, 0, 1, 0], sensitive_features=sex, y_score=score, regimes="us-nyc-ll144")
    kinds = {"median_counts", "score_moments"}
    assert [kinds & set(one.evidence) for one in (plain, credit, city)] == [set(), {"score_moments"}, {"median_counts"}]
