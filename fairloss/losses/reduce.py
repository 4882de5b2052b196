"""One loss from many processes: sums over all of them, with the gradient that data-parallel training expects."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

__all__ = ["process_count", "sum_over_processes"]


def process_count() -> int:
    """Give the number of processes that train together; 1 without `torch.distributed`."""
    ready = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if ready else 1


def sum_over_processes(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Sum each tensor over the processes, all of them in one message; alone, give them back as they are.

    Every process computes the same loss from the sums, and `torch.nn.parallel.DistributedDataParallel` averages the
    gradients of the processes. The gradient of a sum is therefore multiplied by the number of processes: the average
    is then the gradient that one process would find on all rows.

    Parameters
    ----------
    *tensors : Tensor
        Of one type, on one device, and of the same shapes in all processes.

    Examples
    --------
    >>> sum_over_processes(torch.tensor([1.0, 2.0]))
    (tensor([1., 2.]),)
    """
    if process_count() == 1:
        return tensors
    packed = _Sum.apply(torch.cat([tensor.reshape(-1) for tensor in tensors]))  # type: ignore[no-untyped-call]
    parts = packed.split([tensor.numel() for tensor in tensors])
    return tuple(part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True))


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, local: Tensor) -> Tensor:
        total = local.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient * process_count()
