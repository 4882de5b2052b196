"""The tables of `fairloss.audit.statistics`, each against a second computation from the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from fairloss.audit import AuditReport, audit_counts, audit_predictions, lint
from fairloss.audit.exports.sarif import _RULES
from fairloss.audit.findings import Finding
from fairloss.notions import FN, TP, GroupCounts, Grouping, Rate


@pytest.fixture(scope="module")
def full(people: dict[str, Any]) -> AuditReport:
    """Give an audit with scores and strata, against a named reference."""
    return audit_predictions(
        people["label"],
        people["decision"],
        sensitive_features={"sex": people["sex"]},
        y_score=people["score"],
        control_features={"race": people["race"]},
        reference={"sex": "M"},
    )


def test_comparisons_are_those_of_scipy_and_statsmodels(report: AuditReport, people: dict[str, Any]) -> None:
    for row in report.table("comparisons").itertuples():
        names = {"sex": people["sex"], "race": people["race"]}.get(row.attribute)
        if names is None:
            continue
        mine, other = (people["decision"][names == group] for group in (row.group, row.reference))
        table = np.array([[d.sum(), len(d) - d.sum()] for d in (mine, other)])
        assert [row.numerator, row.denominator] == [mine.sum(), len(mine)]
        assert row.ratio == pytest.approx(mine.mean() / other.mean())
        assert row.odds_ratio == pytest.approx(Table2x2(table).oddsratio)
        assert row.fisher_p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)
        chi2 = stats.chi2_contingency(table, correction=False)
        assert (row.chi_square, row.z_p_value) == pytest.approx((chi2.statistic, chi2.pvalue), rel=1e-9)
        fixed = stats.hypergeom(table.sum(), table[:, 0].sum(), len(mine))
        assert row.hypergeometric_z == pytest.approx((mine.sum() - fixed.mean()) / fixed.std(), rel=1e-9)
        half = stats.fisher_exact(table).pvalue - fixed.pmf(mine.sum()) / 2
        assert row.mid_p_value == pytest.approx(half, rel=1e-6)
        pool = people["decision"][(names == row.group) | (names == row.reference)].mean()
        assert row.shortfall_to_pool == pytest.approx(len(mine) * pool - mine.sum())
        assert row.shortfall_to_reference == pytest.approx(len(mine) * other.mean() - mine.sum())
        more = 0
        while 5 * (mine.sum() + more) * len(other) < 4 * other.sum() * len(mine):
            more += 1
        assert row.extra_to_mark == more
        assert row.reverses is False


def test_question_21_of_the_guidelines_in_an_audit() -> None:
    counts = GroupCounts(np.array([[[17, 3]], [[64, 16]]]), grouping=Grouping(("race",), (("black",), ("white",))))
    report = audit_counts(counts)
    [row] = report.rows("comparisons")
    assert row["reverses"] is True
    assert row["power_at_mark"] == pytest.approx(0.057, abs=5e-4)
    assert np.isnan(row["detectable_ratio"])
    assert "no ratio at all would have been found" in row["reading"]
    codes = [finding.code for finding in report.findings]
    assert {"one_decision_reverses", "not_resolved"} <= set(codes)
    text = str(next(one for one in report.findings if one.code == "one_decision_reverses"))
    assert "black (3 of 20)" in text
    assert not lint(" ".join(map(str, report.findings)))


def test_every_finding_has_a_rule_of_code_scanning() -> None:
    told = (Finding.__doc__ or "").split("``")[1::2]
    assert {code for code in told if code.isidentifier()} <= set(_RULES)


def test_the_reading_is_that_of_the_disparities(report: AuditReport) -> None:
    """Two tables of one report may not say different things about one comparison."""
    strict = {
        (row["attribute"], row["group"]): row["reading"]
        for row in report.rows("disparities")
        if row["rate"] == "selection_rate" and row["comparison"] == "ratio" and row["group"] != "worst"
    }
    said = {"shortfall_established": "a ratio below four-fifths is established", "not_resolved": "too few to tell"}
    for row in report.rows("comparisons"):
        code = strict[row["attribute"], row["group"]]
        for name, words in said.items():
            assert (words in row["reading"]) == (code == name), (row["group"], code, row["reading"])


DCWP_MEN, DCWP_MEN_OF = [90, 215, 95, 37, 167, 11, 51], [205, 412, 226, 87, 321, 24, 115]
DCWP_WOMEN, DCWP_WOMEN_OF = [82, 197, 75, 15, 135, 7, 44], [190, 385, 164, 32, 295, 17, 98]
DCWP_RACES = ("Hispanic", "White", "Black", "Pacific", "Asian", "Native", "Two or more")
DCWP_RACE, DCWP_RACE_OF = [204, 412, 170, 52, 302, 18, 96], [408, 797, 390, 119, 616, 41, 213]


def _counts(x: Any, n: Any, attributes: tuple[str, ...], levels: Any) -> GroupCounts:
    x, n = np.array(x), np.array(n)
    return GroupCounts(np.stack([n - x, x], -1)[:, None], grouping=Grouping(attributes, tuple(levels)))


def _dcwp() -> list[GroupCounts]:
    crossed = [(sex, race) for sex in ("Male", "Female") for race in DCWP_RACES]
    return [
        _counts([667, 555], [1390, 1181], ("sex",), (("Male",), ("Female",))),
        _counts(DCWP_RACE, DCWP_RACE_OF, ("race",), ((race,) for race in DCWP_RACES)),
        _counts(DCWP_MEN + DCWP_WOMEN, DCWP_MEN_OF + DCWP_WOMEN_OF, ("sex", "race"), crossed),
    ]


def test_the_example_of_new_york_does_not_add_up_and_its_lowest_ratio_is_luck() -> None:
    report = audit_counts(_dcwp())
    found = report.table("disagreements").set_index(["attribute", "group"])
    assert found.loc[("race", "Hispanic"), ["rows", "other_rows"]].tolist() == [408, 395]
    assert found.loc[("race", "Hispanic"), ["favorable", "other_favorable"]].tolist() == [204, 172]
    assert found.loc[("race", "(all rows)"), ["rows", "other_rows"]].tolist() == [2584, 2571]
    assert ("sex", "Male") in found.index  # 666 of 1,390 crossed, 667 alone
    assert found.loc[("sex", "Male"), "other_favorable"] == 666
    codes = [finding.code for finding in report.findings]
    assert codes.index("tables_disagree") < codes.index("gap_not_established")
    crossed = report.rows("omnibus")[-1]
    assert (crossed["statistic"], crossed["degrees"]) == (pytest.approx(16.00, abs=5e-3), 13)
    assert crossed["smallest_ratio"] == pytest.approx(0.789056, abs=1e-6)
    assert crossed["smallest_ratio_p_value"] == pytest.approx(0.959, abs=4 * 0.2 / crossed["draws"] ** 0.5)
    [luck] = [finding for finding in report.findings if finding.code == "chosen_by_luck"]
    assert luck.evidence[0]["attribute"] == "sex × race"


def test_tables_that_add_up_say_nothing(report: AuditReport) -> None:
    assert report.rows("disagreements") == []
    assert "tables_disagree" not in [finding.code for finding in report.findings]


def test_the_omnibus_test_is_pearson_s_and_its_permutation_deals_the_decisions_anew(report: AuditReport) -> None:
    for counts, row in zip(report.tables, report.rows("omnibus"), strict=True):
        table = np.stack([counts.cells[..., 1].sum(1), counts.cells[..., 0].sum(1)])
        chi2 = stats.chi2_contingency(table, correction=False)
        assert (row["statistic"], row["p_value"]) == pytest.approx((chi2.statistic, chi2.pvalue), rel=1e-9)
    rng = np.random.default_rng(0)
    decision, group = np.repeat([1, 0], [14, 26]), np.repeat([0, 1, 2], [20, 12, 8])
    few = audit_counts(GroupCounts.of(None, decision[rng.permutation(40)], group))
    [row] = few.rows("omnibus")
    lowest = []
    for _ in range(4000):
        rates = [part.mean() for part in np.split(rng.permutation(decision), [20, 32])]
        lowest.append(min(rates) / max(rates) <= row["smallest_ratio"] + 1e-12)
    assert row["smallest_ratio_p_value"] == pytest.approx(np.mean(lowest), abs=4 * 0.5 * (2 / 4000) ** 0.5)


def test_the_stratified_comparison_is_that_of_statsmodels(full: AuditReport, people: dict[str, Any]) -> None:
    [row] = full.rows("stratified")
    tables, observed, expected = [], 0, 0.0
    for race in "ABC":
        part = people["race"] == race
        d = [people["decision"][part & (people["sex"] == sex)] for sex in "FM"]
        tables.append(np.array([[one.sum(), len(one) - one.sum()] for one in d]))
        observed += d[0].sum()
        expected += len(d[0]) * people["decision"][part].mean()
    oracle = StratifiedTable(tables)
    assert (row["strata"], row["observed"], row["expected"]) == (3, observed, pytest.approx(expected))
    test = oracle.test_null_odds()
    assert (row["statistic"], row["p_value"]) == pytest.approx((test.statistic, test.pvalue), rel=1e-9)
    assert row["odds_ratio"] == pytest.approx(oracle.oddsratio_pooled, rel=1e-9)
    ends = oracle.oddsratio_pooled_confint()
    assert (row["odds_ratio_low"], row["odds_ratio_high"]) == pytest.approx(ends, rel=1e-9)
    assert row["ratio"] == pytest.approx(oracle.riskratio_pooled, rel=1e-9)
    same = oracle.test_equal_odds(adjust=True)
    assert row["homogeneity_statistic"] == pytest.approx(same.statistic, rel=1e-6)
    assert row["homogeneity_p_value"] == pytest.approx(same.pvalue, rel=1e-6)


def test_berkeley_within_departments(real_data: Callable[[str], Path]) -> None:
    cells = pd.read_csv(real_data("ucb_admissions") / "UCBAdmissions.csv")
    table = cells.loc[cells.index.repeat(cells["Freq"])]
    report = audit_predictions(
        None,
        (table["Admit"] == "Admitted").to_numpy(),
        sensitive_features={"Gender": table["Gender"]},
        control_features={"Dept": table["Dept"]},
        reference={"Gender": "Male"},
    )
    [row] = report.rows("stratified")
    assert row["observed"] - row["expected"] == pytest.approx(15.357, abs=5e-4)
    assert (row["statistic"], row["p_value"]) == pytest.approx((1.524607, 0.216924), abs=1e-6)
    assert (row["odds_ratio"], row["odds_ratio_low"], row["odds_ratio_high"]) == pytest.approx(
        (1.105343, 0.943103, 1.295492), abs=1e-6
    )
    assert (row["ratio"], row["difference"]) == pytest.approx((1.058307, 0.018425), abs=1e-6)
    assert (row["homogeneity_statistic"], row["homogeneity_p_value"]) == pytest.approx((18.825501, 0.002071), abs=1e-6)
    assert "strata_differ" in [finding.code for finding in report.findings]


def test_score_gaps_are_those_of_the_rows(full: AuditReport, people: dict[str, Any]) -> None:
    [row] = full.rows("score_gaps")
    women, men = (people["score"][people["sex"] == sex] for sex in "FM")
    pooled = np.sqrt(
        (women.var(ddof=1) * (len(women) - 1) + men.var(ddof=1) * (len(men) - 1)) / (len(people["sex"]) - 2)
    )
    # A bin is 1/1024 wide: its middle is off by at most 0.0005 and, over a thousand people, by much less.
    assert row["standardized_difference"] == pytest.approx((women.mean() - men.mean()) / pooled, abs=2e-3)
    assert (row["unit"], row["deviation"]) == ("pooled", pytest.approx(pooled, abs=1e-3))
    assert row["welch_p_value"] == pytest.approx(stats.ttest_ind(women, men, equal_var=False).pvalue, rel=0.05)
    oracle = stats.ks_2samp(women, men)
    assert row["distance"] == pytest.approx(oracle.statistic, abs=2e-3)
    areas = []
    for sex in "FM":
        mine = people["sex"] == sex
        good, bad = (people["score"][mine & (people["label"] == label)] for label in (1, 0))
        areas.append((good[:, None] > bad).mean() + (good[:, None] == bad).mean() / 2)
    assert (row["auc"], row["reference_auc"]) == pytest.approx(areas, abs=1e-3)
    assert row["auc_difference_low"] < row["auc_difference"] < row["auc_difference_high"]
    assert row["area_between_curves"] >= abs(row["auc_difference"]) - 1e-12
    [auc] = [one for one in full.rows("scores") if one["group"] == "F"]
    assert auc["low"] < auc["auc"] < auc["high"] < 1


def test_calibration_counts_every_score_once_and_in_tenths(full: AuditReport, people: dict[str, Any]) -> None:
    rows = full.table("calibration")
    assert rows.rows.sum() == 3000
    by_range = rows.groupby(["score_from", "score_to"]).rows.sum()
    # Scores cut off at 1 share one bin, so that the highest tenths cannot be equal.
    assert by_range.iloc[:-1].between(280, 320).all()
    for row in rows.itertuples():
        last = row.score_to == 1
        inside = (people["score"] >= row.score_from) & ((people["score"] < row.score_to) | last)
        mine = inside & (people["sex"] == row.group)
        assert (row.rows, row.favorable) == (mine.sum(), people["label"][mine].sum())
        assert row.mean_score == pytest.approx(people["score"][mine].mean(), abs=5e-4)


def test_thin_crossings_are_drawn_toward_all_and_stand_beside_the_raw_rate(report: AuditReport) -> None:
    rows = report.table("shrunken")
    assert set(rows.attribute) == {"sex × race"}
    raw = report.rates.query("rate == 'selection_rate' and attribute == 'sex × race'").set_index("group").value
    counts = report.rates.query("rate == 'selection_rate' and attribute == 'sex × race'").set_index("group").denominator
    weights = rows.set_index("group").own_weight
    strength = counts * (1 / weights - 1)
    assert strength.std() < 1e-6 * strength.mean()
    for row in rows.itertuples():
        assert row.raw == raw[row.group]
        center = (row.shrunken - row.own_weight * row.raw) / (1 - row.own_weight)
        assert 0 < center < 1
        assert row.low < row.shrunken < row.high


def test_weighted_rows_have_an_effective_number_and_no_exact_tests(people: dict[str, Any]) -> None:
    weight = np.random.default_rng(3).random(3000) + 0.5
    report = audit_predictions(
        None, people["decision"], sensitive_features={"sex": people["sex"]}, sample_weight=weight
    )
    for row in report.rows("effective_sizes"):
        mine = weight[people["sex"] == row["group"]]
        assert (row["weight"], row["effective_rows"]) == pytest.approx((mine.sum(), mine.sum() ** 2 / (mine**2).sum()))
    [row] = report.rows("comparisons")
    assert np.isnan([row["fisher_p_value"], row["extra_to_mark"]]).all()
    assert row["reverses"] is None
    assert report.rows("omnibus")[0]["draws"] == 0
    assert "what needs whole people" in report.to_html()


def test_label_errors_move_the_gap_as_wrong_labels_would() -> None:
    """Labels are spoiled row by row; the curve at that error gives the gap of the true labels."""
    truth = np.repeat([1, 0, 1, 0], [400, 600, 500, 500])
    group = np.repeat(["a", "b"], 1000)
    recorded = truth.copy()
    recorded[:40] = 0  # a tenth of the favorable labels of group a is missed
    everybody = np.ones(2000, int)
    options = {"sensitive_features": {"group": group}, "notions": "predictive_parity", "reference": {"group": "b"}}
    [missed, spurious] = audit_predictions(recorded, everybody, **options).rows("label_sensitivity")
    assert (missed["error"], missed["gap"]) == ("missed", pytest.approx(-0.14))
    assert missed["gap_at_0.1"] == pytest.approx(-0.1)
    assert missed["explains"] == pytest.approx(1 - 0.36 / 0.5)
    assert np.isnan(spurious["explains"])


def test_an_audit_that_does_not_ask_for_the_outcome_has_no_tables_of_it(people: dict[str, Any]) -> None:
    own = Rate("error_burden", TP, TP + FN, "an own rate")
    report = audit_predictions(
        people["label"], people["decision"], sensitive_features={"sex": people["sex"]}, notions=[own]
    )
    for name in ("comparisons", "omnibus", "stratified", "score_gaps", "calibration", "shrunken", "effective_sizes"):
        assert report.rows(name) == []
    assert "Statistics of the comparisons" not in report.to_html()


def test_groups_without_anybody_selected_stay_on_the_page() -> None:
    report = audit_counts(GroupCounts(np.array([[[0, 0]], [[7, 0]], [[9, 0]]])))
    assert len(report.rows("comparisons")) == 2
    assert "Statistics of the comparisons" in report.to_html()
    full = audit_counts(GroupCounts(np.array([[[0, 5]], [[0, 9]]])))
    assert full.rows("comparisons")[0]["ratio"] == 1
