"""Base losses for rare classes: those that weigh rows by how hard they are, or classes by how rare."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairloss.errors import InputError, quote
from fairloss.losses.bases.rows import check_codes, check_same_shape

__all__ = ["BinaryFocal", "ClassBalancedCrossEntropy", "Focal"]


@dataclass(frozen=True, slots=True)
class BinaryFocal:
    """Binary cross entropy that discounts rows that are right already: -a (1 - p)^gamma log p; shapes (n, ...) alike.

    p is the probability of the right label, from logits; a is alpha for label 1 and 1 - alpha for label 0.
    Source: Lin, Goyal, Girshick, He & Dollár (2017), Focal loss for dense object detection.

    Parameters
    ----------
    gamma : float
        How strongly, 0 or more; 0 is the cross entropy.
    alpha : float, optional
        The weight of label 1, in [0, 1]; without it both labels weigh 1.

    Raises
    ------
    InputError
        If gamma or alpha is out of range, or labels are not 0 or 1.

    Examples
    --------
    >>> round(BinaryFocal(gamma=2.0)(torch.tensor([0.0]), torch.tensor([1])).sum().item(), 4)
    0.1733
    """

    gamma: float = 2.0
    alpha: float | None = None
    decision = "sigmoid"

    def __post_init__(self) -> None:
        _check_gamma(self.gamma)
        if self.alpha is not None and not 0 <= self.alpha <= 1:
            raise InputError(f"The alpha of BinaryFocal is a weight from 0 to 1, got {self.alpha!r}. Leave it out?")

    def __call__(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each element."""
        check_same_shape("binary_focal", input, target)
        if not ((target == 0) | (target == 1)).all():
            raise InputError("The base binary_focal needs labels 0 or 1, got other values. Encode them first.")
        label = target.to(input.dtype)
        margin = (2 * label - 1) * input
        loss = torch.exp(self.gamma * F.logsigmoid(-margin)) * -F.logsigmoid(margin)
        return loss if self.alpha is None else loss * (1 - self.alpha + label * (2 * self.alpha - 1))


@dataclass(frozen=True, slots=True)
class Focal:
    """Cross entropy that discounts rows that are right already: -(1 - p)^gamma log p.

    p is the probability of the right class, from logits of shape (n, classes, ...); targets are codes (n, ...).
    Source: Lin, Goyal, Girshick, He & Dollár (2017), Focal loss for dense object detection.

    Parameters
    ----------
    gamma : float
        How strongly, 0 or more; 0 is the cross entropy.

    Raises
    ------
    InputError
        If gamma is negative, or targets are no codes.

    Examples
    --------
    >>> round(Focal(gamma=2.0)(torch.zeros(1, 2), torch.tensor([1])).sum().item(), 4)
    0.1733
    """

    gamma: float = 2.0
    decision = "softmax"

    def __post_init__(self) -> None:
        _check_gamma(self.gamma)

    def __call__(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each element."""
        check_codes("focal", input, target)
        target = target.long()
        logs = F.log_softmax(input, dim=1)
        right = logs.gather(1, target[:, None])[:, 0]
        mine = torch.zeros_like(logs, dtype=torch.bool).scatter(1, target[:, None], True)
        wrong = logs.masked_fill(mine, -torch.inf).logsumexp(1)
        return torch.exp(self.gamma * wrong) * -right


class ClassBalancedCrossEntropy(nn.Module):
    r"""Cross entropy with a weight for each class by its effective number of rows.

    The weight is :math:`(1 - \beta) / (1 - \beta^{n_k})` for a class of :math:`n_k` training rows, scaled so that the
    weights of K classes add up to K. Source: Cui, Jia, Lin, Song & Belongie (2019), Class-balanced loss based on
    effective number of samples. For weights of your own pass
    ``torch.nn.CrossEntropyLoss(weight=..., reduction="none")``.

    Parameters
    ----------
    counts : sequence of int
        The training rows of each class, at least 1 each.
    beta : float
        From 0 (all classes weigh 1) towards 1 (inverse frequency).

    Raises
    ------
    InputError
        If a count is below 1 or beta is not in [0, 1).

    Examples
    --------
    >>> balanced = ClassBalancedCrossEntropy([90, 10], beta=0.99)
    >>> [round(weight, 2) for weight in balanced.weight.tolist()]
    [0.28, 1.72]
    """

    weight: Tensor
    decision = "softmax"

    def __init__(self, counts: Sequence[int], *, beta: float = 0.999) -> None:
        super().__init__()
        rows = torch.as_tensor(counts, dtype=torch.float64)
        if rows.ndim != 1 or len(rows) < 2 or not ((rows >= 1) & rows.isfinite()).all():
            raise InputError(
                f"ClassBalancedCrossEntropy needs the rows of two classes or more, at least 1 each, got "
                f"{quote(counts)}. Count the training labels."
            )
        if not 0 <= beta < 1:
            raise InputError(f"The beta of ClassBalancedCrossEntropy lies in [0, 1), got {beta!r}. Try 0.999.")
        raw = (1 - beta) / (1 - beta**rows)
        self.register_buffer("weight", (raw / raw.mean()).to(torch.get_default_dtype()))

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each row, from logits (n, classes) and codes (n,)."""
        check_codes("class_balanced_cross_entropy", input, target)
        if input.shape[1] != len(self.weight):
            raise InputError(
                f"ClassBalancedCrossEntropy knows {len(self.weight)} classes, got logits for {input.shape[1]}. "
                "Count all classes of the model."
            )
        return F.cross_entropy(input, target.long(), weight=self.weight.to(input), reduction="none")


def _check_gamma(gamma: float) -> None:
    if not (gamma >= 0 and isfinite(gamma)):
        raise InputError(f"The gamma of a focal loss must be 0 or more, got {gamma!r}. 2 is usual.")
