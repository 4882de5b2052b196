"""The page of an audit with regimes: legal state, tables, completeness, and not one word that gives a verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fairloss.audit import (
    EXPORTS,
    REGIMES,
    AuditReport,
    assess,
    audit_predictions,
    compare_predictions,
    export,
    lint,
    verify,
)
from fairloss.audit.sections import evidence_sections
from fairloss.audit.sections.regimes import regime_section

VERDICT = re.compile(r"\b(violat\w*|unlawful|illegal|complies|compliance|in breach|pass mark|passed|failed)\b", re.I)


def test_every_text_of_a_complete_audit_is_linted(complete: AuditReport) -> None:
    texts = [complete.to_html(), complete.to_markdown(), *(export(complete, name) for name in EXPORTS)]
    texts += [str(finding) for finding in complete.findings]
    for text in texts:
        assert lint(text) == []
        assert VERDICT.findall(text) == []


@pytest.mark.parametrize("name", REGIMES)
def test_a_section_tells_state_tables_and_completeness(name: str, complete: AuditReport) -> None:
    found = assess(complete, name)
    section = regime_section(found)
    titles = [one.title for one in section.sections]
    assert titles == ([*(["Its tables"] if REGIMES[name].tables else []), "Completeness", "Legal state"])
    assert ("Legal state as of", REGIMES[name].last_checked) in section.facts
    laws = section.sections[-1].tables[0]
    assert len(laws.rows) == len(REGIMES[name].laws)
    assert "No item is missing." in section.sections[-2].paragraphs
    for one in section.sections:
        for table in one.tables:
            assert {len(row) for row in table.rows} == {len(table.columns)}
    if REGIMES[name].tables:
        assert len(section.sections[0].tables) >= len(REGIMES[name].tables)


def test_what_is_missing_is_named_first() -> None:
    report = audit_predictions(None, [1, 0, 1, 0], sensitive_features={"sex": list("aabb")}, regimes="us-nyc-ll144")
    text = report.to_markdown()
    assert "Missing: the date of the most recent audit; the auditor; " in text
    assert re.search(r"2 of 15 items that apply are present", text)


def test_exactly_four_fifths_is_shown_as_not_below() -> None:
    sex, decision = ["F"] * 5 + ["M"] * 8, [1] * 3 + [0] * 2 + [1] * 6 + [0] * 2
    text = audit_predictions(None, decision, sensitive_features={"sex": sex}, regimes="us-employment").to_markdown()
    assert "| F | 3 of 5 | 60.0 % | 0.800 | no | 38.5 % |" in text
    assert "Mark 4/5: 29 CFR 1607.4D." in text


def test_an_audit_without_regimes_has_none_of_these_sections(report: AuditReport) -> None:
    titles = {one.title for one in evidence_sections(report)}
    assert not titles & {"What was stated", "Responses to the findings", *(one.title for one in REGIMES.values())}


def test_both_audits_of_a_comparison_have_their_tables() -> None:
    sex, before, after = {"sex": ["F"] * 20 + ["M"] * 20}, [1] * 4 + [0] * 16 + [1] * 10 + [0] * 10, [1, 0] * 20
    change = compare_predictions(
        None, before, after, sensitive_features=sex, regimes="us-employment", statement={"limits": ["One day"]}
    )
    ratios = [[row["ratio"] for row in one.rows("impact_ratios")] for one in (change.before, change.after)]
    assert ratios == [[0.4, 1], [1, 1]]
    assert verify(json.loads(change.to_json())).holds
    assert lint(change.to_html()) == []


def test_hostile_groups_and_reasons_are_inert(parse: Callable[[str], Any]) -> None:
    names = np.array(["<script>alert(1)</script>", "\u202ex", "{{ 7 * 7 }}", "=1+1"], dtype=object)
    sex = np.repeat(names, 30)
    notices = {str(name): 20 for name in names}
    reasons = {
        "attribute": "sex",
        "notices": notices,
        "counts": {"<img src=x>": {str(names[0]): 20}, "{% x %}": notices},
    }
    report = audit_predictions(
        None, np.tile([0, 0, 1], 40), sensitive_features={"sex": sex}, y_score=np.arange(120.0), regimes=list(REGIMES),
        reasons=reasons,
    )  # fmt: skip
    html = report.to_html()
    found = parse(html)
    assert not {"script", "img", "iframe"} & set(found.tags)
    assert "\u202e" not in html
    assert [one.code for one in report.findings].count("reasons_differ") == 3


def test_the_page_can_be_read_by_everybody(complete: AuditReport, parse: Callable[[str], Any]) -> None:
    html = complete.to_html()
    found = parse(html)
    assert found.tags.count("table") == found.tags.count("caption")
    assert len(found.ids) == len(set(found.ids))
    assert len(html.encode()) < 300_000
