"""The training loop: tensors in memory, shuffled once per epoch and sliced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from numbers import Integral
from operator import itemgetter
from typing import Any

import torch
from torch import nn

from fairloss.errors import InputError, is_number
from fairloss.estimators.network import parameters_of
from fairloss.estimators.selection import Epoch, Rows, judge
from fairloss.losses import FairLoss

__all__ = ["Plan", "train"]

_FEWEST_STEPS = 20
_SMALLEST_BATCH = 32
_WARM_UP = 8
"""The first 1/8 of the epochs do not compete: a network that has learned nothing yet gives hardly anyone the favorable
decision, so that its gaps are small and its multipliers still 0."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train.

    Parameters
    ----------
    epochs : int
        Passes over the training rows at most.
    batch_size : int
        Rows per step; small tables take fewer, so that an epoch has 20 steps, but not fewer than 32.
    learning_rate : float
        The first step size of Adam; it falls to zero along half a cosine.
    weight_decay : float
        How strongly weights are pulled to zero.
    patience : int or None
        Epochs without a better iterate after which the training stops, provided that the best one meets all tolerances,
        with their margins: while it does not, the multipliers go on rising. None never stops early.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    patience: int | None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience"):
            value = getattr(self, name)
            if not (value is None and name == "patience") and not (isinstance(value, Integral) and int(value) > 0):
                raise InputError(f"{name} must be a whole number above 0, got {value!r}. Try the default.")
        rate, decay = self.learning_rate, self.weight_decay
        if not (is_number(rate) and rate > 0):
            raise InputError(f"learning_rate must be a number above 0, got {rate!r}. Try the default.")
        if not (is_number(decay) and decay >= 0):
            raise InputError(f"weight_decay must be a number of 0 or more, got {decay!r}. 0 turns it off.")

    def steps(self, n_rows: int) -> int:
        """Give the number of steps in an epoch.

        Examples
        --------
        >>> plan = Plan(epochs=40, batch_size=1024, learning_rate=0.002, weight_decay=0.0, patience=None)
        >>> plan.steps(1_000_000), plan.steps(2_000), plan.steps(100)
        (977, 20, 3)
        """
        size = min(self.batch_size, max(n_rows // _FEWEST_STEPS, _SMALLEST_BATCH))
        return max(1, round(n_rows / size))


def train(
    module: nn.Module,
    criterion: FairLoss,
    rows: Rows,
    validation: Rows,
    plan: Plan,
    *,
    report: Callable[[Epoch], None],
) -> tuple[list[Epoch], Epoch]:
    """Train the module in place and leave it at the best iterate.

    Parameters
    ----------
    module : torch.nn.Module
        Gives logits.
    criterion : FairLoss
        Its memory and multipliers move.
    rows, validation : Rows
        What to fit, and what to choose the iterate by.
    plan : Plan
        How long and how fast.
    report : callable
        Called with every epoch.

    Returns
    -------
    history : list of Epoch
    best : Epoch
        The one that was kept: of the smallest `Epoch.cost`, the first of equals. The price of a violation follows the
        multipliers, so a violation that was worth its while early may not be later.

    Raises
    ------
    InputError
        If no iterate has a finite loss.
    """
    steps = plan.steps(len(rows))
    optimizer = _adam(module, plan)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.epochs * steps)
    history: list[Epoch] = []
    best, state, price = None, parameters_of(module), 0.0
    for number in range(1, plan.epochs + 1):
        loss = _one_epoch(module, criterion, rows, steps, optimizer, schedule)
        epoch = judge(module, criterion, validation, epoch=number, loss=loss, training=rows)
        history.append(epoch)
        report(epoch)
        price = max(price, epoch.price)
        warm = number <= 1 + plan.epochs // _WARM_UP
        if best is None or warm or epoch.cost(price) < best.cost(price):
            best, state = epoch, parameters_of(module)
        elif plan.patience is not None and number - best.epoch >= plan.patience and best.excess == 0:
            break
    if best is None or not isfinite(best.validation_loss):
        raise InputError(
            f"The training diverged: no iterate has a finite loss at learning_rate={plan.learning_rate:g}. "
            "Lower the learning rate."
        )
    module.load_state_dict(state)
    return history, best


def _one_epoch(
    module: nn.Module, criterion: FairLoss, rows: Rows, steps: int, optimizer: torch.optim.Optimizer, schedule: Any
) -> float:
    module.train()
    criterion.train()
    total = torch.zeros((), device=rows.x.device)
    for batch in _batches(rows, steps):
        output = module(batch.x)
        loss = criterion(output, batch.y, batch.groups, batch.weight)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.detach()
    return float(total) / steps


def _batches(rows: Rows, steps: int) -> Iterator[Rows]:
    """Shuffle once and cut into equal pieces: slices of a contiguous tensor cost nothing."""
    order = torch.randperm(len(rows)).to(rows.x.device)
    shuffled = rows.map(itemgetter(order))
    bounds = [len(rows) * step // steps for step in range(steps + 1)]
    for start, stop in pairwise(bounds):
        yield shuffled.map(itemgetter(slice(start, stop)))


def _adam(module: nn.Module, plan: Plan) -> torch.optim.Optimizer:
    options: dict[str, Any] = {"lr": plan.learning_rate, "weight_decay": plan.weight_decay}
    try:
        return torch.optim.AdamW(module.parameters(), fused=True, **options)
    except RuntimeError:  # a device, a type or a torch without the fused form
        return torch.optim.AdamW(module.parameters(), **options)
