"""Base losses of rows that are more than one answer: tokens, pixels, pairs and episodes."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from fairloss.errors import InputError
from fairloss.losses.bases.rows import check_codes, check_same_shape

__all__ = ["Contrastive", "PixelCrossEntropy", "TokenCrossEntropy", "discounted_returns", "policy_gradient"]


@dataclass(frozen=True, slots=True)
class TokenCrossEntropy:
    """Cross entropy of each token, from logits of shape (n, length, classes) and codes (n, length).

    A row's loss in `FairLoss` is the mean over its tokens that are not padding; 0 where all are.

    Parameters
    ----------
    ignore_index : int
        The code of padding.

    Examples
    --------
    >>> round(TokenCrossEntropy()(torch.zeros(1, 2, 4), torch.tensor([[3, -100]])).sum().item(), 4)
    1.3863
    """

    ignore_index: int = -100
    decision = "none"

    def __call__(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each token."""
        if input.ndim != 3:
            raise InputError(
                f"The base token_cross_entropy needs logits of shape (rows, length, classes), got "
                f"{tuple(input.shape)}. For one class per row use cross_entropy."
            )
        logits = input.transpose(1, 2)
        check_codes("token_cross_entropy", logits, target)
        return F.cross_entropy(logits, target.long(), ignore_index=self.ignore_index, reduction="none")


@dataclass(frozen=True, slots=True)
class PixelCrossEntropy:
    """Cross entropy of each pixel, from logits of shape (n, classes, height, width) and codes (n, height, width).

    A row's loss in `FairLoss` is the mean over its pixels that are not ignored; 0 where all are.

    Parameters
    ----------
    ignore_index : int
        The code of pixels without a label.

    Examples
    --------
    >>> round(PixelCrossEntropy()(torch.zeros(1, 2, 1, 2), torch.tensor([[[1, -100]]])).sum().item(), 4)
    0.6931
    """

    ignore_index: int = -100
    decision = "none"

    def __call__(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each pixel."""
        if input.ndim != 4:
            raise InputError(
                f"The base pixel_cross_entropy needs logits of shape (rows, classes, height, width), got "
                f"{tuple(input.shape)}. For one class per row use cross_entropy."
            )
        check_codes("pixel_cross_entropy", input, target)
        return F.cross_entropy(input, target.long(), ignore_index=self.ignore_index, reduction="none")


@dataclass(frozen=True, slots=True)
class Contrastive:
    """Pull pairs that are alike together, push others apart: y d²/2 + (1 - y) max(0, margin - d)²/2.

    d is the Euclidean distance of the two embeddings of a pair; input has the shape (n, 2, dimensions), targets (n,)
    are 1 for alike and 0 for different. Source: Hadsell, Chopra & LeCun (2006), Dimensionality reduction by learning
    an invariant mapping.

    Parameters
    ----------
    margin : float
        The distance, above 0, from which on different pairs are far enough apart.

    Examples
    --------
    >>> pair = torch.tensor([[[0.0, 0.0], [3.0, 4.0]]])
    >>> round(Contrastive()(pair, torch.tensor([1])).sum().item(), 3)
    12.5
    """

    margin: float = 1.0
    decision = "none"

    def __post_init__(self) -> None:
        if not self.margin > 0:
            raise InputError(f"The margin of Contrastive must be above 0, got {self.margin!r}. 1 is usual.")

    def __call__(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each pair."""
        if input.ndim != 3 or input.shape[1] != 2 or target.shape != input.shape[:1]:
            raise InputError(
                f"The base contrastive needs pairs of shape (rows, 2, dimensions) and one label each, got input "
                f"{tuple(input.shape)} and target {tuple(target.shape)}. Stack the two embeddings on axis 1."
            )
        if not ((target == 0) | (target == 1)).all():
            raise InputError("The base contrastive needs labels 1 (alike) or 0, got other values. Encode them first.")
        distance = F.pairwise_distance(input[:, 0], input[:, 1])
        alike = target.to(input.dtype)
        return (alike * distance**2 + (1 - alike) * torch.relu(self.margin - distance) ** 2) / 2


def policy_gradient(input: Tensor, target: Tensor) -> Tensor:
    r"""Take minus log-probability times return, summed over the steps of each episode: REINFORCE.

    The formula is :math:`-\sum_t \log \pi(a_t) G_t`. Source: Williams (1992), Simple statistical gradient-following
    algorithms for connectionist reinforcement learning. Steps after the end of an episode have the return 0.

    Parameters
    ----------
    input : Tensor of shape (n,) or (n, steps)
        The log-probabilities of the actions that were taken.
    target : Tensor of the same shape
        Their returns, see `discounted_returns`; no gradient goes through them.

    Examples
    --------
    >>> policy_gradient(torch.tensor([[-1.0, -2.0]]), torch.tensor([[3.0, 1.0]])).tolist()
    [5.0]
    """
    check_same_shape("policy_gradient", input, target)
    steps = -input * target.detach().to(input.dtype)
    return steps if steps.ndim == 1 else steps.flatten(1).sum(1)


def discounted_returns(
    rewards: Tensor, discount: float = 0.99, *, baseline: Tensor | float | None = None, mask: Tensor | None = None
) -> Tensor:
    r"""Sum the rewards from each step on, discounted: :math:`G_t = r_t + \gamma G_{t+1}`, less a baseline.

    Parameters
    ----------
    rewards : Tensor of shape (n, steps)
        One episode per row.
    discount : float
        Gamma, in [0, 1].
    baseline : Tensor of shape (n, steps), or float, optional
        What is expected anyway, such as the value of the state: it lowers the variance of the gradient, not its mean.
    mask : Tensor of bool, of shape (n, steps), optional
        True for the steps of the episode; the others have no reward and the return 0, whatever the baseline.

    Raises
    ------
    InputError
        If the discount is outside [0, 1] or a shape does not match.

    Examples
    --------
    >>> discounted_returns(torch.tensor([[1.0, 2.0, 4.0]]), 0.5).tolist()
    [[3.0, 4.0, 4.0]]
    """
    if not 0 <= discount <= 1:
        raise InputError(f"The discount of returns lies in [0, 1], got {discount!r}. 0.99 is usual.")
    for name, given in (("mask", mask), ("baseline", baseline)):
        wrong = isinstance(given, Tensor) and given.ndim > 0 and given.shape != rewards.shape
        if wrong or rewards.ndim != 2:
            raise InputError(
                f"Rewards, and the {name} where there is one, have the shape (episodes, steps), got rewards "
                f"{tuple(rewards.shape)} and a {name} of shape {tuple(getattr(given, 'shape', ()))}. Align them."
            )
    earned = rewards if mask is None else torch.where(mask, rewards, 0)
    backwards, total = [], torch.zeros_like(earned[:, 0])
    for reward in reversed(earned.unbind(1)):
        total = reward + discount * total
        backwards.append(total)
    returns = torch.stack(backwards[::-1], dim=1)
    if baseline is not None:
        returns = returns - (baseline.detach() if isinstance(baseline, Tensor) else baseline)
    return returns if mask is None else torch.where(mask, returns, 0)
