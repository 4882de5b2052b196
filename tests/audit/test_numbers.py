"""Every number of an audit against a second computation."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

import fairloss as fl
from fairloss.audit import AuditReport, audit_counts, audit_data, audit_predictions, audit_table
from fairloss.audit.share_interval import SHARE_RATIO_METHOD, share_ratio_interval
from fairloss.inference import difference_interval, worst_gap_interval, worst_ratio_interval
from fairloss.notions import NOTIONS, RATES, GroupCounts, Grouping

# Each rate as a loop over people would count it: (counts in the numerator, counts in the denominator).
BY_HAND: dict[str, Callable[[int, int], tuple[bool, bool]]] = {
    "selection_rate": lambda y, d: (d == 1, True),
    "true_positive_rate": lambda y, d: (y == 1 and d == 1, y == 1),
    "false_positive_rate": lambda y, d: (y == 0 and d == 1, y == 0),
    "positive_predictive_value": lambda y, d: (y == 1 and d == 1, d == 1),
    "accuracy": lambda y, d: (y == d, True),
}


def one(frame: pd.DataFrame, **where: Any) -> pd.Series:
    """Give the only row with these values."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_rates_are_what_a_loop_over_people_counts(report: AuditReport, people: dict[str, Any]) -> None:
    crossed = [f"{s} × {r}" for s, r in zip(people["sex"], people["race"], strict=True)]
    members = {"sex": people["sex"], "race": people["race"], "sex × race": np.array(crossed)}
    checked = 0
    for row in report.rates.itertuples():
        x = n = 0
        for group, y, d in zip(members[row.attribute], people["label"], people["decision"], strict=True):
            if group == row.group:
                counted = BY_HAND[row.rate](y, d)
                x, n = x + counted[0], n + counted[1]
        low, high = proportion_confint(x, n, method="agresti_coull")
        assert (row.numerator, row.denominator) == (x, n)
        assert [row.value, row.low, row.high] == pytest.approx([x / n, low, high], abs=1e-12)
        checked += 1
    assert checked == 5 * (2 + 3 + 6)


def test_disparities_are_those_of_the_inference_room(report: AuditReport) -> None:
    rates = report.rates.set_index(["attribute", "rate", "group"]).sort_index()
    rows = report.disparities[report.disparities.group != "worst"]
    assert len(rows) == 2 * (1 + 2 + 5) * 7
    for row in rows.itertuples():
        a = rates.loc[(row.attribute, row.rate, row.group)]
        b = rates.loc[(row.attribute, row.rate, row.reference)]
        counts = (a.numerator, a.denominator, b.numerator, b.denominator)
        # The reference is the highest group: any other group might have been it.
        level = 1 - 0.05 / (len(rates.loc[(row.attribute, row.rate)]) - 1)
        if row.comparison == "difference":
            expected, interval = a.value - b.value, difference_interval(*counts, level=level)
        else:
            expected, interval = a.value / b.value, share_ratio_interval(*counts, level=level)
        assert [row.value, row.low, row.high] == pytest.approx([expected, float(interval.low), float(interval.high)])
        assert b.value == rates.loc[(row.attribute, row.rate)].value.max()


def test_p_values_and_holm_against_scipy_and_statsmodels(report: AuditReport) -> None:
    rates = report.rates.set_index(["attribute", "rate", "group"]).sort_index()
    kept = report.disparities[(report.disparities.group != "worst") & (report.disparities.comparison == "ratio")]
    small = 0
    for _, family in kept.groupby(["attribute", "notion"], sort=False):
        for row in family.itertuples():
            a, b = (rates.loc[(row.attribute, row.rate, name)] for name in (row.group, row.reference))
            table = np.array([[r.numerator, r.denominator - r.numerator] for r in (a, b)])
            if stats.contingency.expected_freq(table).min() < 5:
                small += 1
                exact = stats.fisher_exact(table).pvalue
                assert row.p_value <= exact + 1e-12  # mid-p takes half of the observed table away
                assert row.p_value >= exact / 2 * (1 - 1e-9)
            else:
                assert row.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)
        assert list(family.p_adjusted) == pytest.approx(list(multipletests(family.p_value, method="holm")[1]))
    assert small > 0


def test_the_worst_gap_is_the_catalogue_s_and_its_interval_is_simultaneous(report: AuditReport) -> None:
    for counts, attribute in zip(report.tables, report.attributes, strict=True):
        for notion in report.plan.notions:
            where = {"attribute": attribute, "notion": notion.name, "group": "worst"}
            gap = one(report.disparities, comparison="difference", **where)
            ratio = one(report.disparities, comparison="ratio", **where)
            assert gap.value == pytest.approx(notion.gap(counts), abs=1e-15)
            x = np.stack([rate.of(counts.cells) for rate in notion.rates])
            n = np.stack([rate.among(counts.cells) for rate in notion.rates])
            worst = worst_ratio_interval(x, n, method=SHARE_RATIO_METHOD)
            for row, interval in ((gap, worst_gap_interval(x, n)), (ratio, worst)):
                assert [row.low, row.high] == pytest.approx([float(interval.low), float(interval.high)])


@pytest.mark.parametrize("notion", NOTIONS)
def test_every_notion_of_the_catalogue_can_be_audited(notion: str, people: dict[str, Any]) -> None:
    found = audit_predictions(
        people["label"], people["decision"], sensitive_features={"sex": people["sex"]}, notions=notion
    )
    gap = one(found.disparities, group="worst", comparison="difference")
    assert gap.value == pytest.approx(
        max(np.ptp(np.asarray(rate(found.tables[0]))) for rate in NOTIONS[notion].rates), abs=1e-12
    )
    assert gap.low <= gap.value <= gap.high
    assert found.to_html().startswith("<!doctype html>")


def test_rates_that_are_no_share_have_delta_method_intervals(people: dict[str, Any]) -> None:
    features = {"sex": people["sex"]}
    asked = ["balanced_accuracy_equality", "treatment_equality", "f1_score"]
    found = audit_predictions(people["label"], people["decision"], sensitive_features=features, notions=asked)
    # A parametric bootstrap of the four cells of one group: 4,000 draws give a standard error to about 1.1 %.
    rng = np.random.default_rng(5)
    cells = found.tables[0].cells[0]
    draws = GroupCounts(rng.multinomial(cells.sum(), cells.ravel() / cells.sum(), 4000).reshape(-1, 1, 2, 2))
    for rate in ("balanced_accuracy", "error_ratio", "f1_score"):
        row = one(found.rates, rate=rate, group="F")
        spread = float(np.nanstd(RATES[rate](draws)))
        assert (row.high - row.low) / 2 / 1.959964 == pytest.approx(spread, rel=0.06)
    pair = one(found.disparities, rate="error_ratio", comparison="ratio", group="F")
    assert pair.low < pair.value < pair.high


def test_weights_are_sums_and_intervals_use_the_effective_number_of_rows(people: dict[str, Any]) -> None:
    weight = np.where(people["race"] == "A", 2.0, 0.5)
    features = {"sex": people["sex"]}
    found = audit_predictions(
        people["label"], people["decision"], sensitive_features=features, sample_weight=weight, notions="accuracy"
    )
    row = one(found.rates, group="F")
    rows = people["sex"] == "F"
    right, w = (people["label"] == people["decision"])[rows].astype(float), weight[rows]
    p = (w * right).sum() / w.sum()
    error = math.sqrt((w**2 * (right - p) ** 2).sum()) / w.sum()
    effective = p * (1 - p) / error**2
    low, high = proportion_confint(p * effective, effective, method="agresti_coull")
    assert (row.numerator, row.denominator) == pytest.approx(((w * right).sum(), w.sum()))
    assert [row.value, row.low, row.high] == pytest.approx([p, low, high], rel=1e-9)
    assert effective < rows.sum()
    constant = audit_predictions(
        people["label"], people["decision"], sensitive_features=features, sample_weight=np.full(3000, 3.0)
    )
    plain = audit_predictions(people["label"], people["decision"], sensitive_features=features)
    for column in ("value", "low", "high"):
        assert list(constant.disparities[column]) == pytest.approx(list(plain.disparities[column]), abs=1e-9)


def test_auc_and_its_interval_against_scipy_and_a_loop(report: AuditReport, people: dict[str, Any]) -> None:
    row = one(report.score_summary, attribute="sex", group="F")
    rows = people["sex"] == "F"
    score, label = people["score"][rows], people["label"][rows]
    positive, negative = score[label == 1], score[label == 0]
    u = stats.mannwhitneyu(positive, negative).statistic / len(positive) / len(negative)
    assert row.auc == pytest.approx(u, abs=1e-3)  # scores of one of the 1,024 bins count as ties
    placed = np.array([np.mean((negative < p) + 0.5 * (negative == p)) for p in positive])
    ranked = np.array([np.mean((positive > q) + 0.5 * (positive == q)) for q in negative])
    error = math.sqrt(placed.var(ddof=1) / len(placed) + ranked.var(ddof=1) / len(ranked))
    assert (row.high - row.low) / 2 / 1.959964 == pytest.approx(error, rel=0.02)
    assert row["mean"] == pytest.approx(score.mean(), abs=1e-3)


def test_ricci_is_what_the_court_wrote(real_data: Callable[[str], Path]) -> None:
    table = pd.read_csv(real_data("ricci") / "Ricci.csv")
    table["passed"] = (table["Combine"] >= 70).astype(int)
    lieutenants = table[table["Position"] == "Lieutenant"]
    # The court asked about Black and Hispanic against white candidates, whatever the data say.
    found = audit_table(lieutenants, sensitive="Race", decision="passed", reference={"Race": "W"})
    counted = found.rates.set_index("group")[["numerator", "denominator"]]
    assert counted.to_dict("index") == {
        "B": {"numerator": 6, "denominator": 19},
        "H": {"numerator": 3, "denominator": 15},
        "W": {"numerator": 25, "denominator": 43},
    }
    ratios = found.disparities[found.disparities.comparison == "ratio"].set_index("group")
    assert ratios.loc["H", "reference"] == "W"
    assert [ratios.loc["B", "value"], ratios.loc["H", "value"]] == pytest.approx([0.543, 0.344], abs=5e-4)
    # Gart and Nam's interval of 3/15 against 25/43 and of 6/19 against 25/43, computed independently.
    assert [ratios.loc["H", "low"], ratios.loc["H", "high"]] == pytest.approx([0.093961, 0.815085], abs=1e-5)
    assert [ratios.loc["B", "low"], ratios.loc["B", "high"]] == pytest.approx([0.235487, 1.008938], abs=1e-5)
    below = [finding for finding in found.findings if finding.code == "below_four_fifths"]
    assert len(below) == 1
    assert "2 of 2 compared groups" in str(below[0])


def test_resume_audit_is_what_the_study_found(real_data: Callable[[str], Path]) -> None:
    path = real_data("resume_audit") / "resume.csv"
    found = audit_table(path, sensitive=["race", "gender"], decision="received_callback")
    assert found.attributes == ("race", "gender", "race × gender")
    row = one(found.disparities, attribute="race", comparison="ratio", group="black")
    assert row.value == pytest.approx(157 / 235, abs=1e-12)
    gap = one(found.disparities, attribute="race", comparison="difference", group="black")
    assert gap.value == pytest.approx(-0.03203, abs=5e-6)
    assert stats.norm.isf(gap.p_value / 2) == pytest.approx(4.11, abs=0.01)
    rates = found.rates[found.rates.attribute == "race × gender"].set_index("group").value
    assert rates["white × f"] == pytest.approx(0.0989, abs=5e-5)
    assert rates["black × m"] == pytest.approx(0.0583, abs=5e-5)


def test_no_alarm_where_there_is_nothing_to_find(real_data: Callable[[str], Path]) -> None:
    table = pd.read_csv(next(iter(real_data("ibm_attrition").glob("*.csv"))))
    found = audit_table(table, sensitive="Gender", decision="Attrition", pos_label="Yes")
    assert [finding.code for finding in found.findings if finding.code == "gap_established"] == []


def test_a_data_audit_counts_rows_labels_and_missing_values() -> None:
    table = pd.DataFrame(
        {
            "sex": ["F"] * 40 + ["M"] * 60,
            "income": [None] * 20 + [1.0] * 80,
            "age": range(100),
            "city": ["x", None] * 50,
            "good": [1, 0] * 50,
        }
    )
    found = audit_data(table, label="good", sensitive="sex")
    assert set(found.rates.rate) == {"base_rate"}
    assert dict(zip(found.representation.group, found.representation.share, strict=True)) == {"F": 0.4, "M": 0.6}
    low, high = proportion_confint(40, 100, method="agresti_coull")
    assert [found.representation.low[0], found.representation.high[0]] == pytest.approx([low, high])
    lacking = found.missing_values.set_index(["column", "group"]).sort_index()
    assert set(found.missing_values.column) == {"income", "city"}
    assert lacking.loc[("income", "F"), ["missing", "rows"]].tolist() == [20, 40]
    assert lacking.loc[("income", "M"), "missing"] == 0
    named = [finding for finding in found.findings if finding.code == "missing_values"]
    assert [finding.evidence[0]["column"] for finding in named] == ["income"]


def test_the_reference_is_the_one_that_was_asked_for(people: dict[str, Any]) -> None:
    features = {"race": people["race"]}
    largest = audit_predictions(None, people["decision"], sensitive_features=features, reference="largest")
    assert set(largest.disparities.query("group != 'worst'").reference) == {"A"}
    named = audit_predictions(None, people["decision"], sensitive_features=features, reference={"race": "C"})
    assert set(named.disparities.query("group != 'worst'").reference) == {"C"}
    highest = audit_predictions(None, people["decision"], sensitive_features=features)
    best = highest.rates.sort_values("value").group.iloc[-1]
    assert set(highest.disparities.reference) == {best}


def test_readings_use_intervals_adjusted_for_the_family() -> None:
    """A group whose plain interval just excludes 1 is not established once five groups are compared."""
    cells = np.array([[[2000, 2000]]] * 4 + [[[2096, 1904]]])
    grouping = Grouping(("g",), tuple((name,) for name in "abcde"))
    counts = GroupCounts(cells, grouping=grouping)
    row = one(audit_counts(counts, reference={"g": "a"}).disparities, group="e", comparison="ratio")
    assert row.high < 1
    # Where the data chose the reference, so does the interval allow for the four groups that it might have been.
    chosen = one(audit_counts(counts).disparities, group="e", comparison="ratio")
    assert chosen.high == pytest.approx(float(share_ratio_interval(1904, 4000, 2000, 4000, level=1 - 0.05 / 4).high))
    assert chosen.high > 1
    assert row.reading == "shortfall_ruled_out"
    alone = audit_counts(GroupCounts(cells[3:], grouping=Grouping(("g",), (("d",), ("e",)))))
    assert one(alone.disparities, group="e", comparison="ratio").reading == "difference_established_shortfall_ruled_out"


def test_four_fifths_compares_counts_not_floats() -> None:
    grouping = Grouping(("g",), (("a",), ("b",)))
    exactly = audit_counts(GroupCounts(np.array([[[2, 3]], [[2, 6]]]), grouping=grouping))
    assert not [finding for finding in exactly.findings if finding.code == "below_four_fifths"]
    below = audit_counts(GroupCounts(np.array([[[3, 3]], [[2, 6]]]), grouping=grouping))
    assert [finding for finding in below.findings if finding.code == "below_four_fifths"]


def test_a_bound_is_exceeded_kept_or_not_determinable() -> None:
    grouping = Grouping(("g",), (("a",), ("b",)))

    def audit(*selected: int) -> AuditReport:
        return audit_counts(GroupCounts(np.array([[[1000 - x, x]] for x in selected]), grouping=grouping))

    assert audit(300, 500).exceeds("demographic_parity", 0.1) is True
    assert audit(490, 500).exceeds("demographic_parity", 0.1) is False
    assert audit(400, 500).exceeds("demographic_parity", 0.1) is None


def test_a_rate_that_can_be_negative_has_an_interval_around_it_and_no_ratio():
    label = np.array([1] * 30 + [0] * 70 + [1] * 50 + [0] * 50)
    decision = np.array([1] * 60 + [0] * 40 + [1] * 50 + [0] * 50)
    report = fl.audit_predictions(
        label, decision, sensitive_features=["a"] * 100 + ["b"] * 100, notions=["mean_residual"]
    )
    row = report.rates[report.rates["group"] == "a"].iloc[0]
    assert row["value"] == -0.3
    error = (0.3 * 0.7 / 100) ** 0.5  # residuals are -1 in 30 rows of 100 and 0 in the others
    assert row["low"] == pytest.approx(-0.3 - 1.959964 * error, abs=1e-6)
    assert row["high"] == pytest.approx(-0.3 + 1.959964 * error, abs=1e-6)
    ratio = report.disparities.query("comparison == 'ratio' and group == 'worst'").iloc[0]
    assert ratio["reading"] == "undefined"
    assert "can be negative" in ratio["note"]


def test_weights_of_one_change_no_interval_where_labels_are_unknown():
    decision, group = np.tile([1, 0, 0, 1, 0], 80), np.repeat(["a", "b"], 200)
    plain = fl.audit_predictions(None, decision, sensitive_features=group).rates
    weighted = fl.audit_predictions(None, decision, sensitive_features=group, sample_weight=np.ones(400)).rates
    np.testing.assert_allclose(weighted[["low", "high"]], plain[["low", "high"]], atol=0.002)
