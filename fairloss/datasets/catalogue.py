"""The data cards by name, and how they are read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from fairloss.content import content_folder
from fairloss.datasets.schema import Card
from fairloss.errors import InputError, UnknownName, quote

__all__ = ["card", "cards", "names", "read_card"]


def names() -> tuple[str, ...]:
    """Name the data sets of the catalogue, in alphabetical order.

    Examples
    --------
    >>> "hiring_funnel" in names()
    True
    """
    return tuple(sorted(path.parent.name for path in content_folder("datasets").glob("*/card.toml")))


@cache
def card(name: str) -> Card:
    """Read the card of one data set.

    Parameters
    ----------
    name : str
        A name from :func:`names`.

    Raises
    ------
    UnknownName
        When the catalogue has no such set; the message offers the near names.

    Examples
    --------
    >>> card("german_credit").tables["german"].reference.rows
    1000
    """
    if name not in names():
        raise UnknownName("data set", name, names())
    return read_card(content_folder("datasets") / name / "card.toml")


def cards() -> Mapping[str, Card]:
    """Read every card of the catalogue, as a read-only mapping from name to card."""
    return MappingProxyType({name: card(name) for name in names()})


def read_card(path: str | Path) -> Card:
    """Read a card from a TOML file and check it.

    Parameters
    ----------
    path : str or Path
        A file ``NAME/card.toml``.

    Raises
    ------
    InputError
        When the file cannot be read, is not TOML, or does not describe a data set; all faults are listed.
    """
    path = Path(path)
    try:
        return Card.model_validate({"name": path.parent.name, **tomllib.loads(path.read_text(encoding="utf-8"))})
    except OSError as error:
        raise InputError(f"The card {quote(str(path))} cannot be read: {error.strerror}. Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The card {quote(str(path))} is not TOML: {quote(str(error))}. Mend the file.") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'card'}: {fault['msg']}" for fault in error.errors())
        raise InputError(
            f"The card {quote(str(path))} does not describe a data set: {faults}. Mend the file."
        ) from error
