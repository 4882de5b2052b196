"""How often intervals of an audit hold the truth where rows come in clusters, beside those of independent rows.

``pytest -m benchmark -n 0 -s tests/benchmarks/test_clustered_coverage.py`` prints the table of docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from fairloss.audit.clustered_estimates import Counted
from fairloss.audit.worst import worst
from fairloss.inference import ClusterSums
from fairloss.notions import RATES, GroupCounts

pytestmark = pytest.mark.benchmark

SELECTION = RATES["selection_rate"]
TABLES, ALIKE = 1000, 0.1
CLUSTERS = (10, 40, 150)
RATES_OF_GROUPS = ((0.3, 0.3, 0.3), (0.2, 0.3, 0.35), (0.05, 0.05, 0.1))
Rows = Callable[[np.random.Generator, int, int], Any]


def _shared(rng: np.random.Generator, clusters: int, code: int) -> Any:
    return rng.poisson(10, clusters)


def _mostly_one(rng: np.random.Generator, clusters: int, code: int) -> Any:
    share = np.where(np.arange(clusters) % 3 == code, 2.4, 0.3)
    return rng.poisson(10 * rng.gamma(4, 0.25, clusters) * share)


def _one(rng: np.random.Generator, clusters: int, code: int) -> Any:
    return np.where(np.arange(clusters) % 3 == code, 1 + rng.poisson(29, clusters), 0)


WAYS: dict[str, Rows] = {"all groups": _shared, "mostly one group, unequal sizes": _mostly_one, "one group": _one}


def test_coverage_with_clusters() -> None:
    print("\n| a cluster holds | clusters | difference | ratio | largest gap | smallest ratio | false findings |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (name, rows), clusters in product(WAYS.items(), CLUSTERS):
        held = [_held(rates, rows, clusters) for rates in RATES_OF_GROUPS]
        mean = np.mean(held, axis=0)
        mean[:, 4] = held[0][:, 4]  # of equal rates
        cells = (f"{ours:.3f} ({plain:.3f})" for ours, plain in mean.T)
        print(f"| {name} | {clusters} |", " | ".join(cells), "|", flush=True)
        assert (mean[0, :4] > (0.93 if clusters > 10 else 0.9)).all()
        assert mean[0, 4] < 0.08


def _held(rates: tuple[float, ...], rows: Rows, clusters: int) -> Any:
    """Give for clustered and for plain audits how often the truth is held, and how often two equal rates differ."""
    rng = np.random.default_rng(1)
    held = np.zeros((2, 5))
    truth = {"difference": rates[0] - rates[2], "ratio": rates[0] / rates[2]}
    most = {"difference": max(rates) - min(rates), "ratio": min(rates) / max(rates)}
    for _ in range(TABLES):
        cells = _cells(rng, rates, rows, clusters)
        total = GroupCounts(cells.sum(0))
        sums = {SELECTION.name: ClusterSums.of(SELECTION, GroupCounts(cells))}
        for place, table in enumerate((Counted(total, sums), Counted(total))):
            one = table.estimate(SELECTION, 0.95)
            for at, kind in enumerate(truth):
                low, high = one.ends(0, 2, kind, 0.95)
                gap = worst([one], kind, 0.95)
                held[place, at] += low <= truth[kind] <= high
                held[place, 2 + at] += gap.low <= most[kind] <= gap.high
            held[place, 4] += one.p_values(0, 1) < 0.05
    return held / TABLES


def _cells(rng: np.random.Generator, rates: tuple[float, ...], rows: Rows, clusters: int) -> Any:
    strictness, spread = rng.random(clusters), (1 - ALIKE) / ALIKE
    cells = np.zeros((clusters, len(rates), 1, 2))
    for code, rate in enumerate(rates):
        n = rows(rng, clusters, code)
        x = rng.binomial(n, beta.ppf(strictness, rate * spread, (1 - rate) * spread))
        cells[:, code, 0] = np.stack([n - x, x], axis=-1)
    return cells
