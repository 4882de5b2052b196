"""Credit: ratios against a fixed control group, odds, scores in standard deviations, and reasons for refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from fairloss.audit import AuditReport, Reasons, assess, audit_counts, audit_predictions, principal_reasons, verify
from fairloss.audit.restoring import from_mapping
from fairloss.audit.share_interval import share_ratio_interval
from fairloss.errors import InputError
from fairloss.inference import difference_interval, odds_ratio_interval, standardized_mean_difference
from fairloss.notions import GroupCounts, Grouping

PROTECTED, CONTROL = [620, 640, 660, 700, 710], [650, 680, 700, 720, 740, 760]


def _audit(**options: Any) -> AuditReport:
    counts = GroupCounts(
        np.array([[[28, 12]], [[32, 48]], [[1, 9]]]), grouping=Grouping(("race",), (("B",), ("W",), ("X",)))
    )
    return audit_counts(counts, regimes="us-credit", **options)


def test_the_ratio_is_to_the_named_control_group_not_to_the_highest() -> None:
    rows = {row["group"]: row for row in _audit(reference={"race": "W"}).rows("impact_ratios")}
    assert {name: (row["ratio"], row["reference"]) for name, row in rows.items()} == {
        "B": (0.5, "W"), "W": (1.0, "W"), "X": (1.5, "W"),
    }  # fmt: skip
    assert {row["reference"] for row in _audit().rows("impact_ratios")} == {"W"}  # the largest where none is named
    assert {row["reference"] for row in assess(_audit(), "us-employment").tables[0].rows} == {"X"}


def test_points_refusals_and_odds_with_their_intervals() -> None:
    rows = {(row["group"], row["measure"]): row for row in _audit(reference={"race": "W"}).rows("credit_measures")}
    expected = {
        "marginal_effect": (0.6 - 0.3, difference_interval(48, 80, 12, 40)),
        "relative_rate": (0.7 / 0.4, share_ratio_interval(28, 40, 32, 80, level=0.95)),
        "odds_ratio": ((12 / 28) / (48 / 32), odds_ratio_interval(12, 40, 48, 80)),
    }
    for measure, (value, interval) in expected.items():
        row = rows["B", measure]
        assert row["value"] == pytest.approx(value)
        assert (row["low"], row["high"]) == pytest.approx((float(interval.low), float(interval.high)))
        assert row["low"] < row["value"] < row["high"]


def test_what_divides_by_zero_is_undefined_with_a_reason() -> None:
    counts = GroupCounts(np.array([[[5, 5]], [[0, 20]]]))
    rows = {row["measure"]: row for row in audit_counts(counts, regimes="us-credit").rows("credit_measures")}
    assert np.isnan(rows["relative_rate"]["value"])
    assert rows["relative_rate"]["note"] == "it divides by 0"
    assert rows["marginal_effect"]["value"] == 0.5


def _scored(**options: Any) -> AuditReport:
    score = [*PROTECTED, *CONTROL]
    group = ["P"] * 5 + ["C"] * 6
    decision = (np.array(score) > 690).astype(int)
    return audit_predictions(
        None, decision, sensitive_features={"race": group}, y_score=score, reference={"race": "C"},
        regimes="us-credit", **options,
    )  # fmt: skip


def test_the_standard_deviation_of_a_score_difference_is_named() -> None:
    rows = {row["measure"]: row for row in _scored().rows("credit_measures")}
    golden = {"pooled": -1.073218, "population": -0.973993, "control": -1.052864}
    units = {"pooled": "pooled", "population": "whole", "control": "reference"}
    for unit, value in golden.items():
        row = rows[f"standardized_mean_difference_{unit}"]
        assert row["value"] == pytest.approx(value, abs=1e-6)
        gap = standardized_mean_difference(PROTECTED, CONTROL, unit=units[unit])
        assert (row["low"], row["high"]) == pytest.approx((float(gap.interval.low), float(gap.interval.high)))


def test_moments_are_those_of_the_scores_by_group() -> None:
    rng = np.random.default_rng(1)
    score, race = rng.normal(5, 2, 300), rng.choice(["a", "b", "c"], 300)
    score[rng.random(300) < 0.05] = np.nan
    report = audit_predictions(
        None, rng.integers(0, 2, 300), sensitive_features={"race": race}, y_score=score, regimes="us-credit"
    )
    (moments,) = report.evidence["score_moments"].tables
    for code, name in enumerate("abc"):
        own = score[(race == name) & ~np.isnan(score)]
        assert moments[:, code] == pytest.approx([len(own), own.mean(), own.var(ddof=1)])
    whole = score[~np.isnan(score)]
    best = max("abc", key=lambda name: ((race == name) & ~np.isnan(score)).sum())
    for row in report.rows("credit_measures"):
        if row["measure"] == "standardized_mean_difference_population":
            means = [score[(race == name) & ~np.isnan(score)].mean() for name in (row["group"], best)]
            assert row["reference"] == best
            assert row["value"] == pytest.approx((means[0] - means[1]) / whole.std(ddof=1))


def test_scores_whose_squares_no_machine_holds_have_no_deviation() -> None:
    report = audit_predictions(
        None, [1, 0, 1, 0, 1, 1], sensitive_features={"race": list("aaabbb")}, regimes="us-credit",
        y_score=[1e200, -1e200, 3e200, 1e200, 2e200, 1.0],
    )  # fmt: skip
    rows = [row for row in report.rows("credit_measures") if row["measure"].startswith("standard")]
    assert all(np.isnan(row["value"]) and row["note"] for row in rows)
    assert verify(json.loads(report.to_json())).holds


def test_too_few_scores_have_no_deviation() -> None:
    report = audit_predictions(
        None, [1, 0, 1, 0], sensitive_features={"race": list("abbb")}, y_score=[1, 2, 3, 4], regimes="us-credit"
    )
    rows = [row for row in report.rows("credit_measures") if row["measure"].startswith("standard")]
    assert len(rows) == 3
    assert all(np.isnan(row["value"]) and row["note"] for row in rows)


REASONS = {
    "attribute": "race",
    "notices": {"B": 28, "W": 32},
    "counts": {"Income": {"B": 20, "W": 8}, "Debt": {"B": 10, "W": 12}, "History": {"W": 3}},
}


def test_reasons_by_group_are_compared_with_the_control_group() -> None:
    report = _audit(reference={"race": "W"}, reasons=REASONS)
    rows = {(row["reason"], row["group"]): row for row in report.rows("reason_shares")}
    assert rows["Income", "B"]["share"] == 20 / 28
    assert rows["Income", "B"]["ratio"] == pytest.approx((20 / 28) / (8 / 32))
    assert np.isnan(rows["Income", "W"]["p_value"])
    tables = {"Income": [[20, 8], [8, 24]], "Debt": [[10, 18], [12, 20]], "History": [[0, 28], [3, 29]]}
    p_values = {}
    for reason, cells in tables.items():
        exact = stats.fisher_exact(cells).pvalue
        own = rows[reason, "B"]["p_value"]
        assert own <= exact
        ties = stats.hypergeom.pmf(cells[0][0], 60, cells[0][0] + cells[1][0], 28)
        # mid-p counts the tables as likely as the observed one by half; here no other table ties
        assert own == pytest.approx(exact - ties / 2)
        p_values[reason] = own
    ordered = sorted(p_values, key=lambda reason: p_values[reason])
    assert rows[ordered[0], "B"]["p_adjusted"] == pytest.approx(3 * p_values[ordered[0]])
    found = [one for one in report.findings if one.code == "reasons_differ"]
    assert len(found) == 1
    assert "71.4 % (20 of 28) of the notices to B and in 25.0 % (8 of 32) of those to W" in str(found[0])


def test_without_a_named_control_the_group_with_most_notices_stands_in() -> None:
    assert {row["reference"] for row in _audit(reasons=REASONS).rows("reason_shares")} == {"W"}


def test_reasons_can_be_counted_from_notices_and_read_from_a_file(tmp_path: Path) -> None:
    groups, said = ["F", "M", "F", "M"], [["Debt", "Income"], ["Income"], [], ["Income", "Income"]]
    counted = Reasons.counted("sex", groups, said)
    assert counted.counts.tolist() == [[1, 0], [1, 2]]
    path = tmp_path / "reasons.toml"
    path.write_text('attribute = "sex"\n[notices]\nF = 2\nM = 2\n[counts.Debt]\nF = 1\n[counts.Income]\nF = 1\nM = 2\n')
    read = Reasons.of(path)
    assert (read.reasons, read.counts.tolist()) == (counted.reasons, counted.counts.tolist())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"attribute": 3}, "attribute"),
        ({"attribute": "sexx"}, "Unknown audited attribute 'sexx'"),
        ({"notices": {"B": 28, "Z": 4}, "counts": {"Income": {"B": 1}}}, "group of race 'Z'"),
        ({"notices": {"B": -1}}, "notices"),
        ({"notices": {"B": 2.5}}, "notices"),
        ({"notices": {}}, "notices"),
        ({"notices": {"B": 10**5000}}, "notices"),
        ({"notices": {"B": 2**40}}, "notices"),
        ({"counts": {"Income": {"B": True}}}, "whole numbers"),
        ({"counts": {"Income": {"B": 29}}}, "29 of 'B', who have 28"),
        ({"counts": {"Income": {"Q": 1}}}, "'Q' of 'Income' has no notices"),
        ({"counts": {"a": {"B": 99}, "b": 3}}, "'a' is given to 99.*'b' are a table"),
        ({"counts": []}, "counts"),
        ({"more": 1}, "'more' is unknown"),
    ],
)
def test_reasons_that_cannot_be_used_are_one_sentence(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        _audit(reasons={**REASONS, **change})


def test_reasons_of_a_group_that_the_audit_lacks_do_not_verify() -> None:
    data = json.loads(_audit(reasons=REASONS).to_json())
    data["reasons"]["notices"]["Z"] = 4
    again = json.loads(from_mapping(data).to_json())
    assert "/reasons/notices" in [one.pointer for one in verify(again).mismatches]


def test_the_order_of_principal_reasons() -> None:
    near = {"income": 40, "history": 55, "inquiries": 25}
    assert principal_reasons({"income": 30, "history": 35, "inquiries": 20}, near) == ["history", "income", "inquiries"]
    many = dict.fromkeys("abcdef", 10.0)
    assert principal_reasons(dict.fromkeys(many, 9.0), many) == ["a", "b", "c", "d"]  # four, ties in their order
    assert principal_reasons({**near, "income": 50, "history": 55}, near) == []
    with pytest.raises(InputError, match="same factors"):
        principal_reasons({"income": 1}, near)
