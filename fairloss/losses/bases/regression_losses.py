"""Base losses for numbers: torch's own, without its broadcasting."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from fairloss.losses.bases.rows import check_same_shape

__all__ = ["huber", "mae", "mse", "smooth_l1"]


def mse(input: Tensor, target: Tensor) -> Tensor:
    """Square the error, element by element: (x - y)²; shapes (n, ...) alike.

    Examples
    --------
    >>> import torch
    >>> mse(torch.tensor([1.0, 3.0]), torch.tensor([1, 1])).tolist()
    [0.0, 4.0]
    """
    check_same_shape("mse", input, target)
    return F.mse_loss(input, target.to(input.dtype), reduction="none")


def mae(input: Tensor, target: Tensor) -> Tensor:
    """Take the absolute error, element by element: |x - y|; shapes (n, ...) alike.

    Examples
    --------
    >>> import torch
    >>> mae(torch.tensor([1.0, 3.0]), torch.tensor([1, 1])).tolist()
    [0.0, 2.0]
    """
    check_same_shape("mae", input, target)
    return F.l1_loss(input, target.to(input.dtype), reduction="none")


def huber(input: Tensor, target: Tensor) -> Tensor:
    """Square small errors and take large ones linearly: e²/2 up to |e| = 1, |e| - 1/2 beyond (Huber, 1964).

    For another threshold pass ``torch.nn.HuberLoss(reduction="none", delta=...)``.

    Examples
    --------
    >>> import torch
    >>> huber(torch.tensor([1.0, 3.0]), torch.tensor([0.0, 0.0])).tolist()
    [0.5, 2.5]
    """
    check_same_shape("huber", input, target)
    return F.huber_loss(input, target.to(input.dtype), reduction="none")


def smooth_l1(input: Tensor, target: Tensor) -> Tensor:
    """Take the absolute error, rounded off near zero: e²/2 up to |e| = 1, |e| - 1/2 beyond (Girshick, 2015).

    For another width pass ``torch.nn.SmoothL1Loss(reduction="none", beta=...)``; it is Huber's loss divided by beta.

    Examples
    --------
    >>> import torch
    >>> smooth_l1(torch.tensor([1.0, 3.0]), torch.tensor([0.0, 0.0])).tolist()
    [0.5, 2.5]
    """
    check_same_shape("smooth_l1", input, target)
    return F.smooth_l1_loss(input, target.to(input.dtype), reduction="none")
