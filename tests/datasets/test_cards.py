"""Every card is complete, says what its files are, and refuses what it does not know."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from fairloss import datasets
from fairloss.content import content_folder
from fairloss.datasets import HiringFunnel, LoanBook, read_card
from fairloss.errors import InputError, UnknownName

REAL = (
    "adult",
    "bank_marketing",
    "boston_hmda",
    "communities_crime",
    "cps_earnings",
    "german_credit",
    "hr_job_change",
    "ibm_attrition",
    "law_school",
    "mnist_t10k",
    "oulad",
    "professor_salaries",
    "resume_audit",
    "ricci",
    "taiwan_credit",
    "toronto_arrests",
    "ucb_admissions",
)
SIMULATED = {"hiring_funnel": HiringFunnel, "loan_book": LoanBook}


def test_catalogue_holds_the_seventeen_real_sets_and_two_simulated_ones():
    assert set(datasets.names()) == {*REAL, *SIMULATED}
    assert dict(datasets.cards()) == {name: datasets.card(name) for name in datasets.names()}


@pytest.mark.parametrize("name", datasets.names())
def test_card_is_complete(name):
    card = datasets.card(name)
    for table in card.tables.values():
        assert table.files
        assert table.label.means.endswith(".")
        assert table.split.about.endswith(".")
        assert table.reference.groups or table.label.kind in {"number", "classes"}
        for sentence in (*table.sensitive.values(), *table.leaks.values(), *table.unavailable.values()):
            assert sentence.endswith(".")
    assert card.defects
    assert all(defect.endswith(".") for defect in card.defects)
    assert card.name == name


@pytest.mark.parametrize("name", datasets.names())
def test_readme_names_the_set_and_what_must_not_be_a_feature(name):
    readme = (content_folder("datasets") / name / "README.md").read_text(encoding="utf-8")
    card = datasets.card(name)
    assert readme.startswith(f"# {card.title}\n")
    assert f'load("{name}"' in readme
    for table in card.tables.values():
        assert all(f"`{column}`" in readme for column in table.leaks)


@pytest.mark.parametrize("name", REAL)
def test_checksums_are_those_of_the_catalogue(name, real_data):
    listed = (real_data(name).parent / "SHA256SUMS").read_text(encoding="utf-8").split("\n")
    known = {line.split()[1].split("/", 1)[1]: line.split()[0] for line in listed if f"{name}/" in line}
    assert {file: record.sha256 for file, record in datasets.card(name).files.items()}.items() <= known.items()


@pytest.mark.parametrize(("name", "parameters"), SIMULATED.items())
def test_simulated_card_writes_down_every_planted_bias(name, parameters):
    plan = datasets.card(name).simulation
    assert plan.parameters == asdict(parameters())
    assert set(plan.about) == set(plan.parameters)


def test_unknown_set_and_table_offer_the_near_names():
    with pytest.raises(UnknownName, match="Did you mean 'german_credit'"):
        datasets.load("german credit")
    with pytest.raises(UnknownName, match="Did you mean 'additional'"):
        datasets.load("bank_marketing", table="aditional")
    with pytest.raises(UnknownName, match=r"Unknown data set '\.\./adult'"):
        datasets.load("../adult")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("title = ", "titel = "), "titel"),
        (('kind = "random"', 'kind = "by guess"'), "split.kind"),
        (("[tables.german.leaks]", '[tables.german.leaks]\nfortune = "?"'), "fortune"),
        (('default = "german"', 'default = "english"'), "english"),
        (("cut = [26]", "cut = [26, 20]"), "rising cut points"),
        (('favorable = ["good"]', ""), "favorable"),
        (("sha256 = ", "sha1 = "), "sha1"),
        (("rows = 1000", "rows = -1"), "rows"),
        (("cut = [26]", "cut = [26]\nruns = true"), "exactly one"),
        (("title = ", "title == "), "not TOML"),
    ],
)
def test_broken_card_says_what_is_wrong(tmp_path, change, fault):
    text = (content_folder("datasets") / "german_credit" / "card.toml").read_text(encoding="utf-8")
    text = text.replace("[tables.german.split]", "[tables.german.leaks]\n[tables.german.split]")
    assert change[0] in text
    folder = tmp_path / "german_credit"
    folder.mkdir()
    (folder / "card.toml").write_text(text, encoding="utf-8")
    read_card(folder / "card.toml")
    (folder / "card.toml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(InputError, match=fault):
        read_card(folder / "card.toml")


def test_absent_card_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_card(tmp_path / "card.toml")


def test_importing_the_room_does_not_import_torch():
    code = "import sys, fairloss.datasets; sys.exit('torch' in sys.modules)"
    root = Path(datasets.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
