"""Half precision, mixed precision, double, compiled; batches that lack something; several calls per step."""

from __future__ import annotations

import pytest
import torch

import fairloss as fl

TERMS = {
    "constraint": fl.Constraint("equalized_odds", 0.01),
    "precision": fl.Constraint("predictive_parity", 0.01),
    "penalty": fl.Penalty("demographic_parity", 2.0),
}
terms = pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)


def steps(criterion, batch, cast=lambda logits: logits, count=6, **options):
    """Give the losses and gradients of some steps, so that memory and multipliers have worked."""
    results = []
    for seed in range(count):
        logits, labels, codes = batch(seed=seed, **options)
        # values that half precision holds exactly, away from the threshold: what differs then is our arithmetic
        logits = (logits * 8).round() / 8 + 1 / 16
        leaf = cast(logits).requires_grad_()
        loss = criterion(leaf, labels, codes, torch.linspace(0.1, 1, len(codes)))
        loss.backward()
        results.append((loss.detach(), leaf.grad))
    return results


@terms
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_other_precisions_agree_with_double(batch, term, dtype):
    exact = steps(fl.FairLoss("bce_with_logits", term, groups=3), batch)
    found = steps(fl.FairLoss("bce_with_logits", term, groups=3), batch, lambda logits: logits.to(dtype))
    # the base loss of each row and the gradient are rounded to the precision of the output; counts are not
    relative = max(1e-5, 4 * torch.finfo(dtype).eps)
    for (loss, gradient), (expected_loss, expected_gradient) in zip(found, exact, strict=True):
        assert gradient.dtype == dtype
        assert loss.dtype == torch.float32
        torch.testing.assert_close(loss.double(), expected_loss, rtol=relative, atol=relative)
        largest = expected_gradient.abs().max().item()
        torch.testing.assert_close(gradient.double(), expected_gradient, rtol=relative, atol=relative * largest)


@terms
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_counts_of_half_precision_are_those_of_single(batch, term, dtype):
    """Thousands of rows: a sum in half precision would stop growing at 256 or 2,048."""
    single, half = (fl.FairLoss("bce_with_logits", term, groups=3) for _ in range(2))
    steps(single, batch, lambda logits: logits.float(), count=2, n=9000)
    steps(half, batch, lambda logits: logits.to(dtype), count=2, n=9000)
    for name, value in single.state_dict().items():
        assert half.state_dict()[name].dtype == torch.float32
        torch.testing.assert_close(half.state_dict()[name], value, rtol=1e-6, atol=1e-6)


@terms
def test_double_stays_double(batch, term):
    criterion = fl.FairLoss("bce_with_logits", term, groups=3)
    assert all(loss.dtype == gradient.dtype == torch.float64 for loss, gradient in steps(criterion, batch))
    assert all(value.dtype == torch.float64 for value in criterion.state_dict().values())


@terms
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_changes_nothing_after_the_model(batch, term, dtype):
    """Under autocast matrix products run in half precision, but not those that count."""
    plain, mixed = (fl.FairLoss("bce_with_logits", term, groups=3) for _ in range(2))
    expected = steps(plain, batch, lambda logits: logits.to(dtype))
    with torch.autocast("cpu", dtype):
        found = steps(mixed, batch, lambda logits: logits.to(dtype))
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(mixed.state_dict()[name], value)
    for (loss, gradient), (other_loss, other_gradient) in zip(found, expected, strict=True):
        assert gradient.dtype == dtype
        torch.testing.assert_close(loss, other_loss, rtol=0.02, atol=0.02)  # torch's base loss is single in one only
        torch.testing.assert_close(gradient, other_gradient, rtol=0.02, atol=1e-3)


@terms
def test_scaled_loss_scales_the_gradient(batch, term):
    """What torch.amp.GradScaler does: the terms stay linear in the factor, and finite in float16."""
    gradients = []
    for factor in (1.0, 1024.0):
        logits, labels, codes = batch()
        leaf = logits.half().requires_grad_()
        (factor * fl.FairLoss("bce_with_logits", term, groups=3)(leaf, labels, codes)).backward()
        gradients.append(leaf.grad.float() / factor)
    torch.testing.assert_close(*gradients, rtol=2e-3, atol=1e-6)


LACKING = {
    "a group": lambda labels, codes: (labels, codes.clamp_max(1)),
    "a label": lambda labels, codes: (torch.ones_like(labels), codes),
    "a cell": lambda labels, codes: (labels.where(codes > 0, 0), codes),
    "all groups but one": lambda labels, codes: (labels, torch.zeros_like(codes)),
    "every known group": lambda labels, codes: (labels, torch.full_like(codes, -1)),
    "everything but a row": lambda labels, codes: (labels, torch.where(torch.arange(len(codes)) > 0, -1, codes)),
}


@terms
@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("lack", LACKING.values(), ids=LACKING)
def test_batches_may_lack_anything(batch, term, lack, first):
    criterion = fl.FairLoss("bce_with_logits", term, groups=3)
    if not first:
        steps(criterion, batch)
    logits, labels, codes = batch(seed=50)
    labels, codes = lack(labels, codes)
    leaf = logits.clone().requires_grad_()
    loss = criterion(leaf, labels, codes)
    (gradient,) = torch.autograd.grad(loss, leaf)
    base = (torch.sigmoid(logits) - labels) / len(labels)
    assert loss.isfinite()
    assert gradient.isfinite().all()
    torch.testing.assert_close(gradient[codes < 0], base[codes < 0])
    assert all(value.isfinite().all() for value in criterion.state_dict().values())


@terms
def test_state_moves_once_per_call_and_not_in_evaluation(batch, term):
    """Gradient accumulation: two calls are two batches to the memory; their gradients add up as those of any loss."""
    criterion = fl.FairLoss("bce_with_logits", term, groups=3)
    leaf = torch.zeros(80, dtype=torch.float64, requires_grad=True)
    separate = []
    for seed in (0, 1):
        logits, labels, codes = batch(seed=seed)
        part = leaf[40 * seed : 40 * seed + 40] + logits
        before = criterion.state_dict()
        loss = criterion(part, labels, codes) / 2
        (slope,) = torch.autograd.grad(loss, part, retain_graph=True)
        loss.backward()
        separate.append(slope)
        after = {name: value.clone() for name, value in criterion.state_dict().items()}
        assert not torch.equal(before["memories.0.counts"], after["memories.0.counts"])
        criterion.eval()
        criterion(part, labels, codes)
        criterion.train()
        assert all(torch.equal(value, after[name]) for name, value in criterion.state_dict().items())
    torch.testing.assert_close(leaf.grad, torch.cat(separate))
    rows = criterion.state_dict()["memories.0.counts"][0].sum().item()
    assert rows == pytest.approx(40 + 40 * torch.tensor(-40 / 10_000).exp().item())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@terms
def test_compiled_agrees_with_eager(batch, term):
    torch.compiler.reset()
    eager = fl.FairLoss("bce_with_logits", term, groups=3)
    compiled = fl.FairLoss("bce_with_logits", term, groups=3)
    expected, found = steps(eager, batch), steps(torch.compile(compiled), batch)
    for (loss, gradient), (other_loss, other_gradient) in zip(found, expected, strict=True):
        torch.testing.assert_close(loss, other_loss)
        torch.testing.assert_close(gradient, other_gradient)
    for name, value in eager.state_dict().items():
        torch.testing.assert_close(compiled.state_dict()[name], value)
