"""Calibration by group: how often the label is favorable among people of about the same score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairloss.audit.charts.axes import number_axis, share_axis
from fairloss.audit.charts.plane import Series, draw_plane

__all__ = ["Calibration", "calibration"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """One group's bins.

    Parameters
    ----------
    label : str
        The group.
    bins : tuple of (score, value, low, high)
        For each bin the mean score, the share of favorable labels and its interval.
    """

    label: str
    bins: tuple[tuple[float, float, float, float], ...]


def calibration(groups: Sequence[Calibration], *, title: str, description: str = "", diagonal: bool = True) -> str:
    """Draw the share of favorable labels against the score, bin by bin.

    Parameters
    ----------
    groups : sequence of Calibration
        Six groups at most.
    title, description : str
        What a screen reader says.
    diagonal : bool
        Whether scores are meant as probabilities: the line on which they would hold is then drawn.

    Examples
    --------
    >>> svg = calibration([Calibration("women", ((0.3, 0.25, 0.2, 0.3), (0.7, 0.72, 0.6, 0.8)))], title="Calibration")
    >>> "mean score" in svg
    True
    """
    scores = [one[0] for group in groups for one in group.bins if math.isfinite(one[0])]
    low, high = (0.0, 1.0) if diagonal else (min(scores, default=0.0), max(scores, default=1.0))
    series = [Series("score = share", [0, 1], [0, 1], code=5)] if diagonal else []
    for code, group in enumerate(groups):
        x, y, lows, highs = zip(*group.bins, strict=True) if group.bins else ((), (), (), ())
        series.append(Series("", x, y, code=code))
        series.append(Series(group.label, x, y, lows, highs, kind="points", code=code))
    axes = number_axis("mean score of the bin", low, high), share_axis("share with a favorable label")
    return draw_plane(series, *axes, title=title, description=description, height=300)
