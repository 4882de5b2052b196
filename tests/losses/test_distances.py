"""Every distance by name, and the norm of gaps against a loop."""

from __future__ import annotations

from math import inf

import pytest
import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses import DISTANCES, FairLoss, GapNorm, Penalty
from fairloss.losses.stacked_rates import RateValues

NAMED = pytest.mark.parametrize("name", list(DISTANCES))


def rates(values: Tensor, among: Tensor) -> tuple[RateValues, RateValues]:
    values = torch.where(among > 0, values, 0)
    total = among.sum(-1, keepdim=True)
    middle = (values * among).sum(-1, keepdim=True) / torch.where(total > 0, total, 1)
    return RateValues(values, among > 0, among), RateValues(middle, total > 0, total)


def penalty(name: str, logits: Tensor, labels: Tensor, codes: Tensor, groups: int = 3) -> Tensor:
    criterion = FairLoss("bce_with_logits", Penalty("equalized_odds", 1, distance=name), groups=groups).eval()
    return criterion(logits, labels, codes) - FairLoss("bce_with_logits", groups=groups)(logits, labels, codes)


@pytest.mark.parametrize("order", [1, 1.5, 2, 3, inf])
@pytest.mark.parametrize("tolerance", [0.0, 0.07])
def test_gap_norm_equals_a_loop(order, tolerance):
    values = torch.tensor([[[0.1, 0.5, 0.3], [0.9, 0.2, 0.4]]], dtype=torch.float64)
    among = torch.tensor([[[5.0, 3.0, 2.0], [4.0, 1.0, 0.0]]], dtype=torch.float64)
    excess = []
    for row, weights in zip(values[0].tolist(), among[0].tolist(), strict=True):
        middle = sum(v * w for v, w in zip(row, weights, strict=True)) / sum(weights)
        excess += [max(0.0, abs(v - middle) - tolerance) for v, w in zip(row, weights, strict=True) if w]
    expected = max(excess) if order == inf else sum(gap**order for gap in excess) ** (1 / order)
    assert GapNorm(order, tolerance)(*rates(values, among)).item() == pytest.approx(expected, rel=1e-12)


@NAMED
def test_gradient_and_order_of_rows_and_groups(name, batch):
    logits, labels, codes = batch()
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda z: penalty(name, z, labels, codes), logits)
    value = penalty(name, logits, labels, codes)
    turn = torch.arange(len(logits)).flip(0)
    torch.testing.assert_close(penalty(name, logits[turn], labels[turn], codes[turn]), value)
    torch.testing.assert_close(penalty(name, logits, labels, (codes + 1) % 3), value)
    torch.testing.assert_close(penalty(name, logits, labels, codes, groups=5), value)


@NAMED
def test_zero_at_parity_and_without_rows_and_no_cancelling(name):
    among = torch.tensor([[[4.0, 4.0, 4.0]]])
    for values, rows in ((torch.full((1, 1, 3), 0.3), among), (torch.rand(1, 1, 3), among * 0)):
        values.requires_grad_()
        distance = DISTANCES[name](*rates(values, rows))
        (gradient,) = torch.autograd.grad(distance, values)
        assert distance.item() == pytest.approx(0, abs=1e-6)
        assert gradient.isfinite().all()
    assert DISTANCES[name](*rates(torch.tensor([[[0.1, 0.5, 0.9]]]), among)) > 0.1


@pytest.mark.parametrize("settings", [{"order": 0.5}, {"order": float("nan")}, {"tolerance": -1}, {"tolerance": inf}])
def test_settings_that_are_no_norm_are_refused(settings):
    with pytest.raises(InputError, match="of a GapNorm must be"):
        GapNorm(**settings)
