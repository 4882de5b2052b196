"""Charts with one row per group as static SVG: no script, readable in print and without color."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fairloss.audit.scales import LETTER, WIDTH, fit, percent_labels, steps
from fairloss.audit.templating import template
from fairloss.audit.wording import display

__all__ = ["SELECTION_LINES", "Line", "Mark", "Pair", "dots", "dumbbell", "forest"]

_LABELS, _TEXTS, _ROW, _TOP, _BOTTOM, _GAP = 200, 270, 26, 40, 34, 14

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
class Line:
    """A marked value on an axis with its name."""

    value: float
    label: str


SELECTION_LINES = (Line(0.8, "0.8"), Line(1.0, "1"))
"""Four-fifths, a mark for selection ratios only, and equality."""


def forest(
    marks: Sequence[Mark],
    *,
    title: str,
    description: str = "",
    lines: Sequence[Line] = SELECTION_LINES,
) -> str:
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
) -> str:
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
) -> str:
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
    shown = tuple(display(name, 60) for name in names)
    return _render("pairs", pairs, place, ticks, lines, (0.0, top), title=title, description=description, names=shown)


def _render(
    macro: str,
    rows: Sequence[Any],
    place: Scale,
    ticks: list[tuple[float, str]],
    lines: Sequence[Line],
    inside: tuple[float, float],
    **rest: Any,
) -> str:
    """Fill the macro that draws one row per item: labels on the left, the plot, texts on the right."""
    low, high = inside
    bottom = _TOP + _ROW * max(len(rows), 1)
    texts = WIDTH - _TEXTS
    render: str = getattr(template("charts.svg.jinja"), macro)(
        width=WIDTH,
        height=bottom + _BOTTOM,
        left=_LABELS + _GAP,
        right=texts - _GAP,
        texts=texts,
        top=_TOP,
        bottom=bottom,
        row_height=_ROW,
        rows=[(row, _TOP + _ROW * place_in + _ROW / 2) for place_in, row in enumerate(rows)],
        labels=[fit(row.label, 0.9 * _LABELS) for row in rows],
        sides=[fit(row.text, _TEXTS) for row in rows],
        place=place,
        ticks=ticks,
        lines=_line_labels([(place(line.value), line.label) for line in lines if low <= line.value <= high]),
        finite=math.isfinite,
        inside=inside,
        **rest,
    )
    return render


def _plot_width() -> float:
    return WIDTH - _TEXTS - _LABELS - 2 * _GAP


def _linear(highest: float, percent: bool, cap: float) -> tuple[Scale, list[tuple[float, str]], float]:
    values = steps(0.0, min(max(highest, 1e-6) * 1.05, max(cap, highest)))
    top = values[-1]

    def place(value: float) -> float:
        return _LABELS + _GAP + min(max(value, 0.0), top) / top * _plot_width()

    labels = percent_labels(values) if percent else [f"{value:g}" for value in values]
    return place, [(place(value), label) for value, label in zip(values, labels, strict=True)], top


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
        width = LETTER * len(label)
        crowded = any(level == 0 and abs(x - other) < (width + LETTER * len(text)) / 2 for other, text, level in placed)
        placed.append((x, label, 1 if crowded else 0))
    return placed
