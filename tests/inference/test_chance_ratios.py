"""The smallest ratio by chance: its draws are those of dealing people anew."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.errors import InputError
from fairloss.inference import smallest_ratio_p_value, smallest_ratios_by_chance

X, N = [18, 30, 7], [40, 60, 20]


def test_the_draws_agree_with_shuffling_rows() -> None:
    drawn = smallest_ratios_by_chance(X, N, draws=4000)
    rng, groups = np.random.default_rng(1), np.repeat(np.arange(3), N)
    selected = np.arange(sum(N)) < sum(X)
    rates = np.array([np.bincount(groups, rng.permutation(selected)) / N for _ in range(4000)])
    shuffled = rates.min(1) / rates.max(1)
    for ratio in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9):  # a standard error of at most 0.008 each
        assert (drawn <= ratio).mean() == pytest.approx((shuffled <= ratio).mean(), abs=0.04)


def test_the_draws_agree_with_the_p_value() -> None:
    rates = np.array(X) / N
    drawn = smallest_ratios_by_chance(X, N, draws=9999)
    p = (1 + (drawn <= rates.min() / rates.max() * (1 + 1e-12)).sum()) / 10_000
    assert p == pytest.approx(smallest_ratio_p_value(X, N, draws=9999), abs=0.02)


def test_the_same_seed_gives_the_same_draws_and_nothing_comes_of_nothing() -> None:
    assert (smallest_ratios_by_chance(X, N, seed=3) == smallest_ratios_by_chance(X, N, seed=3)).all()
    assert smallest_ratios_by_chance([0, 0], [5, 5]).size == 0
    assert smallest_ratios_by_chance([1, 0], [5, 0]).size == 0
    with pytest.raises(InputError):
        smallest_ratios_by_chance(X, N, draws=0)
    with pytest.raises(InputError):
        smallest_ratios_by_chance([X], [N])
