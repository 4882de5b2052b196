"""Sums of weights that are the same to the last bit, whoever adds them up and in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import frexp, fsum
from typing import Any

import numpy as np

__all__ = ["DIGITS", "FixedPoint", "WeightSums"]

DIGITS = 3
_LOWEST = -1000
"""A higher power of two than that of this exponent is no double any more."""
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class FixedPoint:
    """Numbers from 0 up written in a few digits so small that any sum of them is exact.

    A sum of doubles depends on their order, so every engine gives another one. Here each number is cut into three whole
    numbers below ``2**bits``. Over all rows these add up to less than ``2**53``: doubles hold that exactly, in any
    order. Only cutting, adding and multiplying by powers of two happens in the engine, and none of them rounds. (Ozaki
    and others 2012; Demmel and Nguyen 2015.)

    Parameters
    ----------
    exponent : int
        ``2**exponent`` is above every number.
    bits : int
        The size of a digit. What lies below ``2**(exponent - 3 * bits)`` is cut off.

    Examples
    --------
    >>> point = FixedPoint.over(0.3, rows=4)
    >>> digits = [sum(digit) for digit in point.digits(np.array([0.1, 0.2, 0.3, 0.3]))]
    >>> point.total(np.array(digits)), sum([0.1, 0.2, 0.3, 0.3])
    (array(0.9), 0.9000000000000001)
    """

    exponent: int
    bits: int

    @classmethod
    def over(cls, highest: float, *, rows: int) -> FixedPoint:
        """Choose digits for so many numbers, none of which is higher."""
        return cls(max(frexp(highest)[1], _LOWEST), 53 - rows.bit_length())

    def digits(self, values: Any, floor: Callable[[Any], Any] = np.floor, *, power: int = 1) -> Iterator[Any]:
        """Cut numbers, or powers of them, into digits, the highest first; arrays, or expressions with their floor."""
        share = values * 2.0**-self.exponent
        rest = share if power == 1 else share * share
        for _ in range(DIGITS):
            rest = rest * 2.0**self.bits
            digit = floor(rest)
            rest = rest - digit
            yield digit

    def total(self, sums: Any, *, power: int = 1) -> Floats:
        """Put sums of digits, of shape (DIGITS, ...), together; rounded once."""
        places = -self.bits * np.arange(1, DIGITS + 1)
        parts = np.ldexp(np.moveaxis(np.asarray(sums, dtype=np.float64), 0, -1), places)
        whole = np.array([fsum(part) for part in parts.reshape(-1, DIGITS)]).reshape(parts.shape[:-1])
        return np.asarray(np.ldexp(whole, power * self.exponent))


@dataclass(frozen=True, eq=False)
class WeightSums:
    """Sums of weights and of squared weights by cell, in digits.

    Parameters
    ----------
    point : FixedPoint
        What the digits mean.
    digits : array of shape (2, DIGITS, cells)
        Of the weights and of their squares.
    """

    point: FixedPoint
    digits: Floats

    def totals(self, add: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
        """Add cells up with a function of one digit by cell; give the sums of weights and of squared weights."""
        first, second = (np.stack([add(digit) for digit in digits]) for digits in self.digits)
        return self.point.total(first), self.point.total(second, power=2)
