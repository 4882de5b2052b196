"""A funnel: the ratio of each group to the reference at every stage, and at the bottom line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairloss.audit.charts.axes import ratio_axis
from fairloss.audit.charts.plane import Axis, Rule, Series, draw_plane

__all__ = ["Slope", "funnel"]


@dataclass(frozen=True, slots=True)
class Slope:
    """One group's ratios along a funnel.

    Parameters
    ----------
    label : str
        The group.
    ratios : tuple of (value, low, high)
        One per stage, then the bottom line; NaN where there is none.
    """

    label: str
    ratios: tuple[tuple[float, float, float], ...]


def funnel(slopes: Sequence[Slope], stages: Sequence[str], *, title: str, description: str = "") -> str:
    """Draw the ratio of each group to the reference, stage by stage, on a logarithmic axis.

    Parameters
    ----------
    slopes : sequence of Slope
        One per group, six at most.
    stages : sequence of str
        The names of the stages, the bottom line last.
    title, description : str
        What a screen reader says.

    Examples
    --------
    >>> slope = Slope("women", ((0.91, 0.8, 1.0), (0.88, 0.7, 1.1), (0.80, 0.6, 1.0)))
    >>> "bottom line" in funnel([slope], ["test", "interview", "bottom line"], title="Selection ratios")
    True
    """
    last = len(stages) - 1
    width = 0.06 * max(len(slopes) - 1, 0)
    series = []
    for code, slope in enumerate(slopes):
        shift = 0.0 if len(slopes) < 2 else width * (code / (len(slopes) - 1) - 0.5)
        values, lows, highs = zip(*slope.ratios, strict=True)
        at = [place + shift for place in range(len(stages))]
        # The stages are joined; the bottom line is another question and stands alone.
        series.append(Series("", at[:last], values[:last], code=code))
        series.append(Series(slope.label, at, values, lows, highs, kind="points", code=code))
    seen = [value for slope in slopes for three in slope.ratios for value in three]
    x = Axis("stage", -0.35, last + 0.35, tuple(zip(map(float, range(last + 1)), stages, strict=True)))
    y = ratio_axis("ratio to the reference", seen)
    rules = [Rule("y", 0.8, "0.8"), Rule("y", 1.0, "1"), Rule("x", last - 0.5, until=math.nan)]
    return draw_plane(series, x, y, title=title, description=description, rules=rules, height=260)
