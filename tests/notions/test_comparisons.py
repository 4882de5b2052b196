"""Comparisons against loops, against fairlearn, and against what other tools call by the same name."""

from __future__ import annotations

import math
from itertools import combinations

import fairlearn.metrics as fairlearn_metrics
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairloss.errors import InputError, UnknownName, UnknownNotion
from fairloss.notions import CONVENTIONS, NOTIONS, RATES, Comparison, GroupCounts, Notion, resolve

values = st.lists(st.one_of(st.floats(0.01, 1), st.just(math.nan)), min_size=1, max_size=6)

PAIR = {
    "difference": lambda a, b: abs(a - b),
    "ratio": lambda a, b: min(a / b, b / a),
    "relative": lambda a, b: max(abs(a / b - 1), abs(b / a - 1)),
    "log_ratio": lambda a, b: abs(math.log(a / b)),
}


@pytest.mark.parametrize("kind", sorted(PAIR))
@pytest.mark.parametrize("over", ["worst_case", "mean"])
@given(row=values)
@settings(max_examples=40, deadline=None)
def test_between_groups_equals_a_loop_over_pairs(kind: str, over: str, row: list[float]) -> None:
    known = [v for v in row if not math.isnan(v)]
    pairs = [PAIR[kind](a, b) for a, b in combinations(known, 2)]
    worst = min if kind == "ratio" else max
    expected = math.nan if not pairs else worst(pairs) if over == "worst_case" else sum(pairs) / len(pairs)
    got = Comparison(kind, over_groups=over).of_values(np.array(row))
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("kind", sorted(PAIR))
def test_to_a_side_equals_a_loop_over_groups(kind: str) -> None:
    row, side = np.array([0.2, 0.5, np.nan, 0.4]), 0.3
    one_sided = {**PAIR, "relative": lambda a, b: abs(a / b - 1)}
    each = [one_sided[kind](v, side) for v in row if not math.isnan(v)]
    worst = min if kind == "ratio" else max
    to_overall = Comparison(kind, method="to_overall")
    assert to_overall.of_values(row, np.array([side])) == pytest.approx(worst(each))
    to_first = Comparison(kind, method="to_reference", reference=0, over_groups="mean")
    assert to_first.of_values(row) == pytest.approx(np.mean([one_sided[kind](v, 0.2) for v in (0.5, 0.4)]))


def test_a_signed_comparison_keeps_the_side_of_the_worst() -> None:
    signed = Comparison(method="to_reference", reference=1, signed=True)
    assert signed.of_values(np.array([0.2, 0.5, 0.6])) == pytest.approx(-0.3)
    counts = GroupCounts.of([1, 0, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1])
    average_odds = Comparison(method="to_reference", reference=1, signed=True, over_rates="mean")
    assert NOTIONS["equalized_odds"].gap(counts, average_odds) == -1.0


@pytest.mark.parametrize("seed", range(5))
def test_the_conventions_equal_fairlearn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, d, g = rng.integers(0, 2, 300), rng.integers(0, 2, 300), rng.integers(0, 3, 300)
    counts = GroupCounts.of(y, d, g)
    for name, notion in (("demographic_parity", "demographic_parity"), ("equalized_odds", "equalized_odds")):
        for kind in ("difference", "ratio"):
            for method in ("between_groups", "to_overall"):
                theirs = getattr(fairlearn_metrics, f"{name}_{kind}")(y, d, sensitive_features=g, method=method)
                ours = NOTIONS[notion].gap(counts, Comparison(kind, method=method))
                assert ours == pytest.approx(theirs, abs=1e-15)
    mean = fairlearn_metrics.equalized_odds_difference(y, d, sensitive_features=g, agg="mean")
    assert NOTIONS["equalized_odds"].gap(counts, CONVENTIONS["fairlearn_mean_over_rates"]) == pytest.approx(mean)


def test_one_sample_has_as_many_gaps_as_there_are_conventions() -> None:
    tpr, fpr = np.array([0.9, 0.6, 0.8]), np.array([0.2, 0.1, 0.4])
    worst, total = max(0.3, 0.3), 0.3 + 0.3
    rates = (RATES["true_positive_rate"], RATES["false_positive_rate"])
    cells = np.stack([np.stack([100 - fpr * 100, fpr * 100], -1), np.stack([100 - tpr * 100, tpr * 100], -1)], -2)
    counts = GroupCounts(cells)
    assert CONVENTIONS["fairlearn_difference"](rates, counts) == pytest.approx(worst)
    assert CONVENTIONS["ffb_equalized_odds"](rates, counts) == pytest.approx(total)
    pairs = np.mean([0.3, 0.1, 0.2]) / 2 + np.mean([0.1, 0.2, 0.3]) / 2
    assert CONVENTIONS["oxonfair_difference"](rates, counts) == pytest.approx(pairs)
    relative = max(np.abs(tpr / tpr.mean() - 1).max(), np.abs(fpr / fpr.mean() - 1).max())
    assert CONVENTIONS["abcfair_violation"](rates, counts) == pytest.approx(relative)


def test_undefined_groups_are_left_out_and_undefined_rates_are_not_hidden() -> None:
    # Group 2 has no positive label: its true positive rate is undefined, the others are compared.
    counts = GroupCounts.of([1, 0, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 1, 1, 2])
    assert NOTIONS["equal_opportunity"].gap(counts) == 1.0
    # Nobody has a positive label: equalized odds has no answer, although the false positive rates are equal.
    none = GroupCounts.of([0, 0], [0, 0], [0, 1])
    assert NOTIONS["predictive_equality"].gap(none) == 0.0
    assert math.isnan(NOTIONS["equalized_odds"].gap(none))
    assert math.isnan(NOTIONS["demographic_parity"].gap(GroupCounts.of([1], [1], [0])))


def test_leading_axes_are_compared_one_by_one() -> None:
    rng = np.random.default_rng(0)
    stacked = rng.integers(1, 9, (5, 3, 2, 2))
    gaps = NOTIONS["equalized_odds"].gap(GroupCounts(stacked))
    assert gaps.tolist() == [NOTIONS["equalized_odds"].gap(GroupCounts(table)) for table in stacked]


def test_bounded_group_loss_reads_the_worst_level() -> None:
    counts = GroupCounts.of([1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1])
    assert NOTIONS["bounded_group_loss"].gap(counts) == 0.5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"kind": "diference"}, "Unknown comparison kind 'diference'. Did you mean 'difference'"),
        ({"method": "to_reference"}, "Give both or neither"),
        ({"reference": 1}, "Give both or neither"),
        ({"signed": True}, "needs a side to compare with"),
    ],
)
def test_comparisons_refuse_what_makes_no_sense(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises((InputError, UnknownName)) as caught:
        Comparison(**arguments)  # type: ignore[arg-type]
    assert sentence in str(caught.value)


CITED = {
    "demographic_parity": {"selection_rate"},
    "equal_opportunity": {"true_positive_rate"},
    "equalized_odds": {"true_positive_rate", "false_positive_rate"},
    "predictive_equality": {"false_positive_rate"},
    "false_negative_rate_parity": {"false_negative_rate"},
    "predictive_parity": {"positive_predictive_value"},
    "conditional_use_accuracy": {"positive_predictive_value", "negative_predictive_value"},
    "accuracy_equality": {"accuracy"},
    "balanced_accuracy_equality": {"balanced_accuracy"},
    "treatment_equality": {"error_ratio"},
    "bounded_group_loss": {"error_rate"},
}


def test_the_catalogue_holds_what_the_literature_says() -> None:
    assert {name: {rate.name for rate in notion.rates} for name, notion in NOTIONS.items()} == CITED
    assert all(notion.reads and notion.source for notion in NOTIONS.values())


def test_notions_resolve_by_name_alias_rate_or_not_at_all() -> None:
    assert resolve("true_positive_rate_parity") is NOTIONS["equal_opportunity"]
    assert resolve(NOTIONS["equalized_odds"]) is NOTIONS["equalized_odds"]
    assert resolve("false_discovery_rate").rates == (RATES["false_discovery_rate"],)
    own = Notion("mine", (RATES["accuracy"],))
    assert resolve(own) is own
    for misspelt in ("equalised odds", "equalised_odds", "Equalized-Odds"):
        with pytest.raises(UnknownNotion, match="Did you mean 'equalized_odds'"):
            resolve(misspelt)
    with pytest.raises(UnknownNotion, match="Known notions: accuracy_equality"):
        resolve("goodness")
