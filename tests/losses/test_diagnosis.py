"""What a criterion says about a training that went wrong, on models that collapse and multipliers that explode."""

from __future__ import annotations

from math import exp

import pytest
import torch
from torch import nn

from fairloss.losses import AugmentedLagrangian, Constraint, FairLoss, Penalty, ProxyLagrangian
from fairloss.losses.guards.diagnosis import diagnose

CODES = [
    "constant_decisions",
    "multiplier_at_cap",
    "multiplier_in_vain",
    "surrogate_gap",
    "soft_gap",
    "tolerance_not_met",
    "small_group",
]


def data(n=4_000, seed=0):
    """Applicants whose score and label depend on the group."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 2, (n,), generator=generator)
    skill = torch.randn(n, generator=generator) + 0.8 * codes
    label = (skill + 0.7 * torch.randn(n, generator=generator) > 0.9).float()
    noise = torch.randn(2, n, generator=generator)
    return torch.stack([skill + 0.5 * noise[0], codes + 0.5 * noise[1]], 1), label, codes


def trained(*terms, epochs=12, **options):
    """Train a small network and give the criterion."""
    torch.manual_seed(0)
    criterion = FairLoss("bce_with_logits", *terms, **{"groups": 2, "memory": 2_000, **options})
    x, y, codes = data()
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(200):
            optimizer.zero_grad()
            criterion(model(x[rows])[:, 0], y[rows], codes[rows]).backward()
            optimizer.step()
    return criterion


def shown(criterion, logits, labels, codes, times=1):
    """Show a criterion the same rows some times."""
    for _ in range(times):
        criterion(logits, labels, codes)
    return criterion


def table(*cells):
    """Make (logits, labels, codes) from (group, label, logit, rows)."""
    codes, labels, logits, rows = (torch.tensor(column) for column in zip(*cells, strict=True))
    return tuple(column.repeat_interleave(rows) for column in (logits.double(), labels.double(), codes))


def codes_of(criterion, *arguments):
    return [finding.code for finding in criterion.diagnosis(*arguments)]


def test_a_training_that_goes_well_gives_no_finding():
    criterion = trained(Constraint("demographic_parity", 0.05), Constraint("equal_opportunity", 0.1), epochs=20)
    assert criterion.diagnosis() == ()
    assert criterion.diagnosis(criterion.state()) == ()


def test_nothing_is_said_before_the_first_batch_or_without_terms():
    assert FairLoss("bce_with_logits", Constraint("equalized_odds", 0.05), groups=2).diagnosis() == ()
    assert trained(epochs=1).diagnosis() == ()


def test_a_penalty_that_makes_the_classifier_constant_is_named():
    """Weight 50 on the gap itself: the network gives everybody the same decision, which weight 0 does not."""
    bare, crushed = (trained(Penalty("demographic_parity", weight, distance="total_gap")) for weight in (0.0, 50.0))
    assert bare.diagnosis() == ()
    [finding] = crushed.diagnosis()
    selected = max(record.hard for record in crushed.state())
    assert selected < 0.01
    assert finding.code == "constant_decisions"
    assert "all alike" in finding.sentence
    assert "'demographic_parity'" in str(finding)
    assert "35.68% have the favorable label" in finding.sentence
    assert (finding.attribute, finding.group) == ("group", "")


@pytest.mark.parametrize(("decided", "expected"), [(-3.0, "0.00% of 400"), (3.0, "100.00% of 400")])
def test_both_constants_are_seen_and_equal_labels_are_none(decided, expected):
    criterion = FairLoss("bce_with_logits", Penalty("demographic_parity", 1.0), groups=2)
    rows = table((0, 1, decided, 100), (0, 0, decided, 100), (1, 1, decided, 100), (1, 0, decided, 100))
    [finding] = shown(criterion, *rows).diagnosis()
    assert f"{expected} rows in memory get the favorable one, although 50.00%" in finding.sentence
    alike = FairLoss("bce_with_logits", Penalty("demographic_parity", 1.0), groups=2)
    assert shown(alike, rows[0], torch.ones(400), rows[2]).diagnosis() == ()
    four = FairLoss("bce_with_logits", Penalty("demographic_parity", 1.0), groups=2)
    few = (torch.arange(400) % 100 == 0).double()
    assert shown(four, rows[0], few, rows[2]).diagnosis() == (), "four rows of the rarer label may be chance"


def test_the_share_that_counts_as_constant():
    """The rarer label occurs 200 times: four rows are alike, five are not."""
    for rows, found in ((4, True), (5, False)):
        criterion = FairLoss("bce_with_logits", Penalty("demographic_parity", 0.0), groups=2)
        logits, labels, codes = table((0, 1, -3, 100), (0, 0, -3, 100), (1, 1, -3, 100), (1, 0, -3, 100))
        logits[:: 400 // rows][:rows] = 3.0
        shown(criterion, logits, labels, codes)
        assert any(not finding.group for finding in criterion.diagnosis()) == found


def test_a_collapse_of_one_group_is_told_for_that_group():
    criterion = FairLoss("bce_with_logits", Penalty("demographic_parity", 1.0, attribute="sex"), groups={"sex": 2})
    rows = table((0, 1, 3.0, 80), (0, 0, -3.0, 120), (1, 1, -3.0, 60), (1, 0, -3.0, 140))
    [finding] = shown(criterion, rows[0], rows[1], {"sex": rows[2]}).diagnosis()
    assert (finding.code, finding.attribute, finding.group) == ("constant_decisions", "sex", "1")
    assert "in '1' of sex are all alike: 0.00% of 200 rows" in finding.sentence
    assert "30.00% have the favorable label" in finding.sentence


def test_a_collapse_is_told_once_for_two_attributes():
    criterion = FairLoss(
        "bce_with_logits",
        Penalty("demographic_parity", 1.0, attribute="sex"),
        Penalty("demographic_parity", 2.0, attribute="race"),
        groups={"sex": 2, "race": 2},
    )
    rows = table((0, 1, -3.0, 100), (0, 0, -3.0, 100), (1, 1, -3.0, 100), (1, 0, -3.0, 100))
    shown(criterion, rows[0], rows[1], {"sex": rows[2], "race": 1 - rows[2]})
    assert codes_of(criterion) == ["constant_decisions"]


def test_a_class_that_is_never_decided_for_is_no_collapse_but_a_single_one_is():
    target, codes = torch.arange(300) % 3, torch.arange(300) // 3 % 2
    for classes, found in ((target.clamp_max(1), []), (torch.full((300,), 2), ["constant_decisions"])):
        criterion = FairLoss("cross_entropy", Penalty("demographic_parity", 1.0), groups=2)
        shown(criterion, 5 * torch.nn.functional.one_hot(classes, 3).double(), target, codes)
        assert codes_of(criterion) == found
    assert "on question 2 are all alike: 100.00% of 300" in criterion.diagnosis()[0].sentence


def test_one_of_several_independent_labels_that_collapses_is_told():
    labels = torch.stack([torch.arange(200) % 2, torch.arange(200) // 2 % 2], 1).double()
    logits = 6 * labels - 3
    logits[:, 1] = -3.0
    criterion = FairLoss("bce_with_logits", Penalty("demographic_parity", 1.0), groups=2)
    [finding] = shown(criterion, logits, labels, torch.arange(200) // 4 % 2).diagnosis()
    assert "on question 1 are all alike: 0.00% of 200" in finding.sentence


def test_a_tolerance_that_no_step_can_reach_makes_the_multiplier_explode():
    """Fixed logits that are right for 90% of one group and for 60% of the other: nothing can make these equal."""
    constraint = Constraint("accuracy_equality", 0.0, solver=ProxyLagrangian(step=1.0))
    criterion = FairLoss("bce_with_logits", constraint, groups={"sex": 2}, memory=500)
    rows = table(
        (0, 1, 2.0, 45), (0, 0, -2.0, 45), (0, 1, -2.0, 10), (1, 1, 2.0, 30), (1, 0, -2.0, 30), (1, 0, 2.0, 40)
    )
    rows = (rows[0], rows[1], {"sex": rows[2]})
    shown(criterion, *rows, times=20)
    first = criterion.state()
    assert codes_of(criterion) == ["tolerance_not_met"]
    shown(criterion, *rows, times=20)
    [vain] = criterion.diagnosis(first)
    assert vain.code == "multiplier_in_vain"
    last = criterion.state()
    assert f"from {abs(first[0].multiplier):.3g} to {abs(last[0].multiplier):.3g}" in vain.sentence
    assert "its gap is 0.300 after 0.300" in vain.sentence
    shown(criterion, *rows, times=800)
    [capped] = criterion.diagnosis(last)
    assert (capped.code, capped.term, capped.rate) == ("multiplier_at_cap", "accuracy_equality", "accuracy")
    assert "the gap in accuracy between '0' and '1' of sex is 0.300 against a tolerance of 0" in capped.sentence
    assert "at the cap of 10" in capped.sentence


def test_a_multiplier_that_rises_while_the_gap_falls_is_no_finding():
    constraint = Constraint("demographic_parity", 0.0, solver=ProxyLagrangian(step=5.0))
    criterion = FairLoss("bce_with_logits", constraint, groups=2, memory=300)
    apart = table((0, 1, -2.0, 80), (0, 0, 2.0, 20), (1, 1, 2.0, 80), (1, 0, -2.0, 20))
    shown(criterion, *apart, times=5)
    before = criterion.state()
    nearer = table((0, 1, -2.0, 60), (0, 0, 2.0, 40), (1, 1, 2.0, 60), (1, 0, -2.0, 40))
    shown(criterion, *nearer, times=8)
    after = criterion.state()
    assert abs(after[0].multiplier) > 1.5 * abs(before[0].multiplier)
    assert after[0].hard_gap < 0.9 * before[0].hard_gap
    assert "multiplier_in_vain" not in codes_of(criterion, before)


def test_a_multiplier_at_its_cap_on_the_way_back_is_no_finding():
    constraint = Constraint("demographic_parity", 0.1, solver=ProxyLagrangian(max_multiplier=0.1))
    criterion = FairLoss("bce_with_logits", constraint, groups=2, memory=200)
    apart = table((0, 1, -2.0, 80), (0, 0, 2.0, 20), (1, 1, 2.0, 80), (1, 0, -2.0, 20))
    assert codes_of(shown(criterion, *apart, times=50)) == ["multiplier_at_cap"]
    alike = table((0, 1, -2.0, 50), (0, 0, 2.0, 50), (1, 1, 2.0, 50), (1, 0, -2.0, 50))
    back = FairLoss("bce_with_logits", constraint, groups=2, memory=200)
    shown(back, *alike)
    back.terms[0].pressure = criterion.terms[0].pressure
    assert codes_of(back) == []


NARROW = table((0, 1, 0.05, 500), (0, 0, -0.05, 500), (1, 1, 0.05, 200), (1, 0, -0.05, 800))
"""Decisions 0.3 apart that soft decisions of hardly different logits do not show."""
WIDE = table((0, 1, 5.0, 250), (0, 0, 0.5, 250), (0, 0, -0.5, 500), (1, 1, 0.5, 500), (1, 0, -5.0, 500))
"""The same for half of each group, by very different scores."""


@pytest.mark.parametrize("solver", ["proxy_lagrangian", "augmented_lagrangian"])
def test_a_soft_gap_that_is_met_and_a_hard_one_that_is_not(solver):
    criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.05, solver=solver), groups=2)
    [finding] = shown(criterion, *NARROW).diagnosis()
    assert finding.code == "surrogate_gap"
    assert "is 0.300 against a tolerance of 0.05" in finding.sentence
    assert "at most 0.007" in finding.sentence
    assert ("take solver='proxy_lagrangian'" in finding.sentence) == (solver == "augmented_lagrangian")
    equal = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.3, solver=solver), groups=2)
    assert shown(equal, *NARROW).diagnosis() == ()


@pytest.mark.parametrize("solver", ["proxy_lagrangian", "augmented_lagrangian"])
def test_a_hard_gap_that_is_met_and_a_soft_one_that_is_not(solver):
    def sigmoid(z):
        return 1 / (1 + exp(-z))

    soft = (0.25 * sigmoid(5) + 0.25 * sigmoid(0.5) + 0.5 * sigmoid(-0.5)) - (0.5 * sigmoid(0.5) + 0.5 * sigmoid(-5))
    criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.02, solver=solver), groups=2)
    [finding] = shown(criterion, *WIDE).diagnosis()
    assert finding.code == "soft_gap"
    assert f"is {soft:.3f} for soft decisions, but at most 0.000" in finding.sentence
    loose = FairLoss("bce_with_logits", Constraint("demographic_parity", soft - 0.09, solver=solver), groups=2)
    expected = [] if solver == "proxy_lagrangian" else ["soft_gap"]
    assert codes_of(shown(loose, *WIDE)) == expected


def test_a_gap_that_may_be_noise_is_not_told():
    """0.3 apart, in 40 rows: the standard error is 0.15; in 4,000 it is 0.015."""
    for copies, found in ((1, []), (100, ["tolerance_not_met"])):
        rows = table(
            (0, 1, 2.0, 13 * copies), (0, 0, -2.0, 7 * copies), (1, 1, 2.0, 7 * copies), (1, 0, -2.0, 13 * copies)
        )
        criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.05), groups=2)
        assert [code for code in codes_of(shown(criterion, *rows)) if code != "small_group"] == found


def test_a_group_of_few_rows_is_named_with_its_size():
    constraint, penalty = Constraint("equalized_odds", 1.0), Penalty("demographic_parity", 1.0)
    criterion = FairLoss("bce_with_logits", constraint, penalty, groups={"race": 4}, memory=1e6)
    rows = table(
        (0, 1, 2.0, 50), (0, 0, -2.0, 50), (1, 1, 2.0, 12), (1, 0, -2.0, 50), (2, 1, 2.0, 30), (2, 0, -2.0, 30)
    )
    found = shown(criterion, rows[0], rows[1], {"race": rows[2]}).diagnosis()
    assert [(finding.code, finding.group) for finding in found] == [("small_group", "1"), ("small_group", "3")]
    assert found[0].sentence.startswith("equalized_odds: true_positive_rate in '1' of race rests on 12.0 rows")
    assert "on 0.0 rows" in found[1].sentence


def test_a_bounded_loss_is_read_as_a_level():
    constraint = Constraint("bounded_group_loss", 0.5, of="loss", solver=AugmentedLagrangian(max_multiplier=0.2))
    criterion = FairLoss("mse", constraint, groups=2, memory=200)
    output, codes = torch.ones(100, dtype=torch.float64), torch.arange(100) % 2
    shown(criterion, output, torch.where(codes == 1, 2.0, 1.2).double(), codes)
    [finding] = criterion.diagnosis()
    assert finding.code == "tolerance_not_met"
    assert "the level of error_rate in '1' of group is 1.000 against a tolerance of 0.5" in finding.sentence
    shown(criterion, output, torch.where(codes == 1, 2.0, 1.2).double(), codes, times=50)
    assert codes_of(criterion) == ["multiplier_at_cap"]


def test_a_regression_is_judged_by_its_means_and_never_called_constant():
    criterion = FairLoss("mse", Constraint("demographic_parity", 1.0), groups=2)
    codes = torch.arange(100) % 2
    shown(criterion, 40 + 3.0 * codes, torch.linspace(0, 1, 100), codes)
    [finding] = criterion.diagnosis()
    assert finding.code == "tolerance_not_met"
    assert "3.000 against a tolerance of 1" in finding.sentence
    same = FairLoss("mse", Constraint("demographic_parity", 1.0), groups=2)
    assert shown(same, torch.zeros(100), torch.linspace(0, 1, 100), codes).diagnosis() == ()


def test_penalties_on_rows_have_no_memory_to_speak_of():
    criterion = FairLoss("bce_with_logits", Penalty("demographic_parity", 1.0, distance="energy"), groups=2)
    rows = table((0, 1, -3.0, 50), (0, 0, -3.0, 50), (1, 1, -3.0, 50), (1, 0, -3.0, 50))
    assert shown(criterion, *rows).diagnosis() == ()


def test_a_diagnosis_changes_nothing_and_survives_a_restart():
    criterion = shown(FairLoss("bce_with_logits", Constraint("demographic_parity", 0.05), groups=2), *NARROW)
    before = {name: value.clone() for name, value in criterion.state_dict().items()}
    found = criterion.diagnosis()
    assert found
    assert all(torch.equal(value, before[name]) for name, value in criterion.state_dict().items())
    fresh = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.05), groups=2)
    fresh.load_state_dict(before)
    assert fresh.diagnosis() == found


def test_every_code_is_documented():
    assert all(f"``{code}``" in diagnose.__doc__ for code in CODES)
