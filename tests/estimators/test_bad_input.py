"""What FairClassifier cannot use, it refuses in a sentence that says what to do."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from fairloss import Constraint, FairClassifier
from fairloss.errors import InputError, MissingColumn, UnknownNotion

SEX = pd.Series(["a", "b"] * 30, name="sex")
X = pd.DataFrame({"x": np.linspace(0, 1, 60), "sex": SEX})
Y = ["no", "no", "yes", "yes"] * 15

BAD = {
    "no groups": ({}, {"sensitive_features": None}, "needs sensitive_features in fit to keep equalized_odds, got none"),
    "too few groups": ({}, {"sensitive_features": np.array(["a", "b"])}, "60 in X .* 2 in sensitive_features"),
    "too few labels": ({}, {"y": ["yes", "no"]}, "60 in X and 2 in y"),
    "a list of one group too few": ({}, {"sensitive_features": SEX.tolist()[1:]}, "60 in X .* 59 in sensitive_feat"),
    "one group": ({}, {"sensitive_features": ["a"] * 60}, "compares groups, but .* has one"),
    "groups in another order": ({}, {"sensitive_features": SEX[::-1]}, "same index labels in another order"),
    "a name and no frame": ({}, {"X": np.ones((60, 2)), "sensitive_features": "sex"}, "'sex' only in a data frame"),
    "a missing label": ({}, {"y": [*Y[:-1], None]}, "needs a label in every row, got None in row 59"),
    "a label that is no number": ({}, {"y": [np.nan, *[0.0, 1.0] * 29, 0.0]}, "got nan in row 0"),
    "NaN beside texts": ({}, {"y": [*Y[:-1], float("nan")]}, "needs a label in every row, got nan in row 59"),
    "one class": ({}, {"y": ["yes"] * 60}, r"needs at least two classes in y, got 1 class: \['yes'\]"),
    "another favorable class": ({"pos_label": "si"}, {}, r"one of the labels \['no', 'yes'\], got 'si'"),
    "a favorable class of three": ({"pos_label": 1}, {"y": [0, 1, 2] * 20}, "for two classes, got 3 classes"),
    "a tolerance below 0": ({"tolerance": -0.1}, {}, r"tolerance .* got -0\.1"),
    "a threshold outside 0 and 1": ({"threshold": 2}, {}, "threshold is a probability .* got 2"),
    "a threshold for two logits": ({"threshold": 0.4, "base": "cross_entropy"}, {}, "belongs to one logit per row"),
    "a loss for numbers": ({"base": "mse"}, {}, "needs a loss for 2 classes, got base='mse'"),
    "a module of another width": ({"module": lambda width: torch.nn.Linear(width, 3)}, {}, "one target per"),
    "a module for other columns": (
        {"module": torch.nn.Linear(3, 1)},
        {},
        r"cannot take the 1 columns of type float32 that X has after encoding: .* Give module= as a function",
    ),
    "a module in double precision": ({"module": torch.nn.Linear(1, 1).double()}, {}, "cannot take the 1 columns"),
    "a module without parameters": ({"module": torch.nn.Flatten(0)}, {}, "Flatten has no parameters to train"),
    "a lazy frame": ({}, {"X": pl.DataFrame(X).lazy()}, r"got a lazy LazyFrame without any\. Collect it first"),
    "columns of one name": (
        {},
        {"X": pd.DataFrame(np.ones((60, 2)), columns=["a", "a"])},
        "Every feature needs a name of its own",
    ),
    "negative weights": ({}, {"sample_weight": [-1.0] * 60}, "sample_weight needs finite numbers from 0 up, got -1"),
    "weights that are no numbers": ({}, {"sample_weight": ["heavy"] * 60}, "sample_weight needs one number per row"),
    "one row of weight above 0": ({}, {"sample_weight": [1.0] + [0.0] * 59}, "rows to hold out, got 1 sample"),
    "weight above 0 in one class only": (
        {},
        {"sample_weight": [float(label == "yes") for label in Y]},
        r"two classes in y where sample_weight is above zero, got 1 class: \['yes'\]",
    ),
    "weights of another shape": ({}, {"sample_weight": [[1.0]] * 60}, r"one number per row, got shape \(60, 1\)"),
    "no columns": ({}, {"X": X[[]]}, r"needs rows and columns in X, got shape \(60, 0\)"),
    "no rows": ({}, {"X": X[:0]}, r"needs rows and columns in X, got shape \(0, 1\)"),
    "no held-out rows": ({"validation_fraction": 0}, {}, "validation_fraction, must lie between 0 and 1, got 0"),
    "no epochs": ({"epochs": 0}, {}, "epochs must be a whole number above 0, got 0"),
    "no such device": ({"device": "tpu9"}, {}, "cannot train on the device 'tpu9'"),
    "an unknown attribute": (
        {"constraints": Constraint("demographic_parity", 0.1, attribute="age")},
        {},
        "Unknown attribute 'age'",
    ),
}


def refusal(error, settings, changes) -> str:
    call = {"X": X, "y": Y, "sensitive_features": SEX, **changes}
    with pytest.raises(error) as raised:
        FairClassifier(**{"epochs": 1, **settings}).fit(**call)
    return str(raised.value)


@pytest.mark.parametrize(("settings", "changes", "words"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_a_sentence(settings, changes, words):
    said = refusal(InputError, settings, changes)
    assert re.search(words, said), said
    assert "\n" not in said
    assert said.endswith((".", "?"))


def test_a_column_that_is_not_there_is_named_with_the_near_ones():
    assert "Did you mean 'sex'?" in refusal(MissingColumn, {}, {"sensitive_features": ["sexe"]})


def test_an_unknown_notion_is_named_with_the_near_ones():
    assert "Did you mean 'equalized_odds'?" in refusal(UnknownNotion, {"constraints": "equalised odds"}, {})
