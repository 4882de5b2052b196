"""Which iterate of a training is kept: judged on rows that it was not fitted to, by the decisions that people get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fairloss.estimators.gaps import compared_on, is_flat, is_regression, worst_gap
from fairloss.estimators.network import outputs
from fairloss.losses import Constraint, Decided, FairLoss, Penalty, TermRecord
from fairloss.notions import Groups

__all__ = ["Epoch", "Rows", "explain", "judge"]

Codes = np.ndarray[Any, np.dtype[np.integer[Any]]]

_LEAST_PRICE = 3.0


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
        The same on the training rows, by the same decisions; NaN where a regression has terms of several units.
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
    def feasible(self) -> bool | None:
        """Whether all constraints hold on the validation rows; None where no gap is defined."""
        return None if isnan(self.violation) else self.violation == 0

    @property
    def price(self) -> float:
        """What a violation of 1 costs in units of the base loss: twice the largest multiplier, and at least 3.

        Any price above the multipliers of the solution makes that solution the cheapest (an exact penalty). Early
        iterates, whose multipliers are still small, have the lower loss on held-out rows: the least price keeps them
        from being bought.
        """
        return max([_LEAST_PRICE, *(2 * pressure for pressure in self.multipliers.values() if not isnan(pressure))])

    @property
    def excess(self) -> float:
        """The worse of the two violations; 0 where neither is defined.

        Held-out rows see what was learned by heart, but a small group has few of them; the training rows are more, so
        that a gap which is met by chance on the held-out ones alone does not count as met.
        """
        return max((part for part in (self.violation, self.training_violation) if not isnan(part)), default=0.0)

    def cost(self, price: float) -> tuple[bool, bool, float]:
        """Give what is minimized: no broken and no constant classifier, then loss + price × excess."""
        return (not isfinite(self.validation_loss), self.constant, self.validation_loss + price * self.excess)


def judge(
    module: nn.Module, criterion: FairLoss, rows: Rows, *, epoch: int, loss: float, training: Rows | None = None
) -> Epoch:
    """Evaluate an iterate on the validation rows, and its gaps also on the training rows where they are given."""
    criterion.eval()
    seen = nan
    if training is not None:
        output, compared = _compared(module, criterion, training)
        seen = _violation(_gaps(criterion, training, compared), criterion.asked)
    output, compared = _compared(module, criterion, rows)
    hard = compared["decision"].hard.cpu().numpy()
    chosen = hard[:, 0] if hard.shape[1] == 1 else hard.argmax(1)
    y, weight = rows.y.cpu().numpy(), None if rows.weight is None else rows.weight.cpu().numpy()
    gaps, records, numbers = _gaps(criterion, rows, compared), criterion.state(), is_regression(criterion)
    return Epoch(
        epoch=epoch,
        loss=loss,
        soft_gaps=_largest(records, "soft_gap"),
        hard_gaps=_largest(records, "hard_gap"),
        multipliers=_largest(records, "multiplier"),
        validation_loss=float(criterion.parts["base"]),
        validation_accuracy=nan if numbers else float(np.average(chosen == y, weights=weight)),
        validation_gaps=gaps,
        violation=_violation(gaps, criterion.asked),
        training_violation=seen,
        constant=is_flat(output, rows.y) if numbers else bool((chosen == chosen[0]).all() and not (y == y[0]).all()),
    )


def explain(history: Sequence[Epoch], best: Epoch, n_rows: int) -> str:
    """Say in a sentence why this iterate was kept."""
    met = sum(bool(epoch.feasible) and not epoch.constant for epoch in history)
    if best.constant:
        reason = "all people get the same decision, as from every other iterate: fair by being useless"
    elif best.feasible is None:
        reason = "no gap is defined, so nothing is known about the tolerances"
    elif not best.validation_gaps:
        reason = "no other iterate has a lower loss"
    elif best.feasible:
        reason = f"the tolerances are met, as by {met} of {len(history)} iterates"
    elif met:
        reason = f"a gap is {best.violation:.3f} beyond its tolerance; the {met} iterates that meet it lose far more"
    else:
        reason = f"a gap is {best.violation:.3f} beyond its tolerance, and no iterate meets it"
    return f"Epoch {best.epoch} was kept: on {n_rows:,} held-out rows {reason}."


def _compared(module: nn.Module, criterion: FairLoss, rows: Rows) -> tuple[Tensor, Mapping[str, Decided]]:
    """Give the outputs and what terms compare; the criterion's ``parts`` are then of these rows."""
    output = outputs(module, rows.x)
    with torch.inference_mode():
        criterion(output, rows.y, rows.groups, rows.weight)
        return output, compared_on(criterion, output, rows.y)


def _gaps(criterion: FairLoss, rows: Rows, compared: Mapping[str, Decided]) -> dict[str, float]:
    weight = None if rows.weight is None else rows.weight.cpu().numpy()
    return {
        name: worst_gap(
            term.notion, compared[term.of], rows.groups[attribute.name].cpu().numpy(), attribute.groups, weight
        )
        for name, attribute, term in zip(criterion.names, criterion.watched, criterion.asked, strict=True)
    }


def _violation(gaps: Mapping[str, float], terms: Sequence[Constraint | Penalty]) -> float:
    bounds = [
        (gap, term.tolerance) for gap, term in zip(gaps.values(), terms, strict=True) if isinstance(term, Constraint)
    ]
    excess = [max(gap - tolerance, 0.0) for gap, tolerance in bounds if not isnan(gap)]
    return max(excess, default=nan if bounds else 0.0)


def _largest(records: Sequence[TermRecord], field: str) -> dict[str, float]:
    """Give for each term the largest size of a field over its records; NaN where none has a value."""
    worst: dict[str, float] = {}
    for record in records:
        worst[record.term] = float(np.fmax(worst.get(record.term, nan), abs(getattr(record, field))))
    return worst
