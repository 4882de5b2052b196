"""The formulas of the weightings against loops, a table and brute force."""

from __future__ import annotations

from math import exp, inf, sqrt

import numpy as np
import pytest
import torch

import fairloss as fl
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.adversarial_weights import GroupDRO
from fairloss.losses.weights.focal_weights import GroupFocal
from fairloss.losses.weights.frequency_weights import InverseFrequency, Reweighing
from fairloss.losses.weights.tail_weights import CVaR

HORIZON = 150
SCHEMES = (
    Reweighing(),
    InverseFrequency(),
    InverseFrequency(by="cell", power=0.5),
    InverseFrequency(by="cell", cap=1.4),
    InverseFrequency(cap=1),
    GroupDRO(),
    GroupDRO(step=0.7, by="cell", adjustment=2.0),
    CVaR(alpha=0.2, by="group"),
    CVaR(alpha=0.5, by="cell"),
    GroupFocal(),
    GroupFocal(gamma=3, by="cell"),
    GroupFocal(gamma=0),
)


def bound(scheme, memory=HORIZON, groups=3):
    return scheme.bind(Attribute("race", tuple("abcdefgh"[:groups])), memory)


def rows(seed, n=60):
    """Losses, group codes, labels and weights; the last group is rare and absent from every third batch."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 2, (n,), generator=generator)
    codes[:: 9 if seed % 3 else n] = 2 if seed % 3 else 0
    codes[5::11] = -1
    label = torch.randint(0, 2, (n,), generator=generator)
    losses = torch.rand(n, generator=generator, dtype=torch.float64) * (1 + codes.clamp_min(0)) + 0.3 * label
    return losses, codes, label, 0.2 + torch.rand(n, generator=generator, dtype=torch.float64)


def members(codes, groups=3):
    return (codes[:, None] == torch.arange(groups)).double()


class Loop:
    """The same row by row in plain numbers."""

    def __init__(self, scheme):
        self.scheme = scheme
        self.by_cell = isinstance(scheme, Reweighing) or getattr(scheme, "by", "") == "cell"
        self.sums, self.q = {}, {}

    def step(self, losses, codes, label, weight):
        data = list(zip(losses.tolist(), codes.tolist(), label.tolist(), weight.tolist(), strict=True))
        known = [((g, y if self.by_cell else 0), loss, w) for loss, g, y, w in data if g >= 0]
        batch = {}
        for cell, loss, w in known:
            old = batch.get(cell, (0, 0, 0))
            batch[cell] = (old[0] + w, old[1] + w * loss, old[2] + w * w)
        fade = exp(-len(known) / HORIZON)
        for cell in {*self.sums, *batch}:
            pairs = zip(self.sums.get(cell, (0, 0, 0)), batch.get(cell, (0, 0, 0)), strict=True)
            self.sums[cell] = tuple(fade * before + now for before, now in pairs)
        factor = self.factor(batch)
        return [1.0 if g < 0 else factor[g, y if self.by_cell else 0] for _, g, y, _ in data]

    def factor(self, batch):
        whole = sum(w for w, _, _ in self.sums.values())
        share = {cell: w / whole for cell, (w, _, _) in self.sums.items()}
        loss = {cell: wl / w for cell, (w, wl, _) in self.sums.items()}
        return getattr(self, f"of_{type(self.scheme).__name__.lower()}")(share, loss, batch)

    def of_reweighing(self, share, loss, batch):
        group = {g: sum(s for (h, _), s in share.items() if h == g) for g, _ in share}
        label = {y: sum(s for (_, z), s in share.items() if z == y) for _, y in share}
        total = sum(group[g] * label[y] for g, y in share)
        return {(g, y): group[g] * label[y] / total / s for (g, y), s in share.items()}

    def of_inversefrequency(self, share, loss, batch):
        raw = {cell: s**-self.scheme.power for cell, s in share.items()}
        low, high = 0.0, 1e6  # bisection for the scale with which the capped factors have the mean 1
        for _ in range(200):
            middle = (low + high) / 2
            mean = sum(s * min(middle * raw[cell], self.scheme.cap) for cell, s in share.items())
            low, high = (middle, high) if mean < 1 else (low, middle)
        return {cell: min(low * r, self.scheme.cap) for cell, r in raw.items()}

    def of_groupdro(self, share, loss, batch):
        cells = [(g, y) for g in range(3) for y in range(2 if self.by_cell else 1)]
        q = self.q or dict.fromkeys(cells, 1 / len(cells))
        size = {cell: w * w / squares for cell, (w, _, squares) in self.sums.items()}
        moved = {}
        for cell, (w, wl, _) in batch.items():
            moved[cell] = q[cell] * exp(self.scheme.step * (wl / w + self.scheme.adjustment / sqrt(size[cell])))
        kept = sum(q[cell] for cell in moved)
        total = sum(moved.values())
        self.q = {cell: moved[cell] / total * kept if cell in moved else q[cell] for cell in cells}
        seen = sum(self.q[cell] for cell in share)
        everything = sum(w for w, _, _ in batch.values())
        factor = {}
        for cell, s in share.items():
            one_row = batch[cell][2] / batch[cell][0] / everything if cell in batch else 0
            factor[cell] = self.q[cell] / seen / max(s, one_row)
        return factor

    def of_cvar(self, share, loss, batch):
        left, factor = self.scheme.alpha, {}
        for cell in sorted(share, key=lambda cell: -loss[cell]):
            taken = min(share[cell], left)
            left -= taken
            factor[cell] = taken / share[cell] / self.scheme.alpha
        return factor

    def of_groupfocal(self, share, loss, batch):
        worst = max(loss.values())
        raw = {cell: (loss[cell] / worst) ** self.scheme.gamma for cell in share}
        mean = sum(share[cell] * r for cell, r in raw.items())
        return {cell: r / mean for cell, r in raw.items()}


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_the_factors_of_a_run_equal_a_loop(scheme):
    weights, loop = bound(scheme), Loop(scheme)
    for seed in range(1, 9):
        losses, codes, label, weight = rows(seed)
        expected = torch.tensor(loop.step(losses, codes, label, weight), dtype=torch.float64)
        found = weights(losses, members(codes), label.double()[:, None], weight)
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("whole", [True, False])
def test_reweighing_equals_the_preprocessing_of_a_table(whole):
    losses, codes, label, weight = rows(1)
    kept = (codes >= 0) & (whole | (codes + label != 2))  # or without the cells (1, 1) and (2, 0)
    losses, codes, label, weight = losses[kept], codes[kept], label[kept], weight[kept]
    fitted = fl.preprocessing.Reweighing().fit(label.numpy(), sensitive_features=codes.numpy(), sample_weight=weight)
    table = fitted.transform(label.numpy(), sensitive_features=codes.numpy())
    found = bound(Reweighing())(losses, members(codes), label.double()[:, None], weight)
    torch.testing.assert_close(found, torch.from_numpy(table), rtol=1e-12, atol=0)


def test_reweighing_of_batches_is_that_of_the_table():
    """With a memory that forgets nothing, and judged after the last batch."""
    weights = bound(Reweighing(), memory=inf)
    parts = [rows(seed) for seed in range(1, 9)]
    for losses, codes, label, _ in parts:
        weights(losses, members(codes), label.double()[:, None], None)
    losses, codes, label, _ = (torch.cat(column) for column in zip(*parts, strict=True))
    known = codes >= 0
    table = fl.preprocessing.Reweighing().fit_transform(label[known].numpy(), sensitive_features=codes[known].numpy())
    found = weights.eval()(losses, members(codes), label.double()[:, None], None)[known]
    torch.testing.assert_close(found, torch.from_numpy(table), rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "scheme", [GroupFocal(gamma=0), InverseFrequency(power=0), InverseFrequency(cap=1), CVaR(1.0), CVaR(1.0, by="cell")]
)
def test_at_these_settings_nothing_is_weighted(scheme):
    weights = bound(scheme)
    for seed in range(1, 5):
        losses, codes, label, weight = rows(seed)
        factor = weights(losses, members(codes), label.double()[:, None], weight)
        torch.testing.assert_close(factor, torch.ones(60, dtype=torch.float64))


def test_weights_of_group_dro_find_the_game_value():
    """Two groups whose losses trade off: the worst is least where both are equal, and q is then the equilibrium.

    Losses (x - 1)^2 and 4 (x + 1)^2 are equal at x = -1/3; there q_0 * 2 (x - 1) + q_1 * 8 (x + 1) = 0 at q_0 = 2/3.
    """
    x = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    weights, codes = bound(GroupDRO(step=0.1), groups=2), torch.tensor([0] * 30 + [1] * 10)
    for _ in range(800):
        losses = torch.where(codes == 0, (x - 1) ** 2, 4 * (x + 1) ** 2)
        factor = weights(losses, members(codes, 2), None, None)
        (gradient,) = torch.autograd.grad((factor * losses).mean(), x)
        x = (x - 0.02 * gradient).detach().requires_grad_()
    assert x.item() == pytest.approx(-1 / 3, abs=1e-3)
    assert factor[0].item() == pytest.approx(2 / 3 / 0.75, abs=1e-2)
    assert factor[-1].item() == pytest.approx(1 / 3 / 0.25, abs=1e-2)


def test_a_group_that_the_batch_lacks_keeps_its_weight():
    weights = bound(GroupDRO(step=1.0))
    losses, codes, _, _ = rows(1)
    weights(losses, members(codes), None, None)
    before = weights.rule.log_mass.exp()
    there = codes < 2
    weights(losses[there], members(codes[there]), None, None)
    after = weights.rule.log_mass.exp()
    assert after[2].item() == pytest.approx(before[2].item(), abs=1e-15)
    assert (after - before)[:2].abs().min() > 0.01
    assert after.sum().item() == pytest.approx(1, abs=1e-12)


def test_an_endless_loss_does_not_reach_the_weights_of_groups():
    weights, codes = bound(GroupDRO(step=100.0), groups=2), torch.tensor([0, 0, 1])
    for loss in (1.0, 3e38, inf):  # 100 times 3e38 is no number in single precision
        factor = weights(torch.tensor([0.0, 0.0, loss]), members(codes, 2).float(), None, None)
    torch.testing.assert_close(factor, torch.tensor([0.0, 0.0, 3.0]))
    assert weights.rule.log_mass.isfinite().all()


def test_a_negative_mean_loss_counts_as_none():
    losses = torch.tensor([-1.0, 2.0, 4.0], dtype=torch.float64)
    factor = bound(GroupFocal(gamma=1))(losses, torch.eye(3, dtype=torch.float64), None, None)
    torch.testing.assert_close(factor, torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64))


def test_a_single_row_weighs_no_more_than_its_whole_group():
    weights, common = bound(GroupDRO(), memory=inf, groups=2), torch.zeros(1000, dtype=torch.long)
    codes = common.index_fill(0, torch.tensor([0]), 1)
    for who in (codes, common[:10].index_fill(0, torch.tensor([0]), 1)):
        factor = weights(torch.ones(len(who)).double(), members(who, 2), None, None)
    # the group has two of 1,010 rows and so, by half of the mass, a factor of 252; a batch of ten rows allows 5
    assert factor[0].item() == pytest.approx(5.0)
    assert weights.eval()(torch.ones(1).double(), members(torch.ones(1), 2), None, None).item() == pytest.approx(252.5)


@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_cvar_of_a_batch_is_the_least_value_of_rockafellar_and_uryasev(alpha, weighted):
    losses, _, _, weight = rows(1)
    losses = (losses * 8).round() / 8  # with ties
    weight = weight if weighted else torch.ones_like(weight)
    factor = bound(CVaR(alpha), groups=1)(losses, torch.ones(60, 1), None, weight if weighted else None)
    candidates = [
        eta + (weight * (losses - eta).relu()).sum().item() / weight.sum().item() / alpha for eta in losses.tolist()
    ]
    assert ((factor * weight * losses).sum() / weight.sum()).item() == pytest.approx(min(candidates), rel=1e-6)
    assert factor.max() <= 1 / alpha + 1e-12


def stream(alpha, size, unit=1.0, batches=3_000, horizon=2_000):
    """Skewed losses in small batches: the mean factor, and the weighted loss as an estimate of the worst mean."""
    rng, weights = np.random.default_rng(0), bound(CVaR(alpha), memory=horizon, groups=1)
    found = []
    for _ in range(batches):
        losses = torch.from_numpy(unit * rng.exponential(size=size))
        factor = weights(losses, torch.ones(size, 1), None, None)
        found.append((factor.mean().item(), (factor * losses).mean().item() / unit))
    return np.mean(found[batches // 3 :], axis=0), weights.tail[0].item() / unit


@pytest.mark.parametrize("alpha", [0.1, 0.5])
@pytest.mark.parametrize("size", [4, 64])
def test_the_learned_threshold_reads_the_tail_without_bias(alpha, size):
    """Exponential losses: the threshold is log(1 / alpha), the mean beyond it 1 more; half of the rows at 4 per batch
    would read 1.52 with the median of the batch, not 1.69."""
    (mean_factor, worst), threshold = stream(alpha, size)
    # 8,000 rows or more: the standard error of the mean factor is at most sqrt(9 / 8,000) = 0.034
    assert mean_factor == pytest.approx(1, abs=0.1)
    assert worst == pytest.approx(np.log(1 / alpha) + 1, rel=0.1)
    assert threshold == pytest.approx(np.log(1 / alpha), abs=0.25)


def test_the_unit_of_the_loss_does_not_matter():
    (first, second) = (stream(0.2, 16, unit, batches=200) for unit in (1.0, 1e4))
    np.testing.assert_allclose(np.append(*first), np.append(*second), rtol=1e-9)


def test_one_batch_does_not_throw_the_threshold_beyond_all_losses():
    weights = bound(CVaR(0.05), groups=1)
    for level in (0.0, 1.0):
        weights(level + torch.linspace(0, 1, 100), torch.ones(100, 1), None, None)
    assert 1.0 < weights.tail[0].item() < 2.0


def test_the_threshold_follows_losses_that_fall():
    weights, rng = bound(CVaR(0.2), memory=1_000, groups=1), np.random.default_rng(0)
    for level in (100.0, 1.0):
        for _ in range(600):
            losses = torch.from_numpy(level + rng.random(50))
            factor = weights(losses, torch.ones(50, 1), None, None)
    assert weights.tail[0].item() == pytest.approx(1.8, abs=0.1)
    assert 0 < factor.mean() < 3
