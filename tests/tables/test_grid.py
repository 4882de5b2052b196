"""Score bins: one formula, equal to a search among the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairloss.errors import InputError
from fairloss.tables.grid import BINS, ScoreGrid


def searched(grid: ScoreGrid, scores: Any) -> Any:
    return np.minimum(np.searchsorted(grid.edges, scores, side="right") - 1, BINS - 1)


def near_edges(grid: ScoreGrid) -> Any:
    edges = grid.edges
    around = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)])
    return around[(around >= grid.low) & (around <= grid.high)]


def test_scores_of_two_figures_and_all_edges_of_the_unit_grid() -> None:
    grid = ScoreGrid.over(0.0, 1.0)
    np.testing.assert_array_equal(grid.edges, np.linspace(0, 1, BINS + 1))
    for scores in (np.arange(101) / 100, near_edges(grid), np.random.default_rng(0).random(10_000)):
        np.testing.assert_array_equal(grid.places(scores), searched(grid, scores))


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(0, 2**32))
def test_any_grid_places_scores_between_their_edges(low: float, width: float, seed: int) -> None:
    high = low + width
    assume(high > low and (low < 0 or high > 1))
    try:
        grid = ScoreGrid.over(low, high)
    except InputError:
        return
    np.testing.assert_array_equal(grid.edges, np.linspace(low, high, BINS + 1))
    scores = np.append(near_edges(grid), np.random.default_rng(seed).uniform(low, high, 1000))
    scores = scores[scores <= high]
    np.testing.assert_array_equal(grid.places(scores), searched(grid, scores))


def test_missing_scores_stay_missing_and_one_score_is_enough() -> None:
    assert np.isnan(ScoreGrid.over(0, 1).places(np.array([np.nan]))).all()
    assert ScoreGrid.over(7.0, 7.0).places(np.array([7.0])).tolist() == [0]
    assert ScoreGrid.over(1.0, 1.0).places(np.array([1.0])).tolist() == [BINS - 1]


@pytest.mark.parametrize(
    ("lowest", "highest", "says"),
    [
        (np.inf, -np.inf, "needs finite scores, got none"),
        (0.0, np.inf, "needs finite scores, got infinite ones"),
        (-np.inf, 0.5, "needs finite scores, got infinite ones"),
        (1e16, 1e16 + 4, "bins can tell apart, got scores from 1e\\+16"),
        (-1.7e308, 1.7e308, "bins can tell apart"),
    ],
)
def test_scores_that_have_no_grid(lowest: float, highest: float, says: str) -> None:
    with pytest.raises(InputError, match=f"points .*{says}|points {says}"):
        ScoreGrid.over(lowest, highest, role="points")
