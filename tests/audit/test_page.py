"""The page: well-formed, inert, accessible, self-contained, and without a word that promises too much."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from fairloss.audit import (
    AuditReport,
    Line,
    Mark,
    Pair,
    Point,
    Section,
    audit_counts,
    audit_data,
    compare_predictions,
    dots,
    dumbbell,
    forest,
    frontier,
    lint,
    page,
)
from fairloss.audit.charts.scales import fit, steps
from fairloss.audit.wording import display
from fairloss.notions import NOTIONS, GroupCounts, Grouping

Parse = Callable[[str], Any]


def test_hostile_names_are_inert(hostile: AuditReport, parse: Parse) -> None:
    html = hostile.to_html()
    found = parse(html)
    assert not {"script", "img", "b", "i", "iframe", "object"} & set(found.tags)
    assert not [name for _, name, _ in found.attributes if name.startswith("on") or name in ("src", "srcset")]
    assert "\u202e" not in html
    assert found.tags.count("style") == 1
    text = "".join(found.texts)
    assert "<script>alert(1)</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert "49" not in re.findall(r"code. \*bold\* (\d+)", text)
    assert "x" * 500 in text
    assert "‹U+202E›" in text
    assert "(empty)" in text


def test_hostile_names_stay_inside_their_markdown_cell(hostile: AuditReport) -> None:
    lines = [line for line in hostile.to_markdown().splitlines() if line.startswith("|")]
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
    heads = [place for place, line in enumerate(lines) if set(line) <= set("|-: ")]
    for start, stop in zip(heads, [*heads[1:], len(lines) + 1], strict=True):
        assert len(set(widths[start - 1 : stop - 1])) == 1
    assert not re.search(r"(?<!\\)<", hostile.to_markdown())


def test_the_page_is_one_file_without_script_or_network(report: AuditReport, parse: Parse) -> None:
    html = report.to_html()
    found = parse(html)
    assert not {"script", "link", "iframe", "img", "object"} & set(found.tags)
    assert all(value.startswith("#") for _, name, value in found.attributes if name == "href")
    assert "http" not in html
    assert "@import" not in html
    assert "url(" not in html
    assert len(html.encode()) < 300_000


def test_the_page_can_be_read_by_everybody(report: AuditReport, parse: Parse) -> None:
    found = parse(report.to_html())
    assert ("html", "lang", "en") in found.attributes
    assert found.tags.count("h1") == 1
    levels = [int(tag[1]) for tag in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for landmark in ("header", "main", "nav", "footer"):
        assert found.tags.count(landmark) == 1
    assert len(found.ids) == len(set(found.ids))
    anchors = [value[1:] for tag, name, value in found.attributes if (tag, name) == ("a", "href")]
    labels = [value for _, name, value in found.attributes if name == "aria-labelledby"]
    assert set(anchors + labels) <= set(found.ids)
    assert anchors[0] == "content"
    assert found.tags.count("table") == found.tags.count("caption")
    charts = found.tags.count("svg")
    assert charts > 10
    assert [a for a in found.attributes if a == ("svg", "role", "img")] == [("svg", "role", "img")] * charts
    assert found.tags.count("title") == charts + 1
    assert found.tags.count("desc") == charts
    assert {value for tag, name, value in found.attributes if (tag, name) == ("th", "scope")} == {"col", "row"}


def test_every_number_of_a_chart_is_in_a_table(report: AuditReport) -> None:
    html = report.to_html()
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        for text in re.findall(r"(\d+ of \d+) ·", svg):
            assert f">{text}<" in html


def test_no_generated_text_promises_too_much(
    report: AuditReport, hostile: AuditReport, people: dict[str, Any], parse: Parse
) -> None:
    table = {"sex": people["sex"], "race": people["race"], "good": people["label"], "hole": [None, 1] * 1500}
    features = {"sex": people["sex"], "race": people["race"]}
    pages = [
        report.to_html(),
        report.to_markdown(),
        audit_data(table, label="good", sensitive="race").to_html(),
        compare_predictions(None, people["decision"], 1 - people["decision"], sensitive_features=features).to_html(),
        audit_counts(report.tables, notions=NOTIONS, reference="largest").to_html(),
        hostile.to_html(),
    ]
    for text in pages:
        assert lint(text) == []
    assert lint("This model passes and is guaranteed fair.") == ["passes", "guaranteed", "fair"]


@pytest.mark.parametrize("groups", [2, 60])
def test_few_and_many_groups_fit(groups: int, parse: Parse) -> None:
    rng = np.random.default_rng(0)
    names = tuple((f"race {i // 6}", f"age band number {i % 6}") for i in range(groups))
    counts = GroupCounts(rng.integers(1, 90, (groups, 2, 2)), grouping=Grouping(("race", "age"), names))
    html = audit_counts(counts).to_html()
    found = parse(html)
    boxes = [value for tag, name, value in found.attributes if (tag, name) == ("svg", "viewbox")]
    assert all(float(box.split()[3]) <= 26 * 24 + 74 for box in boxes)
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())
        for x, y in re.findall(r'<(?:text|circle|rect)[^>]* c?x="(-?[\d.]+)" c?y="(-?[\d.]+)"', svg):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
    assert len(html.encode()) < 300_000


def test_charts_leave_out_what_is_undefined_and_mark_what_goes_on() -> None:
    marks = [Mark("none", np.nan, np.nan, np.nan, "undefined"), Mark("far", 0.5, 0.0, 90.0, hollow=True)]
    svg = forest(marks, title="t")
    assert svg.count("<rect") == 1
    assert svg.count("l-7 4l7 4") == 1
    assert svg.count("l7 4l-7 4") == 1
    assert "hollow" in svg
    assert dots([], title="nothing").count("<circle") == 0
    assert "after" in dumbbell([Pair("a", np.nan, 0.1)], title="t")


def test_a_forest_has_its_marks_in_order_on_a_logarithmic_axis() -> None:
    svg = forest([Mark(str(v), v, v * 0.9, v * 1.1, size=0) for v in (0.25, 0.5, 1.0, 2.0)], title="t")
    at = [float(x) for x in re.findall(r'<rect x="([\d.]+)"', svg)]
    assert np.diff(at) == pytest.approx([np.diff(at)[0]] * 3, abs=0.2)


def test_a_frontier_names_the_chosen_point_and_its_lines() -> None:
    points = [Point("baseline", 0.18, 0.85, "before"), Point("chosen one", 0.02, 0.84, "chosen")]
    points += [Point(f"candidate {i}", 0.02 + i / 1e4, 0.84, "candidate") for i in range(9)]
    points.append(Point("undefined", np.nan, 0.8))
    svg = frontier(points, title="t", tolerance=0.03, constant=0.76)
    assert "chosen one" in svg
    assert "tolerance 3 points" in svg
    assert "best constant decision 76.0 %" in svg
    assert svg.count("candidate") >= 9
    assert "undefined" not in svg
    boxes = re.findall(r'<text class="label[^"]*" x="([\d.]+)" y="([\d.]+)" text-anchor="(?:start|end|middle)">c', svg)
    assert len(boxes) == len(set(boxes))


def test_a_page_is_made_of_sections(parse: Parse) -> None:
    chart = dots([Mark("a", 0.5, 0.4, 0.6)], title="A < B", lines=[Line(0.5, "all")])
    assert "A &lt; B" in chart
    inner = Section("Inner", ("A & B",), facts=(("Rows", "<5"),), findings=("One.",))
    found = parse(
        page("T", [Section("One", sections=(inner,)), Section("Two"), Section("Three")], created="2026-11-21")
    )
    text = "".join(found.texts)
    assert "A & B" in text
    assert "<5" in text
    assert "2026-11-21" in text
    assert found.tags.count("h3") == 1


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 0.013), (0.81, 0.86), (0.0, 7300.0), (-0.2, 0.3)])
def test_axis_steps_are_round_and_cover(low: float, high: float) -> None:
    values = steps(low, high)
    assert values[0] <= low + 1e-9
    assert values[-1] >= high - 1e-9
    assert 3 <= len(values) <= 7
    digits = {f"{b - a:.1e}"[0:3] for a, b in pairwise(values)}
    assert digits <= {"1.0", "2.0", "2.5", "5.0"}


def test_names_are_cut_to_their_width() -> None:
    assert fit("short", 100) == "short"
    assert fit("x" * 500, 100).endswith("…")
    assert len(fit("漢" * 50, 100)) < len(fit("x" * 50, 100))
    assert display("\ud800") == "‹U+D800›"
