"""Yes or no from one output per question: from a logit, a probability or a signed score."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor

from fairloss.errors import InputError, is_number, quote
from fairloss.losses.decisions.decided import Decided, as_columns, check_positive, labels_like

__all__ = ["ProbabilityDecision", "SigmoidDecision", "SignedDecision", "check_threshold", "logit_margin"]


@dataclass(frozen=True, slots=True)
class SigmoidDecision:
    """Yes where the probability reaches a threshold; the output is a logit.

    The soft decision is ``sigmoid((z - logit(threshold)) / temperature)``: with the defaults the probability itself.
    Outputs of shape (n, k) are k questions, each with its own label.

    Parameters
    ----------
    threshold : float
        The probability from which on the decision is favorable, between 0 and 1.
    temperature : float
        Below 1 the soft decision comes nearer to the hard one, and the gradient concentrates on rows near the
        threshold (Bendekgey & Sudderth, 2021, on the gap between the two).

    Examples
    --------
    >>> decided = SigmoidDecision(threshold=0.5)(torch.tensor([0.0, -2.0]), torch.tensor([1, 0]))
    >>> decided.hard[:, 0].tolist()
    [1.0, 0.0]
    """

    threshold: float = 0.5
    temperature: float = 1.0
    needs_column = True
    has_label = True

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        check_positive("temperature", self.temperature, "1 is the sigmoid.")

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on logits of shape (n,) or (n, k); labels are 0 or 1."""
        label, margin = labels_like(target, input), logit_margin(input, self.threshold)
        soft = torch.sigmoid(margin if self.temperature == 1 else margin / self.temperature)
        return Decided(soft, (margin >= 0).to(input.dtype), label)


@dataclass(frozen=True, slots=True)
class ProbabilityDecision:
    """Yes where a probability reaches a threshold; the output is the probability, and the soft decision too.

    `KernelDecision` is the sharpened one.

    Parameters
    ----------
    threshold : float
        The probability from which on the decision is favorable, between 0 and 1.

    Examples
    --------
    >>> ProbabilityDecision()(torch.tensor([0.5, 0.2]), torch.tensor([1, 0])).hard.tolist()
    [[1.0], [0.0]]
    """

    threshold: float = 0.5
    needs_column = True
    has_label = True

    def __post_init__(self) -> None:
        check_threshold(self.threshold)

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on probabilities of shape (n,) or (n, k); labels are 0 or 1."""
        label, soft = labels_like(target, input), as_columns(input)
        return Decided(soft, (soft.detach() >= self.threshold).to(input.dtype), label)


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """Yes where a score is 0 or more, with labels -1 and +1; softly the sigmoid of the score.

    Parameters
    ----------
    temperature : float
        See `SigmoidDecision`.

    Examples
    --------
    >>> SignedDecision()(torch.tensor([0.5, -2.0]), torch.tensor([1, -1])).label.tolist()
    [[1.0], [0.0]]
    """

    temperature: float = 1.0
    needs_column = True
    has_label = True

    def __post_init__(self) -> None:
        check_positive("temperature", self.temperature, "1 is the sigmoid.")

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on scores of shape (n,) or (n, k)."""
        if target.numel():
            low, high = target.aminmax()
            if not (low >= -1 and high <= 1):
                raise InputError(
                    f"Labels of a signed decision must be -1 or +1, got values from {low.item():g} to "
                    f"{high.item():g}. Encode them so, or use SigmoidDecision for labels 0 and 1."
                )
        return SigmoidDecision(temperature=self.temperature)(input, (target.to(input.dtype) + 1) / 2)


def check_threshold(threshold: float) -> None:
    """Require a probability between 0 and 1, both excluded.

    Raises
    ------
    InputError
        If it is none.
    """
    if not (is_number(threshold) and 0 < threshold < 1):
        raise InputError(
            f"A decision threshold is a probability between 0 and 1, got {quote(threshold)}. "
            "For logits, pass the probability; 0.5 is logit 0."
        )


def logit_margin(input: Tensor, threshold: float) -> Tensor:
    """Give how far logits are above the logit of a threshold, in columns: 0 or more is a favorable decision.

    Examples
    --------
    >>> logit_margin(torch.tensor([1.5]), threshold=0.5).tolist()
    [[1.5]]
    """
    cut = log(threshold / (1 - threshold))
    logit = as_columns(input)
    return logit if cut == 0 else logit - cut
