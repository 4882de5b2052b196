"""Tolerances in regression, on test rows of real data: settings were chosen on seeds from 100, seeds 0 to 4 are shown.

Of each data set 30 % are test rows. "Met" means that the 95 % interval of the test rows reaches into the tolerance: it
does not certify that the tolerance holds. The point estimates stand beside it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from fairlearn.reductions import BoundedGroupLoss, ExponentiatedGradient, GridSearch, SquareLoss
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split

import fairloss as fl
from fairloss.estimators import DesignMatrix

pytestmark = pytest.mark.benchmark

SEEDS = range(5)
NETWORK = {"hidden": (32,), "weight_decay": 0.01}
BOUNDED = "bounded_group_loss"

# Data, constraint, tolerance: in units of the target, and of its square for the loss. All but the last were fixed
# before a seed below 100 was run. The plain network too is within the interval of those two bounds on the loss, so they
# say little; the last was added on seeing that, its value from seeds 100 to 102 (plain 0.93, at the very least 0.79).
# It is met on four of the five seeds, and by no point estimate: it is shown, and not promised.
SHOWN = ("law_school", BOUNDED, 0.82)
TOLERANCES = [
    ("communities_crime", "demographic_parity", 0.05),
    ("law_school", "demographic_parity", 0.10),
    ("communities_crime", BOUNDED, 0.028),
    ("law_school", BOUNDED, 0.90),
    SHOWN,
]


@dataclass(frozen=True)
class Part:
    """Rows with their features, target and group."""

    x: pd.DataFrame
    y: np.ndarray
    group: np.ndarray


def read(name: str, folder) -> Part:
    """Give the features that restate no sensitive column of the card, the label and two groups.

    Communities are cut at 0.06, the median share of black residents, as in the catalogue of the data; students are
    White or not, as in the data survey of Le Quy et al. (2022).
    """
    data = fl.datasets.load(name, folder, table="gpa" if name == "law_school" else None)
    if name == "law_school":
        group = np.where(data.frame["race"].astype(str) == "White", "White", "Non-White")
    else:
        group = data.frame["black_share"].astype(str).to_numpy()
    return Part(data.frame[list(data.feature_names())], data.label.to_numpy(float), group)


def split(every: Part, seed: int) -> tuple[Part, Part]:
    rows = train_test_split(np.arange(len(every.y)), test_size=0.3, random_state=seed, stratify=every.group)
    first, second = (Part(every.x.iloc[part], every.y[part], every.group[part]) for part in rows)
    return first, second


def gap_of_means(predicted, part: Part) -> tuple[float, float, float]:
    """Give the gap of mean predictions with Welch's interval, the higher group less the lower one."""
    one, other = (predicted[part.group == name] for name in np.unique(part.group))
    one, other = (one, other) if one.mean() >= other.mean() else (other, one)
    interval = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    return one.mean() - other.mean(), interval.low, interval.high


def worst_loss(predicted, part: Part) -> tuple[float, float, float]:
    """Give the mean squared error of the group that has the larger one, with Student's interval."""
    losses = (predicted - part.y) ** 2
    worst = max((losses[part.group == name] for name in np.unique(part.group)), key=np.mean)
    low, high = stats.t.interval(0.95, len(worst) - 1, worst.mean(), stats.sem(worst))
    return worst.mean(), low, high


def fairlearn_models(bound: float, train: Part, test: Part):
    """Ridge regression alone and under fairlearn's two reductions, on the matrix that our network sees."""
    matrix = DesignMatrix()
    x, new = matrix.fit_transform(train.x), matrix.transform(test.x)
    low, high = train.y.min(), train.y.max()
    yield "ridge", Ridge().fit(x, train.y).predict(new)
    for name, reduction in (("EG", ExponentiatedGradient), ("GridSearch", GridSearch)):
        moment = BoundedGroupLoss(SquareLoss(low, high), upper_bound=bound)
        options = {"random_state": 0} if name == "EG" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fairlearn uses what pandas has deprecated
            model = reduction(Ridge(), moment).fit(x, train.y, sensitive_features=train.group)
            predicted = np.asarray(model.predict(new, **options), dtype=float)
        yield f"fairlearn {name} ridge", predicted


def figures(model: str, seed: int, predicted, test: Part, measure, tolerance: float) -> dict:
    value, low, high = measure(predicted, test)
    error = predicted - test.y
    return {
        "model": model,
        "seed": seed,
        "mse": (error**2).mean(),
        "mae": abs(error).mean(),
        "value": value,
        "low": low,
        "high": high,
        "within": value <= tolerance,
        "met": low <= tolerance and high >= -tolerance,
    }


def table_of(every: Part, notion: str, tolerance: float) -> pd.DataFrame:
    measure = worst_loss if notion == BOUNDED else gap_of_means
    rows = []
    for seed in SEEDS:
        train, test = split(every, seed)
        asked = {"plain": None, "FairRegressor": notion}
        for name, chosen in asked.items():
            model = fl.FairRegressor(constraints=chosen, tolerance=tolerance, random_state=seed, **NETWORK)
            predicted = model.fit(train.x, train.y, sensitive_features=train.group).predict(test.x)
            rows.append(figures(name, seed, predicted, test, measure, tolerance))
        if notion == BOUNDED:
            rows += [
                figures(name, seed, predicted, test, measure, tolerance)
                for name, predicted in fairlearn_models(tolerance, train, test)
            ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("name", "notion", "tolerance"), TOLERANCES)
def test_the_tolerance_is_met_on_test_rows_within_its_interval(name, notion, tolerance, real_data):
    found = table_of(read(name, real_data(name)), notion, tolerance)
    summary = found.groupby("model", sort=False).agg(
        mse=("mse", "mean"), mae=("mae", "mean"), value=("value", "mean"), sd=("value", "std"),
        low=("low", "mean"), high=("high", "mean"), within=("within", "sum"), met=("met", "sum"),
    )  # fmt: skip
    print(f"\n{name}, {notion}, tolerance {tolerance}, means over seeds 0-4 (within, met: of 5)")
    print(summary.round(4).to_string())
    print(found[found["model"] == "FairRegressor"].round(4).to_string(index=False))
    fair = found[found["model"] == "FairRegressor"]
    if (name, notion, tolerance) == SHOWN:
        assert summary.loc["FairRegressor", "value"] < summary.loc["plain", "value"]
    else:
        assert fair["met"].all()
    if notion != BOUNDED:
        assert not found.loc[found["model"] == "plain", "met"].any()
