"""What a criterion reports: soft and hard rates, gaps, multipliers and memory sizes, against counting row by row."""

from __future__ import annotations

from math import exp, isnan, nan

import pytest
import torch

import fairloss as fl
from fairloss.losses import Constraint, FairLoss, Penalty
from fairloss.notions import NOTIONS

DP = "demographic_parity"
MEMORY = 100.0


def shown(criterion, batch, groups=3, times=3, sexes=None):
    """Show batches, and give what fading counts make of them: rows of (fading weight, logit, label, group)."""
    rows = []
    for seed in range(times):
        logits, labels, codes = batch(seed=seed, groups=groups)
        codes[::7] = -1
        criterion(logits, labels, codes if sexes is None else sexes(codes))
        fade = exp(-(codes >= 0).sum().item() / MEMORY)
        rows = [(weight * fade, *rest) for weight, *rest in rows]
        rows += [(1.0, z, y, g) for z, y, g in zip(logits.tolist(), labels.tolist(), codes.tolist(), strict=True)]
    return rows


def dumb(rate, rows, group, decide):
    """Give a rate and what it is among, of a group, by summing row by row."""
    values, sizes = [], []
    for part in getattr(rate, "rates", (rate,)):
        of = among = 0.0
        for weight, logit, label, code in rows:
            for outcome, mass in enumerate((1 - decide(logit), decide(logit))):
                of += weight * mass * part.of.weights[int(label)][outcome] * (code == group)
                among += weight * mass * part.among.weights[int(label)][outcome] * (code == group)
        values.append(of / among if among else nan)
        sizes.append(among)
    return sum(values) / len(values), min(sizes)


def soft(logit):
    return 1 / (1 + exp(-logit))


def hard(logit):
    return float(logit >= 0)


def check(records, notion, rows, groups=3):
    """Compare the records of one term with loops."""
    level = NOTIONS[notion].comparison.kind == "level"
    places = [(rate, group) for rate in NOTIONS[notion].rates for group in range(groups)]
    assert [(record.rate, record.group) for record in records] == [(rate.name, str(group)) for rate, group in places]
    for record, (rate, group) in zip(records, places, strict=True):
        for decide, value, gap in ((soft, record.soft, record.soft_gap), (hard, record.hard, record.hard_gap)):
            rates = [dumb(rate, rows, other, decide)[0] for other in range(groups)]
            assert value == pytest.approx(rates[group], rel=1e-9, nan_ok=True)
            gaps = [abs(rates[group] - rates[other]) for other in range(groups) if other != group]
            assert gap == pytest.approx(rates[group] if level else max(gaps), rel=1e-9, nan_ok=True)
        assert record.size == pytest.approx(dumb(rate, rows, group, hard)[1], rel=1e-9)


@pytest.mark.parametrize("notion", NOTIONS)
@pytest.mark.parametrize("kind", ["constraint", "penalty"])
def test_records_equal_loops_for_every_notion(batch, notion, kind):
    level = NOTIONS[notion].comparison.kind == "level"
    penalty = Penalty(notion, 1.0, **({"distance": "magnitude"} if level else {}))
    term = Constraint(notion, 0.01) if kind == "constraint" else penalty
    criterion = FairLoss("bce_with_logits", term, groups=3, memory=MEMORY)
    rows = shown(criterion, batch)
    records = criterion.state()
    check(records, notion, rows)
    assert {record.value for record in records} == {criterion.parts[notion].item()}
    for place, record in enumerate(records):
        if kind == "penalty":
            assert isnan(record.multiplier)
        else:
            pressure = criterion.terms[0].pressure[0, place // 3]
            own = pressure[place % 3].sum() - (0 if level else pressure[:, place % 3].sum())
            assert record.multiplier == pytest.approx(own.item(), abs=1e-12)
    if kind == "constraint":
        assert any(record.multiplier for record in records)


def test_several_attributes_keep_their_own_records(batch):
    criterion = FairLoss(
        "bce_with_logits",
        Constraint("equalized_odds", 0.01, attribute="race"),
        Penalty("predictive_parity", 1.0, attribute="sex"),
        groups={"sex": 2, "race": 3},
        memory=MEMORY,
    )
    rows = shown(criterion, batch, sexes=lambda codes: {"sex": codes.clamp_max(1), "race": codes})
    race, sex = (
        [record for record in criterion.state() if record.attribute == attribute] for attribute in ("race", "sex")
    )
    check(race, "equalized_odds", rows)
    check(sex, "predictive_parity", [(*rest, min(code, 1)) for *rest, code in rows], groups=2)


def test_crossed_groups_carry_their_names(batch):
    groups = fl.tables.encode({"sex": ["F", "M", "F", "M"], "race": ["a", "a", "b", "b"]})
    criterion = FairLoss("bce_with_logits", Constraint("equalized_odds", 0.01), groups=groups, memory=MEMORY)
    rows = shown(criterion, batch, groups=4)
    records = criterion.state()
    assert {record.group for record in records} == set(groups.names)
    expected = [dumb(rate, rows, code, hard) for rate in NOTIONS["equalized_odds"].rates for code in range(4)]
    assert [(record.hard, record.size) for record in records] == [pytest.approx(pair, rel=1e-9) for pair in expected]


@pytest.mark.parametrize("of", ["loss", "output"])
@pytest.mark.parametrize("make", [lambda of: Constraint(DP, 0.1, of=of), lambda of: Penalty(DP, 1.0, of=of)])
def test_soft_and_hard_are_means_of_losses_and_outputs(batch, of, make):
    criterion = FairLoss("bce_with_logits", make(of), groups=3, memory=1e12)
    logits, labels, codes = batch()
    criterion(logits, labels, codes)
    values = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    values = values if of == "loss" else logits
    means = [values[codes == group].mean().item() for group in range(3)]
    for group, record in enumerate(criterion.state()):
        assert record.soft == record.hard == pytest.approx(means[group], rel=1e-9)
        gap = max(abs(means[group] - mean) for mean in means)
        assert record.soft_gap == record.hard_gap == pytest.approx(gap, rel=1e-9)
        assert record.size == pytest.approx((codes == group).sum().item(), rel=1e-9)


def test_a_regression_reports_mean_outputs(batch):
    criterion = FairLoss("mse", Constraint(DP, 0.1), groups=3, memory=1e12)
    output, target, codes = batch()
    criterion(40 + output, target, codes)
    for group, record in enumerate(criterion.state()):
        assert record.hard == pytest.approx(40 + output[codes == group].mean().item(), rel=1e-9)


def test_several_questions_are_numbered():
    logits, target, codes = (
        torch.eye(3)[torch.tensor([0, 0, 1, 2])] * 4,
        torch.tensor([0, 1, 1, 2]),
        torch.arange(4) % 2,
    )
    criterion = FairLoss("cross_entropy", Constraint("equal_opportunity", 0.1), groups=2, memory=1e12)
    criterion(logits, target, codes)
    found = {(record.question, record.group): (record.hard, record.size) for record in criterion.state()}
    assert found[0, "0"] == (1.0, 1.0)
    assert isnan(found[0, "1"][0])
    assert found[0, "1"][1] == 0.0
    assert found[1, "1"] == (0.0, 1.0)
    assert found[1, "0"] == (1.0, 1.0)
    assert found[2, "1"] == (1.0, 1.0)
    alone = [record.hard_gap for record in criterion.state() if record.question == 2]
    assert len(alone) == 2
    assert all(isnan(gap) for gap in alone), "one group has nobody to be compared with"


def test_a_penalty_on_rows_reports_its_last_value(batch):
    penalties = (Penalty(DP, 2.0, distance="energy"), Penalty("equal_opportunity", 1.0))
    criterion = FairLoss("bce_with_logits", *penalties, groups=3)
    assert criterion.state() == []
    criterion(*batch())
    rows, *others = criterion.state()
    assert (rows.term, rows.attribute, rows.rate, rows.group) == (DP, "group", "", "")
    assert rows.value == criterion.parts[DP].item() != 0
    assert all(isnan(number) for number in (rows.soft, rows.hard, rows.hard_gap, rows.multiplier, rows.size))
    assert [record.group for record in others] == ["0", "1", "2"]


def test_evaluation_shows_the_memory_of_training(batch):
    criterion = FairLoss("bce_with_logits", Constraint(DP, 0.1), groups=3)
    criterion(*batch())
    before = [(record.soft, record.hard, record.size, record.multiplier) for record in criterion.state()]
    criterion.eval()(*batch(seed=9))
    assert [(record.soft, record.hard, record.size, record.multiplier) for record in criterion.state()] == before
    assert criterion.state()[0].value == criterion.parts[DP].item()
