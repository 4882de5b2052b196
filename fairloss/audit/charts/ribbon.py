"""The monitoring ribbon: a ratio by window with its confidence sequence, alerts, and how mature the labels are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairloss.audit.charts.axes import ratio_axis
from fairloss.audit.charts.plane import Axis, Rule, Series, draw_plane

__all__ = ["Window", "ribbon"]

_MOST_LABELS = 10


@dataclass(frozen=True, slots=True)
class Window:
    """One window of a monitored ratio.

    Parameters
    ----------
    label : str
        Its name, e.g. a week.
    value, low, high : float
        The ratio and the ends of its confidence sequence; NaN where it is not known.
    alert : bool
        Whether an alarm was raised in it.
    mature : bool
        Whether all of its labels are in.
    """

    label: str
    value: float
    low: float
    high: float
    alert: bool = False
    mature: bool = True


def ribbon(windows: Sequence[Window], *, title: str, description: str = "", mark: float = 0.8) -> str:
    """Draw a ratio over the windows on a logarithmic axis; a window with an alert has a filled square.

    Parameters
    ----------
    windows : sequence of Window
        In the order of time.
    title, description : str
        What a screen reader says.
    mark : float
        The bound that is watched.

    Examples
    --------
    >>> weeks = [Window("W1", 0.9, 0.6, 1.3), Window("W2", 0.7, 0.55, 0.79, alert=True, mature=False)]
    >>> svg = ribbon(weeks, title="Selection ratio by week")
    >>> "labels not complete" in svg, "alert" in svg
    (True, True)
    """
    at = [float(place) for place in range(len(windows))]
    values, lows, highs = ([getattr(one, name) for one in windows] for name in ("value", "low", "high"))
    alerts = [one.value if one.alert else math.nan for one in windows]
    series = [
        Series("ratio and its confidence sequence", at, values, lows, highs, code=0),
        Series("window", at, values, kind="points", code=0, hollow=tuple(range(len(at)))),
        Series("alert", at, alerts, kind="points", code=1),
    ]
    every = -(-len(windows) // _MOST_LABELS) or 1
    ticks = tuple((at[place], one.label[:12]) for place, one in enumerate(windows) if place % every == 0)
    x = Axis("window", -0.5, max(len(windows) - 0.5, 0.5), ticks)
    y = ratio_axis("ratio to the reference", [*values, *lows, *highs])
    rules = [Rule("y", mark, f"{mark:g}"), Rule("y", 1.0, "1"), *_immature(windows)]
    drawn = series if any(one.alert for one in windows) else series[:2]
    return draw_plane(drawn, x, y, title=title, description=description, rules=rules, height=260)


def _immature(windows: Sequence[Window]) -> list[Rule]:
    """Give one shaded stretch for each run of windows whose labels are not complete."""
    rules: list[Rule] = []
    for place, one in enumerate(windows):
        if one.mature:
            continue
        if rules and rules[-1].until == place - 0.5:
            rules[-1] = Rule("x", rules[-1].value, rules[-1].label, place + 0.5)
        else:
            rules.append(Rule("x", place - 0.5, "labels not complete", place + 0.5))
    return rules
