"""The conformance suite over the catalogue of losses; and the test of the tests, with faulty losses."""

from __future__ import annotations

import doctest
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch

import fairloss as fl
from fairloss.errors import InputError, UnknownName
from fairloss.losses import BASE_LOSSES
from fairloss.losses.conformance import CHECKS, OUTPUTS, Subject, cases, fair_loss_subject, run
from fairloss.losses.conformance.batches import ACCURATE, CONTRARY, mixed, one_class_per_group, planted
from fairloss.notions import NOTIONS, GroupCounts


def sibling(name: str) -> ModuleType:
    """Import a file beside this one, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


faulty, more, catalogue = (sibling(name) for name in ("faulty_losses", "more_faulty_losses", "catalogue_subjects"))
FAULTS = faulty.PUBLISHED + more.OTHERS
by_subject = pytest.mark.parametrize("subject", catalogue.SUBJECTS, ids=str)
COSTLY = "flat_memory"  # looks at every object of the process


@by_subject
def test_the_catalogue_conforms(subject):
    findings = [case() for case in cases([subject]) if case.check.name != COSTLY]
    assert not [str(finding) for finding in findings if finding.outcome == "failed"]


@by_subject
def test_an_exemption_is_needed(subject):
    """A check that holds after all must not stay switched off."""
    for name in subject.exempt:
        assert CHECKS[name](replace(subject, exempt={})).outcome == "failed", name


def test_every_entry_of_the_catalogues_is_checked_and_every_check_is_used():
    names = {str(subject) for subject in catalogue.SUBJECTS}
    for kind in ("penalty", "constraint"):
        assert {f"{base}, {kind}" for base in BASE_LOSSES} <= names
    assert {f"{notion}, constraint" for notion in NOTIONS} <= names
    assert {f"{distance} distance" for distance in catalogue.FOUND} <= names
    for check in CHECKS.values():
        assert any(check.unfit(subject) is None for subject in catalogue.SUBJECTS), check.name


@pytest.mark.parametrize(
    ("name", "subject"),
    [(COSTLY, catalogue.CONSTRAINT), (COSTLY, catalogue.CLASSES), ("traced", catalogue.CONSTRAINT)],
    ids=str,
)
def test_checks_that_take_seconds_hold_for_a_few(subject, name):
    assert CHECKS[name](subject).outcome == "ok"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flat_memory_long", "traced", "compiled"])
@pytest.mark.parametrize("subject", [catalogue.CONSTRAINT, catalogue.CLASSES], ids=str)
def test_checks_that_take_a_minute_hold_for_a_few(subject, name):
    assert CHECKS[name](subject).outcome == "ok"


def subject_of(fault):
    return Subject(fault.make.__name__, fault.make, **({"weights": False, "unknown": False} | fault.options))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.make.__name__)
def test_a_fault_is_found_by_the_check_that_is_made_for_it(fault):
    findings = [CHECKS[name](subject_of(fault)) for name in fault.caught_by]
    assert {finding.outcome for finding in findings} == {"failed"}
    assert fault.says in findings[0].says


def test_every_check_finds_a_fault():
    found = {name for fault in FAULTS for name in fault.caught_by}
    assert found == set(CHECKS) - {"flat_memory_long", "compiled"}  # the same as flat_memory and traced, but longer


@pytest.mark.parametrize(
    "subject",
    [
        Subject("right", faulty.right),
        Subject("right by label", faulty.right_by_label, notion="equalized_odds"),
        Subject("right with a base", faulty.right_with_base, base=faulty.bce),
    ],
    ids=str,
)
def test_a_right_criterion_of_a_few_lines_passes_all_that_it_claims(subject):
    findings = [case() for case in cases([subject]) if case.check.name != COSTLY]
    assert not [str(finding) for finding in findings if finding.outcome == "failed"]
    skipped = {finding.check for finding in findings if finding.outcome == "skipped"}
    assert skipped <= {"class_gap", "opposite_gaps"}


@pytest.mark.parametrize("notion", NOTIONS)
def test_the_rates_that_checks_expect_are_those_of_the_notions(notion):
    """The loops of the suite against `fairloss.notions`; and every notion sees the planted gap."""
    batch = planted(ACCURATE, CONTRARY, ACCURATE)
    subject = Subject("rates", lambda groups: None, notion=notion)
    for rates, decision in zip(subject.rates(batch), (OUTPUTS["logit"].soft, OUTPUTS["logit"].hard), strict=True):
        counts = GroupCounts.of(batch.labels.numpy(), decision(batch.logits).numpy(), batch.codes.numpy())
        for found, rate in zip(rates[0], NOTIONS[notion].rates, strict=True):
            torch.testing.assert_close(found, torch.as_tensor(rate(counts)), rtol=1e-12, atol=0)
    assert subject.shows_gap(batch) == (NOTIONS[notion].comparison.kind != "level")
    assert not subject.shows_gap(planted(ACCURATE, ACCURATE))


def test_batches_are_what_they_say():
    batch = mixed(3, 3)
    cells = {(code, label) for code, label in zip(batch.codes.tolist(), batch.labels.tolist(), strict=True)}
    assert len(cells) == 9
    assert len(batch.logits.unique()) == batch.logits.numel()
    certain = one_class_per_group(2, 0, classes=3)
    assert set(zip(certain.codes.tolist(), certain.logits.argmax(1).tolist(), strict=True)) == {(0, 2), (1, 0)}


def test_findings_say_why():
    subject = Subject("mine", faulty.needs_positives, exempt={"parity": "it is what it is"}, weights=False)
    findings = {finding.check: str(finding) for finding in run(subject)}
    assert findings["parity"] == "mine: parity skipped: it is what it is"
    assert findings["sparse_cells"] == "mine: sparse_cells failed: it raised NotImplementedError: 'no positives'"
    assert findings["row_weight"] == "mine: row_weight skipped: it takes no weights"
    level = fair_loss_subject("bce_with_logits", fl.Constraint("bounded_group_loss", 0.1))
    assert "bounds a level" in CHECKS["third_group"](level).says
    silent = replace(subject, notion=None, exempt={})
    assert CHECKS["any_gap"](silent).says == "it claims no notion that compares groups"
    vector = Subject("rows", lambda groups: lambda z, y, g: z, weights=False)
    assert "gave shape (48,), but a loss is a tensor of one number" in CHECKS["row_order"](vector).says


def test_the_page_about_the_suite_is_right():
    page = Path(__file__).parents[2] / "docs" / "conformance.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0


def test_settings_that_cannot_be_used():
    with pytest.raises(InputError, match="2 classes, or more for outputs per class"):
        Subject("mine", faulty.right, classes=3)
    with pytest.raises(InputError, match=r"needs make\(groups\)"):
        Subject("mine", None)
    with pytest.raises(UnknownName, match="or 'probability'"):
        Subject("mine", faulty.right, outputs="probabilities")
    with pytest.raises(UnknownName, match="Did you mean 'parity'"):
        cases([Subject("mine", faulty.right, exempt={"parties": "a slip"})])
    with pytest.raises(InputError, match="Pass outputs="):
        fair_loss_subject("contrastive", catalogue.DP, decision=catalogue.Reads(torch.exp))
