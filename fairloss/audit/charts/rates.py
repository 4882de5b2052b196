"""Rates with their intervals, one row per group: a dot plot on a linear axis from 0."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fairloss.audit.charts.rows import Line, Mark, draw_rows, linear

__all__ = ["dots"]


def dots(
    marks: Sequence[Mark], *, title: str, description: str = "", lines: Sequence[Line] = (), percent: bool = True
) -> str:
    """Draw rates with their intervals on a linear axis from 0.

    Parameters
    ----------
    marks : sequence of Mark
        One per group. A mark without a value is a heading for those below it.
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
    place, ticks, end = linear(max(seen, default=1.0), percent=percent, cap=1.0 if percent else math.inf)
    return draw_rows("rows", marks, place, ticks, lines, (0.0, end), title=title, description=description, shape="dot")
