"""One effect for all strata, with its interval. The last axis of the counts is the strata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import UnknownName
from fairloss.inference.arguments import FloatArray, as_level, as_strata, normal_quantile
from fairloss.inference.intervals import Interval

__all__ = ["COMMON_EFFECTS", "CommonEffect", "common_effect"]

_Ends = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class CommonEffect:
    """The effect that the strata have in common, by Mantel and Haenszel.

    Attributes
    ----------
    measure : str
        ``"odds_ratio"``, ``"ratio"`` or ``"difference"``.
    value : ndarray of float64
        The estimate, first over (or minus) second; NaN where no stratum can say.
    interval : Interval
        Around it, with level and method.
    """

    measure: str
    value: FloatArray
    interval: Interval


def common_effect(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    measure: str = "odds_ratio",
    level: float = 0.95,
    method: str | None = None,
) -> CommonEffect:
    """Estimate one odds ratio, ratio or difference of rates for all strata.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of shape (..., strata), broadcast together.
    measure : {"odds_ratio", "ratio", "difference"}
        ``sum(x1 (n2 - x2)/N) / sum(x2 (n1 - x1)/N)``, ``sum(x1 n2/N) / sum(x2 n1/N)`` or
        ``sum((x1 n2 - x2 n1)/N) / sum(n1 n2/N)``.
    level : float
        Two-sided confidence level.
    method : str, optional
        For the odds ratio ``"robins_breslow_greenland"``, for the ratio ``"greenland_robins"``. For the difference
        ``"klingenberg"`` (by default), which inverts the test with Sato's variance at each difference; ``"sato"``,
        with that variance at the estimate; or ``"greenland_robins"``, which needs large strata. All but the last are
        valid for few large strata and for many small ones.

    Returns
    -------
    CommonEffect
        Arrays of shape (...). The interval of a ratio is [0, inf] where it is 0, infinite or undefined, that of a
        difference [-1, 1] where no stratum has different outcomes: such data have no variance to estimate.

    Raises
    ------
    InputError
        Where counts or level cannot be used; `UnknownName` for an unknown measure or method.

    References
    ----------
    Robins, Breslow and Greenland (1986), Biometrics 42, 311-323; Greenland and Robins (1985), Biometrics 41, 55-68;
    Sato (1989), Biometrics 45, 1323-1324; Klingenberg (2014), Statistics in Medicine 33, 2968-2983.

    Examples
    --------
    >>> effect = common_effect([89, 17], [108, 25], [512, 353], [825, 560], measure="ratio")
    >>> print(f"{effect.value:.3f} ({effect.interval.low:.3f} to {effect.interval.high:.3f})")
    1.277 (1.158 to 1.408)
    """
    if measure not in COMMON_EFFECTS:
        raise UnknownName("common effect", measure, COMMON_EFFECTS)
    methods = COMMON_EFFECTS[measure]
    method = next(iter(methods)) if method is None else method
    if method not in methods:
        raise UnknownName(f"{measure} method", method, methods)
    level = as_level("common_effect", level)
    strata = as_strata("common_effect", x1, n1, x2, n2)
    value, low, high = methods[method](*strata, normal_quantile(level))
    return CommonEffect(measure, value, Interval(low, high, level, method))


def _odds_ratio(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float) -> _Ends:
    total = np.where(n1 + n2 > 0, n1 + n2, 1)
    same, other = (x1 + n2 - x2) / total, (x2 + n1 - x1) / total
    top, bottom = x1 * (n2 - x2) / total, x2 * (n1 - x1) / total
    r, s = top.sum(axis=-1), bottom.sum(axis=-1)
    mixed = (same * bottom + other * top).sum(axis=-1)
    variance = (
        _over((same * top).sum(axis=-1), 2 * r**2)
        + _over(mixed, 2 * r * s)
        + _over((other * bottom).sum(axis=-1), 2 * s**2)
    )
    return _log_normal(r, s, variance, z)


def _ratio(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float) -> _Ends:
    total = np.where(n1 + n2 > 0, n1 + n2, 1)
    r, s = (x1 * n2 / total).sum(axis=-1), (x2 * n1 / total).sum(axis=-1)
    spread = ((n1 * n2 * (x1 + x2) - x1 * x2 * total) / total**2).sum(axis=-1)
    return _log_normal(r, s, _over(spread, r * s), z)


def _log_normal(top: FloatArray, bottom: FloatArray, variance: FloatArray, z: float) -> _Ends:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(top / bottom)
    known = (top > 0) & (bottom > 0) & (variance > 0)
    factor = np.exp(z * np.sqrt(np.where(known, variance, 0.0)))
    center = np.where(known, value, 1.0)
    return value, np.where(known, center / factor, 0.0), np.where(known, center * factor, np.inf)


def _difference(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float, *, form: str) -> _Ends:
    total = np.where(n1 + n2 > 0, n1 + n2, 1)
    weight = (n1 * n2 / total).sum(axis=-1)
    value = _over(((x1 * n2 - x2 * n1) / total).sum(axis=-1), weight)
    slope, constant = _sato(x1, n1, x2, n2, total)
    if form == "greenland_robins":
        each = n1 * n2 * total**2
        parts = _over(x1 * (n1 - x1) * n2**3 + x2 * (n2 - x2) * n1**3, each, 0.0)
        variance = _over(parts.sum(axis=-1), weight**2)
    else:
        variance = _over(np.maximum(value * slope + constant, 0), weight**2)
    middle = value + 0.5 * z**2 * _over(slope, weight**2) if form == "klingenberg" else value
    margin = z * np.sqrt(variance)
    if form == "klingenberg":
        margin = np.sqrt(np.maximum(middle**2 - value**2 + z**2 * _over(constant, weight**2), 0))
    known = (weight > 0) & (constant > 0) & (margin > 0)
    low, high = np.clip(middle - margin, -1, 1), np.clip(middle + margin, -1, 1)
    return value, np.where(known, low, -1.0), np.where(known, high, 1.0)


def _sato(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, total: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the two sums of Sato's variance ``(difference * first + second) / weight²``."""
    first = (n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / total**2
    second = (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * total)
    return first.sum(axis=-1), second.sum(axis=-1)


def _klingenberg(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float) -> _Ends:
    return _difference(x1, n1, x2, n2, z, form="klingenberg")


def _sato_interval(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float) -> _Ends:
    return _difference(x1, n1, x2, n2, z, form="sato")


def _greenland_robins(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float) -> _Ends:
    return _difference(x1, n1, x2, n2, z, form="greenland_robins")


COMMON_EFFECTS: Mapping[str, Mapping[str, Callable[..., _Ends]]] = MappingProxyType(
    {
        "odds_ratio": MappingProxyType({"robins_breslow_greenland": _odds_ratio}),
        "ratio": MappingProxyType({"greenland_robins": _ratio}),
        "difference": MappingProxyType(
            {"klingenberg": _klingenberg, "sato": _sato_interval, "greenland_robins": _greenland_robins}
        ),
    }
)
"""Measure to name of method to the function that gives estimate and ends; the first method is the default."""


def _over(top: FloatArray, bottom: FloatArray, nothing: float = np.nan) -> FloatArray:
    top, bottom = np.broadcast_arrays(np.asarray(top, np.float64), np.asarray(bottom, np.float64))
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, nothing), where=bottom > 0))
