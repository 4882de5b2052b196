"""Keeping rows aside."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.errors import InputError
from fairloss.tables import hold_out


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.5, 0.9])
def test_hold_out_keeps_the_share_of_every_stratum(fraction):
    strata = np.random.default_rng(0).integers(0, 7, 503) ** 2
    kept, held = hold_out(strata, fraction, np.random.RandomState(0))
    assert sorted([*kept, *held]) == list(range(503))
    for stratum in set(strata.tolist()):
        rows = (strata == stratum).sum()
        assert abs((strata[held] == stratum).sum() - fraction * rows) <= 1


@pytest.mark.parametrize("n", range(2, 12))
def test_hold_out_leaves_rows_on_both_sides(n):
    kept, held = hold_out(np.arange(n), 0.2, np.random.RandomState(0))
    assert min(len(kept), len(held)) > 0


@pytest.mark.parametrize("fraction", [0, 1, -0.5, float("nan")])
def test_hold_out_refuses_a_share_outside_zero_and_one(fraction):
    with pytest.raises(InputError, match="must lie between 0 and 1, got"):
        hold_out(np.zeros(9, dtype=int), fraction, np.random.RandomState(0))
