"""The thin metrics: equal to fairlearn where it is defined, to exact fractions, and at home in scikit-learn."""

from __future__ import annotations

import inspect
import math
import pickle
import subprocess
import sys
import warnings
from fractions import Fraction
from itertools import combinations
from typing import Any

import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, make_scorer, precision_score
from sklearn.model_selection import GridSearchCV, cross_validate, train_test_split

from fairloss import metrics
from fairloss.errors import InputError, UnknownName
from fairloss.notions import CONVENTIONS, NOTIONS, RATES, GroupCounts
from fairloss.tables import encode

COMPARED = [name for name, notion in NOTIONS.items() if notion.comparison.kind != "level"]
THEIRS = {
    "selection_rate": fairlearn.selection_rate,
    "true_positive_rate": fairlearn.true_positive_rate,
    "false_positive_rate": fairlearn.false_positive_rate,
    "true_negative_rate": fairlearn.true_negative_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "positive_predictive_value": precision_score,
    "f1_score": f1_score,
}
TEXTBOOK = {
    "selection_rate": lambda tn, fp, fn, tp: (tp + fp, tp + fp + tn + fn),
    "true_positive_rate": lambda tn, fp, fn, tp: (tp, tp + fn),
    "false_positive_rate": lambda tn, fp, fn, tp: (fp, fp + tn),
    "false_negative_rate": lambda tn, fp, fn, tp: (fn, tp + fn),
    "positive_predictive_value": lambda tn, fp, fn, tp: (tp, tp + fp),
    "negative_predictive_value": lambda tn, fp, fn, tp: (tn, tn + fn),
    "accuracy": lambda tn, fp, fn, tp: (tp + tn, tp + fp + tn + fn),
    "error_ratio": lambda tn, fp, fn, tp: (fn, fp),
}


def sample(seed: int, rows: int = 400, groups: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "y_true": rng.integers(0, 2, rows),
        "y_pred": rng.integers(0, 2, rows),
        "sensitive_features": rng.choice([f"group {i}" for i in range(groups)], rows),
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate", THEIRS)
def test_rates_by_group_equal_metric_frame(rate: str, seed: int) -> None:
    frame = fairlearn.MetricFrame(metrics=THEIRS[rate], **sample(seed))
    exactly = rate not in ("balanced_accuracy", "f1_score")  # scikit-learn takes these in another order of operations
    expected = frame.by_group.to_dict()
    ours = metrics.by_group(rate, **sample(seed))
    assert ours == (expected if exactly else pytest.approx(expected, abs=1e-15))
    drawn = sample(seed)
    together = metrics.overall(drawn["y_true"], drawn["y_pred"], rate=rate)
    assert together == (frame.overall if exactly else pytest.approx(frame.overall, abs=1e-15))
    assert metrics.group_min(**drawn, rate=rate) == min(ours.values())
    assert metrics.group_max(**drawn, rate=rate) == max(ours.values())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["difference", "ratio"])
@pytest.mark.parametrize("notion", ["demographic_parity", "equal_opportunity", "equalized_odds"])
@pytest.mark.parametrize("method", ["between_groups", "to_overall"])
@pytest.mark.parametrize("agg", ["worst_case", "mean"])
def test_metrics_equal_fairlearn(notion: str, kind: str, method: str, agg: str, seed: int) -> None:
    theirs = getattr(fairlearn, f"{notion}_{kind}")
    more = {"agg": agg} if "agg" in inspect.signature(theirs).parameters else {}
    ours = getattr(metrics, f"{notion}_{kind}")(**sample(seed), method=method, agg=agg)
    expected = theirs(**sample(seed), method=method, **more)
    # fairlearn turns a ratio above one over as 1 / (a / b), we divide once: up to two more roundings.
    rounded = kind == "ratio" and method == "to_overall"
    assert ours == (pytest.approx(expected, rel=1e-15) if rounded else expected)


def test_weights_give_what_fairlearn_gives() -> None:
    weight = np.random.default_rng(9).uniform(0.1, 3, 400)
    for name in ("demographic_parity_difference", "equalized_odds_ratio", "equal_opportunity_difference"):
        expected = getattr(fairlearn, name)(**sample(1), sample_weight=weight)
        # Sums of 400 weights in another order: 400 roundings of relative size 1e-16.
        assert getattr(metrics, name)(**sample(1), sample_weight=weight) == pytest.approx(expected, rel=1e-13)


def test_where_fairlearn_says_0_or_1_the_metric_is_undefined() -> None:
    y_true, y_pred, group = [1, 0, 0, 0], [1, 0, 0, 0], ["a", "a", "b", "b"]  # nobody in b has a favorable label
    assert fairlearn.equalized_odds_difference(y_true, y_pred, sensitive_features=group) == 1.0
    assert fairlearn.equal_opportunity_ratio(y_true, y_pred, sensitive_features=group) == 0.0
    for name in ("equalized_odds", "equal_opportunity"):
        for kind in ("difference", "ratio"):
            assert math.isnan(getattr(metrics, f"{name}_{kind}")(y_true, y_pred, sensitive_features=group))
    found = metrics.by_group("true_positive_rate", y_true, y_pred, sensitive_features=group)
    assert found["a"] == 1.0
    assert math.isnan(found["b"])
    nobody = metrics.demographic_parity_ratio(y_true, [0, 0, 0, 0], sensitive_features=group)
    assert math.isnan(nobody)


def test_a_group_without_a_value_is_left_out_of_the_comparison() -> None:
    y_true, y_pred = [1, 0, 1, 1, 0], [1, 0, 1, 0, 0]
    groups = ["a", "a", "b", "b", "c"]
    assert metrics.equal_opportunity_difference(y_true, y_pred, sensitive_features=groups) == 0.5


rows = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)


@given(table=rows)
@settings(max_examples=60, deadline=None)
def test_metrics_equal_exact_fractions(table: list[tuple[int, int, int]]) -> None:
    present = sorted({g for g, _, _ in table})
    if len(present) < 2:
        return
    cells = {g: [sum(row == (g, y, d) for row in table) for y in (0, 1) for d in (0, 1)] for g in present}
    pooled = [sum(cells[g][i] for g in present) for i in range(4)]

    def value(rate: str, cell: list[int]) -> Fraction | None:
        if rate == "balanced_accuracy":
            if not (cell[2] + cell[3] and cell[0] + cell[1]):
                return None
            return (Fraction(cell[3], cell[2] + cell[3]) + Fraction(cell[0], cell[0] + cell[1])) / 2
        of, among = TEXTBOOK[rate](*cell)
        return Fraction(of, among) if among else None

    def compared(kind: str, a: Fraction, b: Fraction) -> Fraction | None:
        low, high = sorted((a, b))
        return high - low if kind == "difference" else low / high if high else None

    g, y, d = (np.array([row[i] for row in table]) for i in range(3))
    for name in COMPARED:
        for kind in ("difference", "ratio"):
            for method in ("between_groups", "to_overall"):
                numbers = []
                for rate in NOTIONS[name].rates:
                    known = [v for v in (value(rate.name, cells[group]) for group in present) if v is not None]
                    together = value(rate.name, pooled)
                    pairs = combinations(known, 2) if method == "between_groups" else ((v, together) for v in known)
                    found = [c for c in (compared(kind, a, b) for a, b in pairs if b is not None) if c is not None]
                    numbers.append((max if kind == "difference" else min)(found) if found else None)
                ours = {
                    agg: getattr(metrics, f"{name}_{kind}")(y, d, sensitive_features=g, method=method, agg=agg)
                    for agg in ("worst_case", "mean")
                }
                if None in numbers:
                    assert all(map(math.isnan, ours.values()))
                else:
                    worst = (max if kind == "difference" else min)(numbers)
                    # A few roundings of numbers below 30.
                    assert ours["worst_case"] == pytest.approx(float(worst), abs=1e-14)
                    assert ours["mean"] == pytest.approx(float(sum(numbers) / len(numbers)), abs=1e-14)


def test_the_same_name_gives_the_numbers_of_each_tool() -> None:
    """Three groups of 1,000, selected 37, 45 and 50 in a hundred: what each tool calls demographic parity."""
    selected = {"a": 370, "b": 450, "c": 500}
    counts = GroupCounts(np.array([[[1000 - n, n]] for n in selected.values()]))
    rates = [n / 1000 for n in selected.values()]
    pairs = list(combinations(rates, 2))
    mean = sum(rates) / 3
    by_hand = {
        "fairlearn_difference": max(rates) - min(rates),
        "fairlearn_ratio": min(rates) / max(rates),
        "fairlearn_difference_to_overall": max(abs(r - mean) for r in rates),
        "fairlearn_ratio_to_overall": min(min(r / mean, mean / r) for r in rates),
        "oxonfair_difference": sum(abs(a - b) for a, b in pairs) / 3,
        "oxonfair_ratio": sum(min(a / b, b / a) for a, b in pairs) / 3,
        "fairret_violation": max(abs(r / mean - 1) for r in rates),
        "abcfair_violation": max(abs(r / mean - 1) for r in rates),
        "four_fifths": 0.37 / 0.5,
        "differential_fairness": math.log(0.5 / 0.37),
    }
    for name, expected in by_hand.items():
        assert CONVENTIONS[name](RATES["selection_rate"], counts) == pytest.approx(expected, abs=1e-12), name
    assert len({round(value, 6) for value in by_hand.values()}) == 8


def test_conventions_over_two_rates_equal_loops() -> None:
    drawn = sample(3)
    y, d, g = drawn.values()
    names = sorted(set(g))
    rates = {
        label: [float(d[(g == name) & (y == label)].mean()) for name in names] for label in (0, 1)
    }  # false positive and true positive rates
    spans = [max(values) - min(values) for values in rates.values()]
    means = [sum(abs(a - b) for a, b in combinations(values, 2)) / 3 for values in rates.values()]
    by_hand = {
        "error_parity_equalized_odds": max(spans),
        "ffb_equalized_odds": sum(spans),
        "aif360_average_abs_odds": sum(spans) / 2,
        "fairlearn_mean_over_rates": sum(spans) / 2,
        "oxonfair_difference": sum(means) / 2,
    }
    codes = np.searchsorted(names, g)
    for name, expected in by_hand.items():
        found = NOTIONS["equalized_odds"].gap(GroupCounts.of(y, d, codes), CONVENTIONS[name])
        assert found == pytest.approx(expected, abs=1e-12), name


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("kind", ["difference", "ratio"])
def test_every_notion_has_its_functions(name: str, kind: str) -> None:
    metric = getattr(metrics, f"{name}_{kind}")
    assert metric.__name__ == metric.__qualname__ == f"{name}_{kind}"
    assert metric.__name__ in metrics.__all__
    assert metric.__name__ in dir(metrics)
    assert NOTIONS[name].reads in metric.__doc__
    assert pickle.loads(pickle.dumps(metric)) is metric
    assert (
        list(inspect.signature(metric).parameters)
        == list(inspect.signature(metrics.NotionMetric.__call__).parameters)[1:]
    )


def test_an_unknown_metric_is_an_attribute_error_with_the_near_names() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'equalized_odds_difference'"):
        metrics.equalised_odds_difference  # noqa: B018


def test_import_brings_no_training_library() -> None:
    code = "import sys, fairloss.metrics; print(*{'torch', 'sklearn', 'pandas', 'scipy', 'polars'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("wrap", [list, np.array, pd.Series, pl.Series, lambda v: pd.Series(v, dtype="category")])
def test_metrics_take_every_kind_of_array(wrap: Any) -> None:
    y, d, g = (wrap(values.tolist()) for values in sample(2).values())
    found = metrics.equalized_odds_difference(y, d, sensitive_features=g)
    assert found == metrics.equalized_odds_difference(**sample(2))


def test_tensors_and_ready_groups_are_taken() -> None:
    y, d, g = sample(2).values()
    codes = np.unique(g, return_inverse=True)[1]
    expected = metrics.equalized_odds_difference(y, d, sensitive_features=g)
    tensors = [torch.from_numpy(values) for values in (y, d, codes)]
    assert metrics.equalized_odds_difference(tensors[0], tensors[1], sensitive_features=tensors[2]) == expected
    assert metrics.equalized_odds_difference(y, d, sensitive_features=encode(g)) == expected


def test_crossed_features_and_text_labels() -> None:
    y, d = ["no", "yes", "yes", "no"], ["no", "yes", "no", "yes"]
    features = pd.DataFrame({"sex": ["F", "F", "M", "M"], "race": ["B", None, "B", "B"]}, index=[3, 1, 4, 2])
    found = metrics.by_group("selection_rate", y, d, sensitive_features=features, pos_label="yes")
    assert found == {("F", "B"): 0.0, ("F", "missing"): 1.0, ("M", "B"): 0.5}
    assert metrics.demographic_parity_difference(None, d, sensitive_features=features, pos_label="yes") == 1.0


@pytest.fixture
def routing() -> Any:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def people(rows: int = 300) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "z": rng.normal(size=rows)}, index=rng.permutation(rows))
    sex = pd.Series(rng.choice(["F", "M"], rows), index=frame.index, name="sex")
    return frame, (frame["x"] + (sex == "M") + rng.normal(size=rows) > 0).astype(int), sex


def test_a_scorer_gets_the_groups_by_metadata_routing(routing: None) -> None:
    frame, y, sex = people()
    scorer = make_scorer(metrics.demographic_parity_difference, greater_is_better=False)
    scorer = scorer.set_score_request(sensitive_features=True)
    model = LogisticRegression()
    both = {"accuracy": "accuracy", "gap": scorer}
    folds = cross_validate(model, frame, y, scoring=both, cv=3, params={"sensitive_features": sex})
    assert np.isfinite(folds["test_gap"]).all()
    assert (folds["test_gap"] <= 0).all()
    search = GridSearchCV(model, {"C": [0.01, 1.0]}, scoring=scorer, cv=3, error_score="raise")
    search.fit(frame, y, sensitive_features=sex)
    assert np.isfinite(search.best_score_)
    assert pickle.loads(pickle.dumps(scorer))(search, frame, y, sensitive_features=sex) <= 0
    assert clone(search).scoring._score_func is metrics.demographic_parity_difference


def test_a_scorer_takes_a_series_from_a_split(routing: None) -> None:
    frame, y, sex = people()
    x_fit, x_test, y_fit, y_test, _, sex_test = train_test_split(frame, y, sex, random_state=0)
    model = LogisticRegression().fit(x_fit, y_fit)
    scorer = make_scorer(metrics.group_min, rate="true_positive_rate").set_score_request(sensitive_features=True)
    decided = model.predict(x_test)
    direct = min(decided[(sex_test == name) & (y_test == 1)].mean() for name in ("F", "M"))
    assert scorer(model, x_test, y_test, sensitive_features=sex_test) == direct
    assert scorer(model, x_test, y_test, sensitive_features=sex_test.reset_index(drop=True)) == direct
    gap = metrics.equalized_odds_difference(y_test, decided, sensitive_features=sex_test)
    assert gap == fairlearn.equalized_odds_difference(y_test, decided, sensitive_features=sex_test)


GOOD: dict[str, Any] = {"y_true": [1, 0, 1, 0], "y_pred": [1, 0, 0, 1], "sensitive_features": ["a", "a", "b", "b"]}
WHO = "equalized_odds_difference"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"y_pred": [1, 0]},
            f"{WHO} needs one value per row everywhere, got 4 in y_true and 2 in y_pred and 4 in sensitive_features. "
            "Pass columns of the same table.",
        ),
        (
            {"y_true": [1, 0, float("nan"), None]},
            "y_true needs a value in every row, got 2 of 4 rows without. Fill or drop these rows first.",
        ),
        (
            {"y_true": [1, 0, 2, 0]},
            "y_true needs at most two values, got 3: '0', '1', '2'. Merge them to two, e.g. y_true == 1.",
        ),
        (
            {"y_pred": np.array([0.2, 0.9, 0.4, 0.1])},
            "y_pred needs at most two values, got scores such as 0.1 (4 different values). "
            "Turn scores into decisions with a threshold first, e.g. y_pred = score >= 0.5.",
        ),
        (
            {"y_true": [], "y_pred": [], "sensitive_features": []},
            f"{WHO} needs at least one row, got an empty table. Check the filter or the file.",
        ),
        (
            {"sensitive_features": ["a"] * 4},
            f"{WHO} compares groups and needs at least two, got 'a' only. Pass rows of several groups.",
        ),
        (
            {"y_true": ["no", "yes", "no", "no"]},
            "y_true needs the favorable value pos_label=1, got only 'no', 'yes'. "
            "Pass the value that is favorable as pos_label.",
        ),
        ({"y_true": None}, f"{WHO} needs y_true, got None. Pass one value per row."),
        (
            {
                "y_true": pd.Series([1, 0, 1, 0], index=[0, 1, 2, 3]),
                "y_pred": pd.Series([1, 0, 0, 1], index=[3, 2, 1, 0]),
            },
            f"{WHO} matches rows by position, but y_true and y_pred hold the same index labels in another order. "
            "Reorder one of them, e.g. y_pred.loc[y_true.index].",
        ),
        (
            {"sample_weight": [1, -1, 1, 1]},
            "sample_weight needs finite numbers from 0 up, got -1.0 in row 1 (1 such rows). "
            "Fill or drop these rows first.",
        ),
        (
            {"sample_weight": ["heavy"] * 4},
            "sample_weight needs one number per row, got \"could not convert string to float: 'heavy'\". "
            "Convert the column to numbers.",
        ),
        (
            {"y_pred": np.zeros((4, 2))},
            "y_pred needs one value per row, got an array of shape (4, 2). Pass one column.",
        ),
    ],
)
def test_bad_input_gets_one_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        metrics.equalized_odds_difference(**GOOD | change)
    assert str(caught.value) == sentence


def test_what_is_missing_altogether_gets_one_sentence() -> None:
    for role in ("y_true", "y_pred", "sensitive_features"):
        with pytest.raises(InputError, match=rf"equalized_odds_difference needs {role}, got None"):
            metrics.equalized_odds_difference(**GOOD | {role: None})
    with pytest.raises(InputError, match="selection_rate needs y_true or y_pred, got neither"):
        metrics.overall(None, None, rate="selection_rate")
    with pytest.raises(InputError, match="y_true needs one value per row, got 1"):
        metrics.overall(1, 1, rate="selection_rate")


def test_tensors_of_a_training_are_taken() -> None:
    label, sex = torch.tensor([1, 0, 1, 0]), torch.tensor([0, 0, 1, 1])
    for dtype in (torch.float32, torch.bfloat16):
        decided = torch.tensor([1.0, 1.0, 1.0, 0.0], dtype=dtype, requires_grad=True)
        assert metrics.demographic_parity_difference(label, decided, sensitive_features=sex) == 0.5


def test_unknown_choices_get_the_near_names() -> None:
    with pytest.raises(
        UnknownName, match=r"Unknown method of equalized_odds_difference 'to_overal'\. Did you mean 'to_o"
    ):
        metrics.equalized_odds_difference(**GOOD, method="to_overal")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="Unknown agg of equalized_odds_difference 'max'"):
        metrics.equalized_odds_difference(**GOOD, agg="max")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="Unknown rate 'recal'"):
        metrics.by_group("recal", **GOOD)
    with pytest.raises(TypeError, match="sensitive_feature"):
        metrics.equalized_odds_difference(**GOOD, sensitive_feature=[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics.treatment_equality_ratio(**GOOD)
