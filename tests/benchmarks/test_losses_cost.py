"""What fairness costs per step, as ratios to the same step without it, in one run."""

from __future__ import annotations

from statistics import quantiles
from time import process_time

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fairloss as fl

pytestmark = pytest.mark.benchmark


def bare_gap(groups):
    """The least that any group penalty must do: one matrix product and a difference of rates given the label."""

    def criterion(logits, labels, codes):
        members = F.one_hot(codes, groups).to(logits.dtype)
        mass = torch.stack([labels, 1 - labels], 1)
        mass = torch.cat([mass, mass * torch.sigmoid(logits)[:, None]], 1)
        of_among = members.T @ mass
        rates = of_among[:, 2:] / of_among[:, :2].clamp_min(1)
        return F.binary_cross_entropy_with_logits(logits, labels) + (rates.amax(0) - rates.amin(0)).sum()

    return criterion


def fairret_loss(groups):
    """The peer: its stacked true and false positive rates under its norm loss."""
    pytest.importorskip("fairret", reason="the peer fairret is not installed")
    from fairret.loss import NormLoss
    from fairret.statistic import FalsePositiveRate, StackedLinearFractionalStatistic, TruePositiveRate

    norm = NormLoss(StackedLinearFractionalStatistic(TruePositiveRate(), FalsePositiveRate()))

    def criterion(logits, labels, codes):
        base = F.binary_cross_entropy_with_logits(logits, labels)
        return base + norm(logits[:, None], F.one_hot(codes, groups).to(logits.dtype), labels[:, None])

    return criterion


def criteria(groups):
    constraint = fl.Constraint("equalized_odds", 0.03)
    penalty = fl.Penalty("equalized_odds", 1.0)
    return {
        "base": lambda z, y, _: F.binary_cross_entropy_with_logits(z, y),
        "bare": bare_gap(groups),
        "fairret": fairret_loss(groups),
        "penalty": fl.FairLoss("bce_with_logits", penalty, groups=groups),
        "constraint": fl.FairLoss("bce_with_logits", constraint, groups=groups),
    }


def seconds_per_step(groups, size, rounds=330):
    """Lower decile of the processor time of a training step under each criterion, the criteria taking turns.

    The order turns too, so that none has always the better neighbor. The time is that of this process, and what else
    the machine does can only add to it (other work in the caches): hence the lower end.
    """
    torch.manual_seed(0)
    x, y, codes = torch.randn(size, 30), torch.randint(0, 2, (size,)).float(), torch.randint(0, groups, (size,))
    model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    listed = list(criteria(groups).items())
    times = {name: [] for name, _ in listed}
    for turn in range(rounds):
        for name, criterion in listed[turn % len(listed) :] + listed[: turn % len(listed)]:
            start = process_time()
            loss = criterion(model(x)[:, 0], y, codes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            times[name].append(process_time() - start)
    return {name: quantiles(values[30:], n=10)[0] for name, values in times.items()}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("size", [256, 4096])
@pytest.mark.parametrize("groups", [2, 12, 60])
def test_extra_cost_of_a_step(size, groups):
    seconds = seconds_per_step(groups, size)
    cost = {name: seconds[name] - seconds["base"] for name in ("bare", "fairret", "penalty", "constraint")}
    milliseconds = ", ".join(f"{name} +{1e3 * value:.3f}" for name, value in cost.items())
    to_bare, to_fairret = (cost["constraint"] / cost[name] for name in ("bare", "fairret"))
    print(
        f"\n{size} rows, {groups} groups: base {1e3 * seconds['base']:.2f} ms, {milliseconds}; "
        f"the constraint costs {to_bare:.2f} x the bare gap, {to_fairret:.2f} x fairret"
    )
    assert to_bare < 3
    assert to_fairret < 0.7
