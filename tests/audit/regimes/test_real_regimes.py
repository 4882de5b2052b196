"""Statutory tables of real data: the numbers that a court and a study gave, from the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import fairloss as fl

RICCI = {  # Ricci v. DeStefano, 557 U.S. 557 (2009): examinations of 2003
    "Lieutenant": {"H": (3, 15, 0.344, -2.545245, 0.0159276), "B": (6, 19, 0.543158, -1.928337, 0.0970812)},
    "Captain": {"H": (3, 8, 0.585938, None, 0.237874), "B": (3, 8, 0.585938, None, 0.237874)},
}


@pytest.mark.parametrize("position", RICCI)
def test_the_examinations_of_new_haven(real_data: Callable[[str], Path], position: str) -> None:
    data = fl.datasets.load("ricci", real_data("ricci"))
    rows = data.frame["Position"].to_numpy() == position
    report = fl.audit_predictions(
        None, data.label.to_numpy()[rows], sensitive_features={"race": data.frame["Race"][rows]},
        regimes="us-employment",
    )  # fmt: skip
    ratios = {row["group"]: row for row in report.rows("impact_ratios")}
    tests = {row["group"]: row for row in report.rows("selection_tests")}
    for group, (passed, people, ratio, z, fisher) in RICCI[position].items():
        assert (ratios[group]["favorable"], ratios[group]["rows"]) == (passed, people)
        assert ratios[group]["ratio"] == pytest.approx(ratio, abs=5e-7)
        assert ratios[group]["below_mark"] == "yes"
        assert tests[group]["fisher_p_value"] == pytest.approx(fisher, abs=5e-7)
        assert z is None or tests[group]["z"] == pytest.approx(z, abs=5e-7)
        assert tests[group]["reference"] == "W"


def test_no_mark_is_missed_where_none_is_reached(real_data: Callable[[str], Path]) -> None:
    data = fl.datasets.load("ibm_attrition", real_data("ibm_attrition"))
    report = fl.audit_predictions(
        None, data.label.to_numpy(), sensitive_features={"Gender": data.frame["Gender"]}, regimes="us-employment"
    )
    assert [row["below_mark"] for row in report.rows("impact_ratios")] == ["no", "no"]
    assert [row["beyond_deviations"] for row in report.rows("selection_tests")] == ["no"]
