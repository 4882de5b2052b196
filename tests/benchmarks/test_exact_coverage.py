"""How often the interval of two groups holds the truth, and how wide it is, summed over all tables: no simulation.

``pytest -m benchmark -s tests/benchmarks/test_exact_coverage.py`` prints the table of docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from scipy import stats

from fairloss.audit.share_interval import SHARE_RATIO_METHOD
from fairloss.inference import INTERVALS, Interval, difference_interval, rate_interval, ratio_interval

pytestmark = pytest.mark.benchmark

SIZES = (10, 30, 100, 300, 1000)
RATES = [(p, p + gap) for p in (0.05, 0.2, 0.4) for gap in (0, 0.1)]
PRINTED = {"difference": "newcombe", "ratio": SHARE_RATIO_METHOD}


def likely(n: int, p: float) -> Any:
    """Give the counts outside of which less than 1 in 10 million samples lie."""
    return np.arange(stats.binom.ppf(1e-7, n, p), stats.binom.isf(1e-7, n, p) + 1)


def mover_jeffreys(x1: Any, n1: int, x2: Any, n2: int) -> tuple[Any, Any]:
    """Combine two Jeffreys intervals around the medians (Laud 2017): the sharpest that keeps the level here."""
    one, two = (rate_interval(x, n, method="jeffreys") for x, n in ((x1, n1), (x2, n2)))
    p1, p2 = (stats.beta.median(x + 0.5, n - x + 0.5) for x, n in ((x1, n1), (x2, n2)))
    return _mover(p1, one.low, p2, two.high), 1 / _mover(p2, two.low, p1, one.high)


def _mover(p1: Any, low1: Any, p2: Any, high2: Any) -> Any:
    top = low1 * (2 * p1 - low1)
    return top / (p1 * p2 + np.sqrt(np.maximum((p1 * p2) ** 2 - top * high2 * (2 * p2 - high2), 0)))


def _ends(function: Callable[..., Interval], method: str) -> Callable[..., tuple[Any, Any]]:
    def ends(*counts: Any) -> tuple[Any, Any]:
        found = function(*counts, method=method)
        return found.low, found.high

    return ends


FUNCTIONS: dict[str, dict[str, Callable[..., tuple[Any, Any]]]] = {
    "difference": {name: _ends(difference_interval, name) for name in INTERVALS["difference"]},
    "ratio": {name: _ends(ratio_interval, name) for name in INTERVALS["ratio"] if name != "katz"},
}
FUNCTIONS["ratio"]["MOVER, Jeffreys"] = mover_jeffreys


def summed(kind: str, ends: Any, n1: int, n2: int, p1: float, p2: float) -> tuple[float, float, float]:
    """Give the coverage, that of the end that holds less, and the mean width, for ratios that of r / (1 + r)."""
    x1, x2 = likely(n1, p1)[:, None], likely(n2, p2)[None, :]
    truth = p1 - p2 if kind == "difference" else p1 / p2
    chance = stats.binom.pmf(x1, n1, p1) * stats.binom.pmf(x2, n2, p2)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (np.nan_to_num(end, nan=0, posinf=np.inf) for end in ends(x1, n1, x2, n2))
        below, above = ((chance * held).sum() for held in (low <= truth + 1e-12, truth - 1e-12 <= high))
        if kind == "ratio":
            low, high = low / (1 + low), 1 - 1 / (1 + high)
    return below + above - chance.sum(), min(below, above), float((chance * (high - low)).sum())


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_what_is_printed_keeps_its_level(kind: str) -> None:
    print(f"\n{kind}: least coverage, least coverage of one end, mean width\n")
    print(f"| rows | {' | '.join(FUNCTIONS[kind])} |")
    print("| --- " * (1 + len(FUNCTIONS[kind])) + "|")
    for sizes in combinations_with_replacement(SIZES, 2):
        either = {(*n, *p) for n in (sizes, sizes[::-1]) for p in RATES}
        found = {
            name: np.array([summed(kind, ends, *one) for one in sorted(either)])
            for name, ends in FUNCTIONS[kind].items()
        }
        cells = [f"{a[:, 0].min():.3f}, {a[:, 1].min():.3f}, {a[:, 2].mean():.3f}" for a in found.values()]
        print(f"| {sizes[0]:,} and {sizes[1]:,} | {' | '.join(cells)} |")
        assert found[PRINTED[kind]][:, 0].min() >= (0.92 if min(sizes) == 10 else 0.935)
