"""Penalties and constraints against second computations, over the catalogue of notions."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

import fairloss as fl
from fairloss.losses.stacked_rates import StackedRates
from fairloss.notions import NOTIONS, RATES, Comparison, GroupCounts, resolve

COMPARED = [name for name, notion in NOTIONS.items() if notion.comparison.kind != "level"]


def penalty(notion="equalized_odds", groups=3, **options):
    return fl.FairLoss("bce_with_logits", fl.Penalty(notion, 1.0, **options), groups=groups).eval()


def pressed(notion="equalized_odds", groups=3, tolerance=0.03, seed=1):
    """A constraint whose multipliers are not zero, judging each batch alone."""
    criterion = fl.FairLoss("bce_with_logits", fl.Constraint(notion, tolerance), groups=groups).double()
    term = criterion.terms[0]
    sides = 1 if NOTIONS[notion].comparison.kind == "level" else groups
    shape = (1, len(term.rates.names), groups, sides)
    term.pressure = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    if sides > 1:
        term.pressure = term.pressure * (1 - torch.eye(groups))
    return criterion.eval()


def part(criterion, *arguments):
    criterion(*arguments)
    (name,) = (name for name in criterion.parts if name != "base")
    return criterion.parts[name].item()


def dumb_rates(notion, decision, labels, codes, groups, weight=None):
    """Rates by group by summing row by row; the overall rate as the last entry."""
    weight = np.ones(len(labels)) if weight is None else weight
    rows = []
    for rate in resolve(notion).rates:
        parts = getattr(rate, "rates", (rate,))
        values = []
        for group in [*range(groups), None]:
            shares = []
            for one in parts:
                of = among = 0.0
                for d, y, g, w in zip(decision, labels, codes, weight, strict=True):
                    if g >= 0 and group in (None, g):
                        for outcome, mass in ((1, d), (0, 1 - d)):
                            of += w * mass * one.of.weights[int(y)][outcome]
                            among += w * mass * one.among.weights[int(y)][outcome]
                shares.append(of / among if among else np.nan)
            values.append(np.mean(shares))
        rows.append(values)
    return np.array(rows)


@pytest.mark.parametrize("notion", COMPARED)
def test_squared_penalty_equals_loops(batch, notion):
    logits, labels, codes = batch()
    decision = torch.sigmoid(logits).numpy()
    expected = 0.0
    for rate, values in zip(NOTIONS[notion].rates, dumb_rates(notion, decision, labels, codes, 3), strict=True):
        counts = GroupCounts.of(labels.numpy(), decision, codes.numpy())
        among = np.min([one.among(counts.cells) for one in getattr(rate, "rates", (rate,))], axis=0)
        pooled = np.min([one.among(counts.overall().cells) for one in getattr(rate, "rates", (rate,))], axis=0)
        expected += (among / pooled * (values[:3] - values[3]) ** 2).sum()
    assert part(penalty(notion), logits, labels, codes) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("notion", NOTIONS)
def test_constraint_equals_loops(batch, notion):
    logits, labels, codes = batch()
    criterion = pressed(notion)
    values = dumb_rates(notion, torch.sigmoid(logits).numpy(), labels, codes, 3)
    level = NOTIONS[notion].comparison.kind == "level"
    expected = 0.0
    for r in range(len(values)):
        for a in range(3):
            for b in range(1 if level else 3):
                gap = values[r, a] - (0 if level else values[r, b])
                expected += criterion.terms[0].pressure[0, r, a, b].item() * (gap - 0.03)
    assert part(criterion, logits, labels, codes) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("notion", NOTIONS)
def test_gradients(batch, notion):
    logits, labels, codes = batch(n=24)
    weight = torch.linspace(0.5, 2, 24, dtype=torch.float64)
    criteria = [pressed(notion)] + ([penalty(notion)] if notion in COMPARED else [])
    for criterion in criteria:
        assert torch.autograd.gradcheck(
            lambda z, c=criterion: c(z, labels, codes, weight), logits.clone().requires_grad_()
        )


@pytest.mark.parametrize("make", [penalty, pressed])
@pytest.mark.parametrize("notion", COMPARED)
def test_absent_group_adds_exactly_nothing(batch, make, notion):
    logits, labels, codes = batch(groups=2)
    two, four = make(notion, groups=2), make(notion, groups=4)
    if make is pressed:
        four.terms[0].pressure[:, :, :2, :2] = two.terms[0].pressure
    first, second = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    a, b = two(first, labels, codes), four(second, labels, codes)
    assert a.item() == pytest.approx(b.item(), rel=1e-14)
    a.backward()
    b.backward()
    torch.testing.assert_close(first.grad, second.grad, rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize("make", [penalty, pressed])
def test_one_group_alone_is_base_loss(batch, make):
    logits, labels, _ = batch()
    leaf = logits.clone().requires_grad_()
    loss = make()(leaf, labels, torch.ones(40, dtype=torch.long))
    bare = fl.FairLoss("bce_with_logits", groups=3)(leaf, labels, None)
    assert loss.item() == bare.item()
    assert torch.equal(torch.autograd.grad(loss, leaf)[0], torch.autograd.grad(bare, leaf)[0])


@pytest.mark.parametrize("make", [penalty, pressed])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_batch_with_one_label_is_finite(batch, make, label):
    logits, labels, codes = batch()
    for notion in COMPARED:
        leaf = logits.clone().requires_grad_()
        loss = make(notion)(leaf, torch.full_like(labels, label), codes)
        loss.backward()
        assert loss.isfinite()
        assert leaf.grad.isfinite().all()


@pytest.mark.parametrize("size", [50.0, 1e4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_logits_are_finite(batch, size, dtype):
    logits, labels, codes = batch(dtype=dtype)
    for notion in COMPARED:
        leaf = (logits.sign() * size).requires_grad_()
        loss = penalty(notion)(leaf, labels, codes)
        loss.backward()
        assert loss.isfinite()
        assert leaf.grad.isfinite().all()


def test_permuting_rows_and_renaming_groups_changes_nothing(batch):
    logits, labels, codes = batch()
    order, names = torch.randperm(40, generator=torch.Generator().manual_seed(3)), torch.tensor([2, 0, 1])
    for notion in COMPARED:
        value = part(penalty(notion), logits, labels, codes)
        assert part(penalty(notion), logits[order], labels[order], codes[order]) == pytest.approx(value, rel=1e-12)
        assert part(penalty(notion), logits, labels, names[codes]) == pytest.approx(value, rel=1e-12)


def test_opposite_gaps_do_not_cancel():
    logits = torch.logit(torch.tensor([0.9, 0.1, 0.5, 0.5], dtype=torch.float64))
    labels, codes = torch.tensor([1.0, 0.0, 1.0, 0.0]), torch.tensor([0, 0, 1, 1])
    assert part(penalty("equalized_odds", 2), logits, labels, codes) == pytest.approx(2 * 0.2**2, rel=1e-12)


def test_third_group_counts():
    logits = torch.logit(torch.tensor([0.5, 0.5, 0.5, 0.5, 0.99, 0.99], dtype=torch.float64))
    labels, codes = torch.ones(6), torch.tensor([0, 0, 1, 1, 2, 2])
    value = part(penalty("demographic_parity"), logits, labels, codes)
    assert value == pytest.approx(np.var([0.5, 0.5, 0.99]), rel=1e-10)


def test_parity_is_zero(batch):
    logits = torch.tensor([0.3, -1.0, 0.3, -1.0], dtype=torch.float64)
    labels, codes = torch.tensor([1.0, 0.0, 1.0, 0.0]), torch.tensor([0, 0, 1, 1])
    for notion in COMPARED:
        assert part(penalty(notion, 2), logits, labels, codes) == pytest.approx(0, abs=1e-30)


@pytest.mark.parametrize("make", [penalty, pressed])
def test_weight_two_is_the_row_twice(batch, make):
    logits, labels, codes = batch()
    weight = torch.ones(40, dtype=torch.float64)
    weight[:5] = 2
    twice = torch.cat([torch.arange(40), torch.arange(5)])
    for notion in COMPARED:
        a = make(notion)(logits, labels, codes, weight)
        b = make(notion)(logits[twice], labels[twice], codes[twice])
        assert a.item() == pytest.approx(b.item(), rel=1e-12)


def test_unknown_rows_keep_the_base_loss_only(batch):
    logits, labels, codes = batch()
    hidden = codes.clone()
    hidden[:10] = -1
    value = part(penalty(), logits, labels, hidden)
    assert value == pytest.approx(part(penalty(), logits[10:], labels[10:], codes[10:]), rel=1e-12)
    criterion = penalty()
    criterion(logits, labels, hidden)
    bare = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
    assert criterion.parts["base"].item() == pytest.approx(bare.item(), rel=1e-12)


def test_one_hot_membership_equals_codes_and_shares_split_rows(batch):
    logits, labels, codes = batch()
    one_hot = torch.nn.functional.one_hot(codes, 3)
    assert part(penalty(), logits, labels, one_hot) == part(penalty(), logits, labels, codes)
    shares = one_hot.double()
    shares[0] = torch.tensor([0.25, 0.75, 0.0])
    rows = torch.cat([torch.tensor([0]), torch.arange(40)])
    weight = torch.ones(41, dtype=torch.float64)
    weight[:2] = torch.tensor([0.25, 0.75])
    split = torch.cat([torch.tensor([0, 1]), codes[1:]])
    expected = part(penalty(), logits[rows], labels[rows], split, weight)
    assert part(penalty(), logits, labels, shares) == pytest.approx(expected, rel=1e-12)


def test_single_and_double_precision_agree(batch):
    logits, labels, codes = batch()
    for notion in COMPARED:
        double = part(penalty(notion), logits, labels, codes)
        assert part(penalty(notion), logits.float(), labels.float(), codes) == pytest.approx(double, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("name", RATES)
def test_stacked_rates_equal_the_catalogue(batch, name):
    logits, labels, codes = batch(groups=4)
    labels = labels * (codes != 3)
    cells = GroupCounts.of(labels.numpy(), torch.sigmoid(logits).numpy(), codes.numpy()).cells
    rates = StackedRates(resolve(name))(torch.from_numpy(cells)[None])
    expected = RATES[name](GroupCounts(cells))
    found = rates.values.masked_fill(~rates.defined, torch.nan)[0, 0].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_terms_are_values(batch):
    constraint = fl.Constraint("equalized_odds", 0.03)
    assert constraint == fl.Constraint("equalized_odds", tolerance=0.03)
    first, second = (fl.FairLoss("bce_with_logits", constraint, groups=3) for _ in range(2))
    first(*batch())
    assert first.state()
    assert not second.state()
    assert [r.soft for r in copy.deepcopy(first).state()] == [r.soft for r in first.state()]


def test_a_notion_with_another_comparison_is_refused_in_one_sentence():
    ratio = fl.notions.Notion("ratio", (RATES["selection_rate"],), comparison=Comparison("ratio"))
    with pytest.raises(fl.errors.InputError, match="difference between_groups or bounds a level"):
        fl.Constraint(ratio, 0.1)
    with pytest.raises(fl.errors.InputError, match="bounds the level"):
        fl.Penalty("bounded_group_loss", 1.0)


@pytest.mark.parametrize("tolerance", [-0.1, float("nan"), float("inf")])
def test_a_tolerance_below_zero_is_refused(tolerance):
    with pytest.raises(fl.errors.InputError, match="0 or more"):
        fl.Constraint("equalized_odds", tolerance)


def test_bad_settings_are_refused():
    with pytest.raises(fl.errors.InputError, match="weight of a Penalty"):
        fl.Penalty("demographic_parity", -1)
    with pytest.raises(fl.errors.InputError, match="step of ProxyLagrangian"):
        fl.losses.ProxyLagrangian(step=0)
    with pytest.raises(fl.errors.UnknownNotion, match="Did you mean 'equalized_odds'"):
        fl.Constraint("equalised_odds", 0.1)
    with pytest.raises(fl.errors.UnknownName, match="Known distances: adversary"):
        fl.Penalty("demographic_parity", 1, distance="squares")
