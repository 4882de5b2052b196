"""What the terms of a criterion know, as the flat numbers that loggers take."""

from __future__ import annotations

from math import isnan

from fairloss.losses import FairLoss

__all__ = ["part_scalars", "term_scalars"]


def term_scalars(criterion: FairLoss) -> dict[str, float]:
    """Give the worst soft gap, the worst hard gap and the largest multiplier of each term, from its memory.

    A number that is undefined (a gap of one group, the multiplier of a penalty) is left out. Names hold only what
    every logger accepts: letters, digits and ``_ : . /``.

    Examples
    --------
    >>> import torch
    >>> from fairloss.losses import Constraint
    >>> criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.1), groups=2)
    >>> loss = criterion(torch.tensor([3.0, -3.0]), torch.tensor([1.0, 0.0]), torch.tensor([0, 1]))
    >>> term_scalars(criterion)["fair/demographic_parity/hard_gap"]
    1.0
    """
    worst: dict[str, float] = {}
    for record in criterion.state():
        numbers = {
            "soft_gap": record.soft_gap,
            "hard_gap": record.hard_gap,
            "multiplier": abs(record.multiplier),
        }
        for what, number in numbers.items():
            if not isnan(number):
                name = f"fair/{_plain(record.term)}/{what}"
                worst[name] = max(number, worst.get(name, number))
    return worst


def part_scalars(criterion: FairLoss) -> dict[str, float]:
    """Give what the base loss and each term added to the loss of the last batch.

    Examples
    --------
    >>> import torch
    >>> criterion = FairLoss("mse", groups=2)
    >>> loss = criterion(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([0]))
    >>> part_scalars(criterion)
    {'fair/base': 4.0}
    """
    return {f"fair/{_plain(name)}": float(value) for name, value in criterion.parts.items()}


def _plain(name: str) -> str:
    """Write ``notion[attribute]#2`` as ``notion:attribute.2``: MLflow takes no brackets."""
    return name.replace("[", ":").replace("]", "").replace("#", ".")
