"""The conformance suite over the catalogue of losses; and the test of the tests, with faulty losses."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from fairloss.errors import InputError, UnknownName
from fairloss.losses.conformance import CHECKS, Subject, run

_SPEC = importlib.util.spec_from_file_location("faulty_losses", Path(__file__).with_name("faulty_losses.py"))
faulty = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(faulty)


def subject_of(fault):
    return Subject(fault.make.__name__, fault.make, **({"weights": False, "unknown": False} | fault.options))


@pytest.mark.parametrize("fault", faulty.NINE + faulty.OTHERS, ids=lambda fault: fault.make.__name__)
def test_a_fault_is_found_by_the_check_that_is_made_for_it(fault):
    failed = [finding.check for finding in run(subject_of(fault)) if finding.outcome == "failed"]
    assert set(fault.caught_by) <= set(failed)


@pytest.mark.parametrize(
    "subject",
    [
        Subject("right", faulty.right, unknown=False),
        Subject("right by label", faulty.right_by_label, notion="equalized_odds", unknown=False, weights=False),
    ],
    ids=str,
)
def test_a_right_criterion_of_a_few_lines_passes_all_that_it_claims(subject):
    assert not [str(finding) for finding in run(subject) if finding.outcome == "failed"]
