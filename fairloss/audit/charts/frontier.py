"""Performance against gap for every candidate that was tried, as static SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fairloss.audit.charts.scales import LETTER, WIDTH, fit, percent_labels, steps
from fairloss.audit.templating import template

__all__ = ["Point", "frontier"]


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
    gap_ends, performance_ends : (float, float)
        Intervals, drawn as a cross; NaN where there are none.
    """

    label: str
    gap: float
    performance: float
    kind: Literal["candidate", "before", "chosen"] = "candidate"
    gap_ends: tuple[float, float] = (math.nan, math.nan)
    performance_ends: tuple[float, float] = (math.nan, math.nan)


def frontier(
    points: Sequence[Point],
    *,
    title: str,
    description: str = "",
    gap_name: str = "gap",
    performance_name: str = "accuracy",
    tolerance: float | None = None,
    constant: float | None = None,
) -> str:
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
    gaps = [end for point in drawn for end in (point.gap, *_known(point.gap_ends))]
    heights = [end for point in drawn for end in (point.performance, *_known(point.performance_ends))]
    gaps += [] if tolerance is None else [tolerance]
    heights += [] if constant is None else [constant]
    widest = max([*gaps, 0.01]) * 1.12
    pad = max((max(heights, default=1.0) - min(heights, default=0.0)) * 0.15, 0.005)
    lowest, highest = min(heights, default=0.0) - pad, max(heights, default=1.0) + pad
    x_ticks = [value for value in steps(0.0, widest, parts=6) if value <= widest]
    y_ticks = [value for value in steps(lowest, highest, parts=6) if lowest <= value <= highest]

    def across(value: float) -> float:
        return left + max(value, 0.0) / widest * (right - left)

    def up(value: float) -> float:
        return bottom - (value - lowest) / (highest - lowest) * (bottom - top)

    spots = [(across(point.gap), up(point.performance), point) for point in drawn]
    order = {"chosen": 0, "before": 1, "candidate": 2}
    spots.sort(key=lambda spot: order[spot[2].kind])
    lines = [] if tolerance is None else [(across(tolerance) - 2, top, across(tolerance) + 2, bottom)]
    lines += [] if constant is None else [(left, up(constant) - 2, right, up(constant) + 2)]
    crosses = [
        (x, y, [across(end) for end in _known(point.gap_ends)], [up(end) for end in _known(point.performance_ends)])
        for x, y, point in spots
    ]
    svg: str = template("charts/frontier.svg.jinja").frontier(
        width=WIDTH,
        height=bottom + 46,
        box=(left, top, right, bottom),
        x_ticks=list(zip(map(across, x_ticks), percent_labels(x_ticks), strict=True)),
        y_ticks=list(zip(map(up, y_ticks), percent_labels(y_ticks), strict=True)),
        spots=_labelled(spots, (left, top, right, bottom), lines, _bars(crosses)),
        crosses=crosses,
        tolerance=None if tolerance is None else (across(tolerance), f"tolerance {100 * tolerance:g} points"),
        constant=None if constant is None else (up(constant), f"best constant decision {100 * constant:.1f} %"),
        axes=(gap_name, performance_name),
        title=title,
        description=description,
    )
    return svg


Box = tuple[float, float, float, float]
Spot = tuple[float, float, Point]


def _known(ends: tuple[float, float]) -> tuple[float, ...]:
    return ends if all(map(math.isfinite, ends)) else ()


def _bars(crosses: list[tuple[float, float, list[float], list[float]]]) -> list[Box]:
    """Give the room that crosses take, so that no name is written across them."""
    wide = [(ends[0], y - 1, ends[1], y + 1) for _, y, ends, _ in crosses if ends]
    return wide + [(x - 1, ends[1], x + 1, ends[0]) for x, _, _, ends in crosses if ends]


def _labelled(
    spots: list[Spot], box: Box, lines: list[Box], bars: list[Box]
) -> list[tuple[float, float, Point, tuple[float, float, str, str] | None]]:
    """Place a name beside each point where there is room, the chosen one first; the others keep their table row."""
    taken = [(x - 7, y - 7, x + 7, y + 7) for x, y, _ in spots] + bars
    result = []
    for x, y, point in spots:
        text = fit(point.label, 200)
        width = LETTER * len(text)
        places = [
            (x + 11, y + 4, "start", (x + 10, y - 8, x + 12 + width, y + 8)),
            (x - 11, y + 4, "end", (x - 12 - width, y - 8, x - 10, y + 8)),
            (x, y - 12, "middle", (x - width / 2, y - 24, x + width / 2, y - 8)),
            (x, y + 21, "middle", (x - width / 2, y + 9, x + width / 2, y + 25)),
            (x + 9, y - 9, "start", (x + 8, y - 21, x + 10 + width, y - 7.5)),
        ]
        # A candidate's name gives way to the lines; the two that matter are written across them if need be.
        blocked = [taken + lines] + ([taken] if point.kind != "candidate" else [])
        free = next((p for full in blocked for p in places if _is_free(p[3], box, full)), None)
        if free is not None:
            taken.append(free[3])
        result.append((x, y, point, None if free is None else (free[0], free[1], free[2], text)))
    return result


def _is_free(box: Box, outer: Box, taken: list[Box]) -> bool:
    inside = box[0] >= outer[0] and box[1] >= outer[1] and box[2] <= outer[2] and box[3] <= outer[3]
    return inside and not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
    )
