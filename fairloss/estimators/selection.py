"""Which iterate of a training is kept: judged on rows that it was not fitted to, by the decisions that people get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fairloss.estimators.network import outputs
from fairloss.losses import Constraint, FairLoss, Penalty, TermRecord
from fairloss.losses.verdict import Verdict, reason, worst_violation
from fairloss.notions import GroupCounts, Groups

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
        Class codes, of the type that the base loss takes.
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
        The base loss and the share of right decisions on the validation rows.
    validation_gaps : mapping of str to float
        For each term the gap of the decisions on the validation rows; NaN where it is undefined.
    violation : float
        The largest excess of such a gap over its tolerance; 0 where all are met, NaN where none is defined.
    training_violation : float
        The same on the training rows, by the same decisions.
    constant : bool
        Whether all validation rows got the same decision although their labels differ.
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
        """What a violation of 1 costs in units of the base loss, see `fairloss.losses.verdict.Verdict.price`."""
        return self.verdict.price

    @property
    def excess(self) -> float:
        """The worse of the two violations, see `fairloss.losses.verdict.Verdict.excess`."""
        return self.verdict.excess

    def cost(self, price: float) -> tuple[bool, bool, float]:
        """Give what is minimized: no broken and no constant classifier, then loss + price × excess."""
        return self.verdict.cost(price)


def judge(
    module: nn.Module, criterion: FairLoss, rows: Rows, *, epoch: int, loss: float, training: Rows | None = None
) -> Epoch:
    """Evaluate an iterate on the validation rows, and its gaps also on the training rows where they are given."""
    criterion.eval()
    seen = (
        nan
        if training is None
        else worst_violation(_gaps(criterion, training, *_decide(module, criterion, training)), criterion.asked)
    )
    label, hard = _decide(module, criterion, rows)
    chosen = hard[:, 0] if hard.shape[1] == 1 else hard.argmax(1)
    y, weight = rows.y.cpu().numpy(), None if rows.weight is None else rows.weight.cpu().numpy()
    gaps, records = _gaps(criterion, rows, label, hard), criterion.state()
    return Epoch(
        epoch=epoch,
        loss=loss,
        soft_gaps=_largest(records, "soft_gap"),
        hard_gaps=_largest(records, "hard_gap"),
        multipliers=_largest(records, "multiplier"),
        validation_loss=float(criterion.parts["base"]),
        validation_accuracy=float(np.average(chosen == y, weights=weight)),
        validation_gaps=gaps,
        violation=worst_violation(gaps, criterion.asked),
        training_violation=seen,
        constant=bool((chosen == chosen[0]).all() and not (y == y[0]).all()),
    )


def explain(history: Sequence[Epoch], best: Epoch, n_rows: int) -> str:
    """Say in a sentence why this iterate was kept."""
    why = reason([epoch.verdict for epoch in history], best.verdict)
    return f"Epoch {best.epoch} was kept: on {n_rows:,} held-out rows {why}."


def _decide(module: nn.Module, criterion: FairLoss, rows: Rows) -> tuple[Any, Any]:
    """Give labels and hard decisions, a column per question; the criterion's ``parts`` are then of these rows."""
    output = outputs(module, rows.x)
    with torch.inference_mode():
        criterion(output, rows.y, rows.groups, rows.weight)
        decided = criterion.decision(output, rows.y)
    hard = decided.hard.cpu().numpy()
    return np.asarray(hard if decided.label is None else decided.label.cpu().numpy()), hard


def _gaps(criterion: FairLoss, rows: Rows, label: Any, hard: Any) -> dict[str, float]:
    weight = None if rows.weight is None else rows.weight.cpu().numpy()
    return {
        name: _gap(term, label, hard, rows.groups[attribute.name].cpu().numpy(), attribute.groups, weight)
        for name, attribute, term in zip(criterion.names, criterion.watched, criterion.asked, strict=True)
    }


def _gap(term: Constraint | Penalty, label: Any, hard: Any, codes: Codes, names: Sequence[str], weight: Any) -> float:
    """Give the worst gap over the questions that the model answers."""
    groups = Groups.of(codes, names)
    gaps = [
        term.notion.gap(GroupCounts.of(label[:, question], hard[:, question], groups, weight))
        for question in range(hard.shape[1])
    ]
    return max((gap for gap in gaps if not isnan(gap)), default=nan)


def _largest(records: Sequence[TermRecord], field: str) -> dict[str, float]:
    """Give for each term the largest size of a field over its records; NaN where none has a value."""
    worst: dict[str, float] = {}
    for record in records:
        worst[record.term] = float(np.fmax(worst.get(record.term, nan), abs(getattr(record, field))))
    return worst
