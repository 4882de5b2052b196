"""Which class: the most probable one, and whether it is good for the person."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.errors import InputError, quote
from fairloss.losses.decisions.decided import Decided

__all__ = ["SoftmaxDecision"]


@dataclass(frozen=True, slots=True)
class SoftmaxDecision:
    """The most probable class; the output is one logit per class, or one log-probability per class.

    The softmax of log-probabilities is the probabilities themselves, so that it serves the bases ``"nll"`` and
    ``"kl_div"`` too. Without ``favorable`` each class is a question of its own, that class against all others, so that
    a gap in any class counts; of two classes, the second is asked about.

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

    def __post_init__(self) -> None:
        given = self.favorable
        if given is not None and (not isinstance(given, tuple) or not given or len(set(given)) < len(given)):
            raise InputError(
                f"Favorable classes are a tuple of different class codes, got {quote(given)}. Pass (1,) for one class."
            )

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on logits of shape (n, classes); labels are codes of shape (n,) or probabilities (n, classes)."""
        classes = _check(input, target)
        soft, chosen = _softmax(input), input.detach().argmax(1)
        favorable = (1,) if self.favorable is None and classes == 2 else self.favorable
        if favorable is None:
            every = torch.arange(classes, device=input.device)
            label = target if target.ndim == 2 else target[:, None] == every
            return Decided(soft, (chosen[:, None] == every).to(input.dtype), label.to(input.dtype))
        outside = [code for code in favorable if not 0 <= code < classes]
        if outside:
            raise InputError(
                f"Favorable classes must be codes in 0..{classes - 1}, got {outside[0]}. Name classes the model has."
            )
        picked = list(favorable)
        label = target[:, picked].sum(1) if target.ndim == 2 else _among(target, favorable)
        parts = soft[:, picked].sum(1), _among(chosen, favorable), label
        return Decided(*(part[:, None].to(input.dtype) for part in parts))


def _check(input: Tensor, target: Tensor) -> int:
    """Give the number of classes, where outputs and labels are those of classes."""
    if input.ndim != 2 or input.shape[1] < 2:
        raise InputError(
            f"A softmax decision needs logits of shape (rows, classes), got {tuple(input.shape)}. For one logit per "
            "row use bce_with_logits; for tokens or pixels use MeanDecision."
        )
    classes = input.shape[1]
    if target.shape not in (input.shape[:1], input.shape):
        raise InputError(
            f"A softmax decision needs one class code per row, or one probability per class, got logits "
            f"{tuple(input.shape)} and labels {tuple(target.shape)}. Reshape one of them."
        )
    high = 1 if target.ndim == 2 else classes - 1
    if target.numel() and not ((target >= 0) & (target <= high)).all():
        kind = "probabilities" if target.ndim == 2 else f"codes in 0..{high}"
        smallest, largest = target.aminmax()
        raise InputError(
            f"The labels of a softmax decision must be {kind}, got values from {smallest.item():g} to "
            f"{largest.item():g}. Encode them first."
        )
    return classes


def _softmax(input: Tensor) -> Tensor:
    # torch takes a row of few classes at a time; turned around, it takes many rows at once, 4 to 8 times as fast
    return torch.softmax(input, 1) if input.shape[1] > 16 else torch.softmax(input.T.contiguous(), 0).T


def _among(codes: Tensor, favorable: tuple[int, ...]) -> Tensor:
    return torch.stack([codes == code for code in favorable]).any(0)
