"""The network that is trained, and the corner of torch that it is trained in."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from numbers import Integral
from threading import RLock
from typing import Any

import torch
from torch import Tensor, nn

from fairloss.errors import InputError, quote

__all__ = [
    "Factory",
    "check_module",
    "make_module",
    "outputs",
    "parameters_of",
    "perceptron",
    "resolve_device",
    "torch_corner",
]

Factory = Callable[[int], nn.Module]

_ROWS_AT_ONCE = 1 << 16
_TORCH = RLock()
"""Held by whoever has set torch's threads and random state, for there is one of each in a process."""


def _is_width(width: Any) -> bool:
    return isinstance(width, Integral) and int(width) > 0


def perceptron(n_features: int, n_outputs: int, hidden: Sequence[int]) -> nn.Module:
    """Make a multilayer perceptron with rectified linear units.

    Examples
    --------
    >>> sum(part.numel() for part in perceptron(3, 1, (4,)).parameters())
    21
    """
    widths = [n_features, *hidden]
    layers: list[nn.Module] = []
    for width, following in pairwise(widths):
        layers += [nn.Linear(width, following), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], n_outputs))


def make_module(
    module: nn.Module | Factory | None, n_features: int, n_outputs: int, hidden: Sequence[int]
) -> nn.Module:
    """Make the network: a copy of a given one, what a factory returns for ``n_features``, or a perceptron.

    Raises
    ------
    InputError
        If ``module`` is none of these, or the hidden widths are not whole numbers above 0.
    """
    if isinstance(module, nn.Module):
        return copy.deepcopy(module)
    if module is None:
        if not isinstance(hidden, Sequence) or not all(map(_is_width, hidden)):
            raise InputError(f"hidden must be a sequence of layer widths, got {quote(hidden)}. Try (64, 64).")
        return perceptron(n_features, n_outputs, hidden)
    made = module(n_features) if callable(module) else module
    if not isinstance(made, nn.Module):
        raise InputError(
            f"module must be a torch.nn.Module or a function from the number of features to one, got {quote(made)}. "
            "Leave it None for a multilayer perceptron."
        )
    return made


def check_module(module: nn.Module, x: Tensor, who: str) -> None:
    """Require a network that takes these rows and has something to train.

    Raises
    ------
    InputError
        If it has nothing, or refuses one row.
    """
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise InputError(f"{who} trains a module, but {type(module).__name__} has no parameters to train. Use another.")
    try:
        outputs(module, x[:1])
    except RuntimeError as error:
        raise InputError(
            f"{who} has a module that cannot take the {x.shape[1]} columns of type float32 that X has after encoding: "
            f"{quote(str(error).splitlines()[0])}. Give module= as a function from this number to a module."
        ) from error


def resolve_device(device: str | torch.device, who: str = "FairClassifier") -> torch.device:
    """Turn "cpu", "cuda" or "auto" (CUDA where there is one) into the torch device.

    Raises
    ------
    InputError
        If there is no such device here.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"{who} cannot train on the device {quote(device)}: {str(error).splitlines()[0]} Use device='cpu'."
        ) from None


def outputs(module: nn.Module, x: Tensor) -> Tensor:
    """Evaluate the network without gradients, in pieces that fit in memory; a single output column is dropped.

    Returns
    -------
    Tensor of shape (n,) or (n, classes)
    """
    module.eval()
    with torch.inference_mode():
        parts = [module(rows) for rows in torch.split(x, _ROWS_AT_ONCE)]
        joined = torch.cat(parts) if len(parts) > 1 else parts[0]
    return joined[:, 0] if joined.ndim == 2 and joined.shape[1] == 1 else joined


def _check_jobs(n_jobs: Any) -> None:
    if n_jobs is not None and not (isinstance(n_jobs, Integral) and n_jobs != 0):
        raise InputError(
            f"n_jobs must be a whole number other than 0, got {quote(n_jobs)}. None or 1 is one thread, -1 is all."
        )


@contextmanager
def torch_corner(n_jobs: int | None, device: torch.device | None = None, seed: int | None = None) -> Iterator[None]:
    """Set torch's threads and random state inside the block, and put both back after it.

    One thread of Python at a time is inside, so that models fitted side by side are those fitted one by one.

    Parameters
    ----------
    n_jobs : int or None
        Threads on the CPU, as scikit-learn counts them: None is one, -1 is all.
    device : torch.device, optional
        A CUDA device whose random state is kept too.
    seed : int, optional
        The seed inside the block; None leaves the random state alone.
    """
    _check_jobs(n_jobs)
    everything = (os.cpu_count() or 1) + 1
    threads = 1 if n_jobs is None else n_jobs if n_jobs > 0 else max(1, everything + n_jobs)
    cuda = [device] if device is not None and device.type == "cuda" else []
    with _TORCH:
        before = torch.get_num_threads()
        try:
            torch.set_num_threads(threads)
            with torch.random.fork_rng(devices=cuda, enabled=seed is not None):
                if seed is not None:
                    torch.manual_seed(seed)
                yield
        finally:
            torch.set_num_threads(before)


def parameters_of(module: nn.Module) -> dict[str, Any]:
    """Copy the state of a network, so that it can be put back."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}
