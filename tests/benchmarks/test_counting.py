"""What counting by group costs, as a ratio to the cheapest thing that could give the answer, in one run.

One million rows, 60 crossed groups (2 x 5 x 6). Each ratio is a median of interleaved pairs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from fairloss.notions import RATES, GroupCounts
from fairloss.tables import count_table, encode

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000
SENSITIVE = ["sex", "race", "age"]
LEVELS = {
    "sex": ["Female", "Male"],
    "race": ["Amer-Indian-Eskimo", "Asian-Pac-Islander", "Black", "Other", "White"],
    "age": ["18-25", "26-35", "36-45", "46-55", "56-65", "66+"],
}


def ratio(ours: Callable[[], Any], floor: Callable[[], Any], repeats: int = 101) -> tuple[float, float, float]:
    """Time both in turn; give our median, the floor's median and their ratio, in milliseconds."""
    ours(), floor()
    spent: list[list[float]] = [[], []]
    for _ in range(repeats):
        for times, call in zip(spent, (ours, floor), strict=True):
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1e3)
    mine, cheapest = (statistics.median(times) for times in spent)
    return mine, cheapest, mine / cheapest


@pytest.fixture(scope="module")
def codes() -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    drawn = {name: rng.integers(0, len(levels), ROWS) for name, levels in LEVELS.items()}
    return drawn | {"y": rng.integers(0, 2, ROWS), "d": rng.integers(0, 2, ROWS)}


@pytest.fixture(scope="module")
def texts(codes: dict[str, np.ndarray[Any, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: np.array(LEVELS[name])[values] if name in LEVELS else values for name, values in codes.items()}
    )


def rates_of(counts: GroupCounts) -> list[Any]:
    return [rate(counts) for rate in RATES.values()]


@pytest.mark.parametrize("kind", [np.uint8, bool, np.int64])
def test_all_rates_of_codes_against_one_bincount(codes: dict[str, np.ndarray[Any, Any]], kind: type) -> None:
    groups = encode({name: codes[name] for name in SENSITIVE})
    assert groups.n_groups == 60
    y, d = codes["y"].astype(kind), codes["d"].astype(kind)
    combined = (groups.codes * 2 + codes["y"]) * 2 + codes["d"]
    expected = np.bincount(combined, minlength=240).reshape(60, 2, 2)
    np.testing.assert_array_equal(GroupCounts.of(y, d, groups).cells, expected)
    mine, floor, times = ratio(
        lambda: rates_of(GroupCounts.of(y, d, groups)), lambda: np.bincount(combined, minlength=240)
    )
    print(f"\ncodes, outcomes as {kind.__name__}: {mine:.2f} ms, bincount {floor:.2f} ms, ratio {times:.2f}")
    assert times <= 3


@pytest.mark.parametrize(("engine", "bound"), [("polars", 1.5), ("pandas", 2.0)])
def test_all_rates_of_text_columns_against_one_group_by(texts: pd.DataFrame, engine: str, bound: float) -> None:
    frame = pl.from_pandas(texts)
    table = frame if engine == "polars" else texts
    counts = count_table(table, sensitive=SENSITIVE, label="y", decision="d")
    assert counts.cells.sum() == ROWS
    assert counts.n_groups == 60
    mine, floor, times = ratio(
        lambda: rates_of(count_table(table, sensitive=SENSITIVE, label="y", decision="d")),
        lambda: frame.group_by(*SENSITIVE, "y", "d").len(),
        repeats=15,
    )
    print(f"\n{engine} text columns: {mine:.1f} ms, polars group_by {floor:.1f} ms, ratio {times:.2f}")
    assert times <= bound
