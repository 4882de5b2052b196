"""What the distances on rows read on minibatches of a model that is fair: zero on average where they promise it."""

from __future__ import annotations

from math import sqrt

import pytest
import torch

from fairloss.losses.row_distances.calibration_distance import Calibration
from fairloss.losses.row_distances.dependence_distances import HSIC, DistanceCorrelation
from fairloss.losses.row_distances.kernel_distances import MMD, Energy
from fairloss.losses.row_distances.row_sample import RowSample

REPEATS = 1500
UNBIASED = {
    "energy": Energy(),
    "mmd": MMD(),
    "hsic": HSIC(),
    "distance_correlation": DistanceCorrelation(),
    "calibration": Calibration(),
}


def readings(distance, size, *, weighted=False, seed=0):
    """Read a distance on batches of ten groups that do not differ, with outcomes as likely as the values say."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(REPEATS):
        values = torch.rand(size, generator=generator)
        codes = torch.randint(0, 10, (size,), generator=generator)
        weight = 0.2 + 0.8 * (codes < 5).float() if weighted else torch.ones(size)
        label = torch.bernoulli(values, generator=generator)
        members = torch.nn.functional.one_hot(codes, 10).float()
        found.append(distance(RowSample(values, members, weight, label)))
    found = torch.stack(found).double()
    return found.mean().item(), found.std().item() / sqrt(REPEATS)


@pytest.mark.parametrize("size", [32, 128])
@pytest.mark.parametrize("name", list(UNBIASED))
def test_the_mean_over_batches_is_zero(name, size):
    mean, error = readings(UNBIASED[name], size)
    assert abs(mean) < 3.5 * error
    assert abs(mean) < 0.005


@pytest.mark.parametrize("size", [32, 128])
@pytest.mark.parametrize("name", ["energy", "mmd", "hsic"])
def test_the_distance_of_the_sample_is_not(name, size):
    mean, error = readings(type(UNBIASED[name])(unbiased=False), size)
    assert mean > 20 * error


@pytest.mark.parametrize("name", ["energy", "mmd", "hsic", "calibration"])
def test_weights_below_one_do_not_bias_it(name):
    """A sampler that over-draws five groups gives their rows a weight of 0.2."""
    mean, error = readings(UNBIASED[name], 64, weighted=True)
    assert abs(mean) < 3.5 * error
