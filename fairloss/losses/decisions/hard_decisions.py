"""Decisions whose value is the hard one: with the gradient of a soft one, or with none."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass, field, replace

from torch import Tensor

from fairloss.losses.decisions.binary_decisions import SigmoidDecision
from fairloss.losses.decisions.decided import Decided, Decision, check_decision

__all__ = ["HardDecision", "StraightThroughDecision"]


@dataclass(frozen=True, slots=True)
class StraightThroughDecision:
    """The hard decision with the gradient of a soft one: ``hard + soft - detach(soft)``.

    The rates that a term compares are then exactly those of the deployed decisions, in value; the gradient is that of
    the decision it is built upon, and so no longer the slope of the value. Source: Bengio, Léonard & Courville (2013),
    Estimating or propagating gradients through stochastic neurons for conditional computation.

    Parameters
    ----------
    inner : Decision
        Where the gradient comes from, such as ``SigmoidDecision(temperature=0.5)``.

    Examples
    --------
    >>> import torch
    >>> logit = torch.tensor([0.0, -9.0], requires_grad=True)
    >>> soft = StraightThroughDecision()(logit, torch.tensor([1, 0])).soft
    >>> soft.sum().backward()
    >>> soft[:, 0].tolist(), logit.grad[0].item()
    ([1.0, 0.0], 0.25)
    """

    inner: Decision = field(default_factory=SigmoidDecision)

    def __post_init__(self) -> None:
        check_decision("StraightThroughDecision", self.inner)

    @property
    def needs_column(self) -> bool:
        """As the decision it is built upon."""
        return self.inner.needs_column

    @property
    def has_label(self) -> bool:
        """As the decision it is built upon."""
        return self.inner.has_label

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide as the inner decision does, and let the hard value through."""
        decided = self.inner(input, target)
        # in this order the difference is exactly 0, whatever is rounded
        return replace(decided, soft=decided.hard + (decided.soft - decided.soft.detach()))


@dataclass(frozen=True, slots=True)
class HardDecision:
    """The hard decision alone, without a gradient: what a term says is true of the deployed model, and moves nothing.

    A step function has the slope 0 wherever it has one, so that a penalty or a constraint on hard decisions cannot
    train: it adds its value to the loss and reports it in ``parts`` and ``state()``. The multipliers of such a
    constraint rise while the gap is there, to no effect. To train, take any of the others: constraints follow the
    hard decisions in all of them.

    Parameters
    ----------
    inner : Decision
        How the hard decision is taken.

    Examples
    --------
    >>> import torch
    >>> HardDecision()(torch.tensor([0.4], requires_grad=True), torch.tensor([1])).soft.requires_grad
    False
    """

    inner: Decision = field(default_factory=SigmoidDecision)

    def __post_init__(self) -> None:
        check_decision("HardDecision", self.inner)

    @property
    def needs_column(self) -> bool:
        """As the decision it is built upon."""
        return self.inner.needs_column

    @property
    def has_label(self) -> bool:
        """As the decision it is built upon."""
        return self.inner.has_label

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide as the inner decision does, and drop the soft one."""
        decided = self.inner(input.detach(), target)
        return replace(decided, soft=decided.hard)
