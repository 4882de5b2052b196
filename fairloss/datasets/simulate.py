"""The simulators by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pandas as pd

from fairloss.datasets.hiring import hiring_funnel
from fairloss.datasets.loans import loan_book
from fairloss.errors import UnknownName

__all__ = ["SIMULATORS", "simulate"]

SIMULATORS: Mapping[str, Callable[..., pd.DataFrame]] = MappingProxyType(
    {"hiring_funnel": hiring_funnel, "loan_book": loan_book}
)


def simulate(name: str, rows: int, seed: int, **parameters: float) -> pd.DataFrame:
    """Run a simulator by name.

    Raises
    ------
    UnknownName
        When there is no such simulator or parameter.

    Examples
    --------
    >>> simulate("loan_book", 5, 0).shape[0]
    5
    """
    if name not in SIMULATORS:
        raise UnknownName("simulator", name, SIMULATORS)
    return SIMULATORS[name](rows, seed, **parameters)
