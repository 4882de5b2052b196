"""Decisions from the numbers of a regression: the number itself, a threshold on it, or none."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from fairloss.errors import InputError, is_number, quote
from fairloss.losses.decisions.decided import Decided, as_columns, check_positive

__all__ = ["NoDecision", "OutputDecision", "ThresholdDecision"]


@dataclass(frozen=True, slots=True)
class OutputDecision:
    """The output itself, for regression: the rate of a group is then its mean output.

    Examples
    --------
    >>> OutputDecision()(torch.tensor([2.5]), torch.tensor([2.0])).hard.tolist()
    [[2.5]]
    """

    needs_column = True
    has_label = False

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Take outputs of shape (n,) or (n, k)."""
        soft = as_columns(input)
        return Decided(soft, soft.detach(), None)


@dataclass(frozen=True, slots=True)
class ThresholdDecision:
    """Yes where the output of a regression reaches a threshold, such as a pass mark or a credit limit.

    The soft decision is ``sigmoid((output - threshold) / scale)``. The label is whether the target reaches the
    threshold, so that rates given the label, and with them equalized odds, work in regression: among people whose
    target is good enough, the output is so equally often in each group.

    Parameters
    ----------
    threshold : float
        From which output on the decision is favorable, in units of the output. 0 is the mean of a standardized target.
    scale : float
        How far from the threshold the soft decision is nearly the hard one, in units of the output: it is 0.88 two
        scales away. Much below the usual error of the model, few rows have a gradient.
    lower_is_better : bool
        Whether the decision is favorable *up to* the threshold, as for a risk.

    Examples
    --------
    >>> decided = ThresholdDecision(60.0, scale=5.0)(torch.tensor([60.0, 50.0]), torch.tensor([48.0, 71.0]))
    >>> decided.hard[:, 0].tolist(), decided.label[:, 0].tolist()
    ([1.0, 0.0], [0.0, 1.0])
    """

    threshold: float = 0.0
    scale: float = 0.25
    lower_is_better: bool = False
    needs_column = True
    has_label = True

    def __post_init__(self) -> None:
        if not (is_number(self.threshold) and isfinite(self.threshold)):
            raise InputError(
                f"The threshold of an output is a finite number, got {quote(self.threshold)}. "
                "Give it in units of the output."
            )
        check_positive("scale", self.scale, "Take a fraction of the spread of the outputs.")

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on outputs of shape (n,) or (n, k), with targets of the same shape."""
        output, wished = as_columns(input), as_columns(target)
        if output.shape != wished.shape:
            raise InputError(
                f"A threshold decision needs one target per output, got outputs {tuple(input.shape)} and targets "
                f"{tuple(target.shape)}. Reshape one of them."
            )
        margin = self.threshold - output if self.lower_is_better else output - self.threshold
        hard, label = (self._reached(values).to(input.dtype) for values in (output.detach(), wished))
        return Decided(torch.sigmoid(margin / self.scale), hard, label)

    def _reached(self, values: Tensor) -> Tensor:
        return values <= self.threshold if self.lower_is_better else values >= self.threshold


@dataclass(frozen=True, slots=True)
class NoDecision:
    """None: the output under this base loss decides nothing about a person, so that terms need another decision.

    Examples
    --------
    >>> NoDecision().has_label
    False
    """

    needs_column = False
    has_label = False

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Refuse.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            "Outputs under this base loss are no decisions, but a term compares decisions. Pass decision= to FairLoss."
        )
