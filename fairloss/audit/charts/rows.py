"""What charts with one row per group share: labels on the left, the plot, and the numbers on the right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fairloss.audit.charts.scales import LETTER, WIDTH, fit, percent_labels, steps
from fairloss.audit.templating import template

__all__ = ["Line", "Mark", "Scale", "Tick", "across", "draw_rows", "linear"]

_LABELS, _TEXTS, _ROW, _TOP, _BOTTOM, _GAP = 200, 270, 26, 40, 34, 14

Scale = Callable[[float], float]
Tick = tuple[float, str]


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
        Between 0 and 1, the people behind it over the most in any row: the area of the mark.
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
class Line:
    """A marked value on an axis with its name."""

    value: float
    label: str


def draw_rows(
    macro: str,
    rows: Sequence[Any],
    place: Scale,
    ticks: Sequence[Tick],
    lines: Sequence[Line],
    inside: tuple[float, float],
    *,
    top: float = _TOP,
    row_height: float = _ROW,
    **rest: Any,
) -> str:
    """Fill the macro that draws one row per item.

    Parameters
    ----------
    macro : str
        A macro of ``charts/rows.svg.jinja``.
    rows : sequence
        Items with a label and a text.
    place : callable
        From a value to its place on the axis, in pixels.
    ticks : sequence of (place, label)
        The axis.
    lines : sequence of Line
        Marked values; those off the axis are left out.
    inside : (float, float)
        The ends of the axis; an interval that reaches beyond ends in an arrow.
    top : float
        Where the first row begins.
    row_height : float
        The height of a row.
    **rest
        What the macro needs besides: title, description and more.
    """
    low, high = inside
    bottom = top + row_height * max(len(rows), 1)
    texts = WIDTH - _TEXTS
    render: str = getattr(template("charts/rows.svg.jinja"), macro)(
        width=WIDTH,
        height=bottom + _BOTTOM,
        left=_LABELS + _GAP,
        right=texts - _GAP,
        texts=texts,
        top=top,
        bottom=bottom,
        row_height=row_height,
        rows=[(row, top + row_height * (place_in + 0.5)) for place_in, row in enumerate(rows)],
        labels=[fit(row.label, 0.97 * _LABELS) for row in rows],
        sides=[fit(row.text, _TEXTS) for row in rows],
        place=place,
        ticks=ticks,
        lines=_line_labels([(place(line.value), line.label) for line in lines if low <= line.value <= high]),
        finite=math.isfinite,
        inside=inside,
        **rest,
    )
    return render


def across(share: float) -> float:
    """Give the place in pixels of a share of the axis, from 0 at its left end to 1 at its right end."""
    return _LABELS + _GAP + share * (WIDTH - _TEXTS - _LABELS - 2 * _GAP)


def linear(highest: float, *, percent: bool, cap: float = math.inf) -> tuple[Scale, list[Tick], float]:
    """Give a linear axis from 0 to a round value that covers the highest: its scale, its ticks and its end."""
    values = steps(0.0, min(max(highest, 1e-6) * 1.05, max(cap, highest)))
    end = values[-1]

    def place(value: float) -> float:
        return across(min(max(value, 0.0), end) / end)

    labels = percent_labels(values) if percent else [f"{value:g}" for value in values]
    return place, [(place(value), label) for value, label in zip(values, labels, strict=True)], end


def _line_labels(lines: list[Tick]) -> list[tuple[float, str, int]]:
    """Give each line a height for its label, so that neighbors do not touch."""
    placed: list[tuple[float, str, int]] = []
    for x, label in sorted(lines):
        width = LETTER * len(label)
        crowded = any(level == 0 and abs(x - other) < (width + LETTER * len(text)) / 2 for other, text, level in placed)
        placed.append((x, label, 1 if crowded else 0))
    return placed
