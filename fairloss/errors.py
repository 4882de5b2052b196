"""The sentences that fairloss says when input cannot be used.

Every error is one sentence made of four parts: who speaks, what was expected, what came, what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Real
from typing import TypeGuard

__all__ = [
    "FairlossError",
    "InputError",
    "MissingColumn",
    "MissingExtra",
    "UnknownName",
    "UnknownNotion",
    "is_number",
    "quote",
]

_LONGEST = 80


def is_number(value: object) -> TypeGuard[float]:
    """Say whether a setting is one real number of Python or NumPy, and so can be compared with its bounds.

    Examples
    --------
    >>> is_number(0.5), is_number("0.5"), is_number(None)
    (True, False, False)
    """
    return isinstance(value, Real)


def quote(value: object) -> str:
    r"""Show a value from user data inside a sentence: escaped, on one line, at most 80 characters.

    Of a longer one both ends are shown: a path says most with its last part.

    Examples
    --------
    >>> quote("a\nb")
    "'a\\nb'"
    """
    try:
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except ValueError:  # a whole number of thousands of digits, which Python does not write
        text = f"a value of type {type(value).__name__} that is too long to write"
    text = text.replace("\n", " ")
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[: half - 1]}…{text[-half:]}"


class FairlossError(Exception):
    """The parent of every error that fairloss raises on purpose."""


class InputError(FairlossError, ValueError):
    """An argument or a table that cannot be used; the message is one sentence that says what to do."""


class UnknownName(InputError):
    """A name that is not in a catalogue; the message offers the near ones.

    Parameters
    ----------
    kind : str
        What was looked up, e.g. ``"notion"``.
    name : str
        The name that was asked for.
    known : iterable of str
        The names that exist.
    """

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        self.near = tuple(get_close_matches(str(name).strip().lower().replace(" ", "_"), self.known, n=3, cutoff=0.6))
        hint = f" Did you mean {' or '.join(quote(near) for near in self.near)}?" if self.near else ""
        head, of, whole = kind.partition(" of ")
        super().__init__(f"Unknown {kind} {quote(name)}.{hint} Known {head}s{of}{whole}: {', '.join(self.known)}.")


class UnknownNotion(UnknownName):
    """A fairness notion that the catalogue does not hold."""

    def __init__(self, name: object, known: Iterable[str]) -> None:
        super().__init__("notion", name, known)


class MissingColumn(InputError):
    """A column that the table does not have; the message offers the near ones.

    Parameters
    ----------
    who : str
        The function or role that needs the column.
    name : str
        The column that was asked for.
    columns : iterable of str
        The columns that the table has.
    """

    def __init__(self, who: str, name: object, columns: Iterable[object]) -> None:
        names = [str(column) for column in columns]
        near = get_close_matches(str(name), names, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(quote(n) for n in near)}?" if near else "Check the name."
        shown = ", ".join(quote(n) for n in names[:12]) + (", …" if len(names) > 12 else "")
        super().__init__(f"{who} needs the column {quote(name)}, but the table has {shown or 'no columns'}. {hint}")


class MissingExtra(FairlossError, ImportError):
    """An optional library that is not installed; the message names the extra that brings it.

    Parameters
    ----------
    who : str
        The feature that needs the library.
    library : str
        The import name of the library.
    extra : str
        The extra of ``fairloss-toolkit`` that installs it.
    """

    def __init__(self, who: str, library: str, extra: str) -> None:
        super().__init__(
            f"{who} needs {library}, which is not installed. Run: pip install 'fairloss-toolkit[{extra}]'."
        )
