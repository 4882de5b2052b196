"""What is special about single decisions: ties, bandwidths, gradients that are not the slope, bad settings."""

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
from fairloss.losses.decisions.decided import Decided
from fairloss.losses.decisions.kernel_decisions import silverman_bandwidth


def expit(z):
    return 1 / (1 + math.exp(-z))


def slope_of(decision, raw, target):
    leaf = raw.clone().requires_grad_()
    scale = torch.linspace(1, 2, len(raw), dtype=raw.dtype)[:, None]
    (decision(leaf, target).soft * scale).sum().backward()
    return leaf.grad


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
    first = slope_of(KernelDecision(bandwidth="silverman"), z, torch.ones(9))
    torch.testing.assert_close(first, slope_of(KernelDecision(bandwidth=bandwidth), z, torch.ones(9)))
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
    logits = 3 * torch.randn(24, 4, generator=generator, dtype=torch.float64)
    log_p = logits.log_softmax(1).requires_grad_()
    target = torch.arange(24) % 4 if base == "nll" else torch.randn(24, 4, generator=generator).softmax(1)
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
    criterion(log_p, target, torch.arange(24) // 4 % 2).backward()
    assert log_p.grad.isfinite().all()
    assert criterion.parts["equalized_odds"] > 0


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
