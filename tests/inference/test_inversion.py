"""The search for a limit against plain halving, which knows nothing of slopes."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.inference import difference_interval, inversion, ratio_interval
from fairloss.inference.inversion import lower_limit


def halved(excess, low, high, *tables):
    """Halve the bracket sixty times."""
    low, high, *tables = (np.array(one, dtype=float) for one in np.broadcast_arrays(low, high, *tables))
    with np.errstate(all="ignore"):
        for _ in range(60):
            middle = (low + high) / 2
            rejected = excess(middle, *tables) > 0
            low, high = np.where(rejected, middle, low), np.where(rejected, high, middle)
    return low


def random_tables(most, count=3000):
    rng = np.random.default_rng(most)
    n = rng.integers(1, most, size=(2, count))
    x = rng.binomial(n, rng.choice([0, 0.001, 0.02, 0.2, 0.5, 0.8, 0.98, 1], size=(2, count)))
    return x[0], n[0], x[1], n[1]


@pytest.mark.parametrize("most", [4, 120, 10**6])
@pytest.mark.parametrize(
    ("function", "method"),
    [
        (ratio_interval, "koopman"),
        (ratio_interval, "miettinen_nurminen"),
        (ratio_interval, "gart_nam"),
        (difference_interval, "mee"),
        (difference_interval, "miettinen_nurminen"),
        (difference_interval, "gart_nam"),
    ],
)
def test_score_limits_are_those_of_halving(function, method, most, monkeypatch):
    tables = random_tables(most)
    found = function(*tables, method=method, level=1 - 0.05 / 91)
    for module in ("ratios", "differences"):
        monkeypatch.setattr(f"fairloss.inference.{module}.lower_limit", halved)
    expected = function(*tables, method=method, level=1 - 0.05 / 91)
    np.testing.assert_allclose(found.low, expected.low, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.high, expected.high, rtol=1e-9, atol=1e-9)


def test_a_limit_does_not_depend_on_the_tables_beside_it():
    tables = random_tables(200, 50)
    together = ratio_interval(*tables)
    for place, table in enumerate(np.transpose(tables)):
        alone = ratio_interval(*table)
        assert (alone.low, alone.high) == (together.low[place], together.high[place])


def test_hostile_shapes_are_closed_in_on():
    """A step, a cliff of 1e300, a triple root and a flat end defeat interpolation, not the search."""
    root = np.array([0.3, 1e-9, 0.999999, 0.5])

    def steep(value, root):
        return np.select(
            [root == 0.3, root == 1e-9, root == 0.5],
            [np.sign(root - value), (root - value) * 1e300, (root - value) ** 3],
            np.where(value < root, 1e-300, -1.0),
        )

    found = lower_limit(steep, np.zeros(4), np.ones(4), root)
    np.testing.assert_allclose(found, root, rtol=1e-9)
    assert (found <= root).all()  # it errs to the outside


def test_nothing_is_rejected_or_searched():
    nothing = lower_limit(lambda value: np.full_like(value, np.nan), np.zeros(2), np.ones(2))
    assert nothing.tolist() == [0, 0]
    assert lower_limit(lambda value: 1 - value, np.zeros((0, 3)), np.ones((0, 3))).shape == (0, 3)
    assert lower_limit(lambda value: value + 1, np.array(0.5), np.array(0.5)) == 0.5


def test_few_steps_are_taken(monkeypatch):
    tables, steps = random_tables(2000), []
    search = inversion._next_share
    monkeypatch.setattr(inversion, "_next_share", lambda *points: steps.append(len(points[0])) or search(*points))
    ratio_interval(*tables)
    assert sum(steps) <= 12 * 2 * len(tables[0])
