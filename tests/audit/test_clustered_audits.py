"""Audits of rows that go together: every number against a second computation from the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.api as sm
from scipy.stats import norm, t

from fairloss.audit import audit_counts, audit_predictions, audit_table, compare
from fairloss.audit.clustered_estimates import counted
from fairloss.audit.independent import independent_ends
from fairloss.audit.share_interval import share_ratio_interval
from fairloss.audit.statistics.clusters import count_clusters
from fairloss.errors import InputError
from fairloss.inference import (
    ClusteredRates,
    clustered_comparison,
    clustered_omnibus_test,
    clustered_pairs,
    clustered_rates,
    clustered_test,
    difference_interval,
    rate_interval,
)
from fairloss.notions import RATES, GroupCounts, Groups


def _moved(outcome: Any, group: Any, cluster: Any) -> tuple[Any, Any]:
    """Give by loops what each cluster moves the share of each group, and its share in the rows of the group."""
    names, clusters = np.unique(group), np.unique(cluster)
    moved, shares = np.zeros((len(names), len(clusters))), np.zeros((len(names), len(clusters)))
    for code, name in enumerate(names):
        mine = group == name
        for place, one in enumerate(clusters):
            rows = mine & (cluster == one)
            moved[code, place] = (outcome[rows] - outcome[mine].mean()).sum() / mine.sum()
            shares[code, place] = rows.sum() / mine.sum()
    return moved, shares


def test_the_clustered_table_is_the_sandwich_of_the_rows(branches: dict[str, Any]) -> None:
    report = audit_table(branches, sensitive="sex", decision="chosen", label="label", clusters="branch")
    moved, shares = _moved(branches["chosen"], branches["sex"], branches["branch"])
    number = 1 / (shares**2).sum(1)
    scale = np.sqrt(number / (number - 1))
    covariance = moved @ moved.T * np.outer(scale, scale)
    rows = {row["group"]: row for row in report.rows("clustered") if row["rate"] == "selection_rate"}
    assert rows["F"]["standard_error"] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-9)
    assert rows["F"]["clusters"] == len(set(branches["branch"][branches["sex"] == "F"]))
    assert rows["F"]["degrees"] == pytest.approx(number[0] - 1)
    assert rows["F"]["reference"] == "M"
    spread = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert rows["F"]["difference_error"] == pytest.approx(spread)
    plain = audit_table(branches, sensitive="sex", decision="chosen", label="label")
    [alone] = [row for row in _rows(plain, "disparities", "selection_rate", "difference") if row["group"] == "F"]
    ends = ("plain_difference_low", "plain_difference_high")
    assert (alone["low"], alone["high"]) == tuple(rows["F"][end] for end in ends)
    assert (plain.rates.low[0], plain.rates.high[0]) == (rows["F"]["plain_low"], rows["F"]["plain_high"])
    assert np.isnan(rows["M"]["difference_error"])


def _rows(report: Any, table: str, rate: str, comparison: str) -> list[dict[str, Any]]:
    found = [row for row in report.rows(table) if row["rate"] == rate]
    return [row for row in found if row.get("comparison", comparison) == comparison]


def _counted(table: dict[str, Any], groups: Any) -> ClusteredRates:
    counts = np.zeros((int(table["branch"].max()) + 1, groups.max() + 1, 1, 2))
    for one, group, chosen in zip(table["branch"], groups, table["chosen"], strict=True):
        counts[one, group, 0, chosen] += 1
    return clustered_rates(RATES["selection_rate"], GroupCounts(counts))


def _interval(found: ClusteredRates, first: int, second: int, kind: str, level: float) -> Any:
    function = difference_interval if kind == "difference" else share_ratio_interval
    return function(*clustered_pairs(found, first, second, kind=kind).people(level), level=level)


def test_one_truth_stands_on_the_page(branches: dict[str, Any]) -> None:
    """Rates, disparities, worst rows, comparisons and the test of all groups follow from the same sums of clusters."""
    race = np.random.default_rng(9).choice([0, 1, 2], 600, p=[0.5, 0.3, 0.2])
    table = {**branches, "race": np.array(["a", "b", "c"])[race]}
    report = audit_table(table, sensitive="race", decision="chosen", clusters="branch", reference={"race": "a"})
    found = _counted(branches, race)
    size = found.size * (norm.ppf(0.975) / t.ppf(0.975, found.degrees)) ** 2
    expected = rate_interval(found.value * size, size, method="agresti_coull")
    assert report.rates.low.tolist() == pytest.approx(expected.low.tolist(), rel=1e-9)
    for kind in ("difference", "ratio"):
        rows = _rows(report, "disparities", "selection_rate", kind)
        for code, row in zip((1, 2), rows, strict=False):
            ends = _interval(found, code, 0, kind, 0.95)
            assert (row["low"], row["high"]) == pytest.approx((float(ends.low), float(ends.high)))
            assert row["p_value"] == pytest.approx(float(clustered_test(found, code, 0).p_value))
            compared = report.rows("comparisons")[code - 1]
            assert compared["z_p_value"] == row["p_value"]
            if kind == "ratio":
                assert (compared["ratio_low"], compared["ratio_high"]) == (row["low"], row["high"])
        pairs = [(i, j) for i in range(3) for j in range(3) if i != j]
        strict, plain = ([_interval(found, i, j, kind, level) for i, j in pairs] for level in (1 - 0.05 / 3, 0.95))
        if kind == "difference":
            ends = max(0, *(float(one.low) for one in strict)), max(float(one.high) for one in plain)
        else:
            ends = min(float(one.low) for one in plain), min(1, *(float(one.high) for one in strict))
        assert (rows[2]["low"], rows[2]["high"]) == pytest.approx(ends)
    [every] = report.rows("omnibus")
    assert every["p_value"] == pytest.approx(clustered_omnibus_test(found).p_value)


def test_what_needs_people_by_themselves_is_left_out_with_its_reason(branches: dict[str, Any]) -> None:
    regimes = ("us-employment", "us-credit")
    asked = {"sensitive": "sex", "decision": "chosen", "label": "label", "regimes": regimes}
    plain, report = (audit_table(branches, **asked, clusters=name) for name in (None, "branch"))
    names = (
        "hypergeometric_z",
        "fisher_p_value",
        "mid_p_value",
        "extra_to_chance",
        "extra_to_mark",
        "shortfall_to_mark",
    )
    [alone], [row] = plain.rows("comparisons"), report.rows("comparisons")
    assert np.isnan([row[name] for name in names]).all()
    assert not np.isnan([alone[name] for name in names]).any()
    assert row["reverses"] is None
    assert row["shortfall_to_reference"] == alone["shortfall_to_reference"]
    [every] = report.rows("omnibus")
    assert (every["draws"], every["note"]) == (
        0,
        "rows that go together are not dealt anew, so there is no permutation",
    )
    [tested] = report.rows("selection_tests")
    assert np.isnan(tested["fisher_p_value"])
    assert tested["note"].startswith("rows that go together: ")
    assert {one["note"] for one in report.rows("credit_measures")} == {"rows that go together: no interval"}
    page = report.to_html()
    assert "Rows that go together: what needs whole people" in page
    assert "Rows of one branch are taken together" in page
    assert "take rows as independent" in page
    assert "Rows are taken as independent" not in page
    assert "Rows are taken as independent" in plain.to_html()


def test_errors_by_group_have_the_intervals_of_clusters_too(branches: dict[str, Any]) -> None:
    report = audit_table(branches, sensitive="sex", decision="chosen", label="label", clusters="branch")
    [table] = counted(report)
    miss, hit = (table.estimate(RATES[name], 0.95) for name in ("false_negative_rate", "true_positive_rate"))
    np.testing.assert_allclose(miss.low, 1 - hit.high, rtol=1e-9)
    unknown = table.estimate(RATES["f1_score"], 0.95)  # not of the plan: no error is known
    assert (unknown.low.tolist(), unknown.high.tolist()) == ([0, 0], [1, 1])
    assert report.exceeds("false_negative_rate", 0.0) is not True or miss.low.max() > miss.high.min()
    assert report.exceeds(RATES["f1_score"], 0.99) is None


def test_a_difference_within_stores_is_surer_than_of_independent_rows() -> None:
    rng = np.random.default_rng(4)
    store, sex = np.repeat(np.arange(50), 40), np.tile(["F", "M"], 1000)
    chance = rng.choice([0.1, 0.8], 50)[store] + 0.08 * (sex == "M")  # strict and lenient stores
    chosen = (rng.random(2000) < chance) * 1
    given = {"sensitive_features": {"sex": sex}, "reference": "largest"}
    plain, together = (audit_predictions(None, chosen, **given, clusters=one) for one in (None, store))
    [alone] = [row for row in _rows(plain, "disparities", "selection_rate", "difference") if row["group"] != "worst"]
    [row] = [row for row in _rows(together, "disparities", "selection_rate", "difference") if row["group"] != "worst"]
    assert row["high"] - row["low"] < 0.85 * (alone["high"] - alone["low"])
    assert row["p_value"] < alone["p_value"]
    assert (together.rates.high - together.rates.low > 1.5 * (plain.rates.high - plain.rates.low)).all()


def test_a_group_of_one_cluster_is_known_by_nothing_but_its_rate() -> None:
    sex, chosen = np.array(["F"] * 40 + ["M"] * 60), np.arange(100) % 3 == 0
    store = np.where(sex == "F", 0, np.arange(100) // 10)
    report = audit_predictions(None, chosen * 1, sensitive_features={"sex": sex}, clusters=store, reference="largest")
    row = _rows(report, "disparities", "selection_rate", "difference")[0]
    assert (row["low"], row["high"], row["reading"]) == (-1, 1, "not_established")
    assert np.isnan(row["p_value"])
    assert row["note"] == "no error of selection_rate is known for group 'F': its rows are of one cluster"
    assert report.rates.query("group == 'F'")[["low", "high"]].values.tolist() == [[0, 1]]


def test_a_gap_that_clusters_explain_is_not_established_and_named() -> None:
    rng = np.random.default_rng(2)
    branch = np.repeat(np.arange(8), 50)
    sex = np.where(branch < 4, "F", "M")  # women and men in different branches
    chance = np.array([0.1, 0.2, 0.6, 0.3, 0.2, 0.7, 0.7, 0.5])[branch]
    chosen = (rng.random(400) < chance) * 1
    plain, report = (
        audit_predictions(None, chosen, sensitive_features={"sex": sex}, clusters=one)
        for one in (None, {"branch": branch})
    )
    assert "gap_established" in [finding.code for finding in plain.findings]
    codes = [finding.code for finding in report.findings]
    assert "gap_established" not in codes
    sentence = str(report.findings[codes.index("gap_within_clusters")])
    assert "Rows of one branch are alike. Taken as independent, they would tell" in sentence
    row = _rows(report, "disparities", "selection_rate", "difference")[0]
    assert row["p_value"] > 0.05 > _rows(plain, "disparities", "selection_rate", "difference")[0]["p_value"]


def test_changes_between_audits_of_other_people_are_those_of_clusters(branches: dict[str, Any]) -> None:
    later = {**branches, "chosen": 1 - branches["chosen"]}
    one, two = (
        audit_table(table, sensitive="sex", decision="chosen", clusters="branch") for table in (branches, later)
    )
    ends = dict(independent_ends(compare(one, two)))
    found = _counted(branches, (branches["sex"] == "M") * 1)
    x, n = found.people(0.95)
    expected = difference_interval(n[0] - x[0], n[0], x[0], n[0])
    assert ends["sex", "F", "selection_rate"] == pytest.approx((float(expected.low), float(expected.high)))


def test_sums_over_blocks_of_clusters_are_those_of_all_at_once(
    branches: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = [Groups.of((branches["sex"] == "M") * 1, ["F", "M"])]
    plan = audit_counts(GroupCounts.of(branches["label"], branches["chosen"], groups[0])).plan
    rows = (branches["label"], branches["chosen"], groups, None, plan)
    whole = count_clusters(branches["branch"], *rows, column="b")
    monkeypatch.setattr("fairloss.audit.statistics.clusters._BLOCK", 7)
    parts = count_clusters(branches["branch"], *rows, column="b")
    for rate, sums in whole.tables[0].items():
        np.testing.assert_array_equal(sums.products, parts.tables[0][rate].products)
        np.testing.assert_array_equal(sums.clusters, parts.tables[0][rate].clusters)
    rate = RATES["true_positive_rate"]
    counts = np.zeros((25, 2, 2, 2))
    for key in zip(branches["branch"], groups[0].codes, branches["label"], branches["chosen"], strict=True):
        counts[key] += 1
    direct = clustered_comparison(clustered_rates(rate, GroupCounts(counts)), 0, 1)
    sums = whole.tables[0][rate.name]
    summed = clustered_comparison(clustered_rates(rate, GroupCounts(counts.sum(0)), sums=sums), 0, 1)
    assert (direct.low, direct.high) == pytest.approx((float(summed.low), float(summed.high)), rel=1e-12)


def test_a_row_without_a_cluster_is_one_by_itself(branches: dict[str, Any]) -> None:
    alone = {**branches, "branch": np.full(600, None)}
    [women, _] = audit_table(alone, sensitive="sex", decision="chosen", clusters="branch").rows("clustered")
    n = women["clusters"]
    assert n == (branches["sex"] == "F").sum()
    assert women["design_effect"] == pytest.approx(n / (n - 1))
    with pytest.raises(InputError, match="takes one column"):
        audit_predictions(None, [1, 0], sensitive_features=["a", "b"], clusters={"x": [1, 2], "y": [1, 2]})


def test_engines_and_orders_of_rows_give_the_same_bytes(branches: dict[str, Any]) -> None:
    table = pa.table({name: pa.array(values) for name, values in branches.items()})
    asked = {"sensitive": "sex", "decision": "chosen", "label": "label", "clusters": "branch"}
    turned = table.take(np.random.default_rng(7).permutation(600))
    ways = (table, turned, table.to_pandas(), pl.from_arrow(table), pl.from_arrow(table).lazy(), branches)
    assert len({audit_table(way, **asked).to_json() for way in ways}) == 1


def test_resumes_sent_to_one_advert_tell_more_together(real_data: Callable[[str], Path]) -> None:
    """Each advert got as many resumes with white as with black names: what it asks for cancels in the difference."""
    people = pd.read_csv(real_data("resume_audit") / "resume.csv")
    asked = {"sensitive": "race", "decision": "received_callback"}
    plain, together = (audit_table(people, **asked, clusters=name) for name in (None, "job_ad_id"))
    how = {"groups": pd.factorize(people.job_ad_id)[0], "use_correction": False}
    design = sm.add_constant((people.race == "black").to_numpy(float))
    fit = sm.OLS(people.received_callback.to_numpy(float), design).fit(cov_type="cluster", cov_kwds=how)
    [row] = [one for one in together.rows("clustered") if one["group"] == "black"]
    few = row["degrees"]
    assert row["difference_error"] == pytest.approx(fit.bse[1] * np.sqrt((few + 1) / few), rel=1e-9)
    assert row["clusters"] == 1323
    assert row["difference_effect"] == pytest.approx(0.633, abs=0.001)
    [alone], [found] = (_rows(one, "disparities", "selection_rate", "ratio")[:1] for one in (plain, together))
    assert (alone["reading"], found["reading"]) == ("difference_established_below_mark", "shortfall_established")
    assert found["high"] < 0.8 < alone["high"]
