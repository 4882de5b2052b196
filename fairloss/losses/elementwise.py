"""Base losses: what a model is fitted to, as one number per row, so that weights and groups apply to all of them."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairloss.errors import InputError, UnknownName, quote

__all__ = ["BASE_LOSSES", "BaseLoss", "base_losses", "resolve_base", "row_losses"]

Elementwise = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class BaseLoss:
    """A loss that is computed element by element.

    Parameters
    ----------
    name : str
        The name, as torch spells it in `torch.nn.functional`.
    function : callable
        ``function(input, target)`` gives a tensor whose first axis is the rows.
    decision : str
        How outputs under this loss become decisions, see `DECISIONS`.
    module : type, optional
        The class of `torch.nn` that computes the same, so that its instances are recognized.
    """

    name: str
    function: Elementwise
    decision: str
    module: type[nn.Module] | None = None


def _bce_with_logits(input: Tensor, target: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(input, target.to(input.dtype), reduction="none")


def _cross_entropy(input: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(input, target, reduction="none")


def _mse(input: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(input, target.to(input.dtype), reduction="none")


_LISTED = (
    BaseLoss("bce_with_logits", _bce_with_logits, "sigmoid", nn.BCEWithLogitsLoss),
    BaseLoss("cross_entropy", _cross_entropy, "softmax", nn.CrossEntropyLoss),
    BaseLoss("mse", _mse, "output", nn.MSELoss),
)

BASE_LOSSES: Mapping[str, BaseLoss] = MappingProxyType({loss.name: loss for loss in _LISTED})
"""Every base loss by name, read-only."""


def base_losses() -> tuple[str, ...]:
    """Give the names of all base losses.

    Examples
    --------
    >>> base_losses()
    ('bce_with_logits', 'cross_entropy', 'mse')
    """
    return tuple(BASE_LOSSES)


def resolve_base(base: str | nn.Module | Elementwise) -> tuple[Elementwise, str | None]:
    """Find the function of a base loss, and the decision that belongs to it where that is known.

    Raises
    ------
    UnknownName
        With the near names, where no base loss has the name.
    InputError
        If a module averages over rows, or if the base cannot be called.
    """
    if isinstance(base, str):
        if base not in BASE_LOSSES:
            raise UnknownName("base", base, BASE_LOSSES)
        return BASE_LOSSES[base].function, BASE_LOSSES[base].decision
    if not callable(base):
        raise InputError(
            f"The base of FairLoss must be a name, a torch.nn loss or a function, got {quote(base)}. "
            f"The names are {', '.join(BASE_LOSSES)}."
        )
    reduction = getattr(base, "reduction", "none")
    if reduction != "none":
        name = type(base).__name__
        raise InputError(
            f"FairLoss needs one loss per row, got {name} with reduction={reduction!r}. "
            f"Make it with {name}(reduction='none'); FairLoss averages over the rows itself."
        )
    known = (loss for loss in BASE_LOSSES.values() if loss.module is not None and isinstance(base, loss.module))
    return base, next((loss.decision for loss in known), None)


def row_losses(function: Elementwise, input: Tensor, target: Tensor) -> Tensor:
    """Compute the base loss as one number per row, of shape (n,): trailing axes are averaged.

    Raises
    ------
    InputError
        If the base does not keep the rows apart.
    """
    elements = function(input, target)
    if not isinstance(elements, Tensor) or elements.ndim == 0 or len(elements) != len(input):
        came = f"shape {tuple(elements.shape)}" if isinstance(elements, Tensor) else quote(elements)
        raise InputError(
            f"The base loss must give one number per row ({len(input)} rows), got {came}. "
            "Do not average in it; FairLoss does."
        )
    return elements if elements.ndim == 1 else torch.mean(elements.flatten(1), dim=1)
