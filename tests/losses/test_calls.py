"""How many tensor calls a step makes: on small batches they are what a constraint costs, whatever they compute."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import fairloss as fl


class Counted(TorchDispatchMode):
    """Counts the calls of tensor operations within."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.calls += 1
        return func(*args, **(kwargs or {}))


def calls_of_a_step(term, groups):
    """Count those of the third step: the first ones fill memory and caches."""
    criterion = fl.FairLoss("bce_with_logits", term, groups=groups)
    logits, codes = torch.linspace(-2, 2, 240, requires_grad=True), torch.arange(240) % groups
    for _ in range(3):
        with Counted() as counted:
            criterion(logits, (torch.arange(240) // 2 % 2).float(), codes).backward()
    return counted.calls


@pytest.mark.parametrize(
    "term", [fl.Constraint("equalized_odds", 0.03), fl.Penalty("equalized_odds", 1.0)], ids=["constraint", "penalty"]
)
def test_the_number_of_calls_does_not_depend_on_the_number_of_groups(term):
    assert calls_of_a_step(term, 2) == calls_of_a_step(term, 12) == calls_of_a_step(term, 60)


def test_rates_of_every_kind_cost_the_same_calls():
    one, two, given_decisions = (
        calls_of_a_step(fl.Constraint(notion, 0.03), 12)
        for notion in ("equal_opportunity", "equalized_odds", "conditional_use_accuracy")
    )
    assert one == two == given_decisions < 150
