"""The figures on the real Adult files: 70/30 split by label and sex, sex not a feature, decisions on the test rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from fairloss import FairClassifier
from fairloss.notions import NOTIONS, GroupCounts
from fairloss.tables import encode

COLUMNS = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "income",
]

# constraint, tolerance, accuracy at least, gap at most
TARGETS = {
    "plain": (None, 0.0, 0.850, 1.0),
    "demographic_parity": ("demographic_parity", 0.05, 0.838, 0.06),
    "equalized_odds": ("equalized_odds", 0.03, 0.848, 0.06),
}


def read(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    parts = [
        pd.read_csv(folder / name, header=None, names=COLUMNS, skipinitialspace=True, skiprows=skipped)
        for name, skipped in (("adult.data", 0), ("adult.test", 1))
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.drop(columns=["fnlwgt", "education", "income"]), table["income"].str.startswith(">").to_numpy(int)


def figures(folder: Path, constraint: str | None, tolerance: float, seed: int, **settings) -> dict[str, float]:
    table, label = read(folder)
    strata = 2 * label + (table["sex"] == "Male")
    train, test = train_test_split(np.arange(len(label)), test_size=0.3, random_state=seed, stratify=strata)
    model = FairClassifier(constraints=constraint, tolerance=tolerance, random_state=seed, **settings)
    model.fit(table.iloc[train], label[train], sensitive_features="sex")
    new = table.iloc[test].drop(columns="sex")
    decided = model.predict(new)
    counts = GroupCounts.of(label[test], decided, encode(table["sex"].iloc[test]))
    return {
        "accuracy": (decided == label[test]).mean(),
        "gap": NOTIONS[constraint].gap(counts) if constraint else 0.0,
        "auc": roc_auc_score(label[test], model.predict_proba(new)[:, 1]),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_mean_of_three_seeds_reaches_the_target(name, real_data):
    constraint, tolerance, accuracy, gap = TARGETS[name]
    mean = pd.DataFrame([figures(real_data("adult"), constraint, tolerance, seed) for seed in (0, 1, 2)]).mean()
    assert mean["accuracy"] >= accuracy
    assert mean["gap"] <= gap
    assert mean["auc"] >= 0.87


def test_a_short_training_halves_the_gap(real_data):
    # The test rows give a standard error of 0.006; the plain network's gap is 0.17, the tolerance 0.05.
    found = figures(real_data("adult"), "demographic_parity", 0.05, 0, epochs=12)
    assert found["accuracy"] >= 0.83
    assert found["gap"] <= 0.085
    assert found["auc"] >= 0.87
