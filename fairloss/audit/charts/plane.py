"""Two axes and what is drawn between them: lines, bands, points, bars and marked values, as static SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from fairloss.audit.charts.scales import LETTER, WIDTH, fit
from fairloss.audit.templating import template

__all__ = ["MOST_SERIES", "Axis", "Rule", "Series", "draw_plane", "legend"]

MOST_SERIES = 6
"""Series that shapes, dashes and colors can tell apart."""

_LEFT, _RIGHT, _BOTTOM, _ROW = 70.0, WIDTH - 20.0, 46.0, 20.0
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Places = np.ndarray[Any, np.dtype[np.intp]]
Legend = list[tuple[float, float, int, str]]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    Parameters
    ----------
    name : str
        What it measures.
    low, high : float
        Its ends; what lies beyond is drawn at the end.
    ticks : tuple of (value, label)
        Where it is labelled.
    log : bool
        Whether it is logarithmic.
    """

    name: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def share(self, value: float) -> float:
        """Give where a value lies between the ends, from 0 to 1."""
        if self.log:
            return math.log(min(max(value, self.low), self.high) / self.low) / math.log(self.high / self.low)
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What belongs together: the values of one group.

    Parameters
    ----------
    label : str
        Its name in the legend; none where empty.
    x, y : array_like
        Its values; a value that is not finite interrupts the line.
    low, high : array_like
        Its intervals, as a band around a line and as whiskers at points.
    kind : {"line", "steps", "points", "both", "bars"}
        How it is drawn; steps hold each y from its x to the next, bars stand on the lower axis between neighbors of x.
    code : int
        Its color, dash and shape, from 0 to 5.
    hollow : tuple of int
        The places whose points are open.
    """

    label: str
    x: ArrayLike
    y: ArrayLike
    low: ArrayLike = ()
    high: ArrayLike = ()
    kind: Literal["line", "steps", "points", "both", "bars"] = "line"
    code: int = 0
    hollow: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A marked value on one axis with its name, or a shaded stretch of it.

    Parameters
    ----------
    axis : {"x", "y"}
        The axis.
    value : float
        The marked value, or where the stretch begins.
    label : str
        Its name.
    until : float
        Where the stretch ends; NaN for a line.
    """

    axis: Literal["x", "y"]
    value: float
    label: str = ""
    until: float = math.nan


def draw_plane(
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    *,
    title: str,
    description: str = "",
    rules: Sequence[Rule] = (),
    height: float = 330.0,
    strip: tuple[Series, Axis] | None = None,
) -> str:
    """Draw series between two axes.

    Parameters
    ----------
    series : sequence of Series
        What is drawn, the last one on top.
    x, y : Axis
        The axes.
    title, description : str
        What a screen reader says.
    rules : sequence of Rule
        Marked values.
    height : float
        Of the plane, in pixels of a chart that is 880 wide.
    strip : (Series, Axis), optional
        Bars in a strip beneath on the same x axis.

    Examples
    --------
    >>> axis = Axis("share", 0, 1, ((0, "0"), (1, "1")))
    >>> svg = draw_plane([Series("a", [0, 1], [0, 1])], axis, axis, title="A diagonal")
    >>> "<title>A diagonal</title>" in svg
    True
    """
    named = [one for one in series if one.label]
    signs = legend([one.label for one in named], left=_LEFT, top=14, codes=[one.code for one in named])
    top = max((sign[1] for sign in signs), default=-6.0) + 50
    box = (_LEFT, top, _RIGHT, top + height)
    drawn = [_shapes(one, _placer(x, y, box)) for one in series]
    beneath = None
    bottom = box[3]
    if strip is not None:
        under = (_LEFT, bottom + 24, _RIGHT, bottom + 94)
        ticks = [(_down(strip[1], under)(value), label) for value, label in strip[1].ticks]
        beneath = (_shapes(strip[0], _placer(x, strip[1], under)), under, strip[1].name, ticks)
        bottom = under[3]
    svg: str = template("charts/plane.svg.jinja").plane(
        width=WIDTH,
        height=bottom + _BOTTOM,
        box=box,
        bottom=bottom,
        x_ticks=[(_along(x, box)(value), label) for value, label in x.ticks],
        y_ticks=[(_down(y, box)(value), label) for value, label in y.ticks],
        axes=(fit(x.name, 700), fit(y.name, 700)),
        shapes=drawn,
        rules=[_rule(rule, x, y, box) for rule in rules if _is_on(rule, x, y)],
        legend=signs,
        strip=beneath,
        title=title,
        description=description,
    )
    return svg


def legend(names: Sequence[str], *, left: float, top: float, codes: Sequence[int] | None = None) -> Legend:
    """Give the place, the code and the name of each sign of a legend, in as many rows as the names need."""
    signs: Legend = []
    x, y = left, top
    for place, name in enumerate(names):
        text = fit(name, 240)
        width = 46 + LETTER * len(text)
        if signs and x + width > WIDTH - 10:
            x, y = left, y + _ROW
        signs.append((x, y, place if codes is None else codes[place], text))
        x += width
    return signs


Box = tuple[float, float, float, float]
Place = Callable[[float, float], tuple[float, float]]


def _along(axis: Axis, box: Box) -> Callable[[float], float]:
    return lambda value: box[0] + axis.share(value) * (box[2] - box[0])


def _down(axis: Axis, box: Box) -> Callable[[float], float]:
    return lambda value: box[3] - axis.share(value) * (box[3] - box[1])


def _placer(x: Axis, y: Axis, box: Box) -> Place:
    across, up = _along(x, box), _down(y, box)
    return lambda a, b: (across(a), up(b))


def _is_on(rule: Rule, x: Axis, y: Axis) -> bool:
    axis = x if rule.axis == "x" else y
    return axis.low <= rule.value <= axis.high or rule.until > axis.low


def _rule(rule: Rule, x: Axis, y: Axis, box: Box) -> tuple[str, float, float | None, str]:
    place = _along(x, box) if rule.axis == "x" else _down(y, box)
    return rule.axis, place(rule.value), None if math.isnan(rule.until) else place(rule.until), fit(rule.label, 300)


def _shapes(one: Series, place: Place) -> dict[str, object]:
    """Give a series as paths and points in pixels."""
    x, y = np.asarray(one.x, np.float64), np.asarray(one.y, np.float64)
    low, high = (np.asarray(end, np.float64) for end in (one.low, one.high))
    shapes: dict[str, object] = {"code": one.code, "line": "", "band": "", "points": [], "whiskers": "", "bars": ""}
    if one.kind == "bars":
        return shapes | {"bars": _bars(x, y, place)}
    stepped = one.kind == "steps"
    if one.kind != "points":
        shapes["line"] = _line(x, y, place, stepped=stepped)
        shapes["band"] = _band(x, low, high, place, stepped=stepped) if low.size else ""
    if one.kind in ("points", "both"):
        known = np.flatnonzero(np.isfinite(y)).tolist()
        shapes["points"] = [(*place(x[at], y[at]), at in one.hollow) for at in known]
        if one.kind == "points" and low.size:
            shapes["whiskers"] = "".join(_whisker(x[at], low[at], high[at], place) for at in known)
    return shapes


def _whisker(x: float, low: float, high: float, place: Place) -> str:
    if not np.isfinite([low, high]).all():
        return ""
    (across, bottom), (_, top) = place(x, low), place(x, high)
    return f"M{across:.1f} {bottom:.1f}V{top:.1f}"


def _runs(known: Flags) -> list[Places]:
    """Give the stretches of neighboring places that are known."""
    places = np.flatnonzero(known)
    return [run for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if run.size]


def _corners(x: Floats, y: Floats, *, stepped: bool) -> list[tuple[float, float]]:
    pairs = list(zip(x.tolist(), y.tolist(), strict=True))
    if not stepped:
        return pairs
    turned = [(after[0], before[1]) for before, after in pairwise(pairs)]
    return [corner for both in zip(pairs, [*turned, pairs[-1]], strict=True) for corner in both]


def _path(corners: Sequence[tuple[float, float]], place: Place) -> str:
    """Write a line as its start and the steps from corner to corner, in tenths of a pixel, so that it stays short."""
    spots = [tuple(round(10 * value) for value in place(*corner)) for corner in corners]
    steps = (_step(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(spots))
    return f"{spots[0][0] / 10:g} {spots[0][1] / 10:g}{''.join(steps)}"


def _step(across: int, down: int) -> str:
    if across and down:
        return f"l{across / 10:g} {down / 10:g}".replace(" -", "-")
    return f"h{across / 10:g}" if across else f"v{down / 10:g}" if down else ""


def _line(x: Floats, y: Floats, place: Place, *, stepped: bool) -> str:
    runs = _runs(np.isfinite(x) & np.isfinite(y))
    return "".join("M" + _path(_corners(x[run], y[run], stepped=stepped), place) for run in runs)


def _band(x: Floats, low: Floats, high: Floats, place: Place, *, stepped: bool) -> str:
    parts = []
    for run in _runs(np.isfinite(x) & np.isfinite(low) & np.isfinite(high)):
        there = _corners(x[run], low[run], stepped=stepped)
        back = _corners(x[run], high[run], stepped=stepped)[::-1]
        parts.append(f"M{_path([*there, *back], place)}z")
    return "".join(parts)


def _bars(x: Floats, y: Floats, place: Place) -> str:
    """Give bars between neighbors of x, which has one value more than y."""
    floor = place(0.0, -math.inf)[1]
    edges = [place(value, 0.0)[0] for value in x]
    tops = [place(0.0, value)[1] for value in y]
    return "".join(
        f"M{left:.1f} {floor:.1f}V{top:.1f}H{right:.1f}V{floor:.1f}z"
        for left, right, top in zip(edges, edges[1:], tops, strict=False)
        if floor - top > 0.05
    )
