"""The adversary: what its value means, which way each gradient goes, and that one optimizer trains both."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest
import torch
from torch.nn import functional as F

from fairloss.losses.row_distances.adversary import Adversary
from fairloss.losses.row_distances.row_sample import RowSample


def knowing(term, weight, bias):
    """Set the last layer."""
    with torch.no_grad():
        term.outer.weight.copy_(weight)
        term.outer.bias.copy_(bias)
    return term


def plain_guess(term, sample):
    """Apply the network by hand to the standardized values."""
    rows = torch.repeat_interleave(torch.arange(len(sample.values)), sample.weight.long())
    x = sample.values
    spread = (x[rows].var(correction=0) + 1e-6 * x[rows].square().mean() + 1e-12).sqrt()
    scaled = ((x - x[rows].mean()) / spread)[:, None]
    return term.outer(torch.tanh(term.inner(scaled))), rows


def gradients(term, sample):
    leaf = sample.values.clone().requires_grad_()
    return torch.autograd.grad(term(replace(sample, values=leaf)), [leaf, *term.parameters()])


def test_each_bind_makes_parameters_of_its_own_and_a_seed_repeats_them():
    torch.manual_seed(3)
    first, second = Adversary().bind(2), Adversary().bind(2)
    torch.manual_seed(3)
    again = Adversary().bind(2)
    assert not torch.equal(first.inner.weight, second.inner.weight)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert set(first.state_dict()) == {"inner.weight", "inner.bias", "outer.weight", "outer.bias"}


def test_the_value_is_the_entropy_less_the_cross_entropy(row_sample):
    torch.manual_seed(0)
    for shares in (False, True):
        sample, term = row_sample(shares=shares), Adversary().bind(3).double()
        logits, rows = plain_guess(term, sample)
        members = sample.attribute[rows]
        marginal = members.mean(0)
        expected = -(marginal * marginal.log()).sum() - F.cross_entropy(logits[rows], members)
        torch.testing.assert_close(term(sample), expected)


def test_one_that_knows_the_shares_reads_zero_one_that_knows_all_the_entropy(row_sample):
    sample = row_sample(groups=2)
    shares = (sample.attribute * sample.weight[:, None]).sum(0) / sample.weight.sum()
    term = knowing(Adversary().bind(2).double(), torch.zeros(2, 32), shares.log())
    assert term(sample).item() == pytest.approx(0, abs=1e-7)
    assert all(gradient.abs().max() < 1e-7 for gradient in gradients(term, sample)[:1])
    knowing(term, torch.zeros(2, 32), torch.tensor([5.0, 0.0]))
    assert term(sample).item() < -1
    far = replace(sample, values=sample.attribute[:, 1])
    with torch.no_grad():
        term.inner.weight.fill_(1), term.inner.bias.fill_(0)
    knowing(term, torch.tensor([[-9.0], [9.0]]).expand(2, 32), torch.zeros(2))
    entropy = -sum(p * log(p) for p in shares.tolist())
    assert term(far).item() == pytest.approx(entropy, abs=1e-6)


@pytest.mark.parametrize(("strength", "scale"), [(1.0, 1.0), (0.5, 3.0), (0.0, 1.0)])
def test_gradient_of_the_model_lowers_and_that_of_the_network_raises_the_distance(strength, scale, row_sample):
    torch.manual_seed(0)
    sample, term = row_sample(), Adversary(strength=strength, adversary_scale=scale).bind(3).double()
    leaf = sample.values.clone().requires_grad_()
    logits, rows = plain_guess(term, replace(sample, values=leaf))
    cross = F.cross_entropy(logits[rows], sample.attribute[rows])
    of_model, *of_network = torch.autograd.grad(cross, [leaf, *term.parameters()])
    found, *others = gradients(term, sample)
    torch.testing.assert_close(found, -strength * of_model)
    for mine, plain in zip(others, of_network, strict=True):
        torch.testing.assert_close(mine, scale * plain)


def test_a_continuous_attribute_gives_the_explained_share_of_its_variance(continuous_sample):
    torch.manual_seed(0)
    sample, term = continuous_sample(columns=2), Adversary().bind(2).double()
    guess, rows = plain_guess(term, sample)
    target = sample.attribute[rows]
    target = (target - target.mean(0)) / target.std(0, correction=0)
    expected = 1 - (guess[rows] - target).square().mean(0)
    torch.testing.assert_close(term(sample), expected.mean())
    constant = replace(sample, attribute=torch.cat([sample.attribute[:, :1], torch.full((30, 1), 7.0)], 1))
    torch.testing.assert_close(term(constant), expected[0])
    assert term(replace(constant, attribute=constant.attribute[:, 1:].expand(30, 2))).item() == 0


def test_one_optimizer_trains_both_until_little_is_left_to_guess():
    """A slope on a feature that is the group, and on one that is not: the first goes, the second stays."""
    torch.manual_seed(0)
    groups = torch.randint(0, 2, (512,))
    features = torch.stack([groups * 2.0 - 1, torch.randn(512)], dim=1)
    members, target = F.one_hot(groups, 2).float(), (features.sum(1) > 0).float()
    slopes = {}
    for weight in (0.0, 2.0):
        torch.manual_seed(1)
        model, term = torch.nn.Linear(2, 1), Adversary(hidden=8).bind(2)
        optimizer = torch.optim.Adam(
            [{"params": model.parameters(), "lr": 0.01}, {"params": term.parameters(), "lr": 0.05}]
        )
        for _ in range(400):
            logits = model(features)[:, 0]
            distance = term(RowSample(torch.sigmoid(logits), members, torch.ones(512)))
            loss = F.binary_cross_entropy_with_logits(logits, target) + weight * distance
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        slopes[weight] = model.weight[0].tolist()
        if weight:
            assert distance.item() < 0.1  # the entropy is 0.69, and all of it is known at a ratio of 1
    assert slopes[0.0][0] / slopes[0.0][1] > 0.8
    assert abs(slopes[2.0][0] / slopes[2.0][1]) < 0.3
