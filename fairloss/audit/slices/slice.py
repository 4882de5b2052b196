"""A slice of people, and what a search for slices came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fairloss.audit.wording import display, percent, phrase, points, share

__all__ = ["Slice", "SliceSearch"]

_COLUMNS = (
    "slice",
    "searched_x",
    "searched_n",
    "x",
    "n",
    "difference",
    "low",
    "high",
    "p_value",
    "p_adjusted",
    "confirmed",
)


@dataclass(frozen=True, slots=True)
class Slice:
    """People with certain values of one to three columns, against everybody else.

    Parameters
    ----------
    conditions : tuple of (column, value)
        Who they are.
    searched : (int, int)
        Favorable rows of all rows in the half that found the slice.
    held_out : (int, int)
        The same in the other half.
    difference, low, high : float
        The rate of the slice minus that of everybody else on the held-out rows, with the interval of this slice alone.
    p_value, p_adjusted : float
        One-sided, on the held-out rows; adjusted over all slices that were kept (Benjamini and Hochberg).
    confirmed : bool
        Whether the adjusted p value is at most one minus the level.
    """

    conditions: tuple[tuple[str, str], ...]
    searched: tuple[int, int]
    held_out: tuple[int, int]
    difference: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    confirmed: bool

    @property
    def name(self) -> str:
        """Its conditions as a text."""
        return " and ".join(f"{display(column, 60)} = {display(value, 60)}" for column, value in self.conditions)


@dataclass(frozen=True, slots=True)
class SliceSearch:
    """What a search for slices came to.

    Parameters
    ----------
    rate : str
        The rate that was compared.
    slices : tuple of Slice
        Those that were kept for confirmation, the most different in the search first.
    searched : int
        How many slices were looked at.
    rows : (int, int)
        Rows of the search and held-out rows.
    level : float
        One minus the share of false findings among the confirmed that is accepted.
    """

    rate: str
    slices: tuple[Slice, ...]
    searched: int
    rows: tuple[int, int]
    level: float

    @property
    def confirmed(self) -> tuple[Slice, ...]:
        """The slices that hold on the held-out rows."""
        return tuple(one for one in self.slices if one.confirmed)

    @property
    def table(self) -> Any:
        """The slices as a data frame."""
        import pandas as pd

        rows = [
            (one.name, *one.searched, *one.held_out, one.difference, one.low, one.high, *_tests(one))
            for one in self.slices
        ]
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    def __str__(self) -> str:
        head = (
            f"{self.searched:,} slices searched on {self.rows[0]:,} rows, {len(self.slices)} tested on "
            f"{self.rows[1]:,} others, {len(self.confirmed)} confirmed (at most {percent(1 - self.level, 0)} of them "
            "false on average)."
        )
        return "\n".join([head, *(f"{one.name}: {phrase(self.rate)} {_gap(one)}" for one in self.confirmed)])


def _gap(one: Slice) -> str:
    gap = f"{points(one.difference)} points against everybody else ({points(one.low)} to {points(one.high)})"
    return f"{share(*one.held_out)}, {gap}"


def _tests(one: Slice) -> tuple[float, float, bool]:
    return one.p_value, one.p_adjusted, one.confirmed
