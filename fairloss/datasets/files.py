"""The files behind a card: finding them, fetching them, and being sure that they are the genuine ones."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from fairloss.datasets.schema import Card
from fairloss.datasets.table import Table
from fairloss.errors import InputError, quote

__all__ = ["cache_folder", "checksum", "fetch_files", "find_files", "shown", "verify_files"]

_TIMEOUT_SECONDS = 60
_CHUNK = 1 << 20


def cache_folder() -> Path:
    """Name the folder that keeps fetched files: ``FAIRLOSS_CACHE``, or ``~/.cache/fairloss``."""
    chosen = os.environ.get("FAIRLOSS_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "fairloss"


def shown(path: Path) -> str:
    """Show a file inside a sentence: its name first, because a long folder is cut."""
    return f"{quote(path.name)} in {quote(str(path.parent))}"


def checksum(path: Path) -> str:
    """Compute the SHA-256 of a file, in 64 hexadecimal digits.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"The file {shown(path)} cannot be read: {error.strerror}. Check the path.") from error


def find_files(card: Card, table: Table, path: str | Path | None) -> tuple[Path, ...]:
    """Find the files of a table, in the order of its card.

    Parameters
    ----------
    card, table : Card, Table
        The data set and the table of it.
    path : str or Path, optional
        A folder that holds the files under the names of the card, or the file itself where the table has only one;
        by default the folder that keeps fetched files.

    Raises
    ------
    InputError
        When the path or a file in it does not exist; the message says how to obtain the data.
    """
    folder = cache_folder() / card.name if path is None else Path(path)
    if os.path.isfile(folder):  # unlike Path.is_file, a name that is too long is merely absent
        if len(table.files) != 1:
            needed = " and ".join(table.files)
            raise InputError(f"{card.name} needs {needed}; {quote(str(path))} is one file. Give the folder of them.")
        return (folder,)
    found = tuple(folder / file for file in table.files)
    absent = [file.name for file in found if not os.path.isfile(file)]
    if not absent:
        return found
    if path is None:
        raise InputError(
            f"{card.name} is not shipped with fairloss and needs {' and '.join(table.files)}. "
            f"Give the folder that holds them, as path= or --data. {card.obtain}"
        )
    if not os.path.exists(folder):
        raise InputError(f"{card.name} was to be read from {quote(str(path))}, which does not exist. Check the path.")
    raise InputError(f"{card.name} needs {' and '.join(absent)}, absent from {quote(str(path))}. {card.obtain}")


def verify_files(card: Card, table: Table, paths: tuple[Path, ...], *, verify: bool) -> dict[str, str]:
    """Compute the checksum of every file, and refuse one that differs from the card unless ``verify`` is off.

    Returns
    -------
    dict of str to str
        The SHA-256 of each file, by its name in the card.

    Raises
    ------
    InputError
        When a checksum differs from the card's.
    """
    found = {name: checksum(path) for name, path in zip(table.files, paths, strict=True)}
    for (name, got), path in zip(found.items(), paths, strict=True):
        expected = card.files[name].sha256
        if verify and got != expected:
            raise InputError(
                f"The file {shown(path)} is not the {name} that the card of {card.name} describes: its SHA-256 "
                f"should be {expected}, but is {got}. Obtain the genuine file, or read this one with verify=False."
            )
    return found


def fetch_files(
    card: Card,
    table: Table,
    folder: str | Path | None = None,
    *,
    open_url: Callable[..., BinaryIO] = urllib.request.urlopen,
) -> tuple[Path, ...]:
    """Download the files of a table, check them, and return where they lie.

    A file that is there already is left as it is; one that arrives with another checksum than the card's is not kept.

    Parameters
    ----------
    card, table : Card, Table
        The data set and the table of it.
    folder : str or Path, optional
        Where to keep the files; the cache by default.
    open_url : callable
        Opens an address for reading, like :func:`urllib.request.urlopen`.

    Raises
    ------
    InputError
        When a file has no public address in the card, cannot be downloaded, or differs from the card.
    """
    folder = cache_folder() / card.name if folder is None else Path(folder)
    for name in table.files:
        record, target = card.files[name], folder / name
        if target.is_file():
            continue
        if record.url is None:
            raise InputError(f"{card.name} cannot be fetched: {name} has no direct public address. {card.obtain}")
        _download(record.url, target, expected=record.sha256, open_url=open_url)
    return tuple(folder / name for name in table.files)


def _download(url: str, target: Path, *, expected: str, open_url: Callable[..., BinaryIO]) -> None:
    """Save an address beside its target, and move it there only if its checksum is the expected one."""
    digest = hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=target.parent) as folder:
            partial = Path(folder) / target.name
            with closing(open_url(url, timeout=_TIMEOUT_SECONDS)) as source, partial.open("wb") as sink:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    sink.write(chunk)
            if digest.hexdigest() == expected:
                partial.replace(target)
                return
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise InputError(f"{url} could not be saved as {shown(target)}: {quote(str(reason))}. Try again.") from error
    raise InputError(
        f"What {url} serves is not the file that the card describes: its SHA-256 should be {expected}, but is "
        f"{digest.hexdigest()}. Nothing was kept; obtain the genuine file and give its folder as path=."
    )
