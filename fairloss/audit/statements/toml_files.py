"""Reading what people wrote down in a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from fairloss.errors import InputError, quote

__all__ = ["read_toml"]

_LARGEST = 2**20


def read_toml(path: str | Path, what: str) -> dict[str, Any]:
    """Give the plain data of a TOML file.

    Parameters
    ----------
    path : path
        The file.
    what : str
        What it holds, at the beginning of the sentence of an error: ``"A statement"``.

    Raises
    ------
    InputError
        One sentence where the file cannot be read, is larger than 1 MiB or is no TOML.
    """
    shown = quote(str(path))
    try:
        size = Path(path).stat().st_size
        text = Path(path).read_text(encoding="utf-8") if size <= _LARGEST else ""
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"{what} cannot be read from {shown}: {reason}. Check the path.") from error
    if size > _LARGEST:
        raise InputError(f"{what} is a TOML file of at most 1 MiB, but {shown} has {size:,} bytes. Shorten it.")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"{what} is a TOML file, but {shown} is not: {quote(reason)}. Correct it there.") from error
