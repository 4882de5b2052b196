"""The few draws that every simulator is made of, and the check of its parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, fields
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from fairloss.errors import InputError, UnknownName, quote

__all__ = [
    "as_table",
    "banded",
    "bernoulli",
    "category",
    "effect",
    "generator",
    "indicator",
    "logistic",
    "parameters_of",
    "recorded",
    "share",
]

P = TypeVar("P")
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def share(default: float) -> Any:
    """Declare a parameter that is a share of people, in [0, 1]."""
    return field(default=default, metadata={"share": True})


def effect(default: float) -> Any:
    """Declare a parameter that is an effect: any finite number, 0 switches it off."""
    return field(default=default, metadata={"share": False})


def parameters_of(kind: type[P], given: Mapping[str, float]) -> P:
    """Make the parameters of a simulator, the given ones instead of the defaults.

    Raises
    ------
    UnknownName
        When the simulator has no such parameter.
    InputError
        When a share is outside [0, 1], or an effect is not a finite number.
    """
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    for name, value in given.items():
        if name not in known:
            raise UnknownName(f"{kind.__name__} parameter", name, known)
        is_share = known[name].metadata["share"]
        is_number = isinstance(value, int | float | np.number) and math.isfinite(value)
        if not is_number or (is_share and not 0 <= value <= 1):
            expected = "a share between 0 and 1" if is_share else "a finite number"
            raise InputError(f"The {kind.__name__} parameter {name} should be {expected}, but is {quote(value)}.")
    return kind(**{**asdict(kind()), **{name: float(value) for name, value in given.items()}})  # type: ignore[call-overload]


def generator(n: int, seed: int, *, who: str) -> np.random.Generator:
    """Start the random numbers of a simulator, and refuse a size or a seed that cannot be one.

    Raises
    ------
    InputError
        When ``n`` is not a positive whole number or ``seed`` a non-negative one.
    """
    for name, value, least in (("n", n, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise InputError(f"{who} needs {name} to be a whole number, at least {least}, but got {quote(value)}.")
    return np.random.default_rng(seed)


def logistic(logit: Floats) -> Floats:
    """Turn log-odds into probabilities."""
    return 1.0 / (1.0 + np.exp(-logit))


def bernoulli(random: np.random.Generator, probability: Floats | float, n: int) -> Flags:
    """Draw ``n`` independent yes-or-no outcomes; always uses ``n`` uniform numbers, whatever the probabilities."""
    return random.random(n) < probability


def category(random: np.random.Generator, shares: Mapping[str, float], n: int) -> npt.NDArray[np.object_]:
    """Draw ``n`` categories with the given shares."""
    edges = np.cumsum(list(shares.values()))[:-1]
    return np.array(list(shares), dtype=object)[np.searchsorted(edges, random.random(n), side="right")]


def indicator(random: np.random.Generator, latent: Floats, *, loading: float) -> Floats:
    """Draw a standard normal measurement that correlates with a standard normal latent quantity by ``loading``."""
    return loading * latent + math.sqrt(1 - loading**2) * random.standard_normal(len(latent))


def recorded(values: npt.NDArray[np.object_], blank: Flags) -> npt.NDArray[np.object_]:
    """Leave out the values that nobody recorded."""
    seen = values.copy()
    seen[blank] = None
    return seen


def banded(values: Floats, cuts: Sequence[float], names: Sequence[str]) -> npt.NDArray[np.object_]:
    """Name the interval that each value lies in; a value at a cut belongs to the upper one."""
    return np.array(names, dtype=object)[np.searchsorted(cuts, values, side="right")]


def as_table(columns: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    """Put columns side by side, text as text and yes-or-no as 1 and 0."""
    plain = {name: values.astype("int64") if values.dtype == bool else values for name, values in columns.items()}
    return pd.DataFrame({name: list(values) if values.dtype == object else values for name, values in plain.items()})
