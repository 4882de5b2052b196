"""Equal score bins: one formula that NumPy and every engine compute to the same bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from fairloss.errors import InputError

__all__ = ["BINS", "ScoreGrid"]

BINS = 1024
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class ScoreGrid:
    """Equal bins from a lowest to a highest score.

    Parameters
    ----------
    low, step : float
        Where the first bin starts, and how wide each is.
    high : float
        Where the last bin ends.

    Examples
    --------
    >>> grid = ScoreGrid.over(0.2, 0.9)
    >>> grid.low, grid.step * BINS, grid.places(np.array([0.0, 0.5, np.nextafter(0.5, 0), 1.0]))
    (0.0, 1.0, array([   0.,  512.,  511., 1023.]))
    """

    low: float
    step: float
    high: float

    @classmethod
    def over(cls, lowest: float, highest: float, *, role: str = "y_score") -> ScoreGrid:
        """Choose 1,024 bins: from 0 to 1 where all scores lie within, else from the lowest to the highest.

        Raises
        ------
        InputError
            Where there are no scores (the lowest is above the highest), infinite ones, or ones that doubles cannot tell
            apart.
        """
        if lowest > highest or not isfinite(lowest) or not isfinite(highest):
            what = "none" if lowest > highest else "infinite ones"
            raise InputError(f"{role} needs finite scores, got {what}. Pass probabilities or another finite score.")
        low, high = (0.0, 1.0) if lowest >= 0 and highest <= 1 else (lowest, highest)
        high = high if high > low else low + 1
        grid = cls(low, (high - low) / BINS, high)
        if not isfinite(grid.step) or not (np.diff(grid.edges) > 0).all():
            raise InputError(
                f"{role} needs scores that {BINS:,} bins can tell apart, got scores from {lowest:g} to {highest:g}. "
                "Rescale them, for instance to ranks from 0 to 1."
            )
        return grid

    @property
    def edges(self) -> Floats:
        """The ends of the bins, of shape (bins + 1,)."""
        return np.append(np.arange(BINS) * self.step + self.low, self.high)

    def places(self, score: Any, floor: Callable[[Any], Any] = np.floor, choose: Callable[..., Any] = np.where) -> Any:
        """Give the bin of each score; NaN of an array and null of an expression stay what they are.

        A bin holds its left edge, and the last one also its right edge. The quotient may round to the wrong side of an
        edge, so the score is compared with both.

        Parameters
        ----------
        score : float array or expression
            Between the lowest and the highest score. An expression must hold no NaN: engines take it for a high number.
        floor, choose : callable
            What ``np.floor`` and ``np.where`` are for expressions.
        """
        place = floor((score - self.low) / self.step)
        place = choose(score < place * self.step + self.low, place - 1, place)
        place = choose(score >= (place + 1) * self.step + self.low, place + 1, place)
        return choose(place > BINS - 1, BINS - 1, place)
