"""Values before and after, one row per group or gap: a dumbbell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairloss.audit.charts.rows import Line, draw_rows, linear
from fairloss.audit.wording import display

__all__ = ["Pair", "dumbbell"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a dumbbell: a value before and after."""

    label: str
    before: float
    after: float
    text: str = ""


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
    place, ticks, end = linear(max(seen, default=1.0), percent=percent)
    shown = tuple(display(name, 60) for name in names)
    inside = (0.0, end)
    return draw_rows(
        "pairs", pairs, place, ticks, lines, inside, top=52, names=shown, title=title, description=description
    )
