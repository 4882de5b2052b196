"""What may be stated and in which form: declared fields, checked with all problems at once."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from fairloss.errors import InputError, quote

__all__ = ["Field", "cleaned", "json_schema"]

LONGEST = 10_000
"""Characters of one text; a statement is read by people."""

_MOST_ROWS = 1_000
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that may be stated.

    Parameters
    ----------
    name : str
        Its key.
    reads : str
        What it says, as its name on the page.
    kind : str
        ``"text"``, ``"date"``, ``"yes_no"``, ``"texts"``, ``"names"`` (free keys with a text each), ``"table"`` (its
        own fields) or ``"rows"`` (any number of such tables).
    choices : tuple of str
        The only texts that are accepted, where there are any.
    fields : tuple of Field
        What a table holds.
    required : bool
        Whether it must be there, where the table that holds it is.
    """

    name: str
    reads: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    fields: tuple[Field, ...] = field(default=())
    required: bool = False

    def __getitem__(self, name: str) -> Field:
        """Give a field of a table."""
        return next(one for one in self.fields if one.name == name)


def cleaned(shape: Field, value: Any, who: str) -> Any:
    """Give a value in its declared form: texts for numbers and dates, without what is empty.

    Parameters
    ----------
    shape : Field
        What is declared.
    value : object
        What was given, e.g. what a TOML file holds.
    who : str
        What it is, at the beginning of the sentence of an error.

    Raises
    ------
    InputError
        One sentence that names every unknown, wrong and absent field.

    Examples
    --------
    >>> shape = Field("car", "car", "table", fields=(Field("color", "color"), Field("sold", "sold", "date")))
    >>> cleaned(shape, {"color": "red", "sold": "2026-11-21"}, "A car")
    {'color': 'red', 'sold': '2026-11-21'}
    >>> cleaned(shape, {"colour": "red", "sold": "soon"}, "A car")
    Traceback (most recent call last):
    fairloss.errors.InputError: A car cannot be used: colour is unknown (did you mean color?); ...
    """
    problems: list[str] = []
    found = _CLEAN[shape.kind](shape, value, "", problems)
    if problems:
        shown, rest = problems[:_SHOWN], len(problems) - _SHOWN
        more = f"; and {rest} more" if rest > 0 else ""
        raise InputError(f"{who} cannot be used: {'; '.join(shown)}{more}. Correct what is named.")
    return found


def json_schema(shape: Field) -> dict[str, Any]:
    """Give the JSON Schema of a value in its declared form."""
    text = {"type": "string", "minLength": 1}
    if shape.kind in ("table", "rows"):
        required = [one.name for one in shape.fields if one.required]
        table: dict[str, Any] = {
            "type": "object",
            "properties": {one.name: {"description": one.reads, **json_schema(one)} for one in shape.fields},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }
        return table if shape.kind == "table" else {"type": "array", "items": table, "minItems": 1}
    if shape.kind == "date":
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    if shape.kind == "yes_no":
        return {"type": "boolean"}
    if shape.kind == "texts":
        return {"type": "array", "items": text, "minItems": 1}
    if shape.kind == "names":
        return {"type": "object", "additionalProperties": text, "minProperties": 1}
    return {"enum": list(shape.choices)} if shape.choices else text


def _text(shape: Field, value: Any, place: str, problems: list[str]) -> str | None:
    if isinstance(value, datetime.date | datetime.time):
        value = value.isoformat()
    if _is_number(value):
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST:
        long = isinstance(value, str)
        came = f"got {len(value):,} signs" if long else f"got {quote(value)}"
        problems.append(f"{place} is {f'a text of at most {LONGEST:,} signs' if long else 'a text'}, {came}")
        return None
    if shape.choices and value not in shape.choices:
        problems.append(f"{place} is one of {', '.join(shape.choices)}, got {quote(value)}")
        return None
    return value if value.strip() else None


def _date(shape: Field, value: Any, place: str, problems: list[str]) -> str | None:
    if isinstance(value, str) and not value.strip():
        return None
    text = value.isoformat()[:10] if isinstance(value, datetime.date) else value
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except (TypeError, ValueError):
        problems.append(f"{place} is a date such as 2026-11-21, got {quote(value)}")
        return None


def _yes_no(shape: Field, value: Any, place: str, problems: list[str]) -> bool | None:
    if isinstance(value, bool):
        return value
    problems.append(f"{place} is true or false, got {quote(value)}")
    return None


def _texts(shape: Field, value: Any, place: str, problems: list[str]) -> list[str] | None:
    if not _is_sequence(value):
        problems.append(f"{place} is a list of texts, got {quote(value)}")
        return None
    found = [_text(shape, one, f"{place}[{index}]", problems) for index, one in enumerate(value)]
    return [text for text in found if text is not None]


def _names(shape: Field, value: Any, place: str, problems: list[str]) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        problems.append(f"{place} is a table of names and texts, got {quote(value)}")
        return None
    found = {str(key): _text(shape, one, _below(place, key), problems) for key, one in value.items()}
    return {key: text for key, text in found.items() if text is not None}


def _rows(shape: Field, value: Any, place: str, problems: list[str]) -> list[dict[str, Any]] | None:
    if not _is_sequence(value) or len(value) > _MOST_ROWS:
        came = f"{len(value):,} of them" if _is_sequence(value) else quote(value)
        problems.append(f"{place or 'it'} is a list of at most {_MOST_ROWS:,} tables, got {came}")
        return None
    found = [_table(shape, one, f"{place}[{index}]", problems) for index, one in enumerate(value)]
    return [row for row in found if row]


def _table(shape: Field, value: Any, place: str, problems: list[str]) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        problems.append(f"{place or 'it'} is a table of fields, got {quote(value)}")
        return None
    known = {one.name: one for one in shape.fields}
    for key in value:
        if key not in known:
            near = get_close_matches(str(key).lower(), known, n=1, cutoff=0.6)
            hint = f" (did you mean {near[0]}?)" if near else f" (known: {', '.join(known)})"
            problems.append(f"{_below(place, key)} is unknown{hint}")
    found: dict[str, Any] = {}
    for name, one in known.items():
        if value.get(name) is not None:
            before = len(problems)
            clean = _CLEAN[one.kind](one, value[name], _below(place, name), problems)
            if clean not in (None, [], {}):
                found[name] = clean
            elif one.required and len(problems) == before:
                problems.append(f"{_below(place, name)} is needed, got nothing")
        elif one.required:
            problems.append(f"{_below(place, name)} is needed, got nothing")
    return found


def _below(place: str, key: object) -> str:
    name = key if isinstance(key, str) and key.isidentifier() and len(key) <= 60 else quote(key)
    return f"{place}.{name}" if place else str(name)


def _is_number(value: Any) -> bool:
    """Whether it is a number that people would write; `math.isfinite` cannot take a whole number of 400 digits."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15
    return whole or (isinstance(value, float) and math.isfinite(value))


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


_CLEAN: dict[str, Callable[[Field, Any, str, list[str]], Any]] = {
    "text": _text,
    "date": _date,
    "yes_no": _yes_no,
    "texts": _texts,
    "names": _names,
    "table": _table,
    "rows": _rows,
}
