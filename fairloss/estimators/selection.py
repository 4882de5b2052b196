"""Which iterate of a training is kept: judged on rows that it was not fitted to, by the decisions that people get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fairloss.estimators.flatness import is_flat, is_regression
from fairloss.estimators.network import outputs
from fairloss.losses import FairLoss, TermRecord
from fairloss.losses.guards.held_out import judge_rows
from fairloss.losses.guards.verdict import Verdict, reason
from fairloss.notions import Groups

__all__ = ["Epoch", "Rows", "explain", "judge"]

Codes = np.ndarray[Any, np.dtype[np.integer[Any]]]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as a training needs them.

    Parameters
    ----------
    x : Tensor of shape (n, features)
        Features.
    y : Tensor of shape (n,)
        Class codes, of the type that the base loss takes, or the targets of a regression.
    groups : mapping of str to Tensor
        Group codes of shape (n,) for each attribute; -1 is unknown.
    weight : Tensor of shape (n,), optional
        Sample weights.
    """

    x: Tensor
    y: Tensor
    groups: Mapping[str, Tensor]
    weight: Tensor | None = None

    @classmethod
    def of(cls, x: Any, codes: Any, groups: Mapping[str, Groups], weight: Any = None) -> Rows:
        """Make tensors of arrays."""
        tensors = {name: torch.from_numpy(part.codes.astype(np.int64)) for name, part in groups.items()}
        weights = None if weight is None else torch.from_numpy(weight)
        return cls(torch.from_numpy(x), torch.from_numpy(codes), tensors, weights)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Codes, device: torch.device) -> Rows:
        """Take some of the rows, to a device."""
        places = torch.from_numpy(index)
        return self.map(lambda tensor: tensor[places].to(device))

    def map(self, change: Any) -> Rows:
        """Apply a function to every tensor, for instance to take some of the rows."""
        weight = None if self.weight is None else change(self.weight)
        groups = {name: change(codes) for name, codes in self.groups.items()}
        return Rows(change(self.x), change(self.y), groups, weight)


@dataclass(frozen=True)
class Epoch:
    """What is known after one pass over the training rows.

    Parameters
    ----------
    epoch : int
        Counted from 1.
    loss : float
        The mean of the whole criterion over the training batches.
    soft_gaps, hard_gaps, multipliers : mapping of str to float
        For each term the largest gap of soft and of hard decisions, and the largest multiplier (NaN for a penalty),
        over its rates and groups, from the memory of the criterion: the training rows of late.
    validation_loss, validation_accuracy : float
        The base loss and the share of right decisions on the validation rows; NaN for a regression, which decides
        nothing that could be right.
    validation_gaps : mapping of str to float
        For each term the gap of the decisions on the validation rows, or of the losses or outputs if it compares
        these; NaN where it is undefined.
    violation : float
        The largest excess of such a gap over its tolerance; 0 where all are met, NaN where none is defined.
    training_violation : float
        The same on the training rows, by the same decisions, and with the margins of the constraints; NaN where a
        regression has terms of several units.
    constant : bool
        Whether all validation rows got the same decision or number although their labels differ.
    """

    epoch: int
    loss: float
    soft_gaps: Mapping[str, float]
    hard_gaps: Mapping[str, float]
    multipliers: Mapping[str, float]
    validation_loss: float
    validation_accuracy: float
    validation_gaps: Mapping[str, float]
    violation: float
    training_violation: float
    constant: bool

    @property
    def verdict(self) -> Verdict:
        """What the rows say, as the rule for iterates takes it."""
        pressure = max((pressure for pressure in self.multipliers.values() if not isnan(pressure)), default=nan)
        return Verdict(
            loss=self.validation_loss,
            gaps=self.validation_gaps,
            violation=self.violation,
            constant=self.constant,
            pressure=pressure,
            training_violation=self.training_violation,
        )

    @property
    def feasible(self) -> bool | None:
        """Whether all constraints hold on the validation rows; None where no gap is defined."""
        return self.verdict.feasible

    @property
    def price(self) -> float:
        """What a violation of 1 costs in units of the base loss, see `fairloss.losses.guards.verdict.Verdict.price`."""
        return self.verdict.price

    @property
    def excess(self) -> float:
        """The worse of the two violations, see `fairloss.losses.guards.verdict.Verdict.excess`."""
        return self.verdict.excess

    def cost(self, price: float) -> tuple[bool, bool, float]:
        """Give what is minimized: no broken and no constant classifier, then loss + price × excess."""
        return self.verdict.cost(price)


def judge(
    module: nn.Module, criterion: FairLoss, rows: Rows, *, epoch: int, loss: float, training: Rows | None = None
) -> Epoch:
    """Evaluate an iterate on the validation rows, and its gaps also on the training rows where they are given."""
    criterion.eval()
    seen = nan if training is None else _judged(module, criterion, training, fitted=True)[1].violation
    output, verdict = _judged(module, criterion, rows)
    records, numbers = criterion.state(), is_regression(criterion)
    return Epoch(
        epoch=epoch,
        loss=loss,
        soft_gaps=_largest(records, "soft_gap"),
        hard_gaps=_largest(records, "hard_gap"),
        multipliers=_largest(records, "multiplier"),
        validation_loss=verdict.loss,
        validation_accuracy=nan if numbers else _accuracy(criterion, output, rows),
        validation_gaps=verdict.gaps,
        violation=verdict.violation,
        training_violation=seen,
        constant=is_flat(output, rows.y) if numbers else verdict.constant,
    )


def explain(history: Sequence[Epoch], best: Epoch, n_rows: int) -> str:
    """Say in a sentence why this iterate was kept."""
    why = reason([epoch.verdict for epoch in history], best.verdict)
    return f"Epoch {best.epoch} was kept: on {n_rows:,} held-out rows {why}."


def _judged(module: nn.Module, criterion: FairLoss, rows: Rows, *, fitted: bool = False) -> tuple[Tensor, Verdict]:
    output = outputs(module, rows.x)
    return output, judge_rows(criterion, output, rows.y, rows.groups, rows.weight, fitted=fitted)


def _accuracy(criterion: FairLoss, output: Tensor, rows: Rows) -> float:
    """Give the share of right decisions."""
    hard = criterion.decision(output, rows.y).hard
    right = (hard[:, 0] if hard.shape[1] == 1 else hard.argmax(1)) == rows.y
    return float(np.average(right.cpu().numpy(), weights=None if rows.weight is None else rows.weight.cpu().numpy()))


def _largest(records: Sequence[TermRecord], field: str) -> dict[str, float]:
    """Give for each term the largest size of a field over its records; NaN where none has a value."""
    worst: dict[str, float] = {}
    for record in records:
        worst[record.term] = float(np.fmax(worst.get(record.term, nan), abs(getattr(record, field))))
    return worst
