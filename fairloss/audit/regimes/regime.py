"""A regime as a value: a dated account of what a body of law asks of an audit, without any statistics in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fairloss.audit.regimes.shape import REGIME
from fairloss.audit.statements.shapes import cleaned
from fairloss.audit.statements.toml_files import read_toml
from fairloss.errors import InputError, UnknownName, quote

__all__ = ["Condition", "Item", "Law", "Mark", "Regime", "Role", "TableRequest", "Uncovered"]


@dataclass(frozen=True, slots=True)
class Law:
    """One law, rule or practice of a regime, with its state on the day that the regime was last checked.

    Parameters
    ----------
    name, citation : str
        What it is called, and where it stands.
    status : str
        A code of `fairloss.audit.regimes.shape.STATUSES`, e.g. ``"in_force"``.
    effective : str
        The day from which it applies, or applied no longer, as a date; empty where none is known.
    asks : str
        What it asks of an audit, in one sentence.
    source : str
        Where the state was seen.
    confidence : str
        ``"A"`` seen in an official text or a copy of it, ``"B"`` from memory of it and cross-checked, ``"C"`` one
        secondary source.
    doubt : str
        What is not sure.
    """

    name: str
    citation: str
    status: str
    asks: str
    source: str
    confidence: str
    effective: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A number that a rule or a practice compares with, and where it comes from."""

    name: str
    value: str
    source: str
    note: str = ""

    @property
    def exact(self) -> Fraction:
        """The number as an exact fraction."""
        return Fraction(self.value)


@dataclass(frozen=True, slots=True)
class Role:
    """A category that the regime asks for, and the usual names of its column."""

    name: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A statutory table: which builder makes it, for which categories, with which marks.

    Parameters
    ----------
    builder : str
        A name in `fairloss.audit.regimes.tables.BUILDERS`.
    title : str
        What the table is called on the page.
    measure : str
        What impact ratios are made of: ``"selection_rate"`` or ``"scoring_rate"``.
    categories : tuple of str
        Roles, crossed ones joined by ``*``; all audited attributes where none are named.
    reference : str
        ``"highest"``: the group with the highest rate; ``"control"``: the group that the audit names, else the largest.
    mark, small, deviations : str
        Names of marks: that of the ratio, the share below which a category may be left out, and the number of standard
        deviations.
    """

    builder: str
    title: str
    measure: str = "selection_rate"
    categories: tuple[str, ...] = ()
    reference: str = "highest"
    mark: str = ""
    small: str = ""
    deviations: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """When an item is asked for: where there is a value at a pointer, or where it is one of some values."""

    pointer: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a complete record holds.

    Parameters
    ----------
    id : str
        Its name.
    sentence : str
        What is asked for, so that "asked for: ..." reads well.
    citation : str
        The provision that asks for it.
    pointer : str
        Where it is in the record: a JSON pointer, in which ``{sex}`` or ``{sex*race_ethnicity}`` stands for the place
        of the table of counts of these roles.
    applies : Condition, optional
        When it is asked for; always where there is none.
    insufficient : tuple of str
        Values that do not answer it.
    """

    id: str
    sentence: str
    citation: str
    pointer: str
    applies: Condition | None = None
    insufficient: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uncovered:
    """What the regime asks for and this package does not look at."""

    topic: str
    citation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Regime:
    """What a body of law asks of an audit, as of a day.

    Parameters
    ----------
    name, title : str
        Its name in `REGIMES`, and its heading.
    asks : str
        What it asks of a report.
    last_checked : str
        The day on which the laws were last looked up.
    reading : str
        How its tables are to be read, e.g. that the law sets no mark.
    laws, marks, roles, tables, items, not_covered : tuple
        See their classes.

    Examples
    --------
    >>> from fairloss.audit.regimes import REGIMES
    >>> city = REGIMES["us-nyc-ll144"]
    >>> city.laws[0].effective, city.marks[0].name
    ('2023-07-05', 'small_category')
    """

    name: str
    title: str
    asks: str
    last_checked: str
    reading: str = ""
    laws: tuple[Law, ...] = ()
    marks: tuple[Mark, ...] = ()
    roles: tuple[Role, ...] = ()
    tables: tuple[TableRequest, ...] = ()
    items: tuple[Item, ...] = ()
    not_covered: tuple[Uncovered, ...] = ()

    @classmethod
    def of(cls, given: Regime | Mapping[str, Any] | str | Path) -> Regime:
        """Accept a regime, a mapping with its fields, or the path of a TOML file.

        Raises
        ------
        InputError
            One sentence that names every problem.
        """
        if isinstance(given, Regime):
            return given
        data = read_toml(given, "A regime") if isinstance(given, str | Path) else given
        found = cls(**{key: _value(key, one) for key, one in cleaned(REGIME, data, "A regime").items()})
        problems = list(_problems(found))
        if problems:
            raise InputError(f"The regime {quote(found.name)} cannot be used: {'; '.join(problems)}. Correct its file.")
        return found

    def mark(self, name: str) -> Mark:
        """Give a mark by its name."""
        return next(one for one in self.marks if one.name == name)

    def to_mapping(self) -> dict[str, Any]:
        """Give it as plain data, without what is empty; `of` reads it."""
        filled: dict[str, Any] = _filled(asdict(self))
        return filled


_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?")
"""A decimal or a fraction; anything longer could be made to take a year to compare with."""

_PARTS = {"laws": Law, "marks": Mark, "roles": Role, "tables": TableRequest, "items": Item, "not_covered": Uncovered}


def _value(key: str, value: Any) -> Any:
    """Turn plain data into the values of the regime."""
    if key == "applies":
        return Condition(**{name: _value(name, one) for name, one in value.items()})
    if key in _PARTS:
        return tuple(_PARTS[key](**{name: _value(name, one) for name, one in row.items()}) for row in value)
    return tuple(value) if isinstance(value, list) else value


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items() if one not in ("", (), [], None)}
    return [_filled(one) for one in value] if isinstance(value, list | tuple) else value


def _problems(regime: Regime) -> Iterator[str]:
    from fairloss.audit.regimes.tables import BUILDERS

    named = Counter(one.id for one in regime.items)
    yield from (f"the item {quote(name)} is there {times} times" for name, times in named.items() if times > 1)
    for item in regime.items:
        pointers = [item.pointer, *([item.applies.pointer] if item.applies else [])]
        yield from (
            f"the pointer {quote(one)} of the item {quote(item.id)} does not start with /"
            for one in pointers
            if not one.startswith("/")
        )
    for mark in regime.marks:
        if not _NUMBER.fullmatch(mark.value) or not mark.exact:
            yield f"the mark {quote(mark.name)} is a positive number such as 4/5, got {quote(mark.value)}"
    marks = {one.name for one in regime.marks}
    for table in regime.tables:
        if table.builder not in BUILDERS:
            yield str(UnknownName("builder of tables", table.builder, BUILDERS)).rstrip(".")
        named_marks = (table.mark, table.small, table.deviations)
        yield from (f"the mark {quote(one)} of a table is not there" for one in named_marks if one and one not in marks)
