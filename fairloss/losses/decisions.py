"""From a model's output to decisions: a soft one that has a gradient, and the hard one that people will get."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from types import MappingProxyType
from typing import Protocol

import torch
from torch import Tensor

from fairloss.errors import InputError, UnknownName

__all__ = [
    "DECISIONS",
    "Decided",
    "Decision",
    "NoDecision",
    "OutputDecision",
    "ProbabilityDecision",
    "SigmoidDecision",
    "SignedDecision",
    "SoftmaxDecision",
    "resolve_decision",
]


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions of n rows on k questions; most models answer one question.

    Parameters
    ----------
    soft : Tensor of shape (n, k)
        With a gradient.
    hard : Tensor of shape (n, k)
        As deployed; without one.
    label : Tensor of shape (n, k) or None
        What would have been right, as a share in [0, 1]; None where rates given the label make no sense.
    """

    soft: Tensor
    hard: Tensor
    label: Tensor | None


class Decision(Protocol):
    """How outputs become decisions; any object with these members can stand in."""

    @property
    def needs_column(self) -> bool:
        """Whether output and target are columns of equal shape, so that (n, 1) means (n,)."""

    @property
    def has_label(self) -> bool:
        """Whether labels are counted, so that rates given the label can be asked for."""

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide."""


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
        if not 0 < self.threshold < 1:
            raise InputError(
                f"A decision threshold is a probability between 0 and 1, got {self.threshold!r}. "
                "For logits, pass the probability; 0.5 is logit 0."
            )
        if not self.temperature > 0:
            raise InputError(f"A decision temperature must be above 0, got {self.temperature!r}. 1 is the sigmoid.")

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on logits of shape (n,) or (n, k); labels are 0 or 1."""
        low, high = target.aminmax()
        if not (low >= 0 and high <= 1):
            raise InputError(
                f"Labels must be 0 or 1 (or a share between), got values from {low.item():g} to {high.item():g}. "
                "Encode the favorable label as 1."
            )
        logit, label = _columns(input), _columns(target).to(input.dtype)
        cut = log(self.threshold / (1 - self.threshold))
        margin = logit if cut == 0 else logit - cut
        soft = torch.sigmoid(margin if self.temperature == 1 else margin / self.temperature)
        return Decided(soft, (margin.detach() >= 0).to(input.dtype), label)


@dataclass(frozen=True, slots=True)
class SoftmaxDecision:
    """The most probable class; the output is one logit per class.

    Without ``favorable`` each class is a question of its own, that class against all others, so that a gap in any
    class counts; of two classes, the second is asked about.

    Parameters
    ----------
    favorable : tuple of int, optional
        The classes that are good for the person. The one question is then whether the decision is one of these.

    Examples
    --------
    >>> logits = torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    >>> SoftmaxDecision(favorable=(1, 2))(logits, torch.tensor([0, 2])).hard[:, 0].tolist()
    [0.0, 1.0]
    """

    favorable: tuple[int, ...] | None = None
    needs_column = False
    has_label = True

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on logits of shape (n, classes); labels are codes of shape (n,) or probabilities (n, classes)."""
        if input.ndim != 2 or input.shape[1] < 2:
            raise InputError(
                f"A softmax decision needs logits of shape (rows, classes), got {tuple(input.shape)}. "
                "For one logit per row use bce_with_logits."
            )
        classes = input.shape[1]
        if target.ndim == 1:
            target = torch.nn.functional.one_hot(target.long(), classes)
        soft, label = torch.softmax(input, dim=1), target.to(input.dtype)
        hard = torch.nn.functional.one_hot(input.detach().argmax(1), classes).to(input.dtype)
        favorable = (1,) if self.favorable is None and classes == 2 else self.favorable
        if favorable is None:
            return Decided(soft, hard, label)
        outside = [code for code in favorable if not 0 <= code < classes]
        if outside:
            raise InputError(
                f"Favorable classes must be codes in 0..{classes - 1}, got {outside[0]}. Name classes the model has."
            )
        chosen = list(favorable)
        return Decided(*(part[:, chosen].sum(1, keepdim=True) for part in (soft, hard, label)))


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
        soft = _columns(input)
        return Decided(soft, soft.detach(), None)


@dataclass(frozen=True, slots=True)
class ProbabilityDecision:
    """Yes where a probability reaches a threshold; the output is the probability.

    Examples
    --------
    >>> ProbabilityDecision()(torch.tensor([0.5, 0.2]), torch.tensor([1, 0])).hard.tolist()
    [[1.0], [0.0]]
    """

    threshold: float = 0.5
    needs_column = True
    has_label = True

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise InputError(f"A decision threshold is a probability between 0 and 1, got {self.threshold!r}.")

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on probabilities of shape (n,) or (n, k); labels are 0 or 1."""
        soft = _columns(input)
        return Decided(soft, (soft.detach() >= self.threshold).to(input.dtype), _columns(target).to(input.dtype))


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """Yes where a score is 0 or more, with labels -1 and +1; softly the sigmoid of the score.

    Examples
    --------
    >>> SignedDecision()(torch.tensor([0.5, -2.0]), torch.tensor([1, -1])).label.tolist()
    [[1.0], [0.0]]
    """

    needs_column = True
    has_label = True

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on scores of shape (n,) or (n, k)."""
        return SigmoidDecision()(input, (target.to(input.dtype) + 1) / 2)


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


DECISIONS: Mapping[str, Callable[[], Decision]] = MappingProxyType(
    {
        "sigmoid": SigmoidDecision,
        "softmax": SoftmaxDecision,
        "output": OutputDecision,
        "probability": ProbabilityDecision,
        "signed": SignedDecision,
        "none": NoDecision,
    }
)
"""Every way from outputs to decisions by name, read-only."""


def resolve_decision(decision: str | Decision) -> Decision:
    """Turn a name into the decision with its defaults; decisions pass through.

    Raises
    ------
    UnknownName
        With the near names, where no decision has the name.
    """
    if not isinstance(decision, str):
        return decision
    if decision not in DECISIONS:
        raise UnknownName("decision", decision, DECISIONS)
    return DECISIONS[decision]()


def _columns(values: Tensor) -> Tensor:
    return values[:, None] if values.ndim == 1 else values.flatten(1)
