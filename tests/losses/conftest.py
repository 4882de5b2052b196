"""Batches that the tests of the losses share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from fairloss.losses.row_distances.row_sample import RowSample

Batch = tuple[Tensor, Tensor, Tensor]


@pytest.fixture
def batch() -> Callable[..., Batch]:
    """Make (logits, labels, group codes), with every cell filled where the batch is large enough."""

    def make(n: int = 40, groups: int = 3, seed: int = 0, dtype: torch.dtype = torch.float64) -> Batch:
        generator = torch.Generator().manual_seed(seed)
        logits = torch.randn(n, generator=generator, dtype=dtype)
        labels = (torch.arange(n) % 2).to(dtype)
        codes = torch.arange(n) // 2 % groups
        return logits + 0.5 * labels - 0.3 * codes, labels, codes

    return make


@pytest.fixture
def row_sample() -> Callable[..., RowSample]:
    """Make rows with values in [0, 1] that differ by group, one-hot groups or shares, labels and whole weights."""

    def make(
        n: int = 30, groups: int = 3, seed: int = 0, *, shares: bool = False, dtype: torch.dtype = torch.float64
    ) -> RowSample:
        generator = torch.Generator().manual_seed(seed)
        codes = torch.arange(n) % groups
        values = torch.sigmoid(torch.randn(n, generator=generator, dtype=dtype) - 0.5 * codes)
        members = torch.nn.functional.one_hot(codes, groups).to(dtype)
        if shares:
            members = (2 * members + torch.randn(n, groups, generator=generator, dtype=dtype)).softmax(1)
        weight = torch.randint(0, 4, (n,), generator=generator).to(dtype)
        label = torch.bernoulli(torch.full((n,), 0.4, dtype=dtype), generator=generator)
        return RowSample(values, members, weight, label)

    return make


@pytest.fixture
def continuous_sample() -> Callable[..., RowSample]:
    """Make rows with a continuous attribute on which the values depend."""

    def make(n: int = 30, columns: int = 1, seed: int = 0) -> RowSample:
        generator = torch.Generator().manual_seed(seed)
        attribute = torch.randn(n, columns, generator=generator, dtype=torch.float64)
        noise = torch.randn(n, generator=generator, dtype=torch.float64)
        weight = torch.randint(0, 4, (n,), generator=generator).double()
        return RowSample(torch.sigmoid(attribute[:, 0] ** 2 + noise), 3 * attribute + 40, weight, continuous=True)

    return make
