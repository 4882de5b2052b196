"""The charts: values stand where they should, nothing rests on color alone, names are harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fairloss.audit
from fairloss.audit.charts import (
    MOST_SERIES,
    Calibration,
    Mark,
    Point,
    Roc,
    Slope,
    Stratum,
    Sweep,
    Window,
    calibration,
    distributions,
    dots,
    forest,
    frontier,
    funnel,
    null_strip,
    ribbon,
    roc,
    strata_dots,
    sweep,
)
from fairloss.audit.charts.axes import number_axis, ratio_axis, share_axis
from fairloss.audit.charts.plane import Axis, Series, draw_plane, legend

NAN = float("nan")
BAD = '<script>"&'
STYLE = (Path(fairloss.audit.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
CHARTS: dict[str, Callable[[str, str], str]] = {
    "forest": lambda title, name: forest([Mark(name, 0.8, 0.7, 0.9, name)], title=title, description=name),
    "dots": lambda title, name: dots([Mark(name, 0.8, 0.7, 0.9, name)], title=title, description=name),
    "funnel": lambda title, name: funnel([Slope(name, ((0.9, 0.8, 1), (0.8, 0.7, 1)))], [name, "b"], title=title),
    "sweep": lambda title, name: sweep(
        [Sweep(name, [0.2, 0.5], [0.9, 0.8], [0.8, 0.6], [1, 1.1])], [0, 1], [3], title=title
    ),
    "distributions": lambda title, name: distributions([(name, [0, 1], [0, 1])], title=title),
    "calibration": lambda title, name: calibration([Calibration(name, ((0.2, 0.3, 0.2, 0.4),))], title=title),
    "roc": lambda title, name: roc([Roc(name, [0, 1], [0, 1], (0.2, 0.6))], title=title),
    "null strip": lambda title, name: null_strip([0.8, 0.9], 0.85, title=title, description=name),
    "strata": lambda title, name: strata_dots([Stratum(name, ((0.3, 0.2, 0.4),))], [name], title=title),
    "frontier": lambda title, name: frontier(
        [Point(name, 0.1, 0.8, "chosen", (0.05, 0.15), (0.75, 0.85)), Point("b", 0.2, 0.9)], title=title
    ),
    "ribbon": lambda title, name: ribbon([Window(name, 0.9, 0.8, 1.1), Window("2", 0.7, 0.5, 0.79, True)], title=title),
}


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_is_an_image_with_a_title_and_its_names_are_inert(kind: str, parse: Callable[[str], Any]) -> None:
    svg = CHARTS[kind](BAD, BAD)
    found = parse(svg)
    assert ("svg", "role", "img") in found.attributes
    assert found.tags.count("title") == 1
    assert "script" not in found.tags
    assert BAD[:7] in "".join(found.texts)
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())
    for x, y in re.findall(r'<(?:text|circle|rect)[^>]* c?x="(-?[\d.]+)" c?y="(-?[\d.]+)"', svg):
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= height
    for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", svg):
        assert -1 <= float(x) <= width
        assert -1 <= float(y) <= height


@pytest.mark.parametrize("kind", CHARTS)
def test_charts_hold_no_color_of_their_own(kind: str) -> None:
    """Colors come from the sheet, which has others for dark screens and for print."""
    assert not re.search(r"#[0-9a-fA-F]{3,8}|rgb\(|style=", CHARTS[kind]("t", "n"))


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2])
def test_every_color_of_a_series_stands_out_from_the_paper(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(blocks) == 3
    colors = dict(re.findall(r"--(\w+): (#\w{6})", blocks[scheme]))
    for code in range(MOST_SERIES):
        assert _contrast(colors[f"s{code}"], colors["paper"]) >= 3
    for text in ("ink", "soft", "link"):
        assert _contrast(colors[text], colors["paper"]) >= 4.5
        assert _contrast(colors[text], colors["stripe"]) >= 4.5


def test_series_differ_in_dash_and_shape_too() -> None:
    axis = Axis("a", 0, 1, ((0, "0"), (1, "1")))
    shapes = set()
    for code in range(MOST_SERIES):
        svg = draw_plane([Series("", [0.5], [0.5], kind="points", code=code)], axis, axis, title="t")
        sign = re.search(r'<(circle|path) class="sign s\d"( d="[^"]*")?', svg)
        shapes.add((sign[1], re.sub(r"[\d.]+", "", sign[2] or "")))
    assert len(shapes) == MOST_SERIES
    dashes = re.findall(r"svg \.curve\.s\d \{ stroke-dasharray: ([^;]+);", STYLE)
    assert len(set(dashes)) == len(dashes) == MOST_SERIES - 1


def test_the_area_of_a_square_is_proportional_to_the_people() -> None:
    svg = forest([Mark(str(size), 1, 0.9, 1.1, size=size) for size in (0.25, 0.5, 1.0)], title="t")
    areas = [float(side) ** 2 for side in re.findall(r'<rect[^>]*width="([\d.]+)"', svg)]
    assert areas == pytest.approx([49, 98, 196], rel=0.02)


def test_points_stand_at_their_values() -> None:
    axis = Axis("x", 0, 10, ())
    svg = draw_plane([Series("", [0, 5, 10], [0, 5, 10], kind="points")], axis, axis, title="t", height=200)
    at = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg)]
    assert [x for x, _ in at] == [70, 465, 860]
    assert np.diff([y for _, y in at]) == pytest.approx([-100, -100])


def test_a_value_that_is_not_known_interrupts_the_line_and_its_band() -> None:
    axis = Axis("x", 0, 4, ())
    y = [1, 2, NAN, 2, 1]
    svg = draw_plane([Series("", range(5), y, y, y)], axis, axis, title="t")
    assert re.search(r'class="curve s0" d="(M[^"M]*M[^"M]*)"', svg)
    assert re.search(r'class="band s0" d="(M[^"M]*zM[^"M]*z)"', svg)


def test_steps_hold_a_value_to_the_next() -> None:
    axis = Axis("x", 0, 2, ())
    svg = draw_plane([Series("", [0, 1, 2], [0, 1, 2], kind="steps")], axis, axis, title="t", height=100)
    path = re.search(r'class="curve s0" d="([^"]*)"', svg)[1]
    assert path == "M70 144h395v-50h395v-50"


def test_the_steps_of_a_line_end_where_its_last_value_lies() -> None:
    """Each step is rounded; a thousand of them do not drift, because corners are rounded before they are subtracted."""
    axis = Axis("x", 0, 1, ())
    y = np.random.default_rng(0).random(1001)
    svg = draw_plane([Series("", np.linspace(0, 1, 1001), y)], axis, axis, title="t", height=100)
    path = re.search(r'class="curve s0" d="([^"]*)"', svg)[1]
    at = np.array([float(one) for one in re.match(r"M([\d.]+) ([\d.]+)", path).groups()])
    for kind, first, second in re.findall(r"([lhv])(-?[\d.]+)(?: ?(-?[\d.]+))?", path):
        moved = {"l": (first, second or 0), "h": (first, 0), "v": (0, first)}[kind]
        at += [float(one) for one in moved]
    assert at == pytest.approx([860, 144 - 100 * y[-1]], abs=0.06)


def test_long_legends_take_more_rows() -> None:
    signs = legend(["a name of some length " * 2] * 6, left=70, top=14)
    assert len({y for _, y, _, _ in signs}) > 1
    assert max(x for x, _, _, _ in signs) < 880


def test_the_operating_point_and_the_bars_are_drawn() -> None:
    line = Sweep("w", [0.2, 0.5, 0.8], [0.9, 0.8, 0.7], [0.8, 0.6, 0.4], [1, 1.1, 1.2])
    svg = sweep([line], [0, 0.5, 1], [10, 30], title="t", operating=0.5)
    assert "in use: 0.5" in svg
    bars = re.search(r'class="bar s5" d="([^"]*)"', svg)[1]
    tops = [float(top) for top in re.findall(r"V([\d.]+)H", bars)]
    floor = float(re.search(r"M[\d.]+ ([\d.]+)V", bars)[1])
    assert (floor - tops[0]) / (floor - tops[1]) == pytest.approx(1 / 3, abs=0.01)


def test_the_null_strip_shows_shares_of_the_draws() -> None:
    svg = null_strip([0.95] * 30 + [0.75] * 10, 0.6, title="t")
    assert "75.0 %" in svg
    assert "observed 0.60" in svg


def test_the_ribbon_marks_alerts_and_shades_what_is_not_complete() -> None:
    windows = [Window(f"W{week}", 0.9, 0.7, 1.2, week == 3, week < 5) for week in range(8)]
    svg = ribbon([*windows, Window("gap", NAN, NAN, NAN)], title="t")
    assert svg.count('class="shade"') == 1
    assert svg.count("labels not complete") == 1
    assert svg.count('class="sign s1"') == 2  # the alert and its sign in the legend
    assert "alert" not in ribbon(windows[:2], title="t")
    assert svg.count('class="sign s0 hollow"') == 8


def test_intervals_of_a_candidate_are_a_cross_through_it() -> None:
    point = Point("a", 0.1, 0.8, gap_ends=(0.05, 0.15), performance_ends=(0.75, 0.85))
    svg = frontier([point, Point("b", 0.2, 0.9)], title="t")
    crosses = re.findall(r'class="cross" d="M([\d.]+) ([\d.]+)[HV]([\d.]+)"', svg)
    x, y = re.search(r'class="candidate" cx="([\d.]+)" cy="([\d.]+)" r="5"/>\s*<text[^>]*>a<', svg).groups()
    assert len(crosses) == 2
    assert crosses[0][1] == y
    assert crosses[1][0] == x
    assert (float(crosses[0][0]) + float(crosses[0][2])) / 2 == pytest.approx(float(x), abs=0.1)
    assert (float(crosses[1][1]) + float(crosses[1][2])) / 2 == pytest.approx(float(y), abs=0.1)


def test_a_stratum_without_a_group_leaves_it_out() -> None:
    rows = [Stratum("A", ((0.2, 0.1, 0.3), (NAN, NAN, NAN))), Stratum("all", ((0.2, 0.1, 0.3),) * 2, total=True)]
    svg = strata_dots(rows, ["w", "m"], title="t")
    assert svg.count('class="sign s1') == 2  # the pooled row and the legend
    assert svg.count("hollow") == 2


@pytest.mark.parametrize("seen", [[], [0.001, 30], [0.9, 1.1], [NAN]])
def test_axes_cover_what_they_must(seen: list[float]) -> None:
    axis = ratio_axis("r", seen)
    assert axis.low <= 0.7
    assert axis.high >= 1.25
    assert 1.0 in [value for value, _ in axis.ticks]
    assert all(axis.low <= value <= axis.high for value, _ in axis.ticks)
    assert share_axis("s").high == 1
    assert number_axis("n", 3, 3).high == 4
