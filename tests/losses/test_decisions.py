"""Every decision of the catalogue, against scipy or loops, and in the corners."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional as F

import fairloss as fl
from fairloss.errors import InputError
from fairloss.losses.decided import Decided
from fairloss.losses.decisions import (
    DECISIONS,
    HardDecision,
    KernelDecision,
    MeanDecision,
    ProbabilityDecision,
    SigmoidDecision,
    SignedDecision,
    SoftmaxDecision,
    StraightThroughDecision,
    ThresholdDecision,
    resolve_decision,
)
from fairloss.losses.kernel_decisions import silverman_bandwidth

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


def tie(threshold, dtype):
    """Logits at, just below and just above the logit of a threshold, as the type can hold them."""
    at = torch.tensor(math.log(threshold / (1 - threshold)), dtype=dtype)
    low, high = torch.tensor(-torch.inf, dtype=dtype), torch.tensor(torch.inf, dtype=dtype)
    return torch.stack([at, torch.nextafter(at, low), torch.nextafter(at, high)])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("threshold", [0.5, 0.3, 0.8, 1e-3])
def test_hard_is_the_deployed_decision_at_the_threshold(threshold, dtype):
    """Rows at the threshold are favorable, the next number below is not."""
    logits, y = tie(threshold, dtype), torch.tensor([0, 1, 1])
    for decision in (
        SigmoidDecision(threshold),
        SigmoidDecision(threshold, temperature=0.01),
        KernelDecision(threshold),
        StraightThroughDecision(SigmoidDecision(threshold)),
        HardDecision(KernelDecision(threshold)),
    ):
        assert decision(logits, y).hard[:, 0].tolist() == [1, 0, 1]
        assert decision(logits, y).hard.dtype == dtype
    at = torch.tensor(threshold, dtype=dtype)
    near = torch.stack([at, torch.nextafter(at, at * 0), torch.nextafter(at, at * 2)])
    for decision in (ProbabilityDecision(threshold), KernelDecision(threshold, from_logits=False)):
        assert decision(near, y).hard[:, 0].tolist() == [1, 0, 1]
    reached = ThresholdDecision(threshold)(near, near)
    assert reached.hard[:, 0].tolist() == reached.label[:, 0].tolist() == [1, 0, 1]
    risk = ThresholdDecision(threshold, lower_is_better=True)(near, near)
    assert risk.hard[:, 0].tolist() == risk.label[:, 0].tolist() == [1, 1, 0]


def test_equal_logits_are_the_first_class_as_argmax_deploys_it():
    decided = SoftmaxDecision()(torch.zeros(2, 4), torch.tensor([0, 3]))
    assert decided.hard.tolist() == [[1, 0, 0, 0]] * 2
    assert SignedDecision()(torch.zeros(1), torch.tensor([-1])).hard.item() == 1


def test_silverman_equals_scipy():
    rng = np.random.default_rng(0)
    p = rng.beta(2, 3, 200)
    density = stats.gaussian_kde(p, bw_method="silverman")
    bandwidth = silverman_bandwidth(torch.from_numpy(p)[:, None]).item()
    assert bandwidth == pytest.approx(math.sqrt(density.covariance.item()), rel=1e-12)
    decision = KernelDecision(0.4, "silverman", from_logits=False)
    soft = decision(torch.from_numpy(p), torch.zeros(200)).soft
    assert soft.mean().item() == pytest.approx(density.integrate_box_1d(0.4, np.inf), abs=1e-9)


def test_silverman_has_no_gradient_of_its_own():
    z = torch.linspace(-2, 2, 9, dtype=torch.float64)
    bandwidth = silverman_bandwidth(torch.sigmoid(z)[:, None]).item()
    first = decide_slope(KernelDecision(bandwidth="silverman"), z, torch.ones(9))
    torch.testing.assert_close(first, decide_slope(KernelDecision(bandwidth=bandwidth), z, torch.ones(9)))
    assert first.abs().min() > 0


@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
def test_silverman_without_spread_is_guarded(n, dtype):
    leaf = torch.zeros(n, dtype=dtype).requires_grad_()
    decided = KernelDecision(bandwidth="silverman")(leaf, torch.ones(n))
    decided.soft.sum().backward()
    assert (decided.soft == 0.5).all()
    # the slope of a normal distribution with the standard deviation 0.01, times p (1 - p)
    torch.testing.assert_close(leaf.grad.double(), torch.full((n,), 9.97356, dtype=torch.float64), rtol=2e-3, atol=0)


def test_kernel_comes_nearer_to_the_hard_decision_than_the_sigmoid():
    z = torch.linspace(-4, 4, 81, dtype=torch.float64)
    error = [
        (d.soft - d.hard).abs().mean().item()
        for d in (make(z, z * 0) for make in (SigmoidDecision(), KernelDecision()))
    ]
    assert error[1] < error[0] / 2


@pytest.mark.parametrize("base", ["nll", "kl_div"])
def test_log_probabilities_are_decided_as_probabilities(base):
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(N, 4, generator=generator, dtype=torch.float64)
    log_p = logits.log_softmax(1).requires_grad_()
    target = torch.arange(N) % 4 if base == "nll" else torch.randn(N, 4, generator=generator).softmax(1)
    decided = SoftmaxDecision()(log_p, target)
    torch.testing.assert_close(decided.soft, log_p.detach().exp(), rtol=1e-12, atol=1e-15)
    assert torch.equal(decided.hard, F.one_hot(logits.argmax(1), 4).double())
    labels = F.one_hot(target, 4).double() if base == "nll" else target.double()
    assert torch.equal(decided.label, labels)
    impossible = torch.tensor([[0.5, 0.5, 0.0, 0.0]]).log().requires_grad_()
    soft = SoftmaxDecision()(impossible, target[:1]).soft
    soft[:, 2].sum().backward()
    assert soft.tolist() == [[0.5, 0.5, 0, 0]]
    assert impossible.grad.isfinite().all()
    criterion = fl.FairLoss(base, fl.Penalty("equalized_odds", weight=1.0), groups=2)
    criterion(log_p, target, torch.arange(N) // 4 % 2).backward()
    assert log_p.grad.isfinite().all()
    assert criterion.parts["equalized_odds"] > 0


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


def test_means_weigh_elements_as_the_inner_decision_does():
    class Doubtful:
        needs_column, has_label = True, True

        def __call__(self, input, target):  # noqa: A002
            return replace(SigmoidDecision()(input, target), weight=target.to(input))

    decided = MeanDecision(Doubtful())(torch.tensor([[3.0, 0.5], [1.0, 2.0]]), torch.tensor([[0.5, 1.0], [0.0, 0.0]]))
    expected = (0.5 * expit(3.0) + expit(0.5)) / 1.5
    torch.testing.assert_close(decided.soft[:, 0], torch.tensor([expected, 0.0]))
    assert decided.weight.tolist() == [1, 0]


def test_a_mean_over_many_pixels_is_exact_in_half_precision():
    logits = torch.full((1, 300, 300), 2.0, dtype=torch.float16)
    decided = MeanDecision()(logits, torch.zeros(1, 300, 300))
    assert decided.hard.item() == 1
    assert decided.soft.item() == pytest.approx(expit(2.0), abs=1e-3)


def test_equalized_odds_in_regression_counts_who_reaches_the_mark():
    rng = np.random.default_rng(1)
    output, target, codes = rng.normal(0, 1, 60), rng.normal(0, 1, 60), rng.integers(0, 2, 60)
    held = fl.Constraint("equalized_odds", 0.05)
    criterion = fl.FairLoss("mse", held, groups=2, decision=ThresholdDecision(0.2, scale=0.5))
    criterion(torch.from_numpy(output), torch.from_numpy(target), torch.from_numpy(codes))
    for record in criterion.state():
        good = target >= 0.2 if record.rate == "true_positive_rate" else target < 0.2
        mine = good & (codes == int(record.group))
        assert record.hard == pytest.approx(np.mean(output[mine] >= 0.2), rel=1e-6)
        assert record.soft == pytest.approx(np.mean([expit((z - 0.2) / 0.5) for z in output[mine]]), rel=1e-6)


def test_straight_through_penalties_have_the_value_of_the_hard_gap_and_the_gradient_of_the_soft_one():
    z = torch.linspace(-2, 2, 40, dtype=torch.float64)
    y, codes = torch.arange(40) % 2, (torch.arange(40) > 17).long()
    found = {}
    for name in ("sigmoid", "straight_through", "hard"):
        leaf = z.clone().requires_grad_()
        term = fl.Penalty("demographic_parity", weight=1.0, distance="worst_gap")
        criterion = fl.FairLoss("bce_with_logits", term, groups=2, decision=name)
        criterion(leaf, y, codes).backward()
        found[name] = criterion.parts["demographic_parity"].item(), leaf.grad
    hard = [(z[codes == g] >= 0).double().mean().item() for g in (0, 1)]
    expected = max(abs(rate - 0.5) for rate in hard)
    assert found["straight_through"][0] == found["hard"][0] == pytest.approx(expected)
    assert found["sigmoid"][0] != pytest.approx(expected, rel=0.01)
    torch.testing.assert_close(found["straight_through"][1], found["sigmoid"][1])
    torch.testing.assert_close(found["hard"][1], (torch.sigmoid(z) - y) / 40)


@pytest.mark.parametrize("name", ["mean", "token_mean", "pixel_mean", "output"])
def test_rates_given_the_label_are_refused_where_they_make_no_sense(name):
    with pytest.raises(InputError, match="given the label"):
        fl.FairLoss(lambda z, y: z, fl.Constraint("equalized_odds", 0.1), groups=2, decision=name)


def test_every_row_counts_one_unless_it_is_said():
    assert Decided(torch.zeros(1, 1), torch.zeros(1, 1), None).weight is None
    assert SigmoidDecision()(torch.zeros(2), torch.ones(2)).weight is None


z = torch.zeros(4)
code = torch.zeros(4, dtype=torch.long)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: SigmoidDecision(threshold=0.0), "threshold is a probability"),
        (lambda: SigmoidDecision(temperature=-1.0), "temperature must be above 0"),
        (lambda: SigmoidDecision(temperature=math.inf), "temperature must be above 0"),
        (lambda: SignedDecision(temperature=0.0), "temperature must be above 0"),
        (lambda: ProbabilityDecision(threshold=1.0), "threshold is a probability"),
        (lambda: KernelDecision(threshold=2.0), "threshold is a probability"),
        (lambda: KernelDecision(bandwidth=0.0), "bandwidth must be above 0"),
        (lambda: KernelDecision(bandwidth="scott"), "a number or 'silverman', got 'scott'"),
        (lambda: ThresholdDecision(math.nan), "finite number"),
        (lambda: ThresholdDecision(scale=0.0), "scale must be above 0"),
        (lambda: StraightThroughDecision("sigmoid"), "built upon a decision, got 'sigmoid'"),
        (lambda: HardDecision(SigmoidDecision), "Pass an object"),
        (lambda: MeanDecision(None), "built upon a decision"),
        (lambda: MeanDecision(SoftmaxDecision()), "is 1 for pixels or -1 for tokens, got None"),
        (lambda: MeanDecision(SoftmaxDecision(), class_axis=0), "got 0"),
        (lambda: MeanDecision(SigmoidDecision(), class_axis=1), "is none, got 1"),
        (lambda: SoftmaxDecision(favorable=()), "got \\(\\)"),
        (lambda: SoftmaxDecision(favorable=(1, 1)), "different class codes"),
        (lambda: SoftmaxDecision(favorable=1), "Pass \\(1,\\) for one class"),
        (lambda: SigmoidDecision()(z, z - 1), "Labels must be 0 or 1"),
        (lambda: KernelDecision()(z, z * torch.nan), "Labels must be 0 or 1"),
        (lambda: ProbabilityDecision()(z, z + 2), "Labels must be 0 or 1"),
        (lambda: SigmoidDecision()(z[:, None].expand(4, 3), z), "one label per output"),
        (lambda: SignedDecision()(z, z + 3), "must be -1 or \\+1, got values from 3 to 3"),
        (lambda: ThresholdDecision()(z, z[:3]), "one target per output"),
        (lambda: SoftmaxDecision()(z, code), "shape \\(rows, classes\\)"),
        (lambda: SoftmaxDecision()(torch.zeros(4, 3), code - 100), "codes in 0..2, got values from -100"),
        (lambda: SoftmaxDecision()(torch.zeros(4, 3), code + 3), "codes in 0..2, got values from 3"),
        (lambda: SoftmaxDecision()(torch.zeros(4, 3), torch.zeros(4, 3) - 1), "must be probabilities"),
        (lambda: SoftmaxDecision()(torch.zeros(4, 3), torch.zeros(4, 2)), "one class code per row"),
        (lambda: SoftmaxDecision(favorable=(3,))(torch.zeros(4, 3), code), "codes in 0..2, got 3"),
        (lambda: MeanDecision()(torch.zeros(4, 2), torch.zeros(4, 3)), "one target per element"),
        (
            lambda: MeanDecision(SoftmaxDecision(), class_axis=1)(torch.zeros(4, 5, 3), torch.zeros(4, 5)),
            "Move the axes",
        ),
        (
            lambda: MeanDecision(SoftmaxDecision(), class_axis=3)(torch.zeros(4, 5, 3), torch.zeros(4, 5)),
            "class_axis=3",
        ),
        (lambda: DECISIONS["none"]()(z, z), "Pass decision="),
        (lambda: resolve_decision("softmx"), "Did you mean 'softmax'"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch, about parts of itself
@every
def test_compiled_equals_eager(name):
    raw, target, to_input = sample(name, torch.float32)
    torch.compiler.reset()
    came = torch.compile(lambda z: WORKING[name](to_input(z), target).soft)(raw)
    torch.testing.assert_close(came, WORKING[name](to_input(raw), target).soft, rtol=1e-5, atol=1e-6)
