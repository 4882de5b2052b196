"""How often intervals and tests of an audit hold the truth where rows of one of 40 clusters are alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from fairloss.audit.clustered_estimates import Counted
from fairloss.audit.worst import worst
from fairloss.inference import ClusterSums
from fairloss.notions import RATES, GroupCounts

SELECTION = RATES["selection_rate"]
CLUSTERS, TABLES, ALIKE = 40, 600, 0.1
AT_LEAST = 0.935 - 3 * 0.01
"""The least that docs/statistics.md tells of so many clusters, less three Monte Carlo errors of 600 tables."""


def _tables(rates: tuple[float, ...], rows: Any, seed: int) -> Iterator[tuple[Counted, Counted]]:
    """Draw counts whose rows have the correlation ALIKE within clusters, with their cluster sums and without."""
    rng = np.random.default_rng(seed)
    for _ in range(TABLES):
        strictness = rng.random(CLUSTERS)
        cells = np.zeros((CLUSTERS, len(rates), 1, 2))
        for code, rate in enumerate(rates):
            spread = (1 - ALIKE) / ALIKE
            chance = beta.ppf(strictness, rate * spread, (1 - rate) * spread)
            n = rows(rng, code)
            cells[:, code, 0, 1] = x = rng.binomial(n, chance)
            cells[:, code, 0, 0] = n - x
        total = GroupCounts(cells.sum(0))
        yield Counted(total, {SELECTION.name: ClusterSums.of(SELECTION, GroupCounts(cells))}), Counted(total)


def _own_branches(rng: np.random.Generator, code: int) -> Any:
    """Each cluster holds one group: women and men work in different stores."""
    return np.where(np.arange(CLUSTERS) % 2 == code, 1 + rng.poisson(25, CLUSTERS), 0)


def _mixed_branches(rng: np.random.Generator, code: int) -> Any:
    """Clusters of unequal sizes hold some of each group, mostly of one."""
    return rng.poisson(12 * rng.gamma(4, 0.25, CLUSTERS) * np.where(np.arange(CLUSTERS) % 3 == code, 3, 0.5))


@pytest.mark.parametrize("rows", [_own_branches, _mixed_branches])
@pytest.mark.parametrize("rates", [(0.3, 0.3), (0.2, 0.35)])
def test_differences_and_ratios_hold_the_truth_where_plain_ones_do_not(rows: Any, rates: tuple[float, float]) -> None:
    held, plain, found = np.zeros(2), np.zeros(2), np.zeros(2)
    for tables in _tables(rates, rows, seed=11):
        for place, (counted, score) in enumerate(zip(tables, (held, plain), strict=True)):
            one = counted.estimate(SELECTION, 0.95)
            for kind, truth in (("difference", rates[0] - rates[1]), ("ratio", rates[0] / rates[1])):
                low, high = one.ends(0, 1, kind, 0.95)
                score[0 if kind == "difference" else 1] += low <= truth <= high
            found[place] += one.p_values(0, 1) < 0.05
    assert (held / TABLES >= AT_LEAST).all()
    assert (plain / TABLES < 0.88).all()
    if rates[0] == rates[1]:
        assert 0.03 <= found[0] / TABLES <= 0.075  # 0.05 and less than three standard errors of 600
        assert found[1] / TABLES > 0.12


@pytest.mark.parametrize("rates", [(0.3, 0.3, 0.3), (0.25, 0.3, 0.4)])
def test_the_worst_gap_holds_the_truth_where_the_plain_one_does_not(rates: tuple[float, ...]) -> None:
    def rows(rng: np.random.Generator, code: int) -> Any:
        return np.where(np.arange(CLUSTERS) % 3 == code, 1 + rng.poisson(40, CLUSTERS), rng.poisson(2, CLUSTERS))

    truth = {"difference": max(rates) - min(rates), "ratio": min(rates) / max(rates)}
    held, plain = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0)
    for tables in _tables(rates, rows, seed=22):
        for counted, score in zip(tables, (held, plain), strict=True):
            one = counted.estimate(SELECTION, 0.95)
            for kind, value in truth.items():
                gap = worst([one], kind, 0.95)
                score[kind] += gap.low <= value <= gap.high
    assert min(held.values()) / TABLES >= AT_LEAST
    assert max(plain.values()) / TABLES < 0.9


def test_all_groups_at_once_are_told_apart_by_chance_as_often_as_promised() -> None:
    found = np.zeros(2)
    for tables in _tables((0.3, 0.3, 0.3), _mixed_branches, seed=23):
        found += [one.estimate(SELECTION, 0.95).test_of_all().p_value < 0.05 for one in tables]
    assert 0.02 <= found[0] / TABLES <= 0.075
    assert found[1] / TABLES > 0.12
