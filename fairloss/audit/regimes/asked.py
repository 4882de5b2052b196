"""What an audit is given beside its rows: regimes, a statement, reasons; as evidence, checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fairloss.audit.regimes.catalogue import RegimeNames, resolve_regimes
from fairloss.audit.regimes.reasons import Reasons
from fairloss.audit.regimes.regime import Regime
from fairloss.audit.regimes.tables import BUILDERS
from fairloss.audit.statements import Statement
from fairloss.errors import UnknownName
from fairloss.notions import GroupCounts

__all__ = ["Stated", "given_evidence", "read_regimes", "score_requests", "write_regimes"]

Stated = Statement | Mapping[str, Any] | str | Path | None
"""A statement, a mapping of its tables, the path of a TOML file, or nothing."""


def given_evidence(
    regimes: RegimeNames,
    statement: Stated,
    reasons: Reasons | Mapping[str, Any] | str | Path | None,
    tables: Sequence[GroupCounts],
) -> dict[str, Any]:
    """Give what was handed in as evidence; what was not is left out.

    Raises
    ------
    InputError
        As `resolve_regimes`, `Statement.of` and `Reasons.of`, and where the reasons or the stated categories name an
        attribute that is not audited, or the reasons a group that it does not have.
    """
    found: dict[str, Any] = {"regimes": resolve_regimes(regimes)}
    names = {(counts.grouping.attribute if counts.grouping else "group"): counts.names for counts in tables}
    if statement is not None:
        found["statement"] = Statement.of(statement)
        for column in found["statement"].get("categories", {}).values():
            if column not in names:
                raise UnknownName("audited attribute", column, names)
    if reasons is not None:
        given = Reasons.of(reasons)
        if given.attribute not in names:
            raise UnknownName("audited attribute", given.attribute, names)
        for group in given.groups:
            if group not in names[given.attribute]:
                raise UnknownName(f"group of {given.attribute}", group, names[given.attribute])
        found["reasons"] = given
    return {name: value for name, value in found.items() if value}


def score_requests(regimes: RegimeNames) -> tuple[str, ...]:
    """Name what the tables of the regimes need from scores, and nothing that they do not."""
    requests = [request for regime in resolve_regimes(regimes) for request in regime.tables]
    return tuple(filter(None, dict.fromkeys(BUILDERS[request.builder].scores(request) for request in requests)))


def write_regimes(regimes: Iterable[Regime]) -> list[dict[str, Any]]:
    """Give regimes as plain data: the record keeps the law as it was looked up, whatever ships later."""
    return [regime.to_mapping() for regime in regimes]


def read_regimes(data: Iterable[Mapping[str, Any]], tables: Any) -> tuple[Regime, ...]:
    """Read what `write_regimes` wrote."""
    return tuple(map(Regime.of, data))
