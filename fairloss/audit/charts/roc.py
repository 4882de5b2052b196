"""ROC curves by group, with the point at which each group is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from fairloss.audit.charts.axes import share_axis
from fairloss.audit.charts.plane import Series, draw_plane

__all__ = ["Roc", "roc"]


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """One group's curve.

    Parameters
    ----------
    label : str
        The group.
    false_positive, true_positive : array_like
        The two rates at each cut-off.
    point : (float, float), optional
        The two rates of the decisions.
    """

    label: str
    false_positive: ArrayLike
    true_positive: ArrayLike
    point: tuple[float, float] | None = None


def roc(curves: Sequence[Roc], *, title: str, description: str = "") -> str:
    """Draw ROC curves; an open mark stands where the decisions are.

    Parameters
    ----------
    curves : sequence of Roc
        Six groups at most.
    title, description : str
        What a screen reader says.

    Examples
    --------
    >>> svg = roc([Roc("women", [0, 0.2, 1], [0, 0.7, 1], (0.2, 0.7))], title="ROC by sex")
    >>> "true positive rate" in svg
    True
    """
    series = [Series("", [0, 1], [0, 1], code=5)]
    for code, one in enumerate(curves):
        series.append(Series(one.label, one.false_positive, one.true_positive, code=code))
    for code, one in enumerate(curves):
        if one.point is not None:
            series.append(Series("", [one.point[0]], [one.point[1]], kind="points", code=code, hollow=(0,)))
    axes = share_axis("false positive rate"), share_axis("true positive rate")
    return draw_plane(series, *axes, title=title, description=description, height=360)
