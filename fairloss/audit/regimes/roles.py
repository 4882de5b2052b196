"""Which audited column plays which role of a regime, and which table of counts holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fairloss.audit.regimes.regime import Regime

__all__ = ["role_columns", "table_of"]


def role_columns(
    regime: Regime, stated: Mapping[str, str], attributes: Sequence[Sequence[str] | None]
) -> dict[str, str]:
    """Give for each role the column that plays it: as stated, else the audited attribute with a usual name.

    Examples
    --------
    >>> from fairloss.audit.regimes import REGIMES
    >>> role_columns(REGIMES["us-nyc-ll144"], {"race_ethnicity": "origin"}, [("Gender",), ("origin",)])
    {'sex': 'Gender', 'race_ethnicity': 'origin'}
    """
    alone = [each[0] for each in attributes if each and len(each) == 1]
    found = {}
    for role in regime.roles:
        usual = {_plain(name) for name in (role.name, *role.columns)}
        column = stated.get(role.name) or next((name for name in alone if _plain(name) in usual), None)
        if column is not None:
            found[role.name] = column
    return found


def table_of(category: str, columns: Mapping[str, str], attributes: Sequence[Sequence[str] | None]) -> int | None:
    """Give the place of the table of counts of one role, or of crossed ones; None where there is none.

    Examples
    --------
    >>> table_of("sex*race_ethnicity", {"sex": "s", "race_ethnicity": "r"}, [("s",), ("r",), ("r", "s")])
    2
    """
    roles = category.split("*")
    if not all(role in columns for role in roles):
        return None
    wanted = sorted(columns[role] for role in roles)
    places = [place for place, each in enumerate(attributes) if each and sorted(each) == wanted]
    return places[0] if places else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]+", "_", name.lower()).strip("_")
