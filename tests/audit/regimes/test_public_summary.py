"""The public summary of New York City Local Law 144: what 6 RCNY 5-303 lists and no more, as page, Markdown and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fairloss.audit import AuditReport, audit_counts, audit_predictions, export, lint
from fairloss.audit.missing import Unknown
from fairloss.notions import GroupCounts

STATED = {
    "system": {"name": "Screen", "vendor": "A vendor", "version": "2"},
    "auditor": {"name": "An auditor"},
    "decision": {"kind": "selection"},
    "data": {"source": "Applications of 2025", "explanation": "All applicants of one year", "origin": "historical"},
    "deployment": {"distribution_date": "2024-03-01"},
    "small_categories": {"choice": "left_out", "justification": "Too few people for a ratio"},
    "limits": ["Something for the report alone"],
}


@pytest.fixture
def example(city: tuple[GroupCounts, ...]) -> AuditReport:
    """Give the audit of the agency's published example."""
    unknown = [Unknown(250), Unknown(237), Unknown(250)]
    return audit_counts(
        city, regimes="us-nyc-ll144", statement=STATED, unknown=unknown, about={"created": "2026-11-21"}
    )


def test_the_summary_holds_what_the_rule_lists(example: AuditReport) -> None:
    text = export(example, "ll144-markdown")
    for part in (
        "Summary of the audit of Screen",
        "Date of the most recent audit: 2026-11-21",
        "First day of use (distribution date): 2024-03-01",
        "Source of the data: Applications of 2025",
        "Explanation of the data: All applicants of one year",
        "Historical data of the use of the tool.",
        "| Female | 1,181 | 555 | 47.0 % | 0.979 |",
        "| Male × Black | 226 | 95 | 42.0 % | 0.806 |",
        "| Female × Nat. Am. | 17 | 7 | 41.2 % | left out |",
        "Unknown category, not in the table: 250.",
        "Unknown category, not in the table: 237.",
        "Justification: Too few people for a ratio",
    ):
        assert part in text, part
    assert text.count("| Category |") == 3


def test_the_summary_holds_nothing_else(example: AuditReport) -> None:
    text = export(example, "ll144-markdown")
    for other in ("interval", "Something for the report alone", "p-value", "four-fifths", "0.8 ", "Finding", "vendor"):
        assert other not in text, other
    assert lint(text) == []
    assert not re.search(r"\b(law is met|meets|violat|bias-free)", text)


def test_what_is_not_stated_is_said_to_be(city: tuple[GroupCounts, ...]) -> None:
    text = export(audit_counts(city), "ll144-markdown")
    assert text.count("not stated") == 5
    assert "left out" not in text
    assert "| Female × Nat. Am. | 17 | 7 | 41.2 % | 0.789 |" in text


@pytest.mark.parametrize(("origin", "says"), [("test", "Test data: "), ("synthetic", "no person was assessed")])
def test_test_data_come_with_their_reasons(city: tuple[GroupCounts, ...], origin: str, says: str) -> None:
    data = {"origin": origin, "why_not_historical": "The tool is new", "generation": "Drawn at random"}
    text = export(audit_counts(city, statement={"data": data}), "ll144-markdown")
    assert says in text
    assert "Why historical data were not used: The tool is new" in text
    assert "How the test data were generated and obtained: Drawn at random" in text
    assert "generated and obtained" not in export(audit_counts(city), "ll144-markdown")


def _scored(**statement: Any) -> AuditReport:
    rng = np.random.default_rng(2)
    score = rng.integers(0, 9, 400)
    return audit_predictions(
        None, (score > 4).astype(int), y_score=score, missing="unknown", regimes="us-nyc-ll144", statement=statement,
        sensitive_features={"sex": rng.choice(["F", "M"], 400), "race": rng.choice(["A", "B"], 400)},
    )  # fmt: skip


def test_a_tool_that_scores_has_scoring_rates_alone() -> None:
    text = export(_scored(decision={"kind": "score"}), "ll144-markdown")
    assert text.count("Scoring rate by") == 3
    assert "Selection rate" not in text
    assert "The median of all 400 scores is 4; " in text
    assert re.search(r"\d+ in the table lie exactly at it and do not count as above", text)
    assert "Scoring rate" not in export(_scored(decision={"kind": "selection"}), "ll144-markdown")
    assert export(_scored(), "ll144-markdown").count("rate by") == 6


def test_the_csv_holds_the_same_tables(example: AuditReport) -> None:
    rows = list(csv.DictReader(io.StringIO(export(example, "ll144-csv"), newline=""), strict=True))
    assert len(rows) == 2 + 7 + 14 + 3
    female = next(row for row in rows if row["category"] == "Female")
    assert (female["applicants"], female["favorable"]) == ("1181", "555")
    assert float(female["impact_ratio"]) == pytest.approx(0.979337, abs=1e-6)
    assert [row["applicants"] for row in rows if row["category"] == "unknown"] == ["250", "237", "250"]
    assert {row["category"] for row in rows if row["left_out"] == "yes" and not row["impact_ratio"]} == {
        "Nat. Am.", "Male × Nat. Am.", "Female × NHPI", "Female × Nat. Am.",
    }  # fmt: skip


def test_the_page_is_short_and_inert(example: AuditReport, parse: Callable[[str], Any]) -> None:
    html = export(example, "ll144-summary")
    found = parse(html)
    assert len(html) < 20_000
    assert found.tags.count("h1") == 1
    assert found.tags.count("table") == found.tags.count("caption") == 3
    assert not {"script", "img", "link"} & set(found.tags)
    hostile = {"system": {"name": "<script>x</script>"}, "data": {"source": "\u202e<img src=x>"}}
    page = parse(export(audit_counts(example.tables, statement=hostile), "ll144-summary"))
    assert not {"script", "img"} & set(page.tags)


def test_formulas_in_categories_are_inert() -> None:
    sex = np.repeat(["=1+1", "@SUM(A1)", "+2"], 20)
    report = audit_predictions(None, np.tile([0, 1], 30), sensitive_features={"sex": sex})
    cells = [row["category"] for row in csv.DictReader(io.StringIO(export(report, "ll144-csv"), newline=""))]
    assert cells == ["'+2", "'=1+1", "'@SUM(A1)", "unknown"]
