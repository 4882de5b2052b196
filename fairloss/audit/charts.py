"""Charts as static SVG: forest, dots, dumbbell and frontier; no script, readable in print and without color."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from fairloss.audit.templating import template
from fairloss.audit.wording import display

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["Line", "Mark", "Pair", "Point", "dots", "dumbbell", "forest", "frontier"]

WIDTH = 880
_LABELS, _TEXTS, _ROW, _TOP, _BOTTOM, _GAP = 200, 270, 26, 40, 34, 14
_LETTER = 6.3
"""The mean width of a letter at the 12 px of the charts, on the safe side."""

Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of a forest or a dot plot: an estimate with its interval; nothing is drawn where the value is NaN.

    Parameters
    ----------
    label : str
        The name on the left.
    value, low, high : float
        Estimate and interval.
    text : str
        The numbers on the right, e.g. ``"12 of 40 · 0.50 (0.29 to 0.79)"``.
    size : float
        Between 0 and 1: how large the mark is drawn (more people, larger mark).
    hollow : bool
        Draw an open mark: chance is a sufficient explanation, or nothing is resolved.
    """

    label: str
    value: float
    low: float
    high: float
    text: str = ""
    size: float = 0.5
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a dumbbell: a value before and after."""

    label: str
    before: float
    after: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One candidate on a frontier: a gap and a performance, both as shares.

    Parameters
    ----------
    label : str
        Its name; short names are drawn where there is room.
    gap, performance : float
        Where it stands.
    kind : {"candidate", "before", "chosen"}
        How it is drawn.
    """

    label: str
    gap: float
    performance: float
    kind: Literal["candidate", "before", "chosen"] = "candidate"


@dataclass(frozen=True, slots=True)
class Line:
    """A marked value on an axis with its name."""

    value: float
    label: str


def forest(
    marks: Sequence[Mark],
    *,
    title: str,
    description: str = "",
    lines: Sequence[Line] = (Line(0.8, "0.8"), Line(1.0, "1")),
) -> Markup:
    """Draw ratios with their intervals on a logarithmic axis.

    Parameters
    ----------
    marks : sequence of Mark
        Positive values; an interval that reaches beyond the axis ends in an arrow.
    title, description : str
        What a screen reader says; also shown when pointed at.
    lines : sequence of Line
        Marked values, such as four-fifths and equality.

    Examples
    --------
    >>> svg = forest([Mark("women", 0.98, 0.90, 1.06, "555 of 1,181")], title="Selection ratios")
    >>> str(svg).startswith("<svg")
    True
    """
    seen = [v for m in marks for v in (m.low, m.value, m.high) if math.isfinite(v) and v > 0]
    reach = [line.value for line in lines] + seen
    lowest, highest = max(min([*reach, 0.7]) / 1.08, 0.05), min(max([*reach, 1.1]) * 1.08, 20.0)
    span = math.log(highest / lowest)

    def place(value: float) -> float:
        share = math.log(min(max(value, lowest), highest) / lowest) / span if value > 0 else 0.0
        return _LABELS + _GAP + share * _plot_width()

    candidates = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 6, 10, 20)
    ticks = _thin([(place(v), f"{v:g}") for v in candidates if lowest <= v <= highest])
    inside = (lowest, highest)
    return _render("rows", marks, place, ticks, lines, inside, title=title, description=description, shape="square")


def dots(
    marks: Sequence[Mark], *, title: str, description: str = "", lines: Sequence[Line] = (), percent: bool = True
) -> Markup:
    """Draw rates with their intervals on a linear axis from 0.

    Parameters
    ----------
    marks : sequence of Mark
        One per group.
    title, description : str
        What a screen reader says.
    lines : sequence of Line
        Marked values, such as the rate over all groups.
    percent : bool
        Label the axis in percent.

    Examples
    --------
    >>> svg = dots([Mark("women", 0.47, 0.44, 0.50)], title="Selection rate by sex")
    >>> "<title>Selection rate by sex</title>" in str(svg)
    True
    """
    seen = [v for m in marks for v in (m.low, m.value, m.high) if math.isfinite(v)] + [line.value for line in lines]
    highest = max(seen, default=1.0)
    place, ticks, top = _linear(highest, percent, cap=1.0 if percent else math.inf)
    return _render("rows", marks, place, ticks, lines, (0.0, top), title=title, description=description, shape="dot")


def dumbbell(
    pairs: Sequence[Pair],
    *,
    title: str,
    description: str = "",
    names: tuple[str, str] = ("before", "after"),
    lines: Sequence[Line] = (),
    percent: bool = True,
) -> Markup:
    """Draw each row's value before (open circle) and after (filled diamond), joined by a line.

    Parameters
    ----------
    pairs : sequence of Pair
        One per group or per gap.
    title, description : str
        What a screen reader says.
    names : (str, str)
        What the two moments are called.
    lines : sequence of Line
        Marked values, such as a tolerance.
    percent : bool
        Label the axis in percent.

    Examples
    --------
    >>> svg = dumbbell([Pair("sex", 0.18, 0.03)], title="Gaps before and after")
    >>> "before" in str(svg)
    True
    """
    seen = [v for p in pairs for v in (p.before, p.after) if math.isfinite(v)] + [line.value for line in lines]
    place, ticks, top = _linear(max(seen, default=1.0), percent, cap=math.inf)
    shown = tuple(display(name, 24) for name in names)
    return _render(
        "pairs", pairs, place, ticks, lines, (0.0, top), title=title, description=description, names=shown
    )


def frontier(
    points: Sequence[Point],
    *,
    title: str,
    description: str = "",
    gap_name: str = "gap",
    performance_name: str = "accuracy",
    tolerance: float | None = None,
    constant: float | None = None,
) -> Markup:
    """Draw performance against gap for every candidate.

    Parameters
    ----------
    points : sequence of Point
        Those without a finite position are left out (the table behind the chart lists them).
    title, description : str
        What a screen reader says.
    gap_name, performance_name : str
        The names of the axes.
    tolerance : float, optional
        The gap that was asked for: a vertical line.
    constant : float, optional
        The performance of the best constant decision: a horizontal line. What does not lie above it is of no use.

    Examples
    --------
    >>> svg = frontier([Point("baseline", 0.18, 0.85, "before"), Point("tuned", 0.04, 0.84, "chosen")], title="Tried")
    >>> "baseline" in str(svg)
    True
    """
    drawn = [point for point in points if math.isfinite(point.gap) and math.isfinite(point.performance)]
    left, right, top, bottom = 70.0, WIDTH - 20.0, 24.0, 330.0
    gaps = [point.gap for point in drawn] + ([tolerance] if tolerance is not None else [])
    heights = [point.performance for point in drawn] + ([constant] if constant is not None else [])
    x_ticks = _steps(0.0, max([*gaps, 0.01]) * 1.12)
    pad = max((max(heights, default=1.0) - min(heights, default=0.0)) * 0.15, 0.005)
    y_ticks = _steps(min(heights, default=0.0) - pad, max(heights, default=1.0) + pad)

    def across(value: float) -> float:
        return left + (value - x_ticks[0]) / (x_ticks[-1] - x_ticks[0]) * (right - left)

    def up(value: float) -> float:
        return bottom - (value - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (bottom - top)

    spots = [(across(point.gap), up(point.performance), point) for point in drawn]
    order = {"chosen": 0, "before": 1, "candidate": 2}
    spots.sort(key=lambda spot: order[spot[2].kind])
    return template("charts.svg.jinja").frontier(
        width=WIDTH,
        height=bottom + 46,
        box=(left, top, right, bottom),
        x_ticks=[(across(value), _percent_label(value, x_ticks)) for value in x_ticks],
        y_ticks=[(up(value), _percent_label(value, y_ticks)) for value in y_ticks],
        spots=_labelled(spots, (left, top, right, bottom)),
        tolerance=None if tolerance is None else (across(tolerance), f"tolerance {100 * tolerance:g} points"),
        constant=None if constant is None else (up(constant), f"best constant decision {100 * constant:.1f} %"),
        axes=(gap_name, performance_name),
        title=title,
        description=description,
    )


def _render(
    macro: str,
    rows: Sequence[Any],
    place: Scale,
    ticks: list[tuple[float, str]],
    lines: Sequence[Line],
    inside: tuple[float, float],
    **rest: Any,
) -> Markup:
    """Fill the macro that draws one row per item: labels on the left, the plot, texts on the right."""
    low, high = inside
    bottom = _TOP + _ROW * max(len(rows), 1)
    texts = WIDTH - _TEXTS
    render: Markup = getattr(template("charts.svg.jinja"), macro)(
        width=WIDTH,
        height=bottom + _BOTTOM,
        left=_LABELS + _GAP,
        right=texts - _GAP,
        texts=texts,
        top=_TOP,
        bottom=bottom,
        row_height=_ROW,
        rows=[(row, _TOP + _ROW * place_in + _ROW / 2) for place_in, row in enumerate(rows)],
        labels=[fit(row.label, _LABELS) for row in rows],
        sides=[fit(row.text, _TEXTS) for row in rows],
        place=place,
        ticks=ticks,
        lines=_line_labels([(place(line.value), line.label) for line in lines if low <= line.value <= high]),
        finite=math.isfinite,
        inside=inside,
        **rest,
    )
    return render


def fit(text: str, width: float) -> str:
    """Cut a text to a width in pixels; wide signs count double."""
    shown, used = "", 0.0
    clean = display(text) if text else ""
    for sign in clean:
        used += _LETTER * (2 if unicodedata.east_asian_width(sign) in "WF" else 1)
        if used > width - _LETTER:
            return shown.rstrip() + "…"
        shown += sign
    return shown


def _plot_width() -> float:
    return WIDTH - _TEXTS - _LABELS - 2 * _GAP


def _linear(highest: float, percent: bool, cap: float) -> tuple[Scale, list[tuple[float, str]], float]:
    values = _steps(0.0, min(max(highest, 1e-6) * 1.05, max(cap, highest)))
    top = values[-1]

    def place(value: float) -> float:
        return _LABELS + _GAP + min(max(value, 0.0), top) / top * _plot_width()

    labels = [_percent_label(value, values) if percent else f"{value:g}" for value in values]
    return place, [(place(value), label) for value, label in zip(values, labels, strict=True)], top


def _steps(low: float, high: float) -> list[float]:
    """Give round values that cover low to high, about five of them."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def _percent_label(value: float, values: Sequence[float]) -> str:
    step = 100 * min(b - a for a, b in pairwise(values))
    digits = 0 if step >= 1 and float(round(step, 6)).is_integer() else max(1, -math.floor(math.log10(step)))
    return f"{100 * value:.{digits}f} %".replace("-", "−")


def _thin(ticks: list[tuple[float, str]], least: float = 34) -> list[tuple[float, str]]:
    """Drop ticks that would touch; equality stays."""
    kept: list[tuple[float, str]] = [tick for tick in ticks if tick[1] == "1"]
    for tick in ticks:
        if all(abs(tick[0] - other[0]) >= least for other in kept):
            kept.append(tick)
    return sorted(kept)


def _line_labels(lines: list[tuple[float, str]]) -> list[tuple[float, str, int]]:
    """Give each line a height for its label, so that neighbors do not touch."""
    placed: list[tuple[float, str, int]] = []
    for x, label in sorted(lines):
        width = _LETTER * len(label)
        crowded = any(level == 0 and abs(x - other) < (width + _LETTER * len(text)) / 2 for other, text, level in placed)
        placed.append((x, label, 1 if crowded else 0))
    return placed


Spot = tuple[float, float, Point]


def _labelled(
    spots: list[Spot], box: tuple[float, float, float, float]
) -> list[tuple[float, float, Point, tuple[float, float, str, str] | None]]:
    """Place a name beside each point where there is room, the chosen one first; the others keep their table row."""
    taken = [(x - 7, y - 7, x + 7, y + 7) for x, y, _ in spots]
    result = []
    for x, y, point in spots:
        text = fit(point.label, 200)
        width = _LETTER * len(text)
        places = [
            (x + 11, y + 4, "start", (x + 10, y - 8, x + 12 + width, y + 8)),
            (x - 11, y + 4, "end", (x - 12 - width, y - 8, x - 10, y + 8)),
            (x, y - 12, "middle", (x - width / 2, y - 24, x + width / 2, y - 8)),
            (x, y + 21, "middle", (x - width / 2, y + 9, x + width / 2, y + 25)),
        ]
        free = next((p for p in places if _inside(p[3], box) and not any(_touch(p[3], t) for t in taken)), None)
        if free is not None:
            taken.append(free[3])
        result.append((x, y, point, None if free is None else (free[0], free[1], free[2], text)))
    return result


Box = tuple[float, float, float, float]


def _inside(inner: Box, outer: Box) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
