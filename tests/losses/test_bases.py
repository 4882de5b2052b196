"""Every base loss of the catalogue, against torch's own or a closed form, and in the corners."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fairloss as fl
from fairloss.errors import InputError
from fairloss.losses import BASE_LOSSES, DECISIONS
from fairloss.losses.bases.rows import row_losses

REGRESSION = ("mse", "mae", "huber", "smooth_l1")
BINARY = ("bce_with_logits", "hinge", "binary_focal")
CLASSES = ("cross_entropy", "focal", "nll")
DECIDING = tuple(name for name, entry in BASE_LOSSES.items() if entry.decision != "none")


def sample(name, n=12, dtype=torch.float64, size=1.0):
    """Make (raw output of a model, target) and how the raw output becomes what the base takes."""
    generator = torch.Generator().manual_seed(5)

    def raw(*shape):
        return size * torch.randn(n, *shape, generator=generator, dtype=torch.float64).to(dtype)

    yes, code = torch.arange(n) % 2, torch.arange(n) % 3
    if name in REGRESSION:
        return raw(), 2 * raw() / size, lambda z: z
    if name in BINARY:
        return raw(), yes, lambda z: z
    if name == "signed_hinge":
        return raw(), 2 * yes - 1, lambda z: z
    if name == "bce":
        return raw(), yes, torch.sigmoid
    if name in CLASSES:
        return raw(3), code, (lambda z: z.log_softmax(1)) if name == "nll" else (lambda z: z)
    if name == "kl_div":
        return raw(3), (raw(3) / size).softmax(1), lambda z: z.log_softmax(1)
    if name == "token_cross_entropy":
        target = (code[:, None] + torch.arange(4)) % 3
        return raw(4, 3), target.masked_fill(torch.arange(4) >= 1 + yes[:, None], -100), lambda z: z
    if name == "pixel_cross_entropy":
        target = ((code[:, None] + torch.arange(4)) % 3).view(n, 2, 2)
        return raw(3, 2, 2), target.masked_fill((torch.arange(n) == 0)[:, None, None], -100), lambda z: z
    if name == "contrastive":
        return raw(2, 3), yes, lambda z: z
    if name == "policy_gradient":
        return raw(5), raw(5) / size, F.logsigmoid
    raise KeyError(name)


def rows_of(name, raw, target, to_input):
    return row_losses(BASE_LOSSES[name].function, to_input(raw), target)


def masked_mean(elements, target):
    return torch.stack(
        [row[y != -100].mean() if (y != -100).any() else row.sum() * 0 for row, y in zip(elements, target, strict=True)]
    )


def focal_loop(z, y):
    right = [float(row.softmax(0)[code]) for row, code in zip(z, y, strict=True)]
    return torch.tensor([-((1 - p) ** 2) * math.log(p) for p in right], dtype=z.dtype)


def contrastive_loop(pairs, alike):
    apart = (pairs[:, 0] - pairs[:, 1]).norm(dim=1)
    return torch.stack([d**2 / 2 if y == 1 else max(1 - d, d * 0) ** 2 / 2 for d, y in zip(apart, alike, strict=True)])


EXPECTED = {
    "bce_with_logits": lambda z, y: F.binary_cross_entropy_with_logits(z, y.to(z), reduction="none"),
    "bce": lambda z, y: F.binary_cross_entropy(z, y.to(z), reduction="none"),
    "cross_entropy": lambda z, y: F.cross_entropy(z, y, reduction="none"),
    "nll": lambda z, y: F.nll_loss(z, y, reduction="none"),
    "kl_div": lambda z, y: (y * (y.log() - z)).sum(1),
    "hinge": lambda z, y: torch.stack([max(1 - a if b == 1 else 1 + a, a * 0) for a, b in zip(z, y, strict=True)]),
    "signed_hinge": lambda z, y: F.multi_margin_loss(torch.stack([z * 0, z], 1), (y > 0).long(), reduction="none") * 2,
    "binary_focal": lambda z, y: focal_loop(torch.stack([z * 0, z], 1), y),
    "focal": focal_loop,
    "mse": lambda z, y: (z - y) ** 2,
    "mae": lambda z, y: (z - y).abs(),
    "huber": lambda z, y: torch.where((z - y).abs() <= 1, (z - y) ** 2 / 2, (z - y).abs() - 0.5),
    "smooth_l1": lambda z, y: F.smooth_l1_loss(z, y, reduction="none"),
    "token_cross_entropy": lambda z, y: masked_mean(F.cross_entropy(z.transpose(1, 2), y, reduction="none"), y),
    "pixel_cross_entropy": lambda z, y: masked_mean(F.cross_entropy(z, y, reduction="none"), y),
    "contrastive": contrastive_loop,
    "policy_gradient": lambda z, y: -(z * y).sum(1),
}


def test_every_base_loss_is_tested_and_has_a_decision():
    assert set(EXPECTED) == set(fl.losses.base_losses())
    assert {entry.decision for entry in BASE_LOSSES.values()} <= set(DECISIONS)


@pytest.mark.parametrize("name", BASE_LOSSES)
def test_equals_torch_or_a_closed_form(name):
    raw, target, to_input = sample(name)
    expected = EXPECTED[name](to_input(raw), target)
    # pairwise_distance of torch adds 1e-6 to each difference
    tolerance = 1e-5 if name == "contrastive" else 1e-10
    torch.testing.assert_close(rows_of(name, raw, target, to_input), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", BASE_LOSSES)
def test_gradients(name):
    raw, target, to_input = sample(name, n=6)
    assert torch.autograd.gradcheck(lambda z: rows_of(name, z, target, to_input), raw.requires_grad_())


@pytest.mark.parametrize("name", BASE_LOSSES)
def test_weight_two_is_the_row_twice_and_order_does_not_matter(name):
    raw, target, to_input = sample(name)
    criterion = fl.FairLoss(name, groups=2)
    weight = torch.ones(12, dtype=torch.float64)
    weight[3] = 2
    twice = torch.tensor([11, 3, *range(3), *range(3, 11)])
    first = criterion(to_input(raw), target, None, weight)
    torch.testing.assert_close(first, criterion(to_input(raw)[twice], target[twice], None))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", BASE_LOSSES)
def test_precision(name, dtype):
    raw, target, to_input = sample(name)
    narrow = target.to(dtype) if target.is_floating_point() else target
    rows = rows_of(name, raw.to(dtype), narrow, to_input)
    assert rows.dtype == dtype
    assert rows.device == raw.device
    # float32 keeps 7 digits, bfloat16 2 to 3
    close = 1e-4 if dtype == torch.float32 else 0.1
    torch.testing.assert_close(rows.double(), rows_of(name, raw, target, to_input), rtol=close, atol=close)


@pytest.mark.parametrize("name", BASE_LOSSES)
def test_autocast(name):
    raw, target, to_input = sample(name, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rows = rows_of(name, raw, target, to_input)
    torch.testing.assert_close(rows.float(), rows_of(name, raw, target, to_input), rtol=0.1, atol=0.1)


@pytest.mark.parametrize("name", BASE_LOSSES)
def test_extreme_outputs_are_finite(name):
    raw, target, to_input = sample(name, dtype=torch.float32, size=1e4)
    raw.requires_grad_()
    rows = rows_of(name, raw, target, to_input)
    rows.sum().backward()
    assert rows.isfinite().all()
    assert raw.grad.isfinite().all()


@pytest.mark.parametrize("name", [*REGRESSION, *BINARY, "bce", "policy_gradient"])
def test_columns_never_broadcast(name):
    input, target = torch.full((4, 1), 0.5), torch.ones(4)  # noqa: A001
    with pytest.raises(InputError, match="one shape"):
        BASE_LOSSES[name].function(input, target)


@pytest.mark.parametrize("name", DECIDING)
@pytest.mark.parametrize(
    "term", [fl.Constraint("demographic_parity", tolerance=0.01), fl.Penalty("demographic_parity", weight=1.0)]
)
def test_trains_a_step_with_a_term(name, term):
    raw, target, to_input = sample(name)
    raw.requires_grad_()
    criterion = fl.FairLoss(name, term, groups=2)
    for _ in range(2):
        loss = criterion(to_input(raw), target, torch.arange(12) // 6)
    loss.backward()
    assert loss.isfinite()
    assert raw.grad.isfinite().all()
    assert raw.grad.abs().sum() > 0


@pytest.mark.parametrize("name", sorted(set(BASE_LOSSES) - set(DECIDING)))
def test_terms_are_refused_where_nothing_is_decided(name):
    with pytest.raises(InputError, match="Pass decision="):
        fl.FairLoss(name, fl.Penalty("demographic_parity", weight=1.0), groups=2)


def test_modules_of_torch_mask_their_padding_too():
    raw, target, _ = sample("pixel_cross_entropy")
    rows = row_losses(nn.CrossEntropyLoss(reduction="none"), raw, target)
    torch.testing.assert_close(rows, rows_of("pixel_cross_entropy", raw, target, lambda z: z))
    assert rows[0] == 0


def test_focal_without_focus_is_the_cross_entropy():
    raw, target, _ = sample("focal")
    torch.testing.assert_close(fl.losses.Focal(gamma=0.0)(raw, target), F.cross_entropy(raw, target, reduction="none"))
    raw, target, _ = sample("binary_focal")
    plain = F.binary_cross_entropy_with_logits(raw, target.double(), reduction="none")
    weighed = fl.losses.BinaryFocal(gamma=0.0, alpha=0.25)(raw, target)
    torch.testing.assert_close(weighed, plain * torch.where(target == 1, 0.25, 0.75))


def test_class_balanced_weights_equal_loops():
    counts, beta = [900, 90, 10], 0.99
    effective = [sum(beta**power for power in range(count)) for count in counts]
    raw, target, _ = sample("cross_entropy")
    weight = torch.tensor([1 / e for e in effective], dtype=torch.float64)
    expected = F.cross_entropy(raw, target, weight=weight * 3 / weight.sum(), reduction="none")
    rows = fl.losses.ClassBalancedCrossEntropy(counts, beta=beta)(raw, target)
    torch.testing.assert_close(rows, expected, rtol=1e-5, atol=1e-6)


def test_returns_equal_loops():
    rewards = torch.tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 9.0]])
    mask = torch.tensor([[True, True, True], [True, True, False]])
    expected = [[1 + 0.9 * 2 + 0.81 * 4 - 1, 2 + 0.9 * 4 - 1, 3], [3 + 0.9 * 5 - 1, 4, 0]]
    came = fl.losses.discounted_returns(rewards, 0.9, baseline=1.0, mask=mask)
    torch.testing.assert_close(came, torch.tensor(expected))


def test_multi_task_sums():
    raw, target = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([[0.5, 2.0]] * 6)
    first, second = (raw[:, 0] - 0.5) ** 2, F.cross_entropy(raw[:, 1:], torch.full((6,), 2), reduction="none")
    fixed = fl.losses.MultiTask(["mse", "cross_entropy"], widths=[1, 3], weights=[2.0, 0.5])
    torch.testing.assert_close(fixed(raw, target), 2 * first + 0.5 * second)
    learned = fl.losses.MultiTask(["mse", "cross_entropy"], widths=[1, 3])
    with torch.no_grad():
        learned.log_variance.copy_(torch.tensor([0.3, -0.2]))
    expected = first * math.exp(-0.3) / 2 + second * math.exp(0.2) + 0.05
    torch.testing.assert_close(learned(raw, target), expected)
    criterion = fl.FairLoss(learned, groups=2)
    criterion(raw, target, None).backward()
    assert learned.log_variance.grad.abs().min() > 0
    assert [name for name, _ in criterion.named_parameters()] == ["base.log_variance"]


def test_parameter_penalties_add_to_the_weighted_mean():
    layer = nn.Linear(2, 1)
    base = fl.losses.Regularized("mse", layer.parameters(), l1=0.1, l2=0.2)
    x, y = torch.ones(5, 2), torch.arange(5.0)
    weight = torch.arange(1.0, 6.0)
    came = fl.FairLoss(base, groups=2)(layer(x)[:, 0], y, None, weight)
    flat = torch.cat([p.flatten() for p in layer.parameters()])
    expected = (weight * (layer(x)[:, 0] - y) ** 2).sum() / weight.sum()
    torch.testing.assert_close(came, expected + 0.1 * flat.abs().sum() + 0.2 * (flat**2).sum())
    assert list(base.parameters()) == []


z = torch.zeros(3)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: fl.losses.Hinge()(z, z - 1), "labels are 0/1"),
        (lambda: fl.losses.Hinge(labels="-1/+1")(z, z), r"labels are -1/\+1"),
        (lambda: fl.losses.Hinge(labels="yes"), "Say which"),
        (lambda: BASE_LOSSES["bce"].function(z + 2, z), "probabilities from 0 to 1"),
        (lambda: BASE_LOSSES["bce"].function(z, z + 2), "labels from 0 to 1"),
        (lambda: BASE_LOSSES["nll"].function(torch.zeros(3, 2), z), "as integers"),
        (lambda: BASE_LOSSES["focal"].function(torch.zeros(3, 2), torch.zeros(2).long()), "one class code per row"),
        (lambda: BASE_LOSSES["kl_div"].function(z, z), "rows, classes"),
        (lambda: BASE_LOSSES["binary_focal"].function(z, z + 0.5), "labels 0 or 1"),
        (lambda: BASE_LOSSES["token_cross_entropy"].function(torch.zeros(3, 2), z), "rows, length, classes"),
        (lambda: BASE_LOSSES["pixel_cross_entropy"].function(torch.zeros(3, 2), z), "height, width"),
        (lambda: BASE_LOSSES["contrastive"].function(z, z), "pairs"),
        (lambda: BASE_LOSSES["contrastive"].function(torch.zeros(3, 2, 1), z - 1), "alike"),
        (lambda: fl.losses.Contrastive(margin=0.0), "margin"),
        (lambda: fl.losses.Focal(gamma=-1.0), "gamma"),
        (lambda: fl.losses.BinaryFocal(alpha=2.0), "alpha"),
        (lambda: fl.losses.ClassBalancedCrossEntropy([3, 0]), "at least 1"),
        (lambda: fl.losses.ClassBalancedCrossEntropy([3, 1], beta=1.0), "beta"),
        (lambda: fl.losses.ClassBalancedCrossEntropy([3, 1])(torch.zeros(1, 3), torch.tensor([0])), "knows 2"),
        (lambda: fl.losses.MultiTask(["mse"], weights=[1.0, 2.0]), "Align"),
        (lambda: fl.losses.MultiTask(["mse"], weights=[-1.0]), "0 or more"),
        (lambda: fl.losses.MultiTask(["mse"])(z, z), "Concatenate"),
        (lambda: fl.losses.Regularized("mse", [], l1=1.0), "parameters"),
        (lambda: fl.losses.discounted_returns(z, 0.5), "episodes, steps"),
        (lambda: fl.losses.discounted_returns(z[None], 2.0), "discount"),
        (lambda: fl.losses.ProbabilityDecision(threshold=1.0), "threshold"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch, about parts of itself
@pytest.mark.parametrize("name", BASE_LOSSES)
def test_compiled_equals_eager(name):
    raw, target, to_input = sample(name, dtype=torch.float32)
    function = torch.compile(lambda z: rows_of(name, z, target, to_input))
    torch.testing.assert_close(function(raw), rows_of(name, raw, target, to_input), rtol=1e-5, atol=1e-5)
