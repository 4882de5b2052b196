"""What an audit is given beside its rows: regimes, a statement, reasons; as evidence, checked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fairloss.audit.regimes.catalogue import RegimeNames, resolve_regimes
from fairloss.audit.regimes.reasons import Reasons
from fairloss.audit.regimes.regime import Regime
from fairloss.audit.regimes.score_counts import SCORE_COUNTS
from fairloss.audit.regimes.tables import BUILDERS
from fairloss.audit.statements import Statement
from fairloss.errors import UnknownName
from fairloss.notions import GroupCounts, Groups

__all__ = ["Stated", "given_evidence", "read_regimes", "score_evidence", "write_regimes"]

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


def score_evidence(regimes: RegimeNames, score: Any, groups: Callable[[], Sequence[Groups]]) -> dict[str, Any]:
    """Count what the tables of the regimes need from scores, and nothing that they do not.

    Parameters
    ----------
    regimes : names, paths or values
        What may ask for it.
    score : array-like of shape (n,) or None
        The scores.
    groups : callable
        Gives the groups of each row, one entry per table; called only where a regime asks for scores.
    """
    if score is None:
        return {}
    requests = [request for regime in resolve_regimes(regimes) for request in regime.tables]
    wanted = dict.fromkeys(name for request in requests if (name := BUILDERS[request.builder].scores(request)))
    tables = groups() if wanted else ()
    return {name: SCORE_COUNTS[name](score, tables) for name in wanted}


def write_regimes(regimes: Iterable[Regime]) -> list[dict[str, Any]]:
    """Give regimes as plain data: the record keeps the law as it was looked up, whatever ships later."""
    return [regime.to_mapping() for regime in regimes]


def read_regimes(data: Iterable[Mapping[str, Any]], tables: Any) -> tuple[Regime, ...]:
    """Read what `write_regimes` wrote."""
    return tuple(map(Regime.of, data))
