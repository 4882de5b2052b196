"""One loss per row: the checks that keep torch from broadcasting, and the mean over trailing axes with the mask."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from fairloss.errors import InputError, quote

__all__ = ["Elementwise", "check_codes", "check_range", "check_same_shape", "row_losses"]

Elementwise = Callable[[Tensor, Tensor], Tensor]


def check_same_shape(name: str, input: Tensor, target: Tensor) -> None:
    """Refuse shapes that torch would broadcast, such as (n, 1) and (n,).

    Raises
    ------
    InputError
        If the shapes differ.
    """
    if input.shape != target.shape:
        raise InputError(
            f"The base {name} needs input and target of one shape, got {tuple(input.shape)} and "
            f"{tuple(target.shape)}. Reshape one of them."
        )


def check_codes(name: str, input: Tensor, target: Tensor) -> None:
    """Require class codes: whole numbers, of the shape of the input without its class axis.

    Raises
    ------
    InputError
        If the target has another shape, or is not whole.
    """
    if input.ndim < 2 or input.shape[1] < 2 or target.shape != input.shape[:1] + input.shape[2:]:
        raise InputError(
            f"The base {name} needs one class code per row, and two classes or more on axis 1 of the input; got input "
            f"{tuple(input.shape)} and target {tuple(target.shape)}. Reshape one of them."
        )
    if target.is_floating_point() or target.is_complex():
        raise InputError(f"The base {name} needs class codes as integers, got {target.dtype}. Pass target.long().")


def check_range(name: str, what: str, values: Tensor, low: float, high: float) -> None:
    """Require values within bounds; NaN is outside.

    Raises
    ------
    InputError
        If any value is outside.
    """
    if values.numel() and not ((values >= low) & (values <= high)).all():
        smallest, largest = values.detach().aminmax()
        raise InputError(
            f"The base {name} needs {what} from {low:g} to {high:g}, got values from {smallest.item():g} to "
            f"{largest.item():g}. Convert them first."
        )


def row_losses(function: Elementwise, input: Tensor, target: Tensor) -> Tensor:
    """Compute the base loss as one number per row, of shape (n,).

    Trailing axes are averaged. Where the base has an ``ignore_index``, as those of torch for classes do, the elements
    whose target is that code do not count, and a row without any other element has the loss 0.

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
    if elements.ndim == 1:
        return elements
    ignored = getattr(function, "ignore_index", None)
    if ignored is None or elements.shape != target.shape or target.is_floating_point():
        return torch.mean(elements.flatten(1), dim=1)
    counted = (target != ignored).flatten(1)
    total = torch.where(counted, elements.flatten(1), 0).sum(1)
    return torch.div(total, counted.sum(1).clamp_min(1))
