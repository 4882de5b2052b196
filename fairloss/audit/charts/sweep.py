"""A threshold sweep: the selection ratio over all cut-offs, and where the scores lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.audit.charts.axes import number_axis, ratio_axis
from fairloss.audit.charts.plane import Axis, Rule, Series, draw_plane

__all__ = ["Sweep", "sweep"]


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The ratio of one group to the reference at every cut-off.

    Parameters
    ----------
    label : str
        The group.
    cutoffs : array_like
        Increasing cut-offs; selected is who scores as high or higher.
    ratio, low, high : array_like
        The ratio at each and its band.
    """

    label: str
    cutoffs: ArrayLike
    ratio: ArrayLike
    low: ArrayLike
    high: ArrayLike


def sweep(
    lines: Sequence[Sweep],
    edges: ArrayLike,
    rows: ArrayLike,
    *,
    title: str,
    description: str = "",
    operating: float | None = None,
) -> str:
    """Draw the ratios over all cut-offs on a logarithmic axis, with the histogram of all scores beneath.

    Parameters
    ----------
    lines : sequence of Sweep
        One per group, six at most.
    edges : array_like of shape (bins + 1,)
        The edges of the histogram.
    rows : array_like of shape (bins,)
        The rows in each bin.
    title, description : str
        What a screen reader says.
    operating : float, optional
        The cut-off in use.

    Examples
    --------
    >>> line = Sweep("women", [0.2, 0.5, 0.8], [0.95, 0.85, 0.7], [0.9, 0.7, 0.4], [1.0, 1.0, 1.2])
    >>> svg = sweep([line], [0, 0.5, 1], [30, 20], title="Selection ratio over the cut-off", operating=0.5)
    >>> "in use: 0.5" in svg
    True
    """
    places, heights = np.asarray(edges, np.float64), np.asarray(rows, np.float64)
    x = number_axis("cut-off on the score", float(places[0]), float(places[-1]))
    y = ratio_axis("ratio to the reference", [v for one in lines for v in np.asarray(one.ratio, np.float64).tolist()])
    series = [Series(one.label, one.cutoffs, one.ratio, one.low, one.high, code=code) for code, one in enumerate(lines)]
    rules = [Rule("y", 0.8, "0.8"), Rule("y", 1.0, "1")]
    if operating is not None:
        rules.append(Rule("x", operating, f"in use: {operating:.3g}"))
    most = float(heights.max(initial=1.0))
    strip = (Series("", places, heights, kind="bars", code=5), Axis("rows", 0.0, most, ((most, f"{most:,.0f}"),)))
    return draw_plane(series, x, y, title=title, description=description, rules=rules, height=250, strip=strip)
