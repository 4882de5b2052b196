"""One loss from many processes: sums over all of them, with the gradient that data-parallel training expects."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

__all__ = ["process_count", "rows_of_all_processes", "sum_over_processes"]

_AVAILABLE = distributed.is_available()


def process_count() -> int:
    """Give the number of processes that train together; 1 without `torch.distributed`."""
    return distributed.get_world_size() if _AVAILABLE and distributed.is_initialized() else 1


def sum_over_processes(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Sum each tensor over the processes, all of them in one message; alone, give them back as they are.

    Every process computes the same loss from the sums, and `torch.nn.parallel.DistributedDataParallel` averages the
    gradients of the processes. The gradient of a sum is therefore multiplied by the number of processes: the average
    is then the gradient that one process would find on all rows.

    Parameters
    ----------
    *tensors : Tensor
        Floating, on one device, and of the same types and shapes in all processes.

    Examples
    --------
    >>> sum_over_processes(torch.tensor([1.0, 2.0]))
    (tensor([1., 2.]),)
    """
    if process_count() == 1:
        return tensors
    packed = _Sum.apply(torch.cat([tensor.reshape(-1) for tensor in tensors]))  # type: ignore[no-untyped-call]
    parts = packed.split([tensor.numel() for tensor in tensors])
    return tuple(part.view(tensor.shape).to(tensor.dtype) for part, tensor in zip(parts, tensors, strict=True))


def rows_of_all_processes(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Put the rows of all processes below each other, in one message; alone, give the tensors back as they are.

    Every process then computes the same loss from all rows. As with `sum_over_processes`, the gradient that reaches the
    rows of a process is multiplied by the number of processes.

    Parameters
    ----------
    *tensors : Tensor
        Of the same number of rows, of one floating type, on one device; processes may have different numbers of rows.
    """
    if process_count() == 1:
        return tensors
    table = torch.cat([tensor.flatten(1) if tensor.ndim > 1 else tensor[:, None] for tensor in tensors], dim=1)
    everyone: Tensor = _Gather.apply(table)  # type: ignore[no-untyped-call]
    parts = torch.split(everyone, [tensor[0].numel() for tensor in tensors], dim=1)
    return tuple(part.reshape(-1, *tensor.shape[1:]) for part, tensor in zip(parts, tensors, strict=True))


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, local: Tensor) -> Tensor:
        sizes = local.new_zeros(process_count(), dtype=torch.long)
        sizes[distributed.get_rank()] = len(local)
        distributed.all_reduce(sizes)
        start = int(sizes[: distributed.get_rank()].sum())
        ctx.place = slice(start, start + len(local))
        table = local.new_zeros(int(sizes.sum()), local.shape[1])
        table[ctx.place] = local
        distributed.all_reduce(table)
        return table

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient[ctx.place] * process_count()


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, local: Tensor) -> Tensor:
        total = local.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient * process_count()
