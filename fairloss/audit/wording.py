"""How numbers and names are written: denominators always, names harmless, and no word that promises too much."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

__all__ = [
    "REJECTED_WORDS",
    "count",
    "display",
    "lint",
    "listing",
    "number",
    "percent",
    "phrase",
    "points",
    "ratio",
    "share",
    "span",
]

REJECTED_WORDS = (
    "compliant",
    "passes",
    "fair",
    "unbiased",
    "bias-free",
    "no bias",
    "guaranteed",
    "guarantees",
    "safe",
    "proves",
    "proven",
)
"""Words that no generated sentence may hold: a report states what was found, it gives no verdict and no assurance."""

_REJECTED = re.compile(rf"\b(?:{'|'.join(map(re.escape, REJECTED_WORDS))})\b", re.IGNORECASE)
_DASH = "–"
_FIRST, _LAST = "\u2068", "\u2069"
"""What isolates a name that is written from right to left from its surroundings."""


def lint(text: str) -> list[str]:
    """Give the words of a text that no report may use, in order of appearance.

    Examples
    --------
    >>> lint("The model is Fair and safe; fairness was measured.")
    ['Fair', 'safe']
    """
    return _REJECTED.findall(text)


def display(name: object, longest: int | None = None) -> str:
    r"""Show a name from the data: invisible and direction-changing signs as codes, long names cut.

    A name that is written from right to left is isolated, so that it cannot reorder the numbers after it. Markup is
    left alone here, because every renderer escapes it.

    Examples
    --------
    >>> display("a\u202eb"), display("abcdefgh", 5), display("")
    ('a‹U+202E›b', 'abcd…', '(empty)')
    >>> display("\u05d0\u05d1") == "\u2068\u05d0\u05d1\u2069"
    True
    """
    shown = clean(str(name).replace(_FIRST, "‹U+2068›").replace(_LAST, "‹U+2069›"), longest)
    if not shown.strip():
        return "(empty)" if not shown else f"({len(shown)} spaces)"
    backward = any(unicodedata.bidirectional(sign) in {"R", "AL", "AN"} for sign in shown)
    return f"{_FIRST}{shown}{_LAST}" if backward else shown


def clean(text: str, longest: int | None = None) -> str:
    """Show the signs of a text that are invisible, change its direction or cannot be written; keep isolated names."""
    shown = "".join(f"‹U+{ord(sign):04X}›" if _is_hidden(sign) else sign for sign in text)
    return shown if longest is None or len(shown) <= longest else shown[: longest - 1] + "…"


def phrase(name: str) -> str:
    """Spell a catalogue name in words: ``true_positive_rate`` as "true positive rate"."""
    return name.replace("_", " ")


def percent(value: float, digits: int = 1) -> str:
    """Write a share as a percentage, e.g. ``30.4 %``; a dash where undefined."""
    return _DASH if math.isnan(value) else f"{_fixed(100 * value, digits)} %"


def points(value: float, digits: int = 1) -> str:
    """Write a difference of shares in percentage points, with its sign, e.g. ``-19.5``."""
    return _DASH if math.isnan(value) else _fixed(100 * value, digits, sign=True)


def ratio(value: float) -> str:
    """Write a ratio with as many digits as a reader can use."""
    if math.isnan(value) or math.isinf(value):
        return _DASH
    return _fixed(value, 3 if value < 0.1 else 2 if value < 10 else 1 if value < 1000 else 0)


def number(value: float) -> str:
    """Write a count or a sum of weights with thousands separators."""
    if math.isnan(value):
        return _DASH
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def count(n: float, noun: str, weighted: bool = False) -> str:
    """Write how many of something there are, e.g. ``1 row``, ``1,200 rows``, ``37.5 weighted rows``."""
    kind = f"weighted {noun}" if weighted else noun
    return f"{number(n)} {kind}{'' if n == 1 else 's'}"


def share(x: float, n: float) -> str:
    """Write the counts behind a share, ``1,179 of 10,771``."""
    return f"{number(x)} of {number(n)}"


def span(low: str, high: str) -> str:
    """Write an interval, ``18.1 to 20.8``."""
    return f"{low} to {high}"


def listing(names: Iterable[str], most: int = 4) -> str:
    """Join names in a sentence, the rest as a number."""
    names = list(names)
    shown, rest = names[:most], len(names) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _fixed(value: float, digits: int, *, sign: bool = False) -> str:
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    return text.lstrip("+-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def _is_hidden(sign: str) -> bool:
    """Whether a sign controls, overrides the direction or is no character; the two isolating signs are kept."""
    turns = sign in "\u061c\u200e\u200f\u2066\u2067" or "\u202a" <= sign <= "\u202e"
    return turns or unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"}
