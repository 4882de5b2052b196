"""A small network that guesses the attribute from the values, and a model that learns to leave it nothing to guess."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairloss.errors import InputError
from fairloss.losses.row_distances.frequencies import centered, counted, positive, spread
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample

__all__ = ["Adversary", "AdversaryTerm"]


@dataclass(frozen=True, slots=True)
class Adversary(RowDistance):
    r"""Train a network against the model, and penalize what it learns about the attribute.

    The distance is what knowing the value is worth to the network: :math:`H(A) - \mathrm{CE}`, the entropy of the
    groups less its cross entropy; for a continuous attribute the share of its variance that the network explains. It is
    0 for a network that knows nothing but the shares, and below 0 for one that knows less. Minimizing
    ``base + weight * distance`` with one optimizer over the parameters of the model *and of the criterion* trains both:
    the gradient of the model lowers the distance, that of the network raises it.

    It is unstable, and no default: the network must learn faster than the model, through ``adversary_scale`` or a
    learning rate of its own, and while it has learned nothing, or where it was driven in circles, a distance near 0
    proves nothing. Each rate of a notion needs a network of its own. Sources: Ganin & Lempitsky (2015), Unsupervised
    domain adaptation by backpropagation; Zhang, Lemoine & Mitchell (2018), Mitigating unwanted biases with adversarial
    learning.

    Parameters
    ----------
    hidden : int
        Units of its one hidden layer.
    strength : float
        Multiple of the gradient that reaches the model, 0 or more. It changes no value.
    adversary_scale : float
        Multiple of the gradient that reaches the network, above 0. Optimizers such as Adam do not feel it.

    Raises
    ------
    InputError
        If a setting is out of range, or if it is called without `bind`.

    Examples
    --------
    >>> term = Adversary(hidden=4).bind(2)
    >>> sum(parameter.numel() for parameter in term.parameters())
    18
    """

    hidden: int = 32
    strength: float = 1.0
    adversary_scale: float = 1.0
    continuous: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the settings."""
        if not (isinstance(self.hidden, int) and self.hidden >= 1):
            raise InputError(f"An Adversary needs 1 hidden unit or more, got {self.hidden!r}. 32 is plenty.")
        if not (self.strength >= 0 and isfinite(self.strength)):
            raise InputError(f"The strength of an Adversary must be 0 or more, got {self.strength!r}. 0 only watches.")
        if not (self.adversary_scale > 0 and isfinite(self.adversary_scale)):
            raise InputError(f"The adversary_scale must be above 0, got {self.adversary_scale!r}. 1 is plain.")

    def __call__(self, sample: RowSample) -> Tensor:
        """Refuse: parameters live in what `bind` gives."""
        raise InputError("An Adversary has parameters to train, got a call without them. Call bind(width) first.")

    def bind(self, width: int) -> AdversaryTerm:
        """Make a network with parameters of its own, for an attribute of ``width`` groups or numbers."""
        return AdversaryTerm(self, width)


class AdversaryTerm(nn.Module):
    """The network of an `Adversary` at work in a criterion.

    Parameters
    ----------
    settings : Adversary
        How it is trained.
    width : int
        How many groups, or columns of a continuous attribute, it guesses.
    """

    def __init__(self, settings: Adversary, width: int) -> None:
        super().__init__()
        self.settings = settings
        self.inner, self.outer = nn.Linear(1, settings.hidden), nn.Linear(settings.hidden, width)

    def forward(self, sample: RowSample) -> Tensor:
        """Give what the network knows; its gradient lowers that in the model and raises it in the network."""
        rows = counted(sample, "Adversary")
        share = rows.weight / positive(rows.weight.sum())
        guess = self._guess(_standardized(rows.values[:, None], share))
        return _explained(guess, rows.attribute, share) if rows.continuous else _information(guess, rows)

    def _guess(self, columns: Tensor) -> Tensor:
        """Apply the network, in the precision of the values."""
        strength, scale = self.settings.strength, self.settings.adversary_scale
        weights = [_scaled(part.to(columns), -scale) for part in (*self.inner.parameters(), *self.outer.parameters())]
        inner = torch.tanh(F.linear(_scaled(columns, strength), weights[0], weights[1]))
        return F.linear(inner, weights[2], weights[3])

    def extra_repr(self) -> str:
        """Show the settings in the representation of the module."""
        return f"strength={self.settings.strength:g}, adversary_scale={self.settings.adversary_scale:g}"


def _standardized(columns: Tensor, share: Tensor) -> Tensor:
    """Give columns with mean 0 and variance 1, or less where the spread is tiny next to the size."""
    middle = centered(columns, share)
    variance = share @ middle.square()
    floor = 1e-6 * (share @ columns.square()) + 1e-12
    return torch.where(share[:, None] > 0, middle / (variance + floor).sqrt(), 0)


def _information(logits: Tensor, rows: RowSample) -> Tensor:
    """Give the entropy of the groups less the cross entropy of the guess; groups that are absent cannot be guessed."""
    members = rows.attribute * rows.weight[:, None]
    size = positive(members.sum())
    shares = members.sum(0) / size
    present = (shares > 0) | (shares.sum() <= 0)
    logs = F.log_softmax(logits.masked_fill(~present, -torch.inf), dim=1)
    cross = -(members * torch.where(present, logs, 0)).sum() / size
    return -torch.xlogy(shares, shares).sum() - cross


def _explained(guess: Tensor, attribute: Tensor, share: Tensor) -> Tensor:
    """Give the share of the variance that the guess explains, averaged over the columns that are not constant."""
    target = centered(attribute, share)
    variance = spread(target, attribute, share)
    defined = variance > 0
    error = share @ (guess - target / positive(variance).sqrt()).square()
    return torch.where(defined, 1 - error, 0).sum() / defined.sum().clamp_min(1)


def _scaled(values: Tensor, scale: float) -> Tensor:
    """Give the values as they are, with their gradient multiplied."""
    return values.detach() + scale * (values - values.detach())
