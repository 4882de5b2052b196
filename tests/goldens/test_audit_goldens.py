"""Every golden number of the audit, by the index in ``audit.json``: court cases, guidelines and published tables."""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("audit_checks", HERE / "audit_checks.py")
assert spec is not None
assert spec.loader is not None
checks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checks)
CHECKS, FAMILIES, max_reference = checks.CHECKS, checks.FAMILIES, checks.max_reference

GOLDENS: list[dict[str, Any]] = json.loads((HERE / "audit.json").read_text(encoding="utf-8"))["goldens"]
SIMULATED = ("max_reference",)

ITEMS = """
U11; U12; U21; flip; Hazelwood; Castaneda; Teal exam; Teal bottom line; Ricci; Waisome; Waisome +2; Waisome moved 2;
DCWP sex; DCWP race; DCWP intersectional; DCWP 2 % sets; DCWP inconsistency warning; S1; S2; S3; funnel; float trap;
float trap count; zero cell; Wilson 0/15; Wilson 15/15; Berkeley; Holm/BH; audit-AI chi-square; power;
equality false flags; max-reference; SMD; AME; BISG posterior; weighted AIR; e-process; exchangeability
"""


def _computed(golden: dict[str, Any]) -> Any:
    kind, _, what = golden["check"].partition(":")
    check = FAMILIES[kind](what) if what else CHECKS[kind]
    given = golden["input"]
    return check(**given) if isinstance(given, dict) else check(*given) if isinstance(given, list) else check(given)


@pytest.mark.parametrize("golden", [one for one in GOLDENS if one["check"] not in SIMULATED], ids=lambda one: one["id"])
def test_a_golden(golden: dict[str, Any]) -> None:
    found, expected, tolerance = _computed(golden), golden["expected"], golden["tolerance"]
    if isinstance(expected, str | bool):
        assert found == expected
    elif golden.get("relative"):
        assert found == pytest.approx(expected, rel=tolerance)
    else:
        np.testing.assert_array_less(np.abs(np.array(found, float) - expected), np.array(tolerance) + 1e-12)


SIMULATIONS = [one for one in GOLDENS if one["check"] in SIMULATED]


@pytest.mark.parametrize("golden", SIMULATIONS, ids=lambda one: one["id"])
def test_a_simulated_golden_within_sampling_error(golden: dict[str, Any]) -> None:
    expected = golden["expected"]
    found = max_reference(*golden["input"], draws=4000)
    assert found == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 4000) + 2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("golden", SIMULATIONS, ids=lambda one: one["id"])
def test_a_simulated_golden_within_its_tolerance(golden: dict[str, Any]) -> None:
    assert max_reference(*golden["input"], draws=200_000) == pytest.approx(golden["expected"], abs=golden["tolerance"])


def test_the_index_is_complete_and_every_entry_is_checked() -> None:
    items = {one.strip() for one in ITEMS.replace("\n", " ").split(";")}
    assert {one["item"] for one in GOLDENS} == items
    assert len({one["id"] for one in GOLDENS}) == len(GOLDENS)
    used = {one["check"] for one in GOLDENS}
    assert {one for one in used if ":" not in one} == {*CHECKS, *SIMULATED}
    assert {one.partition(":")[0] for one in used if ":" in one} == set(FAMILIES)


def test_a_wrong_golden_is_found() -> None:
    """The test of the tests: every number moved by more than its tolerance is refused."""
    for golden in GOLDENS[::9]:
        if golden["check"] in SIMULATED or isinstance(golden["expected"], str | bool):
            continue
        wrong = (np.array(golden["expected"], float) + 0.3).tolist()
        with pytest.raises(AssertionError):
            test_a_golden({**golden, "expected": wrong})


def test_the_false_flag_of_two_groups_without_a_selection_is_the_third_digit() -> None:
    both_empty = 0.9**60
    assert checks.CHECKS["false_flags"](0.1, 30) - both_empty == pytest.approx(0.7784, abs=5e-5)
