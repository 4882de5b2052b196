"""Ratios to a reference with their intervals: a forest plot on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fairloss.audit.charts.rows import Line, Mark, Tick, across, draw_rows

__all__ = ["SELECTION_LINES", "forest"]

SELECTION_LINES = (Line(0.8, "0.8"), Line(1.0, "1"), Line(1.25, "1.25"))
"""Four-fifths, equality and five-fourths: marks for selection ratios only."""

_TICKS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 6, 10, 20)


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
        Positive values; an interval that reaches beyond the axis ends in an arrow. The area of a square is
        proportional to the people behind it.
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
    lowest, highest = max(min([*reach, 0.7]) / 1.08, 0.05), min(max([*reach, 1.25]) * 1.08, 20.0)
    span = math.log(highest / lowest)

    def place(value: float) -> float:
        return across(math.log(min(max(value, lowest), highest) / lowest) / span if value > 0 else 0.0)

    ticks = _thin([(place(v), f"{v:g}") for v in _TICKS if lowest <= v <= highest])
    inside = (lowest, highest)
    return draw_rows("rows", marks, place, ticks, lines, inside, title=title, description=description, shape="square")


def _thin(ticks: list[Tick], least: float = 34) -> list[Tick]:
    """Drop ticks that would touch; equality stays."""
    kept: list[Tick] = [tick for tick in ticks if tick[1] == "1"]
    for tick in ticks:
        if all(abs(tick[0] - other[0]) >= least for other in kept):
            kept.append(tick)
    return sorted(kept)
