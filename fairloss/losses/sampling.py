"""Batches that hold rows of every group and label, with the weights that keep the loss unbiased."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heapreplace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Sampler

from fairloss.errors import InputError, quote
from fairloss.losses.membership import tensor_of
from fairloss.notions import Groups
from fairloss.notions.arrays import to_numpy

__all__ = ["GroupBatchSampler"]


class GroupBatchSampler(Sampler[list[int]]):
    r"""Draw batches that hold a fixed number of rows from each cell of group and label.

    Each batch has :math:`q_c \ge` ``minimum`` rows of cell c, and each row of the cell is as likely as any other. With
    the weight :math:`w_c = (n_c / n) / (q_c / \text{batch size})` the weighted mean of anything over a batch is
    :math:`\sum_c (n_c / n) \cdot (\text{mean of the cell in the batch})`: its expectation is the mean over all n rows,
    and the weights of a batch always sum to the batch size. The rows beyond the minimum go where they make the epoch
    shortest: to the cell with the largest :math:`n_c / q_c`, one by one.

    Each cell is shuffled, gone through, and shuffled again when it is used up. An epoch has as many batches as it takes
    to visit every row at least once; rows of small cells come several times, and where :math:`q_c > n_c` several times
    in a batch. All batches have the same size, the last too.

    Parameters
    ----------
    groups : Groups or integer codes of shape (n,)
        The group of each row; -1, unknown, is a group of its own here.
    labels : array of shape (n,), optional
        The label of each row, where batches should hold each label of each group.
    batch_size : int
        Rows in a batch, over all processes together.
    minimum : int
        The least number of rows of each cell in a batch.
    seed : int
        Same seed, same batches. Each epoch has its own order, see `set_epoch`.
    num_replicas, rank : int
        How many processes share each batch, and which of them this is; each takes every ``num_replicas``-th row of it.

    Attributes
    ----------
    sample_weight : Tensor of shape (n,)
        The weight of each row. Keep it beside the labels in the data set, and pass it to the criterion.

    Raises
    ------
    InputError
        If lengths differ or the batch size cannot hold the minimum of each cell.

    Examples
    --------
    >>> codes, labels = torch.tensor([0] * 90 + [1] * 10), torch.tensor([0, 1] * 50)
    >>> sampler = GroupBatchSampler(codes, labels, batch_size=20, minimum=4)
    >>> len(sampler), [int((codes[rows] == 1).sum()) for rows in sampler][:3]
    (8, [8, 8, 8])
    >>> [round(weight, 3) for weight in sampler.sample_weight[[0, -1]].tolist()]
    [1.5, 0.25]

    With a loader, ``DataLoader(TensorDataset(x, y, codes, sampler.sample_weight), batch_sampler=sampler)``.
    """

    def __init__(
        self,
        groups: Any,
        labels: Any = None,
        *,
        batch_size: int,
        minimum: int = 1,
        seed: int = 0,
        num_replicas: int = 1,
        rank: int = 0,
    ) -> None:
        _check_options(batch_size, minimum, num_replicas, rank)
        self.batch_size, self.minimum, self.seed = batch_size, minimum, seed
        self.num_replicas, self.rank = num_replicas, rank
        self._epoch = 0
        cell = _cells(groups, labels)
        sizes = torch.bincount(cell)
        if batch_size < minimum * len(sizes):
            raise InputError(
                f"GroupBatchSampler needs {minimum} rows of each of {len(sizes)} cells of group and label, but a batch "
                f"has {batch_size}. Raise batch_size to {minimum * len(sizes)} or more, or lower minimum."
            )
        quotas = torch.tensor(_quotas(sizes.tolist(), batch_size, minimum))
        self._quotas: list[int] = quotas.tolist()
        self._members = torch.split(torch.argsort(cell, stable=True), sizes.tolist())
        self.sample_weight: Tensor = (sizes / quotas * (batch_size / len(cell)))[cell].to(torch.get_default_dtype())

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass; without it the passes count 0, 1, 2, ... by themselves."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Give the number of batches in an epoch: enough to visit every row."""
        return max(-(-len(rows) // quota) for rows, quota in zip(self._members, self._quotas, strict=True))

    def __iter__(self) -> Iterator[list[int]]:
        """Give the row numbers of each batch of one epoch, or this process's share of them."""
        generator = torch.Generator().manual_seed((self.seed + 1_000_003 * self._epoch) % 2**32)
        self._epoch += 1
        drawn = [
            _shuffled(rows, quota * len(self), generator).view(len(self), quota)
            for rows, quota in zip(self._members, self._quotas, strict=True)
        ]
        for batch in torch.cat(drawn, dim=1):
            yield batch[self.rank :: self.num_replicas].tolist()


def _shuffled(rows: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Go through the rows in a new order each time, until there are enough."""
    passes = [rows[torch.randperm(len(rows), generator=generator)] for _ in range(-(-count // len(rows)))]
    return torch.cat(passes)[:count]


def _quotas(sizes: list[int], batch_size: int, minimum: int) -> list[int]:
    """Share out a batch: the minimum to each cell, each further row to the cell that is visited most slowly."""
    quotas = [minimum] * len(sizes)
    slowest = [(-size / minimum, cell) for cell, size in enumerate(sizes)]
    heapify(slowest)
    for _ in range(batch_size - minimum * len(sizes)):
        cell = slowest[0][1]
        quotas[cell] += 1
        heapreplace(slowest, (-sizes[cell] / quotas[cell], cell))
    return quotas


def _cells(groups: Any, labels: Any) -> Tensor:
    """Give each row the number of its cell: the pairs of group and label that have rows, from 0."""
    codes = _column(groups.codes if isinstance(groups, Groups) else groups, "groups")
    if labels is None:
        return codes
    label = _column(labels, "labels")
    if len(label) != len(codes):
        raise InputError(
            f"GroupBatchSampler needs one label per row, got {len(label)} for {len(codes)} rows. Align them."
        )
    return _places(codes * (int(label.max()) + 1) + label)


def _column(values: Any, name: str) -> Tensor:
    """Replace the values of a column by the places of these among its distinct values."""
    array = to_numpy(values)
    if array.dtype.kind not in "biuf" or (array != array).any():
        raise InputError(
            f"GroupBatchSampler needs {name} as numbers without missing ones, got {array.dtype} values such as "
            f"{quote(array.ravel()[:1].tolist())}. Encode them first, groups with fairloss.tables.encode."
        )
    column = tensor_of(array)
    if column.ndim != 1 or not len(column):
        raise InputError(
            f"GroupBatchSampler needs {name} as one code per row, got shape {tuple(column.shape)}. Pass a column."
        )
    return _places(column)


def _places(column: Tensor) -> Tensor:
    places: Tensor = torch.unique(column, return_inverse=True)[1]
    return places


def _check_options(batch_size: int, minimum: int, num_replicas: int, rank: int) -> None:
    if minimum < 1 or num_replicas < 1 or not 0 <= rank < num_replicas or batch_size < num_replicas:
        raise InputError(
            "GroupBatchSampler needs minimum 1 or more, rank in 0..num_replicas-1 and a row for each process, got "
            f"batch_size={batch_size}, minimum={minimum}, num_replicas={num_replicas}, rank={rank}. Correct these."
        )
