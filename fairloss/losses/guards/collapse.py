"""The constant classifier: equal rates, because everybody gets the same decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from fairloss.errors import quote
from fairloss.losses.guards.findings import Finding
from fairloss.losses.guards.records import WatchedTerm

__all__ = ["constant_decisions"]

_ALIKE = 0.02
"""Decisions are all alike where the rarer one is made less than this many times as often as the rarer label occurs."""
_BY_CHANCE = 5
"""Rows with the rarer label, from which on it is no chance that none of them is decided for: exp(-5) is below 1%."""


def constant_decisions(watched: Sequence[WatchedTerm]) -> Iterator[Finding]:
    """Look at each attribute once, and at single groups only where the decisions on all of them are not alike."""
    deciding = [one for one in watched if one.of == "decision"]
    labeled = {one.attribute.name: one for one in deciding if one.counts.ndim == 5 and one.counts.shape[3] == 2}
    terms = ", ".join(dict.fromkeys(quote(one.name) for one in deciding))
    told: set[int] = set()
    for one in labeled.values():
        hard = one.counts[1].cpu().double()
        for question, tables in enumerate(hard):
            on = f" on question {question}" if len(hard) > 1 else ""
            ways = _ways(hard)
            everyone = _alike(tables.sum(0), ways)
            if everyone and question not in told:
                told.add(question)
                yield Finding(
                    "constant_decisions",
                    f"The deployed decisions{on} are all alike: {everyone}. That is fair by being useless; lower the "
                    f"weights or loosen the tolerances of {terms}, or see whether the base loss alone does better.",
                    one.attribute.name,
                )
            for group, table in zip(one.attribute.groups, tables, strict=True):
                alike = None if question in told else _alike(table, ways)
                if alike:
                    yield Finding(
                        "constant_decisions",
                        f"The deployed decisions{on} in {quote(group)} of {one.attribute.name} are all alike: {alike}. "
                        f"Lower the weights or loosen the tolerances of {terms}, or give the model what tells the "
                        "cases of this group apart.",
                        one.attribute.name,
                        group=group,
                    )


def _ways(hard: Tensor) -> tuple[int, ...]:
    """Give the decisions that can be all there are: of classes, of which each row gets one, only the favorable one."""
    favorable, rows = hard[..., 1].sum().item(), hard[0].sum().item()
    return (1,) if len(hard) > 1 and abs(favorable - rows) <= 1e-4 * rows else (0, 1)


def _alike(table: Tensor, ways: tuple[int, ...]) -> str:
    """Say how alike the decisions of a table of labels × decisions are; nothing where they are not."""
    rows = table.sum().item()
    labels, decisions = table.sum(1).tolist(), table.sum(0).tolist()
    way = max(ways, key=decisions.__getitem__)
    rarer = min(labels)
    if rarer < _BY_CHANCE or decisions[1 - way] > _ALIKE * rarer:
        return ""
    return (
        f"{decisions[1] / rows:.2%} of {rows:,.0f} rows in memory get the favorable one, although "
        f"{labels[1] / rows:.2%} have the favorable label"
    )
