"""What all charts share: their width, round axis steps, and texts that fit."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from fairloss.audit.wording import clean

__all__ = ["LETTER", "WIDTH", "fit", "percent_labels", "steps"]

WIDTH = 880
LETTER = 7.0
"""The mean width of a letter at the 12 px of the charts, on the safe side."""

_SIZE, _NARROW, _WIDE = 12, " .,:;'|!()ijlt·", "mwMW@%…"


def fit(text: str, width: float) -> str:
    """Cut a text to a width in pixels; wide signs count double."""
    shown, used = "", 0.0
    for sign in clean(text):
        used += _width(sign)
        if used > width - _width("…"):
            return shown.rstrip() + "…"
        shown += sign
    return shown


def _width(sign: str) -> float:
    """Give the width of a sign in pixels as in a wide sans serif, DejaVu Sans."""
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.1 * _SIZE
    return _SIZE * (0.41 if sign in _NARROW else 1.0 if sign in _WIDE else 0.75 if sign.isupper() else 0.64)


def steps(low: float, high: float, parts: int = 4) -> list[float]:
    """Give round values that cover low to high, in at most about so many parts."""
    rough = (high - low) / parts
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def percent_labels(values: Sequence[float]) -> list[str]:
    """Write the values of an axis in percent, with as many digits as their step needs."""
    step = 100 * min(b - a for a, b in pairwise(values))
    digits = 0 if float(round(step, 6)).is_integer() else max(1, -math.floor(math.log10(step)))
    return [f"{100 * value:.{digits}f} %".replace("-", "−") for value in values]
