"""Funnels: stages are counted among those who reach them, the bottom line among all who entered."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairloss.audit import AuditReport, audit_stages, verify
from fairloss.audit.share_interval import share_ratio_interval
from fairloss.errors import InputError


def _funnel(seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 900
    table = pd.DataFrame({"sex": rng.choice(["F", "M"], n), "race": rng.choice(["a", "b"], n)})
    table["test"] = (rng.random(n) < 0.6).astype(int)
    table["interview"] = np.where(table["test"] == 1, (rng.random(n) < 0.5).astype(float), np.nan)
    table["offer"] = np.where(table["interview"] == 1, (rng.random(n) < 0.4).astype(float), np.nan)
    return table


STAGES = ["test", "interview", "offer"]


def _audit(table: Any) -> AuditReport:
    return audit_stages(table, stages=STAGES, sensitive=["sex", "race"], about={"kind": "hr"})


def test_stages_are_counted_among_those_who_reach_them() -> None:
    table = _funnel()
    rows = _audit(table).table("stage_rates")
    for _, row in rows[rows["attribute"] == "sex"].iterrows():
        reached = table[(table["sex"] == row["group"]) & table[row["stage"]].notna()]
        assert row["denominator"] == len(reached)
        assert row["numerator"] == (reached[row["stage"]] == 1).sum()


def test_the_bottom_line_is_of_all_who_entered() -> None:
    table = _funnel()
    found = _audit(table).rates.query("attribute == 'sex'").set_index("group")
    for group, rows in table.groupby("sex"):
        assert found.loc[group, "denominator"] == len(rows)
        assert found.loc[group, "numerator"] == (rows["offer"] == 1).sum()


def test_ratios_are_to_the_highest_of_each_stage() -> None:
    rows = _audit(_funnel()).table("stage_rates")
    for _, stage in rows.groupby(["attribute", "stage"]):
        top = stage.loc[stage["value"].idxmax()]
        assert set(stage["reference"]) == {top["group"]}
        for _, row in stage[stage["group"] != top["group"]].iterrows():
            pair = (row["numerator"], row["denominator"], top["numerator"], top["denominator"])
            interval = share_ratio_interval(*pair, level=0.95)
            assert row["ratio"] == pytest.approx(row["value"] / top["value"])
            assert row["ratio_low"] == pytest.approx(float(interval.low))
            assert row["ratio_high"] == pytest.approx(float(interval.high))


def test_a_funnel_is_restored_and_verified() -> None:
    report = _audit(_funnel())
    record = json.loads(report.to_json())
    assert verify(record).holds
    record["stages"]["tables"][0][1][0][0][1] += 1
    assert not verify(record).holds
    assert "The funnel by sex" in report.to_html()
    assert "bottom line" in report.to_markdown()


@pytest.mark.parametrize(
    ("change", "stages", "message"),
    [
        ({}, ["test"], "two or more stages"),
        ({"test": [np.nan] + [1] * 899}, STAGES, "first stage"),
        ({"interview": [1] * 900}, STAGES, "without passing 'test'"),
        ({"test": ["yes", "no", "maybe"] * 300}, STAGES, "The stage 'test'"),
    ],
)
def test_what_is_no_funnel_is_refused(change: dict[str, Any], stages: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        audit_stages(_funnel().assign(**change), stages=stages, sensitive="sex")
