"""Memberships and rows without a group, in audits: each against a second computation from the rows."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from fairloss.audit import audit_predictions, audit_table
from fairloss.errors import InputError
from fairloss.inference import proxy_rates, unknown_group_bounds


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
