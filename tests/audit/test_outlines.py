"""The outlines: every builder has its place, what is demanded is there or said to be absent; the first page answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import fairloss as fl
from fairloss.audit import (
    OUTLINES,
    AuditReport,
    Section,
    audit_predictions,
    chapter_sections,
    evidence_sections,
    lint,
    report_sections,
)
from fairloss.audit.outlines import SUPPLIED
from fairloss.audit.plan import KINDS, About
from fairloss.audit.sections import EVIDENCE_SECTIONS
from fairloss.errors import UnknownName


@pytest.mark.parametrize("kind", OUTLINES)
def test_every_builder_stands_in_every_outline_or_is_left_out_for_a_reason(kind: str) -> None:
    outline = OUTLINES[kind]
    named = [*outline.builders, *outline.left_out]
    assert len(named) == len(set(named))
    assert set(EVIDENCE_SECTIONS) <= set(named), "a new builder needs a chapter in each outline, or a reason"
    assert set(named) <= {*EVIDENCE_SECTIONS, *SUPPLIED}
    assert all(outline.left_out.values())


def test_every_kind_has_an_outline() -> None:
    assert set(KINDS) == set(OUTLINES)
    with pytest.raises(UnknownName, match="hr"):
        About(kind="hrr")


@pytest.mark.parametrize("kind", OUTLINES)
def test_chapters_are_filled_or_say_what_is_absent(kind: str, people: dict[str, Any]) -> None:
    bare = audit_predictions(None, people["decision"], sensitive_features=people["sex"], about={"kind": kind})
    chapters = {section.title: section for section in report_sections(bare)}
    made = {name for name, build in EVIDENCE_SECTIONS.items() if list(build(bare))}
    for chapter in OUTLINES[kind].chapters:
        if set(chapter.builders) & made:
            assert chapter.otherwise not in chapters[chapter.title].paragraphs or not chapter.otherwise
        elif chapter.otherwise:
            assert chapters[chapter.title].paragraphs == (chapter.otherwise,)
        else:
            assert chapter.title not in chapters
    assert lint(bare.to_html()) == []


def test_what_a_run_supplies_takes_its_place(report: AuditReport) -> None:
    supplied = {"monitoring": [Section("Weekly")], "limits": [Section("own", ("Only this.",))], "odd": [Section("Odd")]}
    chapters = {section.title: section for section in chapter_sections(report, "credit", supplied)}
    assert chapters["Monitoring plan"].sections[0].title == "Weekly"
    assert chapters["Limits"].paragraphs == ("Only this.",)
    assert chapters["Further evidence"].sections[0].title == "Odd"


def test_evidence_is_everything_but_the_frame(report: AuditReport) -> None:
    titles = [section.title for section in evidence_sections(report)]
    assert "Who is in the data" in titles
    assert not {"All findings", "How to read the numbers", "What was stated"} & set(titles)


def test_the_first_page_answers(report: AuditReport) -> None:
    first = report_sections(report)[0]
    facts = dict(first.facts)
    assert facts["Rows"] == "3,000"
    assert facts["Groups"] == "sex: 2, race: 3 and sex × race: 6"
    assert 3 <= len(first.findings) <= 6
    assert len(first.figures) == 1
    undetermined, signed = first.sections
    assert "no strata were supplied" in " ".join(undetermined.paragraphs)
    said = " ".join(signed.paragraphs)
    assert json.loads(report.to_json())["integrity"]["sha256"] in said
    assert "Response: none is recorded" in said
    assert "Auditor: not supplied" in said


def test_the_first_page_names_who_stated_and_who_answers(report: AuditReport) -> None:
    """A statement is whatever gives values at dotted places; responses are whatever has a state."""
    stated = {"auditor.name": "A. Auditor", "data.period_from": "2025-01-01", "data.period_to": "2025-12-31"}
    statement = SimpleNamespace(get=lambda place, otherwise="": stated.get(place, otherwise))
    responses = (SimpleNamespace(state="open"), SimpleNamespace(state="done"))
    told = SimpleNamespace(
        evidence={"statement": statement, "responses": responses},
        **{name: getattr(report, name) for name in ("about", "tables", "attributes", "unknown", "plan", "findings")},
    )
    from fairloss.audit.sections import summary

    assert ("Period", "2025-01-01 to 2025-12-31") in list(summary._facts(told))  # type: ignore[arg-type]
    assert "recorded to 2 of" in summary._responses(told)  # type: ignore[arg-type]
    assert "1 not closed" in summary._responses(told)  # type: ignore[arg-type]


def test_unsettled_comparisons_are_named_as_not_determined() -> None:
    few = audit_predictions(None, [1, 0, 1, 1, 0, 1], sensitive_features=list("aaabbb"))
    said = " ".join(report_sections(few)[0].sections[0].paragraphs)
    assert "not resolved in 1 of 1 comparisons" in said


def _real(name: str, real_data: Callable[[str], Path], sensitive: str, strata: str | None = None) -> AuditReport:
    data = fl.datasets.load(name, real_data(name))
    control = None if strata is None else {strata: data.frame[strata]}
    return audit_predictions(
        None,
        data.label.to_numpy(),
        sensitive_features={sensitive: data.frame[sensitive]},
        control_features=control,
        about={"kind": "hr"},
    )


@pytest.mark.parametrize(("name", "sensitive"), [("ibm_attrition", "Gender"), ("boston_hmda", "sex")])
def test_no_alarm_is_raised_where_nothing_is_established(
    name: str, sensitive: str, real_data: Callable[[str], Path]
) -> None:
    report = _real(name, real_data, sensitive)
    assert not {"gap_established", "below_four_fifths", "reversal"} & {one.code for one in report.findings}
    first = " ".join(report_sections(report)[0].findings)
    assert "No difference between groups is established" in first
    assert "A difference between groups is established" not in report.to_markdown()


def test_the_reversal_of_berkeley_stands_on_the_first_page(real_data: Callable[[str], Path]) -> None:
    report = _real("ucb_admissions", real_data, "Gender", "Dept")
    assert any(
        "changes its direction once Dept is held constant" in text for text in report_sections(report)[0].findings
    )
    html = report.to_html()
    assert "Same mix in both" in html
    assert "43.0 %, 38.7 %" in html


def test_the_unknown_of_the_job_change_data_are_named_on_the_first_page(real_data: Callable[[str], Path]) -> None:
    first = report_sections(_real("hr_job_change", real_data, "gender"))[0]
    assert dict(first.facts)["Rows without a value"] == "gender: 4,508"
    assert "4,508 rows have no value of gender" in first.findings[0]


def test_every_figure_has_a_table_behind_it_or_beside_it(report: AuditReport) -> None:
    """Forests share the table of the rates above them; parts of a long chart share that of the first part."""

    def figures(section: Section) -> list[Any]:
        return [*section.figures, *(figure for inner in section.sections for figure in figures(inner))]

    for chapter in report_sections(report)[1:]:
        for figure in figures(chapter):
            assert figure.table or "relative to" in figure.caption or re.search(r"\(part \d+\)", figure.caption)


def test_scores_give_distributions_sweep_calibration_and_roc(report: AuditReport, people: dict[str, Any]) -> None:
    html = report.to_html()
    for text in ("Distribution of the score", "over the cut-off", "ROC curves", "favorable labels by score"):
        assert text in html
    # The conftest decides with > 0.5 on continuous scores: the same as >= at a bin edge, and so it is found.
    assert "in use: 0.5" in html
    other = audit_predictions(
        None, np.flip(people["decision"]), sensitive_features=people["sex"], y_score=people["score"]
    )
    assert "No bin edge, as a cut-off, gives exactly these decisions" in other.to_html()
    assert "in use" not in other.to_html()


def test_the_code_of_the_page_about_reports_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert (tmp_path / "hiring.html").stat().st_size > 10_000
