"""Base losses for yes or no and for classes, of one answer per row."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from fairloss.errors import InputError, quote
from fairloss.losses.bases.rows import check_codes, check_range, check_same_shape

__all__ = ["Hinge", "bce", "bce_with_logits", "cross_entropy", "kl_div", "nll"]


def bce_with_logits(input: Tensor, target: Tensor) -> Tensor:
    """Take the negative log-likelihood of a yes or no, from logits; shapes (n, ...) alike, labels in [0, 1].

    The formula is log(1 + exp(z)) - y z.

    Examples
    --------
    >>> round(bce_with_logits(torch.tensor([0.0]), torch.tensor([1])).sum().item(), 4)
    0.6931
    """
    check_same_shape("bce_with_logits", input, target)
    return F.binary_cross_entropy_with_logits(input, target.to(input.dtype), reduction="none")


def bce(input: Tensor, target: Tensor) -> Tensor:
    """Take the negative log-likelihood of a yes or no, from probabilities; shapes (n, ...) alike.

    The formula is -y log p - (1 - y) log(1 - p), where torch bounds each logarithm by -100. Logits are the safer way
    (`bce_with_logits`).

    Raises
    ------
    InputError
        If inputs or targets leave [0, 1].

    Examples
    --------
    >>> round(bce(torch.tensor([0.5]), torch.tensor([1])).sum().item(), 4)
    0.6931
    """
    check_same_shape("bce", input, target)
    check_range("bce", "probabilities", input, 0, 1)
    check_range("bce", "labels", target, 0, 1)
    return F.binary_cross_entropy(input, target.to(input.dtype), reduction="none")


def cross_entropy(input: Tensor, target: Tensor) -> Tensor:
    """Take the negative log-probability of the right class, from logits of shape (n, classes, ...).

    Targets are codes of shape (n, ...), or probabilities of the shape of the input. For class weights or label
    smoothing pass ``torch.nn.CrossEntropyLoss(reduction="none", weight=..., label_smoothing=...)``.

    Examples
    --------
    >>> round(cross_entropy(torch.zeros(1, 2), torch.tensor([1])).sum().item(), 4)
    0.6931
    """
    if input.shape != target.shape or not target.is_floating_point():
        check_codes("cross_entropy", input, target)
        target = target.long()
    return F.cross_entropy(input, target, reduction="none")


def nll(input: Tensor, target: Tensor) -> Tensor:
    """Take the negative log-probability of the right class, from log-probabilities of shape (n, classes, ...).

    Examples
    --------
    >>> round(nll(torch.tensor([[0.5, 0.5]]).log(), torch.tensor([1])).sum().item(), 4)
    0.6931
    """
    check_codes("nll", input, target)
    return F.nll_loss(input, target.long(), reduction="none")


def kl_div(input: Tensor, target: Tensor) -> Tensor:
    r"""Take the Kullback-Leibler divergence of predicted from target distributions, summed over the classes.

    The formula is :math:`\sum_k q_k (\log q_k - x_k)`, with x the predicted log-probabilities and q the target
    probabilities, both of shape (n, classes, ...); the result has the shape (n, ...).

    Raises
    ------
    InputError
        If the shapes differ or a target leaves [0, 1].

    Examples
    --------
    >>> kl_div(torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.5, 0.5]])).tolist()
    [0.0]
    """
    check_same_shape("kl_div", input, target)
    if input.ndim < 2:
        raise InputError(
            f"The base kl_div needs distributions of shape (rows, classes), got {tuple(input.shape)}. "
            "Pass one log-probability per class."
        )
    check_range("kl_div", "target probabilities", target, 0, 1)
    return F.kl_div(input, target.to(input.dtype), reduction="none").sum(1)


@dataclass(frozen=True, slots=True)
class Hinge:
    """The hinge loss max(0, 1 - s z) of a score z, with s the label as -1 or +1; shapes (n, ...) alike.

    Source: Cortes & Vapnik (1995), Support-vector networks.

    Parameters
    ----------
    labels : str
        How the labels are written: ``"0/1"`` or ``"-1/+1"``. It is said, never guessed.

    Raises
    ------
    InputError
        If labels are written in another way.

    Examples
    --------
    >>> Hinge()(torch.tensor([0.5, -2.0]), torch.tensor([1, 0])).tolist()
    [0.5, 0.0]
    >>> Hinge(labels="-1/+1")(torch.tensor([0.5, -2.0]), torch.tensor([1, -1])).tolist()
    [0.5, 0.0]
    """

    labels: str = "0/1"

    def __post_init__(self) -> None:
        if self.labels not in ("0/1", "-1/+1"):
            raise InputError(f"The labels of Hinge are '0/1' or '-1/+1', got {quote(self.labels)}. Say which.")

    @property
    def decision(self) -> str:
        """How scores become decisions: yes where the score is 0 or more."""
        return "sigmoid" if self.labels == "0/1" else "signed"

    def __call__(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each element."""
        check_same_shape("hinge", input, target)
        low = 0 if self.labels == "0/1" else -1
        if not ((target == low) | (target == 1)).all():
            smallest, largest = target.aminmax()
            raise InputError(
                f"The base hinge was told that labels are {self.labels}, got values from {smallest.item():g} to "
                f"{largest.item():g}. Encode them so, or say Hinge(labels=...)."
            )
        sign = (2 * target - 1 if low == 0 else target).to(input.dtype)
        return torch.relu(1 - sign * input)
