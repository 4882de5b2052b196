"""What a whole audit costs: against one pass of counting, and against fairlearn, in one run.

``pytest -m benchmark -s tests/benchmarks/test_audit_speed.py`` prints the figures: seconds of processor time, which
other work on the machine hardly changes. Ours is the least of some repeats, as the floor is; fairlearn runs once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairloss.audit import audit_counts, audit_predictions
from fairloss.audit.catalogue import RESULTS
from fairloss.audit.share_interval import SHARE_RATIO_METHOD
from fairloss.inference import bootstrap_interval, worst_ratio_interval
from fairloss.notions import NOTIONS, RATES, GroupCounts, Groups
from fairloss.tables import binary, encode

pytestmark = pytest.mark.benchmark

SIZES = {"sex": 2, "race": 5, "age": 6}
EIGHT = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "true_negative_rate",
    "false_negative_rate",
    "accuracy",
    "positive_predictive_value",
)
"""Seven of the eight metrics; the eighth is the number of rows."""


def least(call: Callable[[], Any], repeats: int = 5) -> float:
    """Give the processor seconds of the quickest of some calls."""
    return min(_seconds(call) for _ in range(repeats))


def _seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def draw(rows: int) -> tuple[dict[str, Any], Any, Any]:
    """Give codes of three attributes, labels and decisions."""
    rng = np.random.default_rng(0)
    features = {name: rng.integers(0, size, rows, dtype=np.int8) for name, size in SIZES.items()}
    return features, rng.integers(0, 2, rows, dtype=np.int8), rng.integers(0, 2, rows, dtype=np.int8)


def one_pass(crossed: Groups, label: Any, decision: Any) -> float:
    combined = (crossed.codes.astype(np.int64) * 2 + label) * 2 + decision
    return least(lambda: np.bincount(combined, minlength=240))


@pytest.fixture(scope="module")
def ten_million() -> Any:
    features, label, decision = draw(10**7)
    groups = encode(features)
    crossed = Groups(groups.codes.astype(np.int8), groups.grouping)
    return features, crossed, label, decision, one_pass(crossed, label, decision)


@pytest.mark.parametrize("notions", [None, NOTIONS], ids=["the default notions", "all notions"])
@pytest.mark.parametrize("given", ["columns of codes", "crossed codes", "crossed codes, counted once"])
def test_a_full_audit_against_one_pass(ten_million: Any, given: str, notions: Any) -> None:
    features, crossed, label, decision, floor = ten_million

    def audit() -> Any:
        if given == "crossed codes, counted once":
            counts = GroupCounts.of(label, decision, crossed)
            return audit_counts([*(counts.marginal(name) for name in SIZES), counts], notions=notions)
        groups = features if given == "columns of codes" else crossed
        return audit_predictions(label, decision, sensitive_features=groups, notions=notions)

    def whole() -> Any:
        report = audit()
        numbers = ([report.table(name) for name in RESULTS], report.findings)
        for counts in report.tables if notions else ():
            for name in ("balanced_accuracy", "error_ratio"):
                bootstrap_interval(RATES[name], counts, draws=1000)
        return report, numbers

    report, _ = whole()
    assert report.attributes == (*SIZES, "sex × race × age")
    assert report.tables[-1].sizes.sum() == 10**7
    spent, counted = least(whole, 3), least(audit, 3)
    print(
        f"\n{given}, {len(report.plan.notions)} notions: {spent:.3f} s, of which {counted:.3f} s until the counts are "
        f"known; one pass {floor:.4f} s; {spent / (10 * floor + 1):.2f} of ten passes and a second"
    )
    assert spent < 10 * floor + 1


@pytest.mark.parametrize("attributes", [["sex"], ["sex", "race", "age"]], ids=["two groups", "sixty groups"])
def test_eight_metrics_against_fairlearn(attributes: list[str]) -> None:
    from fairlearn import metrics as peer
    from sklearn.metrics import accuracy_score, precision_score

    features, label, decision = draw(10**6)
    features = {name: features[name] for name in attributes}
    functions = [peer.selection_rate, peer.true_positive_rate, peer.false_positive_rate, peer.true_negative_rate]
    functions += [peer.false_negative_rate, accuracy_score, precision_score, peer.count]
    named = dict(zip([*EIGHT, "count"], functions, strict=True))
    frame: list[Any] = []

    def theirs() -> None:
        table = pd.DataFrame(features)
        frame.append(peer.MetricFrame(metrics=named, y_true=label, y_pred=decision, sensitive_features=table))

    def ours(groups: Any, y: Any, d: Any) -> list[Any]:
        counts = GroupCounts.of(y, d, groups)
        by_group = [*(RATES[name](counts) for name in EIGHT), counts.sizes]
        overall = [RATES[name](counts.overall()) for name in EIGHT]
        ends = [(value.min(), value.max(), value.max() - value.min(), value.min() / value.max()) for value in by_group]
        return [by_group, overall, ends]

    groups, y, d = encode(features), binary(label), binary(decision)
    spent = _seconds(theirs)
    arrays = least(lambda: ours(encode(features), binary(label), binary(decision)))
    codes = least(lambda: ours(groups, y, d))
    for name, values in zip([*EIGHT, "count"], ours(groups, y, d)[0], strict=True):
        np.testing.assert_allclose(values, frame[0].by_group[name].to_numpy(dtype=float))
    print(
        f"\n{groups.n_groups} groups: fairlearn {spent:.1f} s; ours {arrays * 1e3:.1f} ms from arrays, "
        f"{spent / arrays:,.0f} times; {codes * 1e3:.1f} ms from codes, {spent / codes:,.0f} times"
    )
    assert spent / arrays >= 500


def test_the_worst_ratio_of_a_thousand_groups_against_a_closed_form() -> None:
    """The search costs a few times what the closed form costs, which needs none."""
    rng = np.random.default_rng(0)
    n = rng.integers(10, 1000, 1000)
    x = rng.binomial(n, rng.uniform(0.05, 0.5, 1000))
    methods = (SHARE_RATIO_METHOD, "mover_r")
    searched, closed = (least(lambda method=method: worst_ratio_interval(x, n, method=method), 3) for method in methods)
    print(f"\n1,000 groups, 499,500 pairs: {searched:.2f} s, closed form {closed:.2f} s, ratio {searched / closed:.1f}")
    assert searched < 6 * closed
