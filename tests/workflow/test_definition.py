"""Definitions are declared, checked, and found by name or by path."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairloss.content import content_folder
from fairloss.datasets import card
from fairloss.errors import InputError, UnknownName
from fairloss.workflow import MITIGATIONS, definitions, read_definition

SMALLEST = """
title = "T"
question = "Q"
does_not_establish = ["Much."]
[data]
sensitive = ["sex"]
[goal]
notion = "demographic_parity"
tolerance = 0.1
source = "S"
[[mitigations]]
method = "reweighing"
"""


def _write(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "audit.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_five_audits_ship_with_a_readme() -> None:
    assert definitions() == ("credit_approval", "german_credit", "hr_job_change", "hr_selection", "income")
    for name in definitions():
        readme = (content_folder("audits") / name / "README.md").read_text(encoding="utf-8")
        assert f"fairloss run {name}" in readme


@pytest.mark.parametrize("name", definitions())
def test_a_shipped_audit_names_what_exists(name: str) -> None:
    definition = read_definition(name)
    assert definition.data.card is not None
    table = card(definition.data.card)
    described = table.tables[definition.data.table or table.default]
    known = set(described.columns) | {rule.column for rule in described.derive}
    asked = definition.data
    assert {*asked.sensitive, *asked.also_audited, *asked.model_may_use, *asked.not_features} <= known
    assert {mitigation.method for mitigation in definition.mitigations} <= set(MITIGATIONS)
    assert definition.goal.notion in definition.audit.notions
    assert {m.notion for m in definition.mitigations if m.notion} <= set(definition.audit.notions)
    names = [mitigation.name for mitigation in definition.mitigations]
    assert len(set(names)) == len(names)


def test_a_path_to_a_file_or_a_folder_is_read_and_aliases_become_names(tmp_path: Path) -> None:
    folder = _write(tmp_path, SMALLEST.replace("demographic_parity", "statistical_parity"))
    for path in (folder, folder / "audit.toml", str(folder)):
        assert read_definition(path).name == "mine"
        assert read_definition(path).goal.notion == "demographic_parity"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("tolerance = 0.1", "tolerance = -0.1"), "goal.tolerance: Input should be greater than or equal to 0"),
        (("demographic_parity", "demografic_parity"), "Did you mean 'demographic_parity'"),
        (('title = "T"', 'title = "T"\ncolour = "red"'), "colour: Extra inputs are not permitted"),
        (("[data]", "[data"), "is not TOML"),
        (('does_not_establish = ["Much."]', "does_not_establish = []"), "does_not_establish"),
    ],
)
def test_a_definition_that_cannot_be_used_is_named_in_one_sentence(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    folder = _write(tmp_path, SMALLEST.replace(*change))
    with pytest.raises(InputError) as caught:
        read_definition(folder)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_offers_the_near_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'credit_approval'"):
        read_definition("credit_aproval")
    with pytest.raises(InputError, match="cannot be read"):
        read_definition(tmp_path)
