"""Squares of gaps: unbiased on minibatches by simulation, and the linear residual against loops."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
import torch

from fairloss.errors import InputError
from fairloss.losses import count
from fairloss.losses.distances import CorrectedSquared, LinearResidual, squared
from fairloss.losses.stacked_rates import RateValues, StackedRates
from fairloss.notions import RATES, resolve

GROUPS, TRIALS, CHUNKS = 10, 500, 40
SHARES = np.array([0.25, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.04, 0.03, 0.03])


def drawn(rng, batch, truth):
    """Many batches at once, as questions: yes or no decisions of rows whose groups are drawn too."""
    size = rng.multinomial(batch, SHARES, size=TRIALS)
    yes = rng.binomial(size, truth)
    value = yes / np.maximum(size, 1)
    noise = np.where(size > 1, value * (1 - value) / np.maximum(size - 1, 1), inf)  # s² / n, with s² unbiased
    value, among, noise = (torch.tensor(part[:, None], dtype=torch.float64) for part in (value, size, noise))
    middle = torch.tensor(yes.sum(-1) / batch)[:, None, None]
    whole = torch.full_like(middle, batch)
    return RateValues(value, among > 0, among, noise), RateValues(middle, whole > 0, whole)


def between(size, truth, known):
    """What the distance would be without noise: over the groups that are compared, and their own mean."""
    kept = np.where(known, size, 0)
    mean = (kept * truth).sum(-1, keepdims=True) / np.maximum(kept.sum(-1, keepdims=True), 1)
    return (kept / size.sum(-1, keepdims=True) * (truth - mean) ** 2).sum()


def bias(distance, batch, gap, least):
    """The mean error over 20,000 batches, with its standard error, against the gaps of groups of `least` rows."""
    rng = np.random.default_rng(0)
    truth = 0.3 + gap * (np.arange(GROUPS) % 2 - 0.5)
    errors = []
    for _ in range(CHUNKS):
        by_group, overall = drawn(rng, batch, truth)
        size = by_group.among.numpy()[:, 0]
        errors.append((distance(by_group, overall).item() - between(size, truth, size >= least)) / TRIALS)
    return np.mean(errors), np.std(errors, ddof=1) / CHUNKS**0.5


@pytest.mark.parametrize("batch", [32, 128])
@pytest.mark.parametrize("gap", [0.0, 0.1])
def test_corrected_squares_are_unbiased_on_minibatches_and_plain_squares_are_not(batch, gap):
    mean, error = bias(CorrectedSquared(), batch, gap, least=2)
    assert abs(mean) < 3.5 * error
    assert error < 0.0002
    plain, error = bias(squared, batch, gap, least=1)
    # As many degrees of freedom as groups that turn up, less one, each with the variance of a decision at about 0.3.
    freedom = (1 - (1 - SHARES) ** batch).sum() - 1
    assert plain == pytest.approx(freedom * 0.21 / batch, rel=0.05)
    assert plain > 50 * error


def test_the_part_that_is_noise_is_not_the_sum_of_share_times_variance():
    def too_much(by_group, overall):
        noise = torch.where(by_group.noise.isfinite(), by_group.noise, 0)
        return squared(by_group, overall) - (by_group.among / overall.among * noise).sum()

    mean, error = bias(too_much, 128, 0.0, least=1)
    assert mean < -5 * error


def test_the_gradient_is_unbiased_where_the_noise_has_one():
    generator = torch.Generator().manual_seed(3)
    lean = torch.tensor([-1.0, -0.6, 0.0, 0.8], dtype=torch.float64, requires_grad=True)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    grid, mass = torch.tensor(nodes), torch.tensor(weights / weights.sum())
    means = (torch.sigmoid(lean[:, None] + 2 * grid) * mass).sum(-1)
    (truth,) = torch.autograd.grad(((means - means.mean()) ** 2).mean(), lean)

    found, plain = [], []
    for _ in range(100):
        scores = torch.sigmoid(lean[:, None] + 2 * torch.randn(200, 4, 3, generator=generator, dtype=torch.float64))
        value, noise = scores.mean(-1)[:, None], scores.var(-1)[:, None] / 3
        among = torch.full_like(value, 3)
        by_group = RateValues(value, among > 0, among, noise)
        middle = value.mean(-1, keepdim=True)
        overall = RateValues(middle, middle > 0, torch.full_like(middle, 12))
        for distance, store in ((CorrectedSquared(), found), (squared, plain)):
            store.append(torch.autograd.grad(distance(by_group, overall) / 200, lean, retain_graph=True)[0])
    for store, unbiased in ((found, True), (plain, False)):
        estimates = torch.stack(store)
        off = (estimates.mean(0) - truth).abs() / (estimates.std(0) / 10)
        assert (off.max() < 4) == unbiased


def test_a_group_of_unknown_noise_is_left_out_of_the_mean_too():
    values = torch.tensor([[[0.2, 0.6, 0.9]]], dtype=torch.float64, requires_grad=True)
    among, noise = torch.tensor([[[6.0, 2.0, 1.0]]]), torch.tensor([[[0.01, 0.05, inf]]])
    by_group = RateValues(values, among > 0, among, noise)
    overall = RateValues(torch.tensor([[[3.3 / 9]]]), torch.ones(1, 1, 1, dtype=torch.bool), torch.full((1, 1, 1), 9.0))
    found = CorrectedSquared()(by_group, overall)
    mean = (6 * 0.2 + 2 * 0.6) / 8
    expected = 6 / 9 * ((0.2 - mean) ** 2 - 2 / 8 * 0.01) + 2 / 9 * ((0.6 - mean) ** 2 - 6 / 8 * 0.05)
    assert found.item() == pytest.approx(expected, rel=1e-6)
    assert torch.autograd.grad(found, values)[0][0, 0, 2] == 0
    for noise in ([inf, inf, 0.1], [inf, inf, inf]):
        lonely = CorrectedSquared()(replace(by_group, noise=torch.tensor([[noise]])), overall)
        assert lonely.item() == 0
        assert (torch.autograd.grad(lonely, values)[0] == 0).all()


def test_a_noise_of_zero_is_taken_at_its_word():
    """Groups of saturated decisions have no variance, and the largest gap there is: it must not read as nothing."""
    among = torch.tensor([[[8.0, 8.0]]])
    by_group = RateValues(torch.tensor([[[0.0, 1.0]]]), among > 0, among, torch.zeros(1, 1, 2))
    overall = RateValues(torch.tensor([[[0.5]]]), torch.tensor([[[True]]]), torch.tensor([[[16.0]]]))
    assert CorrectedSquared()(by_group, overall).item() == 0.25


def residual_input(name, batch):
    logits, labels, codes = batch()
    decision = logits.sigmoid().requires_grad_()
    members = torch.nn.functional.one_hot(codes, 3).double()
    cells = count(members, labels[:, None], decision[:, None])
    parts = (cells, cells.sum(1, keepdim=True))
    stacked = StackedRates(resolve(name))
    by_group, overall = (replace(stacked(part), rows=part.sum((-1, -2))[:, None]) for part in parts)
    return decision, labels, codes, by_group, overall


@pytest.mark.parametrize("name", list(RATES))
def test_linear_residual_equals_loops_for_every_rate(name, batch):
    decision, labels, codes, by_group, overall = residual_input(name, batch)
    if name == "balanced_accuracy":
        pytest.skip("a mean of rates has no single denominator")
    rate, of, among, rows = RATES[name], [0.0] * 3, [0.0] * 3, [0] * 3
    for p, y, g in zip(decision.tolist(), labels.tolist(), codes.tolist(), strict=True):
        rows[g] += 1
        for outcome, mass in ((1, p), (0, 1 - p)):
            of[g] += mass * rate.of.weights[int(y)][outcome]
            among[g] += mass * rate.among.weights[int(y)][outcome]
    c = sum(of) / sum(among)
    expected = sum(n / 40 * ((a - c * b) / n) ** 2 for a, b, n in zip(of, among, rows, strict=True))
    assert LinearResidual()(by_group, overall).item() == pytest.approx(expected, rel=1e-10)
    if among == rows:
        assert squared(by_group, overall).item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", ["positive_predictive_value", "error_ratio"])
def test_gradient_of_the_linear_residual_has_no_division_by_the_rows_of_a_group(name, batch):
    """By hand: 2 sum over groups of (N - c D) (dN - c dD) / (n_g n), where c does not move."""
    decision, labels, codes, by_group, overall = residual_input(name, batch)
    (found,) = torch.autograd.grad(LinearResidual()(by_group, overall), decision)
    rate, c, expected = RATES[name], overall.values.item(), []
    of, among = by_group.of[0, 0].tolist(), by_group.among[0, 0].tolist()
    for y, g in zip(labels.int().tolist(), codes.tolist(), strict=True):
        slope = [form.weights[y][1] - form.weights[y][0] for form in (rate.of, rate.among)]
        n = (codes == g).sum().item()
        expected.append(2 * (of[g] - c * among[g]) * (slope[0] - c * slope[1]) / (n * 40))
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_treatment_equality_is_a_linear_residual_of_wrong_refusals():
    """FN of 3 and 1, FP of 2 and 3 among 10 rows each: c = 4/5, and residuals 3 - 1.6 and 1 - 2.4."""
    cells = torch.tensor([[[[2.0, 2.0], [3.0, 3.0]], [[3.0, 3.0], [1.0, 3.0]]]], dtype=torch.float64)
    stacked = StackedRates(resolve("treatment_equality"))
    by_group, overall = (
        replace(stacked(part), rows=part.sum((-1, -2))[:, None]) for part in (cells, cells.sum(1, keepdim=True))
    )
    assert LinearResidual()(by_group, overall).item() == pytest.approx(0.14**2, rel=1e-12)


def test_linear_residual_stays_small_where_hardly_a_wrong_selection_is_left(batch):
    """The ratio of each group is about 1e7 there, and single precision is enough for the residual."""
    _, labels, codes = batch()
    weight = 1 + codes * labels  # so that the groups differ in FN / FP
    slopes = []
    for dtype in (torch.float32, torch.float64):
        logits = torch.full((40,), -17.0, dtype=dtype, requires_grad=True)
        members = torch.nn.functional.one_hot(codes, 3).to(dtype)
        cells = count(members, labels.to(dtype)[:, None], logits.sigmoid()[:, None], weight.to(dtype))
        stacked = StackedRates(resolve("treatment_equality"))
        by_group, overall = (
            replace(stacked(part), rows=part.sum((-1, -2))[:, None]) for part in (cells, cells.sum(1, keepdim=True))
        )
        assert squared(by_group, overall) > 1e10
        found = LinearResidual()(by_group, overall)
        assert 0.01 < found < 1
        slopes.append(torch.autograd.grad(found, logits)[0])
    torch.testing.assert_close(slopes[0].double(), slopes[1], rtol=1e-3, atol=1e-5)


def test_rates_without_what_is_asked_for_are_refused():
    one = torch.ones(1, 1, 2)
    bare = RateValues(one, one > 0, one)
    with pytest.raises(InputError, match="CorrectedSquared needs the variance of each rate, got rates without noise"):
        CorrectedSquared()(bare, bare)
    with pytest.raises(InputError, match="LinearResidual needs the rows of each group, got rates without rows"):
        LinearResidual()(bare, bare)
