"""What moved, appeared and vanished between two audits; changes of the questions come first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fairloss.audit.archive import dump, notion_to_mapping
from fairloss.audit.change import AuditChange
from fairloss.audit.independent import independent_ends
from fairloss.audit.plan import Plan
from fairloss.audit.results import WORST, Row
from fairloss.audit.wording import display, phrase

__all__ = ["AuditDifference", "difference"]

_MOST = 40
_RATE_KEY = ("attribute", "group", "rate")
_DISPARITY_KEY = ("attribute", "notion", "comparison", "rate", "group")


@dataclass(frozen=True, eq=False)
class AuditDifference:
    """What differs between two audits. Made by `difference`.

    Parameters
    ----------
    change : AuditChange
        The two audits.
    independent : bool
        Whether the two saw different people.

    Attributes
    ----------
    questions : list of mapping
        What was asked differently: item, before, after. Numbers below such a change are not answers to one question.
    rates : list of mapping
        attribute, group, rate, state ("moved", "appeared", "vanished"), before, after, change, low, high.
    disparities : list of mapping
        attribute, notion, comparison, rate, group, state, before, after, change, and both readings.
    """

    change: AuditChange
    independent: bool = False

    @cached_property
    def questions(self) -> list[Row]:
        """What was asked differently."""
        before, after = (_questions(one.plan, one.attributes) for one in (self.change.before, self.change.after))
        names = dict.fromkeys([*before, *after])
        pairs = ({"item": name, "before": before.get(name), "after": after.get(name)} for name in names)
        return [pair for pair in pairs if pair["before"] != pair["after"]]

    @cached_property
    def rates(self) -> list[Row]:
        """Each rate that is not what it was."""
        ends = self._ends()
        rows = []
        for key, first, second in _matched(self.change.before.rate_rows, self.change.after.rate_rows, _RATE_KEY):
            row = _moved(dict(zip(_RATE_KEY, key, strict=True)), first, second)
            if row is not None:
                low, high = ends.get(key, (math.nan, math.nan))
                rows.append({**row, "low": low, "high": high})
        return rows

    @cached_property
    def disparities(self) -> list[Row]:
        """Each disparity that is not what it was; of the largest gaps, whatever rate they are in."""
        before, after = (
            [_anonymous(row) for row in one.disparity_rows] for one in (self.change.before, self.change.after)
        )
        rows = []
        for key, first, second in _matched(before, after, _DISPARITY_KEY):
            row = _moved(dict(zip(_DISPARITY_KEY, key, strict=True)), first, second)
            if row is not None:
                readings = (None if side is None else side["reading"] for side in (first, second))
                rows.append({**row, **dict(zip(("reading_before", "reading_after"), readings, strict=True))})
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data; what is undefined is NaN here and null in JSON."""
        return {
            "schema": "fairloss-audit-difference/1",
            "names": list(self.change.names),
            "intervals": self._intervals(),
            "questions": self.questions,
            "rates": self.rates,
            "disparities": self.disparities,
        }

    def to_json(self) -> str:
        """Give it as canonical JSON."""
        return dump(self.to_dict())

    def to_text(self) -> str:
        """Give it as lines for a terminal, the largest gaps before single groups."""
        first, second = (display(name, 60) for name in self.change.names)
        lines = [f"From {first} to {second}."]
        lines += [f"Asked differently: {_question(row)}." for row in self.questions]
        worst = [row for row in self.disparities if row["group"] == WORST]
        lines += _section("Largest gaps", [f"{_subject(row)}: {_values(row)}" for row in worst])
        lines += _section("Rates", [f"{_subject(row)}: {_values(row)}" for row in self.rates])
        rest = len(self.disparities) - len(worst)
        lines += [f"Further changes of single groups against the reference: {rest}; --json lists them."] if rest else []
        same = not (self.questions or self.rates or self.disparities)
        return "\n".join([*lines, "Nothing changed."] if same else lines)

    def _intervals(self) -> str | None:
        return "paired" if self.change.pairs else "independent samples" if self.independent else None

    def _ends(self) -> dict[tuple[Any, ...], tuple[float, float]]:
        if self.change.pairs:
            rows = self.change.rate_rows
            return {tuple(row[name] for name in _RATE_KEY): (row["low"], row["high"]) for row in rows}
        return dict(independent_ends(self.change)) if self.independent else {}


def difference(change: AuditChange, *, independent: bool = False) -> AuditDifference:
    """Say which rates and disparities moved, appeared or vanished between two audits.

    Parameters
    ----------
    change : AuditChange
        From `compare` or `compare_predictions`.
    independent : bool
        Whether the two audits saw different people, which counts cannot tell. Changes of rates then have intervals for
        two independent samples: Newcombe's for shares, normal ones for other rates. Where the same people were
        decided twice, the intervals are the paired ones of the comparison, whatever is said here.

    Returns
    -------
    AuditDifference

    Examples
    --------
    >>> from fairloss.audit import audit_counts, compare
    >>> from fairloss.notions import GroupCounts
    >>> first = audit_counts(GroupCounts.of(None, [1, 1, 0, 1], [0, 0, 1, 1]))
    >>> second = audit_counts(GroupCounts.of(None, [1, 1, 0, 0], [0, 0, 1, 1]))
    >>> print(difference(compare(first, second)).to_text())
    From before to after.
    Largest gaps:
      demographic parity, difference by group: 0.5 to 1; not established, now difference established
      demographic parity, ratio by group: 0.5 to 0; below mark by chance, now difference established below mark
    Rates:
      selection rate, group 1: 0.5 to 0
    Further changes of single groups against the reference: 2; --json lists them.
    """
    return AuditDifference(change, independent)


def _questions(plan: Plan, attributes: tuple[str, ...]) -> dict[str, Any]:
    reference = plan.reference if isinstance(plan.reference, str) else dict(plan.reference)
    notions = {f"notion {notion.name}": notion_to_mapping(notion) for notion in plan.notions}
    asked = {"level": plan.level, "reference": reference, "random_state": plan.random_state}
    return {**asked, "attributes": list(attributes), **notions}


def _matched(
    before: list[Row], after: list[Row], names: tuple[str, ...]
) -> Iterator[tuple[tuple[Any, ...], Row | None, Row | None]]:
    first, second = ({tuple(row[name] for name in names): row for row in rows} for rows in (before, after))
    for key in dict.fromkeys([*first, *second]):
        yield key, first.get(key), second.get(key)


def _anonymous(row: Row) -> Row:
    return {**row, "rate": ""} if row["group"] == WORST else row


def _moved(key: Row, first: Row | None, second: Row | None) -> Row | None:
    """Give the row of a change; None where value and reading stayed."""
    before, after = (math.nan if side is None else float(side["value"]) for side in (first, second))
    state = "appeared" if first is None else "vanished" if second is None else "moved"
    if first is not None and second is not None:
        stayed = before == after or (math.isnan(before) and math.isnan(after))
        if stayed and first.get("reading") == second.get("reading"):
            return None
    return {**key, "state": state, "before": before, "after": after, "change": after - before}


def _section(title: str, lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - _MOST} more; --json lists them"] if len(lines) > _MOST else []
    return [f"{title}:", *(f"  {line}" for line in lines[:_MOST]), *more] if lines else []


def _subject(row: Row) -> str:
    attribute = display(row["attribute"], 60)
    if "notion" in row:
        return f"{phrase(row['notion'])}, {row['comparison']} by {attribute}"
    return f"{phrase(row['rate'])}, {attribute} {display(row['group'], 60)}"


def _values(row: Row) -> str:
    if row["state"] != "moved":
        return f"{row['state']} ({_figure(row['after'] if row['state'] == 'appeared' else row['before'])})"
    same = row["before"] == row["after"]
    text = _figure(row["after"]) if same else f"{_figure(row['before'])} to {_figure(row['after'])}"
    if not math.isnan(row.get("low", math.nan)):
        text += f" (change {_figure(row['change'])}, {_figure(row['low'])} to {_figure(row['high'])})"
    if row.get("reading_before") != row.get("reading_after"):
        text += f"; {phrase(row['reading_before'])}, now {phrase(row['reading_after'])}"
    return text


def _figure(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.4g}"


def _question(row: Mapping[str, Any]) -> str:
    item = str(row["item"])
    if not item.startswith("notion "):
        return f"{item} {row['before']}, now {row['after']}"
    state = (
        "was added" if row["before"] is None else "was left out" if row["after"] is None else "is defined differently"
    )
    return f"{phrase(item)} {state}"
