"""Small batches whose rates are known: what the checks feed to a criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

__all__ = ["ACCURATE", "CONTRARY", "Batch", "Table", "mixed", "one_class_per_group", "planted"]

Table = tuple[int, int, int, int]
"""Rows of a group: favorable label selected and refused, then unfavorable label selected and refused."""

ACCURATE: Table = (2, 2, 1, 7)
CONTRARY: Table = (1, 7, 15, 1)
"""Against `ACCURATE` every rate of the catalogue is another, by the soft and by the hard decisions."""

_SIZE = 2.0
"""The logit of a planted yes; minus it is a no. Soft rates are then 0.76 of the way to the hard ones."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in a neutral form, which a subject turns into the input and target that its criterion takes.

    Parameters
    ----------
    logits : Tensor of shape (n, classes)
        In double precision.
    labels : Tensor of shape (n,)
        Class codes.
    codes : Tensor of shape (n,)
        Group codes, -1 where the group is unknown.
    weight : Tensor of shape (n,), optional
        What each row counts.
    """

    logits: Tensor
    labels: Tensor
    codes: Tensor
    weight: Tensor | None = None

    def __len__(self) -> int:
        return len(self.logits)

    def rows(self, index: Tensor) -> Batch:
        """Take some rows, in this order.

        Examples
        --------
        >>> mixed(2).rows(torch.tensor([3, 3])).codes.tolist()
        [1, 1]
        """
        weight = None if self.weight is None else self.weight[index]
        return Batch(self.logits[index], self.labels[index], self.codes[index], weight)

    def recoded(self, names: Sequence[int]) -> Batch:
        """Give each group another code.

        Examples
        --------
        >>> mixed(2).recoded([1, 0]).codes[:4].tolist()
        [1, 1, 0, 0]
        """
        return replace(self, codes=torch.tensor(names)[self.codes])


def mixed(groups: int = 3, classes: int = 2, *, rows: int = 48, seed: int = 0) -> Batch:
    """Draw a batch in which every group has every label, groups differ, and no two scores are alike.

    Examples
    --------
    >>> mixed(3, rows=6).codes.tolist()
    [0, 0, 1, 1, 2, 2]
    """
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(rows, classes, generator=generator, dtype=torch.float64)
    labels, codes = torch.arange(rows) % classes, torch.arange(rows) // classes % groups
    informed = torch.nn.functional.one_hot(labels, classes) * 0.6
    favored = torch.nn.functional.one_hot(codes % classes, classes) * 0.8
    return Batch(logits + informed + favored, labels, codes)


def planted(*tables: Table, classes: int = 2) -> Batch:
    """Lay out a batch with the given table for each group: class 1 is the favorable one, others are never chosen.

    Examples
    --------
    >>> batch = planted(ACCURATE, CONTRARY)
    >>> torch.bincount(batch.codes).tolist()
    [12, 24]
    """
    rows = [
        (group, label, decision)
        for group, table in enumerate(tables)
        for (label, decision), size in zip(((1, 1), (1, 0), (0, 1), (0, 0)), table, strict=True)
        for _ in range(size)
    ]
    codes, labels, decisions = torch.tensor(rows).T
    logits = torch.full((len(rows), classes), -3 * _SIZE, dtype=torch.float64)
    logits[:, 1] = _SIZE * (decisions - 0.5)
    logits[:, 0] = -logits[:, 1]
    return Batch(logits, labels.clone(), codes.clone())


def one_class_per_group(first: int, second: int, classes: int) -> Batch:
    """Let group 0 always get one class and group 1 always another: the maximal gap.

    Labels of every class are in both groups, the class that the group gets most often in the first.

    Examples
    --------
    >>> batch = one_class_per_group(0, 2, classes=3)
    >>> batch.logits.argmax(1)[[0, -1]].tolist()
    [0, 2]
    """
    labels = torch.cat([torch.tensor([first, first, *range(classes)] * 2), torch.arange(classes).repeat(2)])
    codes = (torch.arange(len(labels)) >= 2 * (classes + 2)).long()
    logits = torch.full((len(labels), classes), -10.0, dtype=torch.float64)
    logits[torch.arange(len(labels)), torch.where(codes == 0, first, second)] = 10.0
    return Batch(logits, labels, codes)
