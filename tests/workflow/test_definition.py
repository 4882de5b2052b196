"""Definitions are declared, checked, and found by name or by path."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fairloss.content import content_folder
from fairloss.datasets import card
from fairloss.errors import InputError, UnknownName
from fairloss.workflow import MITIGATIONS, Definition, definitions, read_definition, run

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
    assert {*asked.sensitive, *definition.audit.strata} <= known
    named = definition.audit.reference
    assert isinstance(named, str) or set(named) <= {*asked.sensitive, *asked.also_audited}
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
        (("[data]", '[audit]\nregimes = ["us-employmnt"]\n[data]'), "Did you mean 'us-employment'"),
        (("[data]", '[audit]\nmissing = "drop"\n[data]'), "audit.missing: Input should be 'group' or 'unknown'"),
        (("[data]", '[audit]\nreference = "biggest"\n[data]'), "audit.reference"),
        (("[data]", "[audit]\nrandom_state = -1\n[data]"), "audit.random_state"),
        (("[data]", '[statement.system]\nnam = "x"\n[data]'), "nam is unknown (did you mean name?)"),
        (("[data]", '[audit]\nregimes = ["gone.toml"]\n[data]'), "A regime cannot be read from"),
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


POLICY = """
name = "our-policy"
title = "Policy 7"
asks = "An owner."
last_checked = 2026-11-21
[[laws]]
name = "Policy 7"
citation = "P7"
status = "practice"
asks = "A ratio of nine tenths."
source = "The intranet"
confidence = "A"
[[items]]
id = "owner"
sentence = "who owns the monitoring"
citation = "P7"
pointer = "/statement/monitoring/owner"
"""


def test_a_policy_and_a_statement_beside_the_definition_become_part_of_it(tmp_path: Path) -> None:
    asked = '[audit]\nregimes = ["general", "policy.toml"]\nstrata = ["site"]\n[data]'
    folder = _write(tmp_path, 'statement = "said.toml"' + SMALLEST.replace("[data]", asked))
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    (folder / "said.toml").write_text("[data]\nperiod_from = 2026-01-01\n", encoding="utf-8")
    definition = read_definition(folder)
    assert definition.statement == {"data": {"period_from": "2026-01-01"}}
    name, policy = definition.audit.regimes
    assert name == "general"
    assert isinstance(policy, dict)
    assert policy["last_checked"] == "2026-11-21"
    again = Definition.model_validate_json(definition.model_dump_json())  # as a record of a run keeps it
    assert again == definition
    assert [getattr(one, "name", one) for one in again.audit.of_decisions["regimes"]] == ["general", "our-policy"]


@pytest.mark.parametrize(
    ("audit", "sentence"),
    [
        ({"reference": {"sex": "men"}}, "Known reference groups: female, male"),
        ({"reference": {"sexx": "male"}}, "Did you mean 'sex'"),
    ],
)
def test_a_reference_that_is_not_there_is_named_before_anything_is_trained(
    audit: dict[str, Any], sentence: str
) -> None:
    definition = read_definition("credit_approval")
    wrong = definition.model_copy(update={"audit": definition.audit.model_copy(update=audit)})
    steps: list[str] = []
    with pytest.raises(UnknownName, match=sentence):
        run(wrong, progress=steps.append)
    assert steps == ["Reading loan_book"]


def test_a_statement_of_a_category_that_is_not_audited_is_named_before_anything_is_trained() -> None:
    definition = read_definition("credit_approval")
    statement = {"categories": {"sex": "gender"}}
    with pytest.raises(UnknownName, match="audited attribute"):
        run(definition.model_copy(update={"statement": statement}), progress=_no_training)


def _no_training(sentence: str) -> None:
    assert "training" not in sentence


def test_an_unknown_name_offers_the_near_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'credit_approval'"):
        read_definition("credit_aproval")
    with pytest.raises(InputError, match="cannot be read"):
        read_definition(tmp_path)


def test_the_page_on_definitions_runs_and_its_example_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "definitions.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    exec(compile(block, "docs/definitions.md", "exec"), {})
    [example] = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    folder = _write(tmp_path, SMALLEST.replace("[data]", f"{example}[data]"))
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    asked = read_definition(folder).audit
    assert set(tomllib.loads(example)["audit"]) == set(type(asked).model_fields)  # it shows every field
    for name in definitions():
        regimes = ", ".join(f"`{one}`" for one in read_definition(name).audit.regimes) or "none"
        assert f"| `{name}` | {regimes} |" in page
