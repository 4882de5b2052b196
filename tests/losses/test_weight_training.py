"""Training with cell weights: the worst group's loss on rows that were not trained on, against plain training."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from fairloss.losses.membership import Attribute
from fairloss.losses.weights.adversarial_weights import GroupDRO
from fairloss.losses.weights.focal_weights import GroupFocal
from fairloss.losses.weights.frequency_weights import InverseFrequency
from fairloss.losses.weights.tail_weights import CVaR

ROWS = 4_000
WORST_FIRST = (
    GroupDRO(step=0.05),
    GroupDRO(step=0.05, by="cell"),
    GroupDRO(step=0.05, adjustment=1.0),
    CVaR(alpha=0.3, by="group"),
    GroupFocal(gamma=3),
    InverseFrequency(),
    InverseFrequency(by="cell"),
)


def data(seed):
    """A minority of a tenth, for whom another feature decides; one linear model must find a middle."""
    generator = torch.Generator().manual_seed(seed)
    codes = (torch.rand(ROWS, generator=generator) < 0.1).long()
    x = torch.randn(ROWS, 2, generator=generator)
    noise = 0.5 * torch.randn(ROWS, generator=generator)
    return x, (x.gather(1, codes[:, None])[:, 0] + noise > 0).float(), codes


def group_losses(scheme):
    """Train on some rows; give the loss of each group, and the mean of the worst 60 percent, on others."""
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    weights = None if scheme is None else scheme.bind(Attribute("group", ("0", "1")), 2_000)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    x, y, codes = data(0)
    for _ in range(8):
        for rows in torch.randperm(ROWS).split(50):
            loss = binary_cross_entropy_with_logits(model(x[rows])[:, 0], y[rows], reduction="none")
            if weights is not None:
                loss = weights(loss, torch.eye(2)[codes[rows]], y[rows, None], None) * loss
            optimizer.zero_grad()
            loss.mean().backward()
            optimizer.step()
    x, y, codes = data(1)
    with torch.no_grad():
        loss = binary_cross_entropy_with_logits(model(x)[:, 0], y, reduction="none")
    return [loss[codes == group].mean().item() for group in (0, 1)], loss.topk(ROWS * 6 // 10).values.mean().item()


@cache
def plain():
    return group_losses(None)


@pytest.mark.parametrize("scheme", WORST_FIRST, ids=str)
def test_the_worst_group_is_better_off_than_in_plain_training(scheme):
    (common, rare), _ = plain()
    assert rare > 2 * common
    assert max(group_losses(scheme)[0]) < 0.9 * rare


def test_group_dro_brings_the_groups_together():
    (common, rare), _ = group_losses(GroupDRO(step=0.05))
    assert abs(rare - common) < 0.2 * abs(plain()[0][1] - plain()[0][0])


def test_cvar_over_rows_lowers_the_mean_of_the_worst_rows():
    (common, rare), worst = group_losses(CVaR(alpha=0.6))
    assert worst < 0.98 * plain()[1]
    assert common < 0.6  # it is no constant model, whose loss is log(2) = 0.69 in both groups
    assert rare < plain()[0][1]
