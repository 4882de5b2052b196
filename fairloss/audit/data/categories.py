"""Values that look wrong: two spellings of one level, codes for a missing value, dates that a spreadsheet made."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.findings import Finding
from fairloss.audit.results import Row
from fairloss.audit.wording import count, display, listing
from fairloss.notions import GroupCounts
from fairloss.tables import Bins

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "CATEGORY_COLUMNS", "PROBLEMS", "StrangeValue", "category_findings", "category_rows", "read_strange",
    "strange_values", "write_strange",
]  # fmt: skip

CATEGORY_COLUMNS = ("column", "problem", "value", "rows", "of", "share", "note")

PROBLEMS: Mapping[str, str] = {
    "alike": "levels that differ in spelling only",
    "placeholder": "a text that stands for no value",
    "sentinel": "a number that stands for no value",
    "date_like": "a level that looks like a date that a spreadsheet made of a range",
    "odd_shape": "a level that is written unlike all others",
    "mixed_kinds": "numbers beside texts",
    "constant": "one value only",
    "unexpected": "a level that was not expected",
    "absent": "an expected level that is not there",
    "absent_column": "a column that the other table lacks",
    "thin": "levels of fewer than 10 rows",
}
"""What can be strange about the values of a column; thin levels are listed, and are no finding."""

_PLACEHOLDERS = frozenset(
    {"", "?", "??", "-", "--", ".", "n/a", "#n/a", "na", "nan", "null", "unk", "unknown", "undefined", "unspecified"}
    | {"missing", "no value", "not available", "not given", "not known", "not reported", "not specified", "not stated"}
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE_LIKE = re.compile(rf"\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{2}}", re.IGNORECASE)
_THIN = 10
_MOST_LEVELS = 1000


@dataclass(frozen=True, slots=True)
class StrangeValue:
    """A value that looks wrong.

    Parameters
    ----------
    column, problem, value : str
        Where, what (a name in `PROBLEMS`), and the value; empty where the whole column is meant.
    rows, of : int
        How many rows hold it, of all rows.
    note : str
        What it is compared with.
    """

    column: str
    problem: str
    value: str
    rows: int
    of: int
    note: str = ""


def strange_values(column: str, bins: Bins, expected: Sequence[Any] | None = None) -> Iterator[StrangeValue]:
    """Find what looks wrong in the values of a column.

    Parameters
    ----------
    column : str
        Its name.
    bins : Bins
        The column with its distinct values.
    expected : sequence, optional
        The levels that it should have.

    Examples
    --------
    >>> from fairloss.tables import bin_contents, read_contents
    >>> bins = bin_contents(read_contents(["Male", "male ", "Male", "Female"]))
    >>> [(one.problem, one.value, one.note) for one in strange_values("sex", bins)]
    [('thin', '', '3 of 3 levels'), ('alike', 'male ', 'Male')]
    """
    of = int(bins.sizes.sum())
    found = [*_whole_column(bins)]
    if isinstance(bins.values, tuple):
        levels = dict(sorted(zip(bins.values, bins.counts.tolist(), strict=True)))
        found += [*_alike(levels), *_written(levels)]
    else:
        found += _sentinels(bins.values, bins.counts)
    if expected is not None:
        found += _against(bins, [str(level) for level in expected])
    for problem, value, rows, note in found:
        yield StrangeValue(column, problem, value, rows, of, note)


_Found = tuple[str, str, int, str]


def _whole_column(bins: Bins) -> Iterator[_Found]:
    if len(bins.counts) == 1:
        yield "constant", bins.names[0], int(bins.counts[0]), ""
    if bins.mixed:
        yield "mixed_kinds", "", int(bins.counts.sum()), ""
    thin = bins.counts[bins.counts < _THIN]
    if bins.kind == "category" and len(thin) and len(bins.counts) <= _MOST_LEVELS:
        yield "thin", "", int(thin.sum()), f"{len(thin)} of {len(bins.counts)} levels"


def _alike(levels: Mapping[str, int]) -> Iterator[_Found]:
    """Give each rarer spelling of a level, with the most frequent one."""
    spellings: dict[str, list[str]] = defaultdict(list)
    for level in levels:
        spellings[_spelled(level)].append(level)
    for same in spellings.values():
        main, *others = sorted(same, key=lambda level: (-levels[level], level))
        for level in others:
            yield "alike", level, levels[level], main


def _spelled(level: str) -> str:
    """Write a level without case, accents and spaces; without punctuation too where it holds no digit."""
    plain = unicodedata.normalize("NFKD", level).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign) and not sign.isspace())
    plain = re.sub("[\u2010-\u2015\u2212]", "-", plain)
    if any(sign.isdigit() for sign in plain):
        return plain
    bare = re.sub(r"(?<=\w)[-_/](?=\w)|[.,;:'\"`´’]", "", plain)
    return bare or plain


def _written(levels: Mapping[str, int]) -> Iterator[_Found]:
    for level, rows in levels.items():
        if level.strip().casefold() in _PLACEHOLDERS:
            yield "placeholder", level, rows, ""
        if _DATE_LIKE.fullmatch(level.strip()):
            yield "date_like", level, rows, ""
    shapes = Counter(re.sub(r"\d+", "9", level) for level in levels)
    ranges = [shape for shape, n in shapes.items() if n >= 4 and shape.count("9") == 2]
    if len(ranges) == 1 and len(shapes) == 2:
        odd = [level for level in levels if re.sub(r"\d+", "9", level) != ranges[0]]
        if len(odd) == 1 and "9" in re.sub(r"\d+", "9", odd[0]):
            yield "odd_shape", odd[0], levels[odd[0]], next(level for level in levels if level != odd[0])


def _sentinels(values: Any, counts: Any) -> Iterator[_Found]:
    """Find nines far beyond all other values, and a single negative code among whole numbers from 0 up."""
    end = len(values)
    while end > 2 and _is_nines(values[end - 1]) and values[end - 1] - values[end - 2] > values[end - 2] - values[0]:
        end -= 1
        yield "sentinel", f"{values[end]:.15g}", int(counts[end]), f"the next value is {values[end - 1]:.6g}"
    rest = values[:end]
    if end > 2 and rest[0] < 0 <= rest[1] and _is_negative_code(rest[0]) and (rest == np.floor(rest)).all():
        yield "sentinel", f"{rest[0]:.15g}", int(counts[0]), "no other value is below 0"


def _is_nines(value: float) -> bool:
    return bool(np.isfinite(value)) and value >= 99 and set(str(int(value))) == {"9"}


def _is_negative_code(value: float) -> bool:
    return value == -1 or (bool(np.isfinite(value)) and set(str(int(-value))) in ({"9"}, {"8"}))


def _against(bins: Bins, expected: Sequence[str]) -> Iterator[_Found]:
    kept = len(bins.names) - bins.has_missing
    held = (
        dict(sorted(zip(bins.values, bins.counts.tolist(), strict=True)))
        if isinstance(bins.values, tuple)
        else dict(zip(bins.names[:kept], bins.sizes.tolist(), strict=False))
    )
    shown = listing(expected, 6)
    yield from (
        ("unexpected", level, rows, f"expected {shown}") for level, rows in held.items() if level not in expected
    )
    yield from (("absent", level, 0, "") for level in expected if not held.get(level))


def category_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per strange value."""
    for one in report.evidence.get("strange_values", ()):
        values = (
            one.column,
            one.problem,
            one.value,
            one.rows,
            one.of,
            one.rows / one.of if one.of else np.nan,
            one.note,
        )
        yield dict(zip(CATEGORY_COLUMNS, values, strict=True))


def category_findings(report: AuditReport) -> Iterator[Finding]:
    """Give one sentence per problem, with the columns that have it."""
    rows = [row for row in report.rows("categories") if row["problem"] != "thin"]
    for problem, reads in PROBLEMS.items():
        columns = dict.fromkeys(row["column"] for row in rows if row["problem"] == problem)
        if columns:
            own = [row for row in rows if row["problem"] == problem]
            shown = listing(_told(column, [row for row in own if row["column"] == column]) for column in columns)
            more = f"{len(columns)} columns are affected. " if len(columns) > 4 else ""
            yield Finding("categories", f"{reads[0].upper()}{reads[1:]}: {shown}. {more}".rstrip(), tuple(own))


def _told(column: str, rows: list[Row]) -> str:
    values = listing(map(_value, rows), 3) if rows[0]["value"] else ""
    return f"{display(column, 60)} {values}".rstrip()


def _value(row: Row) -> str:
    text = f"“{display(row['value'], 60)}”"
    if row["problem"] == "alike":
        return f"{text} ({count(row['rows'], 'row')}) beside “{display(row['note'], 60)}”"
    note = f"; {display(row['note'], 120)}" if row["note"] else ""
    return f"{text} ({count(row['rows'], 'row')}{note})"


def write_strange(values: Sequence[StrangeValue]) -> list[dict[str, Any]]:
    """Give strange values as plain data."""
    return [{name: getattr(one, name) for name in StrangeValue.__slots__} for one in values]


def read_strange(data: Sequence[Mapping[str, Any]], tables: tuple[GroupCounts, ...]) -> tuple[StrangeValue, ...]:
    """Read what `write_strange` wrote."""
    return tuple(StrangeValue(**one) for one in data)
