"""Every decision of the catalogue, against scipy or loops, and in the corners."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from fairloss.errors import InputError
from fairloss.losses.decisions import (
    DECISIONS,
    KernelDecision,
    MeanDecision,
    ProbabilityDecision,
    SigmoidDecision,
    SoftmaxDecision,
    StraightThroughDecision,
    ThresholdDecision,
    resolve_decision,
)

N, CLASSES = 24, 3
KERNEL = KernelDecision(bandwidth=0.07, from_logits=False)
# with settings, beside those of the catalogue
MORE = {
    "sigmoid_at_a_threshold": SigmoidDecision(threshold=0.8, temperature=0.5),
    "kernel_of_probabilities": KERNEL,
    "favorable_classes": SoftmaxDecision(favorable=(0, 2)),
    "lower_is_better": ThresholdDecision(0.5, scale=0.3, lower_is_better=True),
    "straight_through_classes": StraightThroughDecision(SoftmaxDecision(favorable=(1,))),
    "favorable_pixels": MeanDecision(SoftmaxDecision(favorable=(1,)), class_axis=1),
    "probabilities_of_pixels": MeanDecision(ProbabilityDecision()),
}
WORKING = {name: make() for name, make in DECISIONS.items() if name != "none"} | MORE
WITHOUT_SLOPE = ("hard", "straight_through", "straight_through_classes")
every = pytest.mark.parametrize("name", WORKING)


def sample(name, dtype=torch.float64, size=1.0, n=N):
    """Make (raw output of a model, target) and how the raw output becomes what the decision takes."""
    generator = torch.Generator().manual_seed(3)

    def raw(*shape):
        return size * torch.randn(n, *shape, generator=generator, dtype=torch.float64).to(dtype)

    yes, code = torch.arange(n) % 2, torch.arange(n) % CLASSES
    if name in ("token_mean", "pixel_mean", "favorable_pixels"):
        target = (code[:, None] + torch.arange(4)) % CLASSES
        target = target.masked_fill(torch.arange(4) >= 1 + code[:, None], -100)
        target[0] = -100
        if name == "token_mean":
            return raw(4, CLASSES), target, lambda z: z
        return raw(CLASSES, 2, 2), target.view(n, 2, 2), lambda z: z
    if name in ("mean", "probabilities_of_pixels"):
        target = ((yes[:, None] + torch.arange(4)) % 2).masked_fill(torch.arange(4) > 1 + code[:, None], -100)
        return raw(4), target, torch.sigmoid if name == "probabilities_of_pixels" else lambda z: z
    if name in ("softmax", "favorable_classes", "straight_through_classes"):
        return raw(CLASSES), code, lambda z: z
    if name in ("output", "threshold", "lower_is_better"):
        return raw(), raw() / size, lambda z: z
    if name in ("probability", "kernel_of_probabilities"):
        return raw(), yes, torch.sigmoid
    return raw(), 2 * yes - 1 if name == "signed" else yes, lambda z: z


def decide(name, dtype=torch.float64, size=1.0):
    raw, target, to_input = sample(name, dtype, size)
    raw.requires_grad_()
    return raw, WORKING[name](to_input(raw), target)


def expit(z):
    return 1 / (1 + math.exp(-z))


def softmax(row):
    powers = [math.exp(z - max(row)) for z in row]
    return [power / sum(powers) for power in powers]


def over_elements(name, z, y):
    """Loop over the elements that count, of rows that have any."""
    rows = []
    for outputs, targets in zip(z, y, strict=True):
        at = [index for index in np.ndindex(targets.shape) if targets[index] != -100]
        each = []
        for index in at:
            if name == "mean":
                each.append(([expit(outputs[index])], [outputs[index] >= 0]))
            elif name == "probabilities_of_pixels":
                each.append(([outputs[index]], [outputs[index] >= 0.5]))
            else:
                logits = outputs[index] if name == "token_mean" else outputs[(slice(None), *index)]
                asked = (1,) if name == "favorable_pixels" else range(CLASSES)
                each.append(([softmax(logits)[c] for c in asked], [np.argmax(logits) == c for c in asked]))
        width = 1 if name in ("mean", "probabilities_of_pixels", "favorable_pixels") else CLASSES
        rows.append(np.mean(each, axis=0) if each else np.zeros((2, width)))
    soft, hard = np.moveaxis(np.array(rows), 1, 0)
    return soft, hard, None


def of_classes(z, y, favorable=None):
    soft, hard, label = np.array([softmax(row) for row in z]), np.eye(CLASSES)[z.argmax(1)], np.eye(CLASSES)[y]
    if favorable is None:
        return soft, hard, label
    return tuple(part[:, list(favorable)].sum(1, keepdims=True) for part in (soft, hard, label))


def binary(soft, hard, label):
    return lambda z, y: tuple(
        np.array([[float(part(a, b))] for a, b in zip(z, y, strict=True)]) for part in (soft, hard, label)
    )


EXPECTED = {
    "sigmoid": binary(lambda z, y: expit(z), lambda z, y: expit(z) >= 0.5, lambda z, y: y),
    "sharp_sigmoid": binary(lambda z, y: expit(4 * z), lambda z, y: expit(z) >= 0.5, lambda z, y: y),
    "kernel": binary(lambda z, y: stats.norm.cdf(expit(z), 0.5, 0.1), lambda z, y: expit(z) >= 0.5, lambda z, y: y),
    "straight_through": binary(lambda z, y: z >= 0, lambda z, y: z >= 0, lambda z, y: y),
    "hard": binary(lambda z, y: z >= 0, lambda z, y: z >= 0, lambda z, y: y),
    "probability": binary(lambda p, y: p, lambda p, y: p >= 0.5, lambda p, y: y),
    "signed": binary(lambda z, y: expit(z), lambda z, y: z >= 0, lambda z, y: y == 1),
    "softmax": of_classes,
    "output": lambda z, y: (z[:, None], z[:, None], None),
    "threshold": binary(lambda z, y: expit(z / 0.25), lambda z, y: z >= 0, lambda z, y: y >= 0),
    "mean": lambda z, y: over_elements("mean", z, y),
    "token_mean": lambda z, y: over_elements("token_mean", z, y),
    "pixel_mean": lambda z, y: over_elements("pixel_mean", z, y),
    "sigmoid_at_a_threshold": binary(
        lambda z, y: expit((z - math.log(4)) / 0.5), lambda z, y: expit(z) >= 0.8, lambda z, y: y
    ),
    "kernel_of_probabilities": binary(lambda p, y: stats.norm.cdf(p, 0.5, 0.07), lambda p, y: p >= 0.5, lambda p, y: y),
    "favorable_classes": lambda z, y: of_classes(z, y, (0, 2)),
    "straight_through_classes": lambda z, y: (of_classes(z, y, (1,))[1], *of_classes(z, y, (1,))[1:]),
    "lower_is_better": binary(lambda z, y: expit((0.5 - z) / 0.3), lambda z, y: z <= 0.5, lambda z, y: y <= 0.5),
    "favorable_pixels": lambda z, y: over_elements("favorable_pixels", z, y),
    "probabilities_of_pixels": lambda z, y: over_elements("probabilities_of_pixels", z, y),
}


def test_every_decision_is_tested():
    assert set(EXPECTED) == set(WORKING)
    assert set(WORKING) - set(MORE) == set(DECISIONS) - {"none"}
    assert all(resolve_decision(name) == make() for name, make in DECISIONS.items())


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_equals_loops(name, dtype):
    raw, decided = decide(name, dtype)
    _, target, to_input = sample(name)
    expected = EXPECTED[name](to_input(raw.detach().double()).numpy(), target.numpy())
    close = 1e-12 if dtype == torch.float64 else 2e-6  # float32 keeps 7 digits
    for came, wanted in zip((decided.soft, decided.hard, decided.label), expected, strict=True):
        assert (came is None) == (wanted is None)
        if came is not None:
            assert came.dtype == dtype
            assert came.ndim == 2
            np.testing.assert_allclose(came.detach().double().numpy(), wanted, rtol=0, atol=close)
    assert (decided.label is not None) == WORKING[name].has_label
    assert not decided.hard.requires_grad


@every
def test_gradients(name):
    raw, target, to_input = sample(name, n=6)
    decision = WORKING[name]
    if name in WITHOUT_SLOPE:
        slope, inner = decide_slope(decision, raw, target), decide_slope(decision.inner, raw, target)
        torch.testing.assert_close(slope, inner if name != "hard" else torch.zeros_like(raw), rtol=0, atol=0)
        return
    assert torch.autograd.gradcheck(lambda z: decision(to_input(z), target).soft, raw.requires_grad_())


def decide_slope(decision, raw, target):
    leaf = raw.clone().requires_grad_()
    scale = torch.linspace(1, 2, len(raw), dtype=raw.dtype)[:, None]
    (leaf.sum() * 0 + (decision(leaf, target).soft * scale).sum()).backward()
    return leaf.grad


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision(name, dtype):
    raw, decided = decide(name, dtype)
    _, target, to_input = sample(name)
    exact = WORKING[name](to_input(raw.detach()).double(), target)
    assert decided.soft.dtype == decided.hard.dtype == dtype
    close = 0.03 if dtype == torch.bfloat16 else 4e-3  # 3 and 4 digits, a few roundings in a row
    torch.testing.assert_close(decided.soft.double(), exact.soft, rtol=close, atol=close)
    torch.testing.assert_close(decided.hard.double(), exact.hard, rtol=close, atol=close)
    if name != "hard":
        decided.soft.sum().backward()
        assert raw.grad.isfinite().all()


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
def test_extreme_outputs_are_finite(name, dtype):
    raw, target, to_input = sample(name, dtype)
    extremes = torch.tensor([0.0, 1e-4, -1e-4, 90.0, -90.0, 1e4, -1e4], dtype=dtype)
    leaf = extremes.repeat(raw.numel() // 7 + 1)[: raw.numel()].view_as(raw).clone().requires_grad_()
    decided = WORKING[name](to_input(leaf), target)
    assert decided.soft.isfinite().all()
    assert decided.hard.isfinite().all()
    if name != "output":
        assert ((decided.soft >= 0) & (decided.soft <= 1 + 1e-3)).all()
    if name != "hard":
        decided.soft.sum().backward()
        assert leaf.grad.isfinite().all()


@every
def test_rows_are_decided_apart_and_in_order(name):
    raw, target, to_input = sample(name)
    decision, order = WORKING[name], torch.arange(N - 1, -1, -1)
    whole, turned = decision(to_input(raw), target), decision(to_input(raw)[order], target[order])
    alone = [decision(to_input(raw)[i : i + 1], target[i : i + 1]) for i in range(N)]
    for part in ("soft", "hard", "label", "weight"):
        values = getattr(whole, part)
        if values is not None:
            torch.testing.assert_close(getattr(turned, part), values[order])
            torch.testing.assert_close(torch.cat([getattr(one, part) for one in alone]), values)


@pytest.mark.parametrize("name", ["mean", "token_mean", "pixel_mean", "favorable_pixels"])
def test_what_does_not_count_is_never_seen(name):
    """Padding may hold anything; a row of padding alone has the weight 0 and no gradient."""
    raw, target, _ = sample(name)
    target[0] = -100
    ignored = target == -100
    if name == "token_mean":
        ignored = ignored[..., None].expand_as(raw)
    elif name != "mean":
        ignored = ignored[:, None].expand_as(raw)
    clean, dirty = raw.clone().requires_grad_(), raw.masked_fill(ignored, torch.nan).requires_grad_()
    found = []
    for leaf in (clean, dirty):
        decided = WORKING[name](leaf, target)
        (decided.soft * decided.weight[:, None]).square().sum().backward()
        found.append((decided, leaf.grad))
    (a, slope), (b, other) = found
    assert torch.equal(a.soft, b.soft)
    assert torch.equal(a.hard, b.hard)
    assert torch.equal(slope, other)
    assert (slope[ignored] == 0).all()
    assert a.weight.tolist() == [0.0] + [1.0] * (N - 1)
    assert (a.soft[0] == 0).all()
    assert a.label is None


def test_every_element_counts_where_nothing_is_ignored():
    raw, target, _ = sample("mean")
    decision = MeanDecision(ignore_index=None)
    torch.testing.assert_close(decision(raw, target.clamp_min(0)).soft[:, 0], torch.sigmoid(raw).mean(1))
    with pytest.raises(InputError, match="Labels must be 0 or 1"):
        decision(raw, target)
    flat = decision(raw[:, 0], target[:, 0].clamp_min(0))
    torch.testing.assert_close(flat.soft[:, 0], torch.sigmoid(raw[:, 0]))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch, about parts of itself
@every
def test_compiled_equals_eager(name):
    raw, target, to_input = sample(name, torch.float32)
    torch.compiler.reset()
    came = torch.compile(lambda z: WORKING[name](to_input(z), target).soft)(raw)
    torch.testing.assert_close(came, WORKING[name](to_input(raw), target).soft, rtol=1e-5, atol=1e-6)
