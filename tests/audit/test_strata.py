"""Strata: rates within them, gaps with them held constant, and the direction that reverses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairloss.audit import AuditReport, audit_predictions, audit_table


@pytest.fixture(scope="module")
def conditional(people: dict[str, Any]) -> AuditReport:
    features, controls = {"sex": people["sex"]}, {"race": people["race"]}
    return audit_predictions(
        people["label"], people["decision"], sensitive_features=features, control_features=controls
    )


def test_rates_within_strata_are_those_of_the_rows_alone(conditional: AuditReport, people: dict[str, Any]) -> None:
    rows = people["race"] == "C"
    alone = audit_predictions(
        people["label"][rows], people["decision"][rows], sensitive_features={"sex": people["sex"][rows]}
    )
    inside = conditional.strata[conditional.strata.stratum == "C"].drop(columns="stratum").reset_index(drop=True)
    pd.testing.assert_frame_equal(inside, alone.rates)


def test_an_adjusted_gap_is_an_average_over_strata(conditional: AuditReport, people: dict[str, Any]) -> None:
    for row in conditional.adjusted.itertuples():
        if row.rate == "true_positive_rate":
            asked = people["label"] == 1
            gap = variance = 0.0
            for stratum in "ABC":
                part = asked & (people["race"] == stratum)
                weight = part.sum() / asked.sum()
                chosen = [people["decision"][part & (people["sex"] == group)] for group in (row.group, row.reference)]
                gap += weight * (chosen[0].mean() - chosen[1].mean())
                variance += weight**2 * sum(d.mean() * (1 - d.mean()) / len(d) for d in chosen)
            assert row.adjusted == pytest.approx(gap)
            assert (row.high - row.low) / 2 / 1.959964 == pytest.approx(np.sqrt(variance), rel=1e-6)
            assert (row.strata, row.covered) == (3, 1.0)


def test_strata_survive_the_round_trip_and_reach_the_page(conditional: AuditReport, tmp_path: Path) -> None:
    conditional.to_json(tmp_path / "a.json")
    again = AuditReport.from_json(tmp_path / "a.json")
    assert again.to_json() == conditional.to_json()
    assert "With race held constant" in conditional.to_html()


def test_groups_that_share_no_stratum_have_no_adjusted_gap() -> None:
    found = audit_predictions(
        None, [1, 0, 1, 1], sensitive_features={"s": list("aabb")}, control_features={"c": list("xxyy")}
    )
    [row] = found.adjusted.to_dict("records")
    assert np.isnan(row["adjusted"])
    assert (row["strata"], row["covered"]) == (0, 0.0)
    assert "With c held constant" in found.to_html()


def test_the_reversal_of_berkeley_is_found(real_data: Callable[[str], Path]) -> None:
    cells = pd.read_csv(real_data("ucb_admissions") / "UCBAdmissions.csv")
    table = cells.loc[cells.index.repeat(cells["Freq"])]
    found = audit_table(table, sensitive="Gender", decision="Admit", pos_label="Admitted", strata="Dept")
    [row] = found.adjusted.to_dict("records")
    assert (row["group"], row["reference"]) == ("Female", "Male")
    assert row["crude"] == pytest.approx(0.303542 - 0.445188, abs=1e-6)
    assert [row["adjusted_group"], row["adjusted_reference"]] == pytest.approx([0.429955, 0.387319], abs=1e-6)
    assert "reversal" in [finding.code for finding in found.findings[:2]]
    inside = found.strata.pivot_table(index="stratum", columns="group", values="value")
    assert list(inside.index[inside.Female > inside.Male]) == ["A", "B", "D", "F"]
