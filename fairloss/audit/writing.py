"""Writing a text where a path is given."""

from __future__ import annotations

from pathlib import Path

from fairloss.errors import InputError, quote

__all__ = ["write"]


def write(text: str, path: str | Path | None) -> str:
    """Write a text as UTF-8 with plain line ends where a path is given, and give it back.

    Raises
    ------
    InputError
        One sentence where the file cannot be written.
    """
    if path is not None:
        try:
            Path(path).write_bytes(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(
                f"The report cannot be written to {quote(str(path))}: {reason}. Name a file in a folder that exists "
                "and that you may write to."
            ) from error
    return text
