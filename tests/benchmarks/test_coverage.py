"""How often intervals hold the truth, and how wide they are: ours, fairlearn's bootstrap, and other valid ones.

``pytest -m benchmark -s tests/benchmarks/test_coverage.py`` prints the tables of docs/statistics.md. Every coverage
stands beside twice its Monte Carlo error.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fairloss.audit.share_interval import SHARE_RATIO_METHOD, share_interval, share_ratio_interval
from fairloss.inference import (
    difference_interval,
    rate_interval,
    worst_gap_interval,
    worst_ratio_interval,
)

pytestmark = pytest.mark.benchmark

LEVEL = 0.95
TABLES = 1000
RESAMPLED_TABLES, RESAMPLES = 100, 300
GROUPS, ROWS, RATES, GAPS = (2, 5, 14), ("10", "10 to 1,000", "100", "1,000"), (0.05, 0.2, 0.4), (0.0, 0.1)
ABOVE = 0.3
"""By how much the true positive rate is above the false positive rate where equalized odds is asked."""
Floats = np.ndarray[Any, np.dtype[np.float64]]
Ends = tuple[Floats, Floats]


@dataclass(frozen=True)
class Scenario:
    """Groups with their numbers of rows and true rates; one group, in the middle of the sizes, is ahead by the gap."""

    groups: int
    rows: str
    rate: float
    gap: float

    @property
    def n(self) -> Any:
        ends = (10, 1000) if "to" in self.rows else (int(self.rows.replace(",", "")),) * 2
        return np.geomspace(*ends, self.groups).round().astype(int)

    @property
    def p(self) -> Floats:
        return self.rate + self.gap * (np.arange(self.groups) == self.groups // 2)

    @property
    def at_least(self) -> float:
        return 0.92 if self.n.min() == 10 else 0.935

    @property
    def head(self) -> str:
        return f"| {self.groups} | {self.rows} | {self.rate:.2f} | {self.gap:.1f} |"


SCENARIOS = [Scenario(*one) for one in product(GROUPS, ROWS, RATES, GAPS)]


class Held:
    """The share of intervals that hold the truth, and their mean width."""

    def __init__(self, ends: Ends, truth: Any) -> None:
        low, high = np.asarray(ends)
        held = (low <= truth + 1e-12) & (truth - 1e-12 <= high)
        self.share, self.width = float(held.mean()), float(np.nanmean(high - low))
        self.error = 2 * float(np.sqrt(max(self.share * (1 - self.share), 0.25 / len(held)) / len(held)))

    def __str__(self) -> str:
        return f"{self.share:.3f} ± {self.error:.3f}"


def ends_of(intervals: list[Any]) -> Ends:
    return np.array([one.low for one in intervals]), np.array([one.high for one in intervals])


def odds_tables(scenario: Scenario, rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Draw the selected and the people of each label: shape (tables, rates, groups), true positive rate first."""
    positive = rng.binomial(scenario.n, 0.4, size=(count, scenario.groups))
    n = np.stack([positive, scenario.n - positive], axis=1)
    return rng.binomial(n, np.stack([np.full(scenario.groups, scenario.rate + ABOVE), scenario.p])), n


# Other valid intervals of the largest gap; x and n of shape (tables, rates, groups).


def pairwise_ends(x: Any, n: Any, level: float) -> Ends:
    """Give the largest lower limit and the largest upper limit of all pairs at one level."""
    one, two = np.triu_indices(x.shape[-1], 1)
    pairs = difference_interval(x[..., one], n[..., one], x[..., two], n[..., two], level=level)
    low, high = (ends.reshape(len(x), -1) for ends in (np.maximum(pairs.low, -pairs.high), pairs.high))
    return np.maximum(low.max(axis=1), 0), np.maximum(high.max(axis=1), -pairs.low.reshape(len(x), -1).min(axis=1))


def bonferroni(x: Any, n: Any) -> Ends:
    rates, groups = x.shape[1:]
    return pairwise_ends(x, n, 1 - (1 - LEVEL) / (rates * groups * (groups - 1) / 2))


def tukey_level(rates: int, groups: int) -> float:
    return float(2 * stats.norm.cdf(stats.studentized_range.ppf(LEVEL ** (1 / rates), groups, np.inf) / 2**0.5) - 1)


def tukey_kramer(x: Any, n: Any) -> Ends:
    return pairwise_ends(x, n, tukey_level(*x.shape[1:]))


def tukey_below(x: Any, n: Any) -> Ends:
    """Take Tukey's low end with the unadjusted high end, which is ours."""
    return tukey_kramer(x, n)[0], pairwise_ends(x, n, LEVEL)[1]


def projection(x: Any, n: Any) -> Ends:
    """Give the gaps that are possible while each rate lies in its interval, all of which hold at once (Šidák)."""
    each = rate_interval(x, n, level=LEVEL ** (1 / (x.shape[1] * x.shape[2])))
    low = (each.low.max(axis=2) - each.high.min(axis=2)).max(axis=1)
    apart = each.high[..., :, None] - each.low[..., None, :]
    apart[..., np.arange(x.shape[2]), np.arange(x.shape[2])] = 0
    return np.maximum(low, 0), apart.max(axis=(1, 2, 3))


OTHERS: dict[str, Callable[[Any, Any], Ends]] = {
    "Bonferroni, both ends": bonferroni,
    "Tukey-Kramer, both ends": tukey_kramer,
    "Tukey low end": tukey_below,
    "projection": projection,
}


# fairlearn's interval: rows are drawn again from all rows, and the quantiles of the statistic are the ends.


def resampled(cells: Any, rng: np.random.Generator, count: int) -> Any:
    """Draw tables as fairlearn draws rows: from all rows of all groups at once."""
    drawn = rng.multinomial(cells.sum(), cells.ravel() / cells.sum(), size=count)
    return drawn.reshape(count, *cells.shape)


def quantiles(values: Any) -> Any:
    """Give the ends; NaN where nobody is selected in any of the draws (fairlearn: where in one of them)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)


def fairlearn_rates(cells: Any) -> Any:
    """Give the selection rate of each group from cells (..., groups, decisions); NaN where a group is not drawn."""
    size = cells.sum(-1)
    return np.divide(cells[..., 1], size, out=np.full(size.shape, np.nan), where=size > 0)


def fairlearn_odds_gap(cells: Any) -> Any:
    """Give the larger of both gaps from cells (..., groups, labels, decisions); fairlearn calls 0 of 0 a rate of 0."""
    size = cells.sum(-1)
    rates = np.divide(cells[..., 1], size, out=np.zeros(size.shape), where=size > 0)
    rates[cells.sum((-1, -2)) == 0] = np.nan
    return (np.nanmax(rates, axis=-2) - np.nanmin(rates, axis=-2)).max(axis=-1)


def fairlearn_simple(x: Any, n: Any, rng: np.random.Generator) -> dict[str, Ends]:
    """Give fairlearn's intervals of the rates, the largest difference and the smallest ratio of some tables."""
    found: dict[str, list[Any]] = {"rate": [], "gap": [], "ratio": []}
    for row in x:
        rates = fairlearn_rates(resampled(np.stack([n - row, row], axis=-1), rng, RESAMPLES))
        low, high = np.nanmin(rates, axis=1), np.nanmax(rates, axis=1)
        found["rate"].append(quantiles(rates))
        found["gap"].append(quantiles(high - low))
        found["ratio"].append(quantiles(np.divide(low, high, out=np.full_like(low, np.nan), where=high > 0)))
    return {name: tuple(np.moveaxis(np.array(ends), 1, 0)) for name, ends in found.items()}


def fairlearn_odds(x: Any, n: Any, rng: np.random.Generator) -> Ends:
    cells = [np.stack([total - one, one], axis=-1).swapaxes(0, 1) for one, total in zip(x, n, strict=True)]
    low, high = np.array([quantiles(fairlearn_odds_gap(resampled(one, rng, RESAMPLES))) for one in cells]).T
    return low, high


@pytest.fixture(scope="module")
def measured() -> list[tuple[Scenario, dict[str, Held], dict[str, Held], dict[str, Held]]]:
    return [(scenario, *measure(scenario, seed)) for seed, scenario in enumerate(SCENARIOS)]


def measure(scenario: Scenario, seed: int) -> tuple[dict[str, Held], dict[str, Held], dict[str, Held]]:
    """Give ours, fairlearn's and the other valid intervals."""
    rng = np.random.default_rng(seed)
    n, p, gap = scenario.n, scenario.p, scenario.gap
    x = rng.binomial(n, p, size=(TABLES, scenario.groups))
    ours = {name: Held(ends, truth) for name, ends, truth in our_ends(scenario, x)}
    odds_x, odds_n = odds_tables(scenario, rng, TABLES)
    ours["odds"] = Held(ends_of([worst_gap_interval(*one) for one in zip(odds_x, odds_n, strict=True)]), gap)
    few = slice(RESAMPLED_TABLES)
    simple = fairlearn_simple(x[few], n, rng)
    fairlearn = {"rate": Held(simple["rate"], p), "gap": Held(simple["gap"], gap)}
    fairlearn["worst ratio"] = Held(simple["ratio"], scenario.rate / (scenario.rate + gap))
    fairlearn["odds"] = Held(fairlearn_odds(odds_x[few], odds_n[few], rng), gap)
    table = x[:, None], np.broadcast_to(n, x.shape)[:, None]
    others = {name: Held(function(*table), gap) for name, function in OTHERS.items()}
    others |= {f"odds, {name}": Held(function(odds_x, odds_n), gap) for name, function in OTHERS.items()}
    return ours, fairlearn, others


def our_ends(scenario: Scenario, x: Any) -> Iterator[tuple[str, Ends, Any]]:
    """Give what an audit prints: for a fixed reference, for the highest group as the reference, and for the worst."""
    n, p = np.broadcast_to(scenario.n, x.shape), np.broadcast_to(scenario.p, x.shape)
    rate = share_interval(x, n, level=LEVEL)
    yield "rate", (rate.low, rate.high), p
    highest = (x / n).argmax(axis=1)
    codes, rows = np.arange(scenario.groups), np.arange(len(x))
    chosen = 1 - (1 - LEVEL) / (scenario.groups - 1)
    for name, reference, level in (("", np.zeros(len(x), int), LEVEL), (", highest", highest, chosen)):
        others = codes != reference[:, None]
        one = [counts[others].reshape(len(x), -1) for counts in (x, n, p)]
        two = [np.broadcast_to(counts[rows, reference][:, None], one[0].shape) for counts in (x, n, p)]
        difference = difference_interval(*one[:2], *two[:2], level=level)
        yield f"difference{name}", (difference.low, difference.high), one[2] - two[2]
        ratio = share_ratio_interval(*one[:2], *two[:2], level=level)
        yield f"ratio{name}", (ratio.low, np.minimum(ratio.high, 1e9)), one[2] / two[2]
    yield "gap", ends_of([worst_gap_interval(row, scenario.n) for row in x]), scenario.gap
    smallest = scenario.rate / (scenario.rate + scenario.gap)
    worst = [worst_ratio_interval(row, scenario.n, method=SHARE_RATIO_METHOD) for row in x]
    yield "worst ratio", ends_of(worst), smallest


OURS = ["rate", "difference", "difference, highest", "ratio", "ratio, highest", "gap", "worst ratio", "odds"]


def show(title: str, columns: list[str], rows: list[str]) -> None:
    head = ["groups", "rows", "rate", "gap", *columns]
    print(f"\n{title}\n\n| {' | '.join(head)} |\n{'| --- ' * len(head)}|\n" + "\n".join(rows))


def test_print_the_tables(measured: Any) -> None:
    show("Coverage", OURS, [f"{s.head} {' | '.join(str(ours[name]) for name in OURS)} |" for s, ours, _, _ in measured])
    columns = ["rate", "gap", "worst ratio", "odds"]
    rows = [f"{s.head} {' | '.join(str(peer[name]) for name in columns)} |" for s, _, peer, _ in measured]
    show("Coverage of fairlearn's bootstrap", columns, rows)
    for statistic, before in (("gap", ""), ("odds", "odds, ")):
        rows = []
        for scenario, ours, peer, others in measured:
            found = [ours[statistic], *(others[before + name] for name in OTHERS), peer[statistic]]
            rows.append(f"{scenario.head} {' | '.join(f'{one.width:.3f} ({one.share:.3f})' for one in found)} |")
        show(f"Mean width (coverage): {statistic}", ["ours", *OTHERS, "fairlearn"], rows)


@pytest.mark.parametrize("name", OURS)
def test_the_level_is_kept(measured: Any, name: str) -> None:
    low = [f"{s.head} {ours[name]}" for s, ours, _, _ in measured if ours[name].share < s.at_least - ours[name].error]
    assert not low


@pytest.mark.parametrize(("name", "before"), [("gap", ""), ("odds", "odds, ")])
def test_the_level_is_not_bought_with_width(measured: Any, name: str, before: str) -> None:
    for scenario, ours, _, others in measured:
        for other in OTHERS:
            assert ours[name].width <= 1.05 * others[before + other].width, (scenario, other)


def test_the_bootstrap_is_that_of_fairlearn() -> None:
    from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate

    rng = np.random.default_rng(0)
    n = rng.integers(20, 60, 5)
    table = pd.DataFrame({"g": np.repeat(np.arange(5), n), "y": rng.integers(0, 2, n.sum())})
    table["d"] = (rng.random(len(table)) < 0.3 + 0.05 * table["g"]).astype(int)
    draws, metrics = 40, {"selection": selection_rate, "tpr": true_positive_rate}
    frame = MetricFrame(
        metrics=metrics, y_true=table["y"], y_pred=table["d"], sensitive_features=table["g"],
        n_boot=draws, ci_quantiles=[(1 - LEVEL) / 2, (1 + LEVEL) / 2], random_state=7,
    )  # fmt: skip
    seeds = np.random.default_rng(7).integers(low=0, high=np.iinfo(np.uint32).max, size=draws, dtype=np.uint32)
    code = table["g"] * 4 + table["y"] * 2 + table["d"]
    drawn = [np.bincount(code.sample(frac=1, replace=True, random_state=seed), minlength=20) for seed in seeds]
    cells = np.array(drawn).reshape(draws, 5, 2, 2)
    low, high = (pick(fairlearn_rates(cells.sum(axis=2)), axis=1) for pick in (np.nanmin, np.nanmax))
    np.testing.assert_allclose([one["selection"] for one in frame.difference_ci()], quantiles(high - low))
    np.testing.assert_allclose([one["selection"] for one in frame.ratio_ci()], quantiles(low / high))
    rates = quantiles(fairlearn_rates(cells.sum(axis=2)))
    np.testing.assert_allclose([one["selection"] for one in frame.by_group_ci], rates)
    cells[:, :, 0] = 0  # without negative labels the larger gap is that of the true positive rate
    np.testing.assert_allclose([one["tpr"] for one in frame.difference_ci()], quantiles(fairlearn_odds_gap(cells)))
