"""What a decision is: a soft one that has a gradient, the hard one that people will get, and what would be right."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Protocol

from torch import Tensor

from fairloss.errors import InputError, is_number, quote

__all__ = ["Decided", "Decision", "as_columns", "check_decision", "check_positive", "labels_like"]


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
    weight : Tensor of shape (n,), optional
        What each row counts in the rates, times its sample weight: 0 for a row on which nothing is decided, such as a
        document of padding alone. None: each row counts 1. The base loss knows nothing of it.
    """

    soft: Tensor
    hard: Tensor
    label: Tensor | None
    weight: Tensor | None = None


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


def as_columns(values: Tensor) -> Tensor:
    """Give outputs of shape (n,) or (n, ...) as one column per question, (n, k).

    Examples
    --------
    >>> import torch
    >>> as_columns(torch.zeros(3)).shape
    torch.Size([3, 1])
    """
    return values[:, None] if values.ndim == 1 else values.flatten(1)


def labels_like(target: Tensor, input: Tensor) -> Tensor:
    """Give labels in the columns and the type of the outputs.

    Raises
    ------
    InputError
        If the shapes differ, or a label is not 0, 1 or a share between.

    Examples
    --------
    >>> import torch
    >>> labels_like(torch.tensor([1, 0]), torch.zeros(2)).tolist()
    [[1.0], [0.0]]
    """
    label = as_columns(target)
    if target.shape != input.shape and label.shape != as_columns(input).shape:
        raise InputError(
            f"A decision needs one label per output, got outputs {tuple(input.shape)} and labels "
            f"{tuple(target.shape)}. Reshape one of them."
        )
    if target.numel():
        ends = target.aminmax()
        low, high = ends.min.item(), ends.max.item()
        if not (low >= 0 and high <= 1):
            raise InputError(
                f"Labels must be 0 or 1 (or a share between), got values from {low:g} to {high:g}. "
                "Encode the favorable label as 1."
            )
    return label.to(input.dtype)


def check_positive(name: str, size: float, advice: str) -> None:
    """Require a finite number above 0.

    Raises
    ------
    InputError
        If it is none.
    """
    if not (is_number(size) and size > 0 and isfinite(size)):
        raise InputError(f"A decision {name} must be above 0, got {quote(size)}. {advice}")


def check_decision(who: str, inner: object) -> None:
    """Require a decision, where one is built upon another.

    Raises
    ------
    InputError
        If the object is none, such as a name or a class.
    """
    if isinstance(inner, type) or not (callable(inner) and hasattr(inner, "needs_column")):
        raise InputError(f"{who} is built upon a decision, got {quote(inner)}. Pass an object: SigmoidDecision().")
