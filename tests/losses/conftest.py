"""Batches that the tests of the losses share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

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
