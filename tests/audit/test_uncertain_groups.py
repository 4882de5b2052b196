"""Clusters, memberships and rows without a group, in audits: each against a second computation from the rows."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from fairloss.audit import audit_counts, audit_predictions, audit_table
from fairloss.audit.statistics.clusters import count_clusters
from fairloss.errors import InputError
from fairloss.inference import clustered_difference, clustered_rates, proxy_rates, unknown_group_bounds
from fairloss.notions import RATES, GroupCounts, Groups


@pytest.fixture(scope="module")
def branches() -> dict[str, Any]:
    """Give 600 people of 25 branches, of which some are strict."""
    rng = np.random.default_rng(1)
    branch, tough = rng.integers(0, 25, 600), rng.normal(0, 1, 25)
    sex = rng.choice(["F", "M"], 600)
    chance = 1 / (1 + np.exp(-tough[branch] - 0.4 * (sex == "M")))
    return {"branch": branch, "sex": sex, "label": rng.integers(0, 2, 600), "chosen": (rng.random(600) < chance) * 1}


def _robust(outcome: Any, design: Any, cluster: Any) -> tuple[Any, Any]:
    """Fit least squares and give the cluster sandwich with the factor C/(C - 1) alone."""
    fit = sm.OLS(outcome, design).fit()
    inverse = np.linalg.inv(design.T @ design)
    scores = np.stack([(design * fit.resid[:, None])[cluster == one].sum(0) for one in np.unique(cluster)])
    factor = len(scores) / (len(scores) - 1)
    return fit.params, factor * inverse @ scores.T @ scores @ inverse


def test_the_clustered_table_is_the_sandwich_of_the_rows(branches: dict[str, Any]) -> None:
    report = audit_table(branches, sensitive="sex", decision="chosen", label="label", clusters="branch")
    women = branches["sex"] == "F"
    design = np.stack([women, ~women], 1).astype(float)
    value, covariance = _robust(branches["chosen"].astype(float), design, branches["branch"])
    rows = {row["group"]: row for row in report.rows("clustered") if row["rate"] == "selection_rate"}
    assert rows["F"]["value"] == pytest.approx(value[0])
    assert rows["F"]["standard_error"] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-9)
    assert rows["F"]["clusters"] == len(set(branches["branch"][women]))
    assert rows["F"]["reference"] == "M"
    spread = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    margin = stats.t.ppf(0.975, len(set(branches["branch"])) - 1) * spread
    gap = value[0] - value[1]
    assert (rows["F"]["difference_low"], rows["F"]["difference_high"]) == pytest.approx((gap - margin, gap + margin))
    assert np.isnan(rows["M"]["difference"])


def test_rates_have_the_intervals_of_clusters_and_the_page_says_so(branches: dict[str, Any]) -> None:
    plain, robust = (
        audit_table(branches, sensitive="sex", decision="chosen", clusters=name) for name in (None, "branch")
    )
    counts = np.zeros((25, 2, 1, 2))
    for one, sex, chosen in zip(branches["branch"], branches["sex"], branches["chosen"], strict=True):
        counts[one, int(sex == "M"), 0, chosen] += 1
    expected = clustered_rates(RATES["selection_rate"], GroupCounts(counts)).interval
    assert robust.rates.low.tolist() == pytest.approx(expected.low.tolist(), rel=1e-9)
    assert ((robust.rates.high - robust.rates.low) > 1.3 * (plain.rates.high - plain.rates.low)).all()
    assert "Rows are taken as independent" not in robust.to_html()
    assert "Rows that go together: branch" in robust.to_html()
    assert "Rows are taken as independent" in plain.to_html()


def test_a_gap_that_clusters_explain_is_named() -> None:
    rng = np.random.default_rng(2)
    branch = np.repeat(np.arange(8), 50)
    sex = np.where(branch < 4, "F", "M")  # women and men in different branches
    chance = np.array([0.1, 0.2, 0.6, 0.3, 0.2, 0.7, 0.7, 0.5])[branch]
    report = audit_predictions(
        None, (rng.random(400) < chance) * 1, sensitive_features={"sex": sex}, clusters={"branch": branch}
    )
    codes = [finding.code for finding in report.findings]
    assert codes.index("gap_within_clusters") < codes.index("gap_established")
    assert "Rows of one branch are alike" in str(report.findings[codes.index("gap_within_clusters")])


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
        np.testing.assert_array_equal(sums.together, parts.tables[0][rate].together)
    rate = RATES["true_positive_rate"]
    counts = np.zeros((25, 2, 2, 2))
    for key in zip(branches["branch"], groups[0].codes, branches["label"], branches["chosen"], strict=True):
        counts[key] += 1
    direct = clustered_difference(rate, GroupCounts(counts), group=0, reference=1)
    total = GroupCounts(counts.sum(0))
    summed = clustered_difference(rate, total, group=0, reference=1, sums=whole.tables[0][rate.name])
    assert (direct.low, direct.high) == pytest.approx((float(summed.low), float(summed.high)), rel=1e-12)


def test_a_row_without_a_cluster_is_one_by_itself(branches: dict[str, Any]) -> None:
    alone = {**branches, "branch": np.full(600, None)}
    [women, _] = audit_table(alone, sensitive="sex", decision="chosen", clusters="branch").rows("clustered")
    n = women["clusters"]
    assert n == (branches["sex"] == "F").sum()
    assert women["design_effect"] == pytest.approx(n / (n - 1))
    with pytest.raises(InputError, match="takes one column"):
        audit_predictions(None, [1, 0], sensitive_features=["a", "b"], clusters={"x": [1, 2], "y": [1, 2]})


def test_proxy_rates_are_those_of_the_rows(branches: dict[str, Any]) -> None:
    chances = np.random.default_rng(3).choice([0.1, 0.4, 0.9], 600)
    chances[:5] = np.nan
    table = {**branches, "p": chances, "q": 1 - chances}
    report = audit_table(table, sensitive="sex", decision="chosen", membership={"black": "p", "white": "q"})
    rows = report.rows("proxy_rates")
    direct = proxy_rates(np.stack([chances, 1 - chances], 1), branches["chosen"])
    for code, row in enumerate(rows):
        assert row["weighted"] == pytest.approx(direct.weighted[code])
        assert row["thresholded"] == pytest.approx(direct.thresholded[code])
        assert row["kish_size"] == pytest.approx(direct.effective_size[code])
        assert row["assigned"] == direct.assigned[code]
        margin = 1.959964 * direct.standard_error[code]
        assert (row["low"], row["high"]) == pytest.approx(
            (row["weighted"] - margin, row["weighted"] + margin), rel=1e-6
        )
        assert row["bound_low"] < row["weighted"] < row["bound_high"]
        fewest = most = 0.0
        for level in (0.1, 0.4, 0.9):
            cell = branches["chosen"][chances == level]
            share = level if code == 0 else 1 - level
            fewest += max(0, len(cell) * share + cell.sum() - len(cell))
            most += min(len(cell) * share, cell.sum())
        size = np.nansum(chances if code == 0 else 1 - chances)
        assert (row["bound_low"], row["bound_high"]) == pytest.approx((fewest / size, most / size))
    assert "known by chances" in report.to_html()
    single = {**table, "p": np.linspace(0, 1, 600), "q": 1 - np.linspace(0, 1, 600)}
    [first, _] = audit_table(single, sensitive="sex", decision="chosen", membership={"a": "p", "b": "q"}).rows(
        "proxy_rates"
    )
    assert np.isnan(first["bound_low"])  # chances of single people bound nothing


@pytest.mark.parametrize("membership", [{"a": [0.5, 0.5]}, {"a": [0.9, 0.5], "b": [0.9, 0.5]}, {"a": [1, 0], "b": [1]}])
def test_memberships_that_are_none(membership: Any) -> None:
    with pytest.raises(InputError):
        audit_predictions(None, [1, 0], sensitive_features=["a", "b"], membership=membership)


def test_bounds_are_reached_by_some_assignment_of_the_unknown() -> None:
    """Every way to give five unknown rows to two groups: the extremes are the bounds."""
    unknown = [1, 1, 0, 0, 0]
    gaps, rates = [], []
    for assigned in product((0, 1), repeat=5):
        x, n = [3.0, 6.0], [10.0, 9.0]
        for favorable, group in zip(unknown, assigned, strict=True):
            x[group] += favorable
            n[group] += 1
        rates.append(x[0] / n[0])
        gaps.append(x[0] / n[0] - x[1] / n[1])
    bounds = unknown_group_bounds([3, 6], [10, 9], 2, 5, reference=1)
    assert (bounds.low[0], bounds.high[0]) == pytest.approx((min(rates), max(rates)))
    assert (bounds.gap_low[0], bounds.gap_high[0]) == pytest.approx((min(gaps), max(gaps)))
    with pytest.raises(InputError, match="reference"):
        unknown_group_bounds([3, 6], [10, 9], 2, 5, reference=2)
    sex = np.array(["a"] * 10 + ["b"] * 9 + [None] * 5, dtype=object)
    chosen = np.array([1] * 3 + [0] * 7 + [1] * 6 + [0] * 3 + unknown)
    report = audit_predictions(None, chosen, sensitive_features={"sex": sex}, reference={"sex": "b"})
    [row, reference] = report.rows("unknown_bounds")
    assert (row["gap_low"], row["gap_high"]) == pytest.approx((min(gaps), max(gaps)))
    assert (row["rate_low"], row["rate_high"], row["rows_unknown"]) == pytest.approx((min(rates), max(rates), 5))
    assert (reference["gap"], reference["gap_high"]) == (0, 0)


def test_rows_that_were_left_out_are_open_in_group_and_in_outcome() -> None:
    sex = np.array(["a"] * 100 + ["b"] * 100 + [None] * 90, dtype=object)
    chosen = np.array([1] * 40 + [0] * 60 + [1] * 70 + [0] * 30 + [1] * 45 + [0] * 45)
    report = audit_predictions(None, chosen, sensitive_features={"sex": sex}, missing="unknown")
    [row, _] = report.rows("unknown_bounds")
    assert (row["rate_low"], row["rate_high"]) == pytest.approx((40 / 190, 130 / 190))
    assert row["gap_low"] < 0 < row["gap_high"]
    codes = [finding.code for finding in report.findings]
    assert codes.index("gap_depends_on_unknown") < codes.index("gap_established")


def test_hostile_names_of_clusters_strata_and_groups_can_do_nothing(parse: Any) -> None:
    rng = np.random.default_rng(6)
    bad = ["<script>alert(1)</script>", "\"quoted\" & 'single' </svg>", "=1+1 | `code` {{ 7 * 7 }}"]
    names = np.array([*bad, None], dtype=object)[rng.integers(0, 4, 300)]
    chance = rng.choice([0.1, 0.9], 300)
    report = audit_predictions(
        rng.integers(0, 2, 300),
        rng.integers(0, 2, 300),
        sensitive_features={"<b>g</b>": names},
        y_score=rng.random(300),
        control_features={"<i>by</i>": rng.choice(bad, 300)},
        clusters={"<u>branch</u>": rng.integers(0, 9, 300)},
        membership={bad[0]: chance, bad[1]: 1 - chance},
    )
    page = parse(report.to_html())
    assert not {"script", "b", "i", "u"} & set(page.tags)
    assert any(bad[0] in text for text in page.texts)
    assert "<script>" not in report.to_markdown()
