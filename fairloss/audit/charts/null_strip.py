"""The null strip: how low the smallest ratio falls by chance alone, beside the one that was seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from fairloss.audit.charts.axes import number_axis
from fairloss.audit.charts.plane import Axis, Rule, Series, draw_plane

__all__ = ["null_strip"]

_BINS = 40


def null_strip(draws: ArrayLike, observed: float, *, title: str, description: str = "") -> str:
    """Draw the distribution of the smallest ratio under equal rates, and the observed one.

    Parameters
    ----------
    draws : array_like
        Smallest ratios under equal rates.
    observed : float
        The one that was seen.
    title, description : str
        What a screen reader says.

    Examples
    --------
    >>> svg = null_strip([0.7, 0.8, 0.75, 0.9], 0.79, title="The smallest ratio under equal rates")
    >>> "observed 0.79" in svg
    True
    """
    values = np.asarray(draws, np.float64)
    low = math.floor(10 * min(values.min(initial=0.8), observed, 0.75)) / 10
    edges = np.linspace(low, 1.0, _BINS + 1)
    heights = np.histogram(np.clip(values, low, 1.0), edges)[0] / max(values.size, 1)
    most = max(float(heights.max(initial=0.0)), 0.01)
    y = Axis("share of draws", 0.0, most * 1.05, ((0.0, "0 %"), (most, f"{100 * most:.1f} %")))
    rules = [
        Rule("x", 0.8, "" if abs(observed - 0.8) < 0.12 * (1 - low) else "0.8"),
        Rule("x", observed, f"observed {observed:.2f}"),
    ]
    bars = Series("", edges, heights, kind="bars")
    x = number_axis("smallest ratio of two selection rates", low, 1.0)
    return draw_plane([bars], x, y, title=title, description=description, rules=rules, height=130)
