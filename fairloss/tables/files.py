"""Reading a table from a file; what is a table already passes through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fairloss.errors import InputError, MissingExtra, quote

__all__ = ["read_table"]


def read_table(table: Any) -> Any:
    """Read a CSV or Parquet file where a path is given; anything else passes through.

    Raises
    ------
    InputError
        One sentence where the file cannot be read.
    MissingExtra
        Where the library that reads Parquet is not installed.
    """
    if not isinstance(table, str | Path):
        return table
    path = Path(table)
    try:
        return _reader(path)(path)
    except ImportError as error:
        raise MissingExtra(f"Reading {quote(path.name)}", "pyarrow", "arrow") from error
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(
            f"The table cannot be read from {quote(str(path))}: {reason.rstrip('.')}. Check the path and the format."
        ) from error


def _reader(path: Path) -> Callable[[Path], Any]:
    import pandas as pd

    readers: dict[str, Callable[[Path], Any]] = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    kind = (
        path.suffixes[-2] if path.suffix in {".gz", ".bz2", ".xz", ".zip"} and len(path.suffixes) > 1 else path.suffix
    )
    if kind.lower() not in readers:
        raise InputError(
            f"A table is read from a .csv or .parquet file, got {quote(path.name)}. Read it first and pass the frame."
        )
    return readers[kind.lower()]
