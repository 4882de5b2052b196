"""Rates of several groups within strata, beside the pooled and the standardized ones: how a reversal shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairloss.audit.charts.plane import legend
from fairloss.audit.charts.rows import draw_rows, linear

__all__ = ["Stratum", "strata_dots"]


@dataclass(frozen=True, slots=True)
class Stratum:
    """One row: the rate of each group within a stratum, or over all of them.

    Parameters
    ----------
    label : str
        The stratum, e.g. ``"Department A"``, or ``"all together"``.
    values : tuple of (value, low, high)
        One per group, in one order for all rows; NaN where a group has no rate.
    text : str
        The numbers on the right.
    total : bool
        Whether it stands for all strata; such rows are set apart by a heavier mark.
    """

    label: str
    values: tuple[tuple[float, float, float], ...]
    text: str = ""
    total: bool = False


def strata_dots(rows: Sequence[Stratum], groups: Sequence[str], *, title: str, description: str = "") -> str:
    """Draw the rate of every group in every stratum; each group has a shape and a color of its own.

    Parameters
    ----------
    rows : sequence of Stratum
        The strata, then all of them together.
    groups : sequence of str
        The names of the groups, six at most.
    title, description : str
        What a screen reader says.

    Examples
    --------
    >>> row = Stratum("A", ((0.82, 0.73, 0.89), (0.62, 0.58, 0.65)), "89 of 108, 512 of 825")
    >>> "women" in strata_dots([row], ["women", "men"], title="Admission by department")
    True
    """
    seen = [number for row in rows for value in row.values for number in value if math.isfinite(number)]
    place, ticks, end = linear(max(seen, default=1.0), percent=True, cap=1.0)
    shift = [7 * (code - (len(groups) - 1) / 2) for code in range(len(groups))]
    texts = {"title": title, "description": description, "shifts": shift, "legend": legend(groups, left=8, top=14)}
    height = max(26.0, 7.0 * len(groups) + 9)
    return draw_rows("strata", rows, place, ticks, (), (0.0, end), top=44, row_height=height, **texts)
