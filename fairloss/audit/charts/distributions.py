"""Score distributions: the share of each group at or below every score."""

from __future__ import annotations

from collections.abc import Sequence

from fairloss.audit.charts.axes import number_axis, share_axis
from fairloss.audit.charts.plane import Rule, Series, draw_plane

__all__ = ["distributions"]


def distributions(
    groups: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    *,
    title: str,
    description: str = "",
    operating: float | None = None,
) -> str:
    """Draw the cumulative distribution of each group's scores.

    A line further to the right means higher scores; the distance between two lines at a cut-off is the difference of
    the shares that are refused there.

    Parameters
    ----------
    groups : sequence of (name, scores, shares)
        For each group increasing scores and the share of the group below each, six groups at most.
    title, description : str
        What a screen reader says.
    operating : float, optional
        The cut-off in use.

    Examples
    --------
    >>> svg = distributions([("women", [0, 0.5, 1], [0, 0.7, 1])], title="Scores by sex")
    >>> "share below" in svg
    True
    """
    low = min((scores[0] for _, scores, _ in groups), default=0.0)
    high = max((scores[-1] for _, scores, _ in groups), default=1.0)
    series = [Series(name, scores, shares, code=code) for code, (name, scores, shares) in enumerate(groups)]
    rules = [Rule("y", 0.5, "median")]
    if operating is not None:
        rules.append(Rule("x", operating, f"in use: {operating:.3g}"))
    x, y = number_axis("score", low, high), share_axis("share below")
    return draw_plane(series, x, y, title=title, description=description, rules=rules, height=280)
