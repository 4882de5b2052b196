"""Writing a text where a path is given."""

from __future__ import annotations

import os
from pathlib import Path

from fairloss.errors import InputError, quote

__all__ = ["write"]


def write(text: str, path: str | Path | None) -> str:
    """Write a text as UTF-8 with plain line ends where a path is given, and give it back.

    A file that is there is replaced once the whole text is on the disk: it is never half of one and half of the other.

    Raises
    ------
    InputError
        One sentence where the file cannot be written.
    """
    if path is not None:
        try:
            _replace(Path(path), text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(
                f"The report cannot be written to {quote(str(path))}: {reason}. Name a file in a folder that exists "
                "and that you may write to."
            ) from error
    return text


def _replace(path: Path, content: bytes) -> None:
    target = path.resolve()
    if not target.is_file():  # nothing is lost there; and a pipe or a device is written to, not replaced
        target.write_bytes(content)
        return
    part = target.with_name(f".{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
