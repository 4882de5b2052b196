"""Bad input gets one clear sentence: who, what was expected, what came, what to do. One case for each promise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fairloss as fl
from fairloss.content import content_folder
from fairloss.errors import FairlossError

Y, D, SEX = [0, 1, 0, 1], [0, 1, 1, 1], ["F", "F", "M", "M"]
TABLE = pd.DataFrame({"hired": Y, "invited": D, "sex": SEX})


def _altered_copy(folder: Path) -> Path:
    text = (content_folder("datasets") / "loan_book" / "sample.csv").read_text(encoding="utf-8")
    (folder / "sample.csv").write_text(text.replace("female", "male", 1), encoding="utf-8")
    return folder


def _locked_folder(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "out"


CASES: dict[str, tuple[Callable[[Path], Any], tuple[str, ...]]] = {
    "unequal lengths": (
        lambda folder: fl.metrics.demographic_parity_difference(Y, D[:3], sensitive_features=SEX),
        ("demographic_parity_difference", "4", "3"),
    ),
    "NaN labels": (
        lambda folder: fl.audit_predictions([0, np.nan, 0, 1], D, sensitive_features=SEX),
        ("y_true", "1"),
    ),
    "three labels where two are needed": (
        lambda folder: fl.audit_predictions([0, 1, 2, 1], D, sensitive_features=SEX),
        ("y_true", "two", "2"),
    ),
    "probabilities where decisions are needed": (
        lambda folder: fl.metrics.equalized_odds_difference(Y, [0.1, 0.8, 0.7, 0.9], sensitive_features=SEX),
        ("y_pred", "threshold"),
    ),
    "an unknown notion": (
        lambda folder: fl.Constraint("equalised_odds", tolerance=0.1),
        ("Unknown notion 'equalised_odds'", "Did you mean 'equalized_odds'"),
    ),
    "a tolerance below 0": (
        lambda folder: fl.Constraint("equalized_odds", tolerance=-0.1),
        ("Constraint", "0 or more", "-0.1"),
    ),
    "a missing column": (
        lambda folder: fl.audit_table(TABLE, sensitive="sexx", decision="invited"),
        ("'sexx'", "Did you mean 'sex'"),
    ),
    "an empty table": (
        lambda folder: fl.audit_table(TABLE.iloc[:0], sensitive="sex", decision="invited"),
        ("row",),
    ),
    "one group only": (
        lambda folder: fl.metrics.demographic_parity_ratio(Y, D, sensitive_features=["F"] * 4),
        ("demographic_parity_ratio", "'F'"),
    ),
    "an unreadable file": (
        lambda folder: fl.audit_table(folder / "absent.csv", sensitive="sex", decision="invited"),
        ("absent.csv", "No such file"),
    ),
    "a checksum that differs": (
        lambda folder: fl.datasets.load("loan_book", _altered_copy(folder)),
        ("sample.csv", "SHA-256"),
    ),
    "an output folder that cannot be written": (
        lambda folder: fl.run("credit_approval", out=_locked_folder(folder)),
        ("output folder", "cannot be written"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_sentence(case: str, tmp_path: Path) -> None:
    call, parts = CASES[case]
    with pytest.raises(FairlossError) as caught:
        call(tmp_path)
    sentence = str(caught.value)
    for part in parts:
        assert part in sentence, sentence
    assert "\n" not in sentence
    assert sentence[-1] in ".?"
    assert 30 < len(sentence) < 400
