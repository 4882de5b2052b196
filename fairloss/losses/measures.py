"""What a term compares between the groups: the decisions, the base losses, or the outputs as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import Tensor

from fairloss.errors import InputError, UnknownName
from fairloss.losses.decisions import Decided
from fairloss.notions import MeanRate, Notion

__all__ = ["MEASURES", "Seen", "check_measure"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the criterion computed from a batch before any term looks at it.

    Parameters
    ----------
    input : Tensor of shape (n, ...)
        The outputs.
    losses : Tensor of shape (n,)
        The base loss of each row.
    decided : Decided or None
        None where outputs are no decisions.
    """

    input: Tensor
    losses: Tensor
    decided: Decided | None


def _loss(seen: Seen) -> Decided:
    """Read the base loss as the mass of a wrong decision: error rate and selection rate are then the mean loss."""
    losses = seen.losses[:, None]
    return Decided(losses, losses.detach(), None)


def _output(seen: Seen) -> Decided:
    output = seen.input[:, None] if seen.input.ndim == 1 else seen.input.flatten(1)
    label = None if seen.decided is None else seen.decided.label
    fits = label is not None and label.shape == output.shape
    return Decided(output, output.detach(), label if fits else None)


def _decision(seen: Seen) -> Decided:
    if seen.decided is None:
        raise InputError("Outputs under this base loss are no decisions. Pass decision= to FairLoss.")
    return seen.decided


MEASURES: Mapping[str, Callable[[Seen], Decided]] = MappingProxyType(
    {"decision": _decision, "loss": _loss, "output": _output}
)
"""Everything that a term can compare, by name, read-only."""


def check_measure(of: str, notion: Notion) -> None:
    """Refuse a notion that makes no sense of what is compared.

    Raises
    ------
    UnknownName
        If there is no such measure.
    InputError
        If losses or outputs are to be compared by a rate among some decisions, or losses by one among some labels.
    """
    if of not in MEASURES:
        raise UnknownName("measure", of, MEASURES)
    parts = [part for rate in notion.rates for part in (rate.rates if isinstance(rate, MeanRate) else (rate,))]
    if of == "loss" and not all(part.among.weights[0] == (1, 1) for part in parts):
        raise InputError(
            f"The mean loss is a mean over all rows of a group, which {notion.name} is not. Use bounded_group_loss, "
            "accuracy_equality or demographic_parity with of='loss'."
        )
    if of == "output" and any(part.among.needs_decision for part in parts):
        raise InputError(
            f"Outputs are numbers, and {notion.name} is a share among those who were decided upon in one way. Use "
            "demographic_parity or equalized_odds with of='output'."
        )
