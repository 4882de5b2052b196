"""What a ratio and its interval establish, in words: seven readings in place of pass and fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from fairloss.errors import InputError, quote

__all__ = ["READINGS", "Reading", "read_ratio"]

READINGS: Mapping[str, str] = MappingProxyType(
    {
        "shortfall_established": (
            "The rate of {focal} is lower than that of {reference}, and a ratio below {mark} is established."
        ),
        "difference_established_below_mark": (
            "The rate of {focal} is lower than that of {reference}. The observed ratio is below {mark}; that the true "
            "ratio is, is not established."
        ),
        "difference_established_shortfall_ruled_out": (
            "The rate of {focal} is lower than that of {reference}, and a ratio below {mark} is ruled out."
        ),
        "difference_established_above_mark": (
            "The rate of {focal} is lower than that of {reference}. The observed ratio is not below {mark}; that the "
            "true ratio is, is not ruled out."
        ),
        "shortfall_ruled_out": "No lower rate is established for {focal}, and a ratio below {mark} is ruled out.",
        "below_mark_by_chance": (
            "The observed ratio of {focal} to {reference} is below {mark}, but chance is a sufficient explanation."
        ),
        "not_resolved": (
            "Neither a lower rate of {focal} is established nor is a ratio to {reference} below {mark} ruled out: "
            "the data are too few to tell."
        ),
        "undefined": "The ratio of {focal} to {reference} is undefined, so nothing is established.",
    }
)
"""Code of a reading to its sentence, in the order in which they are tried; the last is for ratios that do not exist."""

_OPEN = ("below_mark_by_chance", "not_resolved")
_POWER = " With so many people a ratio of {detectable:.2f} or less would have been found in four of five such samples."
_NO_POWER = " With so few people no ratio at all would have been found in four of five such samples."

_ROUNDING = 4 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Reading:
    """One of the seven readings of a ratio, or ``"undefined"``.

    Attributes
    ----------
    code : str
        A key of `READINGS`.
    sentence : str
        The reading in words.
    mirrored : bool
        True where the focal group has the higher rate, so that the sentence is about the reference group.
    """

    code: str
    sentence: str
    mirrored: bool


def read_ratio(
    point: float,
    low: float,
    high: float,
    *,
    mark: float = 0.8,
    focal: str = "the group",
    reference: str = "the reference group",
    detectable: float | None = None,
) -> Reading:
    """Say what a ratio of favorable rates and its interval establish about a mark such as four-fifths.

    Parameters
    ----------
    point, low, high : float
        The ratio of the focal group's rate to the reference group's, and its interval (at an adjusted level where
        the comparison is one of a family). Above 1 the reading is about the inverse ratio: see ``mirrored``.
    mark : float
        The ratio below which the source of the mark sees a shortfall, between 0 and 1.
    focal, reference : str
        How the sentence names the groups.
    detectable : float, optional
        The mildest ratio of the lower rate to the higher one that would probably have been found, from
        `minimum_detectable_ratio`; NaN where not even 0 would have been. Readings that establish nothing name it.

    Returns
    -------
    Reading
        The first that holds of the seven; a point within rounding of the mark is at the mark, hence not below it.

    Raises
    ------
    InputError
        Where the mark is not within (0, 1] or the ends are out of order.

    Examples
    --------
    >>> read_ratio(0.5, 0.293, 0.794).code
    'shortfall_established'
    >>> read_ratio(0.979, 0.902, 1.062, focal="women", reference="men").sentence
    'No lower rate is established for women, and a ratio below four-fifths is ruled out.'
    """
    if not 0 < mark <= 1:
        raise InputError(f"read_ratio needs a mark within (0, 1], but got {quote(mark)}; four-fifths is 0.8.")
    if low > high or low < 0:
        raise InputError(f"read_ratio needs an interval 0 <= low <= high, but got {quote(low)} to {quote(high)}.")
    mirrored = point > 1
    if mirrored:
        point, low, high = 1 / point, _inverse(high), _inverse(low)
        focal, reference = reference, focal
    code = _code(point, low, high, mark)
    words = "four-fifths" if mark == 0.8 else f"{mark:g}"
    sentence = READINGS[code].format(focal=focal, reference=reference, mark=words)
    if code in _OPEN and detectable is not None:
        sentence += _NO_POWER if np.isnan(detectable) else _POWER.format(detectable=detectable)
    return Reading(code, sentence, mirrored)


def _code(point: float, low: float, high: float, mark: float) -> str:
    below = point < mark - _ROUNDING
    if np.isnan([point, low, high]).any():
        return "undefined"
    if high < mark:
        return "shortfall_established"
    if high < 1:
        if below:
            return "difference_established_below_mark"
        return "difference_established_shortfall_ruled_out" if low >= mark else "difference_established_above_mark"
    if low >= mark:
        return "shortfall_ruled_out"
    return "below_mark_by_chance" if below else "not_resolved"


def _inverse(ratio: float) -> float:
    return float("inf") if ratio == 0 else 1 / ratio
