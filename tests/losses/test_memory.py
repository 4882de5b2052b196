"""The memory: fading counts, the gradient that stands for all rows, and what that does to bias on minibatches."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import fairloss as fl
from fairloss.losses.decisions import SigmoidDecision
from fairloss.losses.memory import CountMemory
from fairloss.losses.soft_counts import batch_counts, count


def counts_of(logits, labels, codes, groups, weight=None):
    members = torch.nn.functional.one_hot(codes, groups).to(logits.dtype)
    return batch_counts(members, SigmoidDecision()(logits, labels), weight)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 50), groups=st.integers(1, 6))
def test_one_product_equals_the_counts_of_the_notions(seed, n, groups):
    rng = np.random.default_rng(seed)
    label, decision = rng.integers(0, 2, n), rng.random(n)
    codes, weight = rng.integers(0, groups, n), rng.random(n)
    codes[0] = groups - 1
    expected = fl.GroupCounts.of(label, decision, codes, weight).cells
    members = torch.from_numpy(np.eye(groups)[codes])
    columns = (torch.from_numpy(values.astype(float))[:, None] for values in (label, decision))
    found = count(members, *columns, torch.from_numpy(weight))
    np.testing.assert_allclose(found[0].numpy(), expected, rtol=1e-12, atol=1e-15)


def test_memory_is_the_fading_sum(batch):
    memory, expected = CountMemory(horizon=100), 0.0
    for seed in range(5):
        logits, labels, codes = batch(seed=seed)
        now = counts_of(logits, labels, codes, 3)
        evidence = memory(now)
        expected = expected * np.exp(-40 / 100) + now.cells[0].numpy()
        np.testing.assert_allclose(evidence.soft.numpy(), expected, rtol=1e-6)
        np.testing.assert_allclose(evidence.live.detach().numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(memory.counts[0].numpy(), expected, rtol=1e-6)


def test_gradient_is_that_of_the_batch_standing_for_all_rows(batch):
    memory = CountMemory(horizon=1000)
    for seed in range(20):
        memory(counts_of(*batch(seed=seed), 3))
    logits, labels, codes = batch(seed=99)
    leaf = logits.clone().requires_grad_()
    evidence = memory(counts_of(leaf, labels, codes, 3))
    rate = fl.notions.RATES["true_positive_rate"](fl.GroupCounts(evidence.live))[0]
    (gradient,) = torch.autograd.grad(rate[0], leaf)
    positives = (codes == 0) & (labels == 1)
    share = evidence.soft[0, 0, 1].sum() / evidence.soft[0].sum()
    slope = torch.sigmoid(logits) * (1 - torch.sigmoid(logits))
    torch.testing.assert_close(gradient, positives * slope / (40 * share), rtol=1e-6, atol=0)


def test_gradient_through_memory_is_unbiased_for_the_population(batch):
    logits, labels, codes = batch(n=2000)
    leaf = logits.clone().requires_grad_()
    whole = CountMemory(horizon=1e9)(counts_of(leaf, labels, codes, 3))
    rate = fl.notions.RATES["positive_predictive_value"](fl.GroupCounts(whole.live))[0]
    (exact,) = torch.autograd.grad(rate[2], leaf)
    memory = CountMemory(horizon=1e9)
    memory(counts_of(logits, labels, codes, 3))
    total = torch.zeros_like(logits)
    for rows in torch.arange(2000).view(50, 40).unbind():
        memory.counts = memory.counts / memory.counts[0].sum() * 1e7
        part = logits[rows].clone().requires_grad_()
        live = memory(counts_of(part, labels[rows], codes[rows], 3)).live
        rate = fl.notions.RATES["positive_predictive_value"](fl.GroupCounts(live))[0]
        total[rows] = torch.autograd.grad(rate[2], part)[0] / 50
    torch.testing.assert_close(total, exact, rtol=2e-3, atol=1e-9)


def test_a_rare_group_cannot_make_the_gradient_explode(batch):
    memory = CountMemory(horizon=10_000)
    logits, labels, codes = batch(n=2000, groups=2)
    memory(counts_of(logits, labels, codes, 3))
    leaf = torch.zeros(10, dtype=torch.float64, requires_grad=True)
    rare = torch.tensor([2] + [0] * 9)
    rate = fl.notions.RATES["selection_rate"](fl.GroupCounts(memory(counts_of(leaf, torch.ones(10), rare, 3)).live))
    (gradient,) = torch.autograd.grad(rate[0, 2], leaf)
    assert gradient[0].item() == pytest.approx(0.25)  # as if the batch were all there is: one row, slope 1/4


def test_batches_of_unknown_rows_leave_the_memory_alone(batch):
    criterion = fl.FairLoss("bce_with_logits", fl.Constraint("equalized_odds", 0.03), groups=3)
    logits, labels, codes = batch()
    criterion(logits, labels, codes)
    before = {name: value.clone() for name, value in criterion.state_dict().items() if "counts" in name}
    leaf = logits.clone().requires_grad_()
    criterion(leaf, labels, torch.full_like(codes, -1)).backward()
    assert leaf.grad.isfinite().all()
    assert all(torch.equal(criterion.state_dict()[name], value) for name, value in before.items())


@pytest.mark.parametrize("size", [32, 128])
def test_minibatches_of_a_fair_model_read_near_zero(size):
    """Ten groups, no gap: the mean over batches of the root of the penalty, and the multipliers, stay near zero.

    A penalty on the batch alone reads a typical deviation of sqrt(p(1-p) * 9 / size), 0.24 and 0.12 here.
    """
    rng = np.random.default_rng(0)
    penalty = fl.FairLoss("bce_with_logits", fl.Penalty("demographic_parity", 1.0), groups=10)
    constraint = fl.FairLoss("bce_with_logits", fl.Constraint("demographic_parity", 0.03), groups=10)
    readings = []
    for _ in range(20_000 // size + 300):
        logits = torch.from_numpy(np.where(rng.random(size) < 0.3, 20.0, -20.0))
        arguments = (logits, torch.zeros(size), torch.from_numpy(rng.integers(0, 10, size)))
        penalty(*arguments)
        constraint(*arguments)
        readings.append(penalty.parts["demographic_parity"].item())
    # with 10,000 fading rows in memory (as good as 20,000) the expected square is 0.21 * 9 / 20,000 = 0.0000945
    assert np.mean(readings[-300:]) < 3e-4
    # the worst of 45 noisy gaps (standard error 0.0145 each) is beyond 0.03 now and then; real gaps need about 0.3
    assert max(abs(record.multiplier) for record in constraint.state()) < 0.02


def every_kind_of_term():
    """Give constraints and penalties on decisions, losses and outputs, with and without state, on counts and rows."""
    return (
        fl.Constraint("equalized_odds", 0.02, attribute="sex"),
        fl.Constraint("bounded_group_loss", 0.4, attribute="race", of="loss", solver="augmented_lagrangian"),
        fl.Constraint("demographic_parity", 0.1, attribute="race", of="output"),
        *(fl.Penalty("equal_opportunity", 0.1, attribute="sex", distance=name) for name in fl.losses.DISTANCES),
        *(
            fl.Penalty("demographic_parity", 0.1, attribute="race", distance=name)
            for name, distance in fl.losses.ROW_DISTANCES.items()
            if distance.categorical
        ),
        fl.Penalty("demographic_parity", 0.1, attribute="age", distance="distance_correlation"),
    )


@pytest.mark.parametrize("steps", [200, pytest.param(2_000, marks=pytest.mark.slow)])
def test_memory_is_flat_over_many_steps_with_every_kind_of_term(steps):
    """No tensor and no graph is left behind: counted after 20 steps and at the end."""
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    groups = {"sex": 2, "race": 3, "age": "continuous"}
    criterion = fl.FairLoss("bce_with_logits", *every_kind_of_term(), groups=groups)
    optimizer = torch.optim.SGD([*model.parameters(), *criterion.parameters()], 0.01)
    x, codes = torch.randn(16, 2), torch.arange(16)
    who = {"sex": codes % 2, "race": codes % 3, "age": torch.randn(16)}

    def left_behind(more):
        for _ in range(more):
            optimizer.zero_grad()
            criterion(model(x)[:, 0], (codes // 2 % 2).float(), who).backward()
            optimizer.step()
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    before = left_behind(20)
    assert left_behind(steps - 20) <= before  # tensors of other tests may go meanwhile
    kept = [*criterion.buffers(), *criterion.parts.values()]
    assert len(kept) > 30
    assert not any(tensor.requires_grad or tensor.grad_fn for tensor in kept)
    assert all(tensor.isfinite().all() for tensor in kept)


@pytest.mark.parametrize("size", [1.0, 1e5, 1e7])
def test_means_of_large_numbers_keep_their_digits(size):
    """In single precision 1 - v and v do not add up to 1: the mean of numbers of 1e6 was off by a third."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 3, (4096,), generator=generator)
    output = (size * (1 + 0.1 * torch.randn(4096, generator=generator))).requires_grad_()
    terms = fl.Constraint("demographic_parity", 0.0), fl.Penalty("demographic_parity", 1.0)
    criterion = fl.FairLoss("mse", *terms, groups=3)
    for _ in range(2):
        loss = criterion(output, torch.zeros(4096), codes)
    loss.backward()
    assert loss.dtype == output.grad.dtype == torch.float32
    means = [output[codes == group].double().mean().item() for group in range(3)]
    assert [record.soft for record in criterion.state()] == pytest.approx(means * 2, rel=1e-8)
