"""Reading the rows of a definition, and dividing them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fairloss.errors import InputError, MissingColumn
from fairloss.notions import Groups
from fairloss.workflow.definition import Data, Definition, Goal, Mitigation, Split, read_definition
from fairloss.workflow.rows import Rows, divide, read_rows


def _definition(**data: object) -> Definition:
    return Definition(
        name="mine", title="T", question="Q", data=Data(**data),
        goal=Goal(notion="demographic_parity", tolerance=0.1, source="S", minimum_support=1),
        mitigations=(Mitigation(method="reweighing"),), does_not_establish=("Much.",),
    )  # fmt: skip


def _file(tmp_path: Path, **columns: object) -> Path:
    path = tmp_path / "rows.csv"
    frame = {"sex": ["F", "M", "F", "M"], "race": list("xyxy"), "x": [1, 2, 3, 4], "hired": ["no", "yes", "yes", None]}
    pd.DataFrame(frame | columns).to_csv(path, index=False)
    return path


ROLES = {"sensitive": ("sex",), "label": "hired", "favorable": ("yes",)}


def test_a_file_is_read_by_the_roles_of_its_columns(tmp_path: Path) -> None:
    source = read_rows(_definition(**ROLES, also_audited=("race",), not_features=("race",)), _file(tmp_path))
    assert list(source.rows.features.columns) == ["x"]
    assert source.rows.label.tolist() == [0, 1, 1]
    assert list(source.rows.attributes.columns) == ["sex", "race"]
    assert source.rows.groups.names == ("F", "M")
    assert source.warnings == ("1 of 4 rows have no label and are left out.",)


def test_the_model_sees_no_sensitive_column_of_a_card_unless_the_definition_says_so() -> None:
    seen = set(read_rows(read_definition("credit_approval")).rows.features.columns)
    assert not seen & {"sex", "ethnicity", "age", "age_band", "approved", "repaid", "would_repay"}
    definition = read_definition("credit_approval")
    wider = definition.model_copy(update={"data": definition.data.model_copy(update={"model_may_use": ("age_band",)})})
    assert "age" in set(read_rows(wider).rows.features.columns)


@pytest.mark.parametrize(
    ("roles", "columns", "sentence"),
    [
        ({"sensitive": ("sex",)}, {}, "needs a label and favorable values"),
        (ROLES | {"label": "hird"}, {}, "Did you mean 'hired'"),
        (ROLES | {"sensitive": ("gender",)}, {}, "needs the column 'gender'"),
        (ROLES | {"favorable": ("ja",)}, {}, "No row of 'hired' holds a favorable value"),
        (ROLES, {"sex": ["F", "F", "F", "F"]}, "compares groups of 1 rows or more, got 1: ('F',)"),
        (ROLES, {"hired": ["yes"] * 4}, "needs both outcomes"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_sentence(
    tmp_path: Path, roles: dict[str, object], columns: dict[str, object], sentence: str
) -> None:
    with pytest.raises((InputError, MissingColumn)) as caught:
        read_rows(_definition(**roles), _file(tmp_path, **columns))
    assert sentence in str(caught.value)


def test_strata_are_kept_beside_the_features_and_must_exist(tmp_path: Path) -> None:
    definition = _definition(**ROLES)
    within = definition.model_copy(update={"audit": definition.audit.model_copy(update={"strata": ("race",)})})
    rows = read_rows(within, _file(tmp_path)).rows
    assert list(rows.features.columns) == ["race", "x"]
    assert rows.control["race"].tolist() == ["x", "y", "x"]
    assert rows.take(np.array([2, 1])).control["race"].tolist() == ["x", "y"]
    assert read_rows(definition, _file(tmp_path)).rows.control.shape == (3, 0)
    absent = definition.model_copy(update={"audit": definition.audit.model_copy(update={"strata": ("plaice",)})})
    with pytest.raises(MissingColumn, match="needs the column 'plaice'"):
        read_rows(absent, _file(tmp_path))


def test_no_card_and_no_file_is_one_sentence() -> None:
    with pytest.raises(InputError, match="needs a file, got none"):
        read_rows(_definition(**ROLES))


def _rows(n: int, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    codes, label = rng.choice(4, n, p=[0.6, 0.3, 0.09, 0.01]), rng.integers(0, 2, n)
    index = pd.DataFrame({"row": np.arange(n)})
    return Rows(index, label, index, Groups.of(codes, "abcd"), index)


def test_the_parts_hold_each_row_once_and_their_share_of_each_label_in_each_group() -> None:
    rows, split = _rows(5_000), Split(test=0.3, validation=0.2)
    parts = divide(rows, split, seed=7)
    pieces = {"test": parts.test, "validation": parts.validation, "train": parts.train}
    seen = np.concatenate([piece.features["row"] for piece in pieces.values()])
    assert sorted(seen) == list(range(5_000))
    whole = Counter(zip(rows.groups.codes.tolist(), rows.label.tolist(), strict=True))
    for name, share in (("test", 0.3), ("validation", 0.14), ("train", 0.56)):
        held = Counter(zip(pieces[name].groups.codes.tolist(), pieces[name].label.tolist(), strict=True))
        for cell, size in whole.items():
            assert abs(held[cell] - share * size) <= 1


def test_the_same_seed_gives_the_same_parts_and_another_gives_others() -> None:
    rows, split = _rows(300), Split()
    first, again, other = (divide(rows, split, seed).test.features["row"].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_group_of_too_few_rows_takes_no_part_in_the_goal_and_is_named(tmp_path: Path) -> None:
    columns = {"sex": ["F"] * 5 + ["M"] * 5 + ["X"] * 2, "race": ["x"] * 12, "x": range(12), "hired": ["no", "yes"] * 6}
    definition = _definition(**ROLES)
    goal = definition.goal.model_copy(update={"minimum_support": 3})
    source = read_rows(definition.model_copy(update={"goal": goal}), _file(tmp_path, **columns))
    assert source.rows.groups.names == ("F", "M")
    assert source.rows.groups.codes.tolist() == [0] * 5 + [1] * 5 + [-1] * 2
    assert source.rows.attributes["sex"].tolist() == columns["sex"]  # the audit sees all of them
    assert source.warnings == (
        "The group 'X' has 2 rows, fewer than the minimum support of 3: it is audited, and takes no part in the goal.",
    )
