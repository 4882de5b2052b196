"""The regimes that ship, one file each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from fairloss.audit.regimes.regime import Regime
from fairloss.errors import UnknownName

__all__ = ["REGIMES", "RegimeNames", "resolve_regimes"]

_FOLDER = Path(__file__).parent / "files"

RegimeNames = str | Path | Regime | Iterable[str | Path | Regime]
"""Names of regimes, paths of TOML files, or values."""

_READ = [Regime.of(path) for path in sorted(_FOLDER.glob("*.toml"))]

REGIMES: Mapping[str, Regime] = MappingProxyType({one.name: one for one in _READ})
"""Every regime that ships, by its name: dated accounts of what law and practice ask of an audit, no legal advice."""


def resolve_regimes(given: RegimeNames) -> tuple[Regime, ...]:
    """Turn names, paths of TOML files and values into regimes, each once.

    Raises
    ------
    UnknownName
        With the near names.
    InputError
        Where a file is no regime.

    Examples
    --------
    >>> [one.name for one in resolve_regimes(["general", "us-nyc-ll144"])]
    ['general', 'us-nyc-ll144']
    """
    listed = [given] if isinstance(given, str | Path | Regime) else list(given)
    found = [_resolve(one) for one in listed]
    return tuple({one.name: one for one in found}.values())


def _resolve(given: str | Path | Regime) -> Regime:
    if isinstance(given, str) and not given.endswith(".toml"):
        if given not in REGIMES:
            raise UnknownName("regime", given, REGIMES)
        return REGIMES[given]
    return Regime.of(given)
