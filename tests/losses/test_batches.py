"""Batches as they come: something is missing, groups are shares or unknown, several make one step; for every term."""

from __future__ import annotations

import pytest
import torch

import fairloss as fl
from fairloss.losses import DISTANCES, ROW_DISTANCES, Constraint, FairLoss, Penalty
from fairloss.notions import NOTIONS

DP, EO = "demographic_parity", "equalized_odds"
CATEGORICAL = [name for name, distance in ROW_DISTANCES.items() if distance.categorical]
TERMS = {
    **{f"constraint {notion}": Constraint(notion, 0.01) for notion in NOTIONS},
    **{f"{name} {EO}": Penalty(EO, 0.5, distance=name) for name in DISTANCES},
    **{f"{name} predictive_parity": Penalty("predictive_parity", 0.5, distance=name) for name in DISTANCES},
    **{f"{name} {EO}": Penalty(EO, 0.5, distance=name) for name in CATEGORICAL},
    "bounded loss": Constraint("bounded_group_loss", 0.3, of="loss", solver="augmented_lagrangian"),
    "loss gap": Penalty(DP, 0.5, of="loss"),
    "output gap": Constraint(DP, 0.1, of="output"),
    "output given the label": Penalty(EO, 0.5, of="output", distance="corrected_squared"),
}
terms = pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)


def made(term, **options):
    """Make a criterion; parameters of its own, if any, are the same each time."""
    torch.manual_seed(0)
    return FairLoss("bce_with_logits", term, **{"groups": 3, **options}).double()


def used(criterion, batch, steps=4):
    """Let memory and multipliers have worked."""
    for seed in range(steps):
        logits, labels, codes = batch(seed=seed)
        criterion(logits, labels, codes)
    return criterion


def step(criterion, logits, labels, *rest):
    """Give the loss and its gradient."""
    leaf = logits.clone().requires_grad_()
    loss = criterion(leaf, labels, *rest)
    return loss.detach(), torch.autograd.grad(loss, leaf)[0]


def base_gradient(logits, labels):
    return (torch.sigmoid(logits) - labels) / len(labels)


LACKING = {
    "a group": lambda labels, codes: (labels, codes.clamp_max(1)),
    "a label": lambda labels, codes: (torch.ones_like(labels), codes),
    "the other label": lambda labels, codes: (torch.zeros_like(labels), codes),
    "a cell": lambda labels, codes: (labels.where(codes > 0, 0), codes),
    "all groups but one": lambda labels, codes: (labels, torch.zeros_like(codes)),
    "every known group": lambda labels, codes: (labels, torch.full_like(codes, -1)),
    "everything but a row": lambda labels, codes: (labels, torch.where(torch.arange(len(codes)) > 0, -1, codes)),
}


@terms
@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("lack", LACKING.values(), ids=LACKING)
def test_batches_may_lack_anything(batch, term, lack, first):
    criterion = made(term) if first else used(made(term), batch)
    logits, labels, codes = batch(seed=50)
    labels, codes = lack(labels, codes)
    loss, gradient = step(criterion, logits, labels, codes)
    assert loss.isfinite()
    assert gradient.isfinite().all()
    torch.testing.assert_close(gradient[codes < 0], base_gradient(logits, labels)[codes < 0], rtol=1e-9, atol=1e-12)
    assert all(value.isfinite().all() for value in criterion.state_dict().values())
    loss, gradient = step(criterion, *batch(seed=51))
    assert loss.isfinite()
    assert gradient.isfinite().all()


@terms
def test_a_first_batch_of_unknown_rows_is_the_base_loss(batch, term):
    logits, labels, codes = batch()
    loss, gradient = step(made(term), logits, labels, torch.full_like(codes, -1))
    bare, expected = step(FairLoss("bce_with_logits", groups=3), logits, labels, None)
    assert loss.item() == pytest.approx(bare.item(), rel=1e-14)
    torch.testing.assert_close(gradient, expected, rtol=1e-12, atol=1e-16)


@terms
def test_accumulated_gradients_are_those_of_the_calls(batch, term):
    """Four calls of a quarter of the loss each, one step: what four losses added up give."""
    accumulating, separate = (used(made(term), batch) for _ in range(2))
    weights, total = torch.ones(40, dtype=torch.float64, requires_grad=True), 0.0
    expected = torch.zeros(40, dtype=torch.float64)
    for seed in range(4):
        logits, labels, codes = batch(seed=10 + seed)
        (accumulating(logits * weights, labels, codes) / 4).backward()
        loss, slope = step(separate, logits, labels, codes)
        expected += slope * logits / 4
        total += loss.item() / 4
    torch.testing.assert_close(weights.grad, expected, rtol=1e-9, atol=1e-14)
    for name, value in accumulating.state_dict().items():
        torch.testing.assert_close(value, separate.state_dict()[name])
    assert total > 0


@terms
def test_certain_shares_equal_codes_and_zeros_are_unknown(batch, term):
    logits, labels, codes = batch(n=60)
    codes = codes.clone()
    codes[::5] = -1
    shares = (codes[:, None] == torch.arange(3)).double()
    first, second = (step(used(made(term), batch), logits, labels, who) for who in (codes, shares))
    assert first[0].item() == pytest.approx(second[0].item(), rel=1e-12)
    torch.testing.assert_close(first[1], second[1], rtol=1e-10, atol=1e-15)


@terms
def test_probabilities_of_membership_reach_every_row(batch, term):
    logits, labels, codes = batch(n=60)
    generator = torch.Generator().manual_seed(1)
    shares = (2.0 * torch.nn.functional.one_hot(codes, 3) + torch.randn(60, 3, generator=generator)).softmax(1)
    shares = shares.double()
    shares[:6] = 0
    criterion = used(made(term), batch)
    loss, gradient = step(criterion, logits, labels, shares)
    base = base_gradient(logits, labels)
    assert loss.isfinite()
    assert gradient.isfinite().all()
    torch.testing.assert_close(gradient[:6], base[:6], rtol=1e-9, atol=1e-13)
    assert criterion.parts.keys() == {"base", term.notion.name}


@terms
def test_attributes_side_by_side_do_not_disturb_each_other(batch, term):
    """Two attributes in one criterion: each adds to value, gradient and state what it adds alone."""
    fields = {"attribute": "race", "of": term.of}
    other = Penalty("accuracy_equality", 1.0, attribute="sex")
    options = (
        {"tolerance": term.tolerance, "solver": term.solver}
        if isinstance(term, Constraint)
        else {"weight": term.weight, "distance": term.distance}
    )
    both = made_of(type(term)(term.notion, **options, **fields), other)
    single = [made(term), made(Penalty("accuracy_equality", 1.0), groups=2)]
    for seed in range(4):
        logits, labels, codes = batch(seed=seed)
        sex = torch.arange(40) // 3 % 2
        _, gradient = step(both, logits, labels, {"race": codes, "sex": sex})
        found = [step(criterion, logits, labels, who) for criterion, who in zip(single, (codes, sex), strict=True)]
        alone = found[0][1] + found[1][1] - base_gradient(logits, labels)
        torch.testing.assert_close(gradient, alone, rtol=1e-9, atol=1e-13)
    for criterion in single:
        (name,) = (name for name in criterion.parts if name != "base")
        mine = name if name in both.parts else f"{name}[{'race' if criterion is single[0] else 'sex'}]"
        assert both.parts[mine].item() == pytest.approx(criterion.parts[name].item(), rel=1e-12, abs=1e-15)


def made_of(*several):
    torch.manual_seed(0)
    return FairLoss("bce_with_logits", *several, groups={"race": 3, "sex": 2}).double()


@terms
def test_crossed_groups_are_one_attribute(batch, term):
    """Encoded crossed groups give what their codes give."""
    logits, labels, _ = batch(n=60, groups=4)
    table = {"sex": ["F", "M"] * 30, "race": ["a", "a", "b", "b"] * 15}
    groups = fl.tables.encode(table)
    codes = torch.from_numpy(groups.codes.astype("int64"))
    a = step(made(term, groups=groups), logits, labels, groups)
    b = step(made(term, groups=4), logits, labels, codes)
    assert a[0].item() == b[0].item()
    assert torch.equal(a[1], b[1])


@pytest.mark.parametrize("name", [name for name, distance in ROW_DISTANCES.items() if distance.continuous])
def test_a_continuous_attribute_may_be_unknown(batch, name):
    logits, labels, _ = batch()
    age = torch.linspace(20, 60, 40, dtype=torch.float64)
    age[::3] = torch.nan
    for known in (age, torch.full_like(age, torch.nan)):
        criterion = made(Penalty(DP, 1.0, distance=name), groups="continuous")
        loss, gradient = step(criterion, logits, labels, known)
        assert loss.isfinite()
        unknown = known.isnan()
        torch.testing.assert_close(gradient[unknown], base_gradient(logits, labels)[unknown], rtol=1e-9, atol=1e-13)
