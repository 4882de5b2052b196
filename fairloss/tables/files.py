"""Reading a table from a file; what is a table already passes through."""

from __future__ import annotations

from collections.abc import Callable
from glob import escape
from pathlib import Path
from typing import Any

from fairloss.errors import InputError, MissingExtra, quote

__all__ = ["read_table", "scan_table"]


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
        raise _unreadable(path, error) from error


def scan_table(table: Any) -> Any:
    """Open a Parquet file in an engine, DuckDB or else polars, so that it may be larger than memory.

    Where neither is installed the file is read. Anything else is read or passes through as by `read_table`, with its
    errors.
    """
    if not isinstance(table, str | Path) or Path(table).suffix.lower() != ".parquet" or not Path(table).is_file():
        return read_table(table)
    for scan in (_scan_in_duckdb, _scan_in_polars):
        try:
            return scan(Path(table))
        except ImportError:
            continue
    return read_table(table)


def _scan_in_duckdb(path: Path) -> Any:
    import duckdb
    import pyarrow  # noqa: F401  (what is counted comes back through it)

    try:
        # A connection of its own: the default one is not for several threads.
        return duckdb.connect().read_parquet(escape(str(path)))
    except duckdb.Error as error:
        raise _unreadable(path, error) from error


def _scan_in_polars(path: Path) -> Any:
    import polars as pl

    frame = pl.scan_parquet(path, glob=False)
    try:
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from error
    return frame


def _read_csv(path: Path) -> Any:
    """Read a CSV file, and refuse what would silently be another table than its author sees."""
    import pandas as pd

    frame = pd.read_csv(path)
    names = [str(name) for name in pd.read_csv(path, header=None, nrows=1, dtype=str).iloc[0].dropna()]
    separator = next((sign for sign in (";", "\t", "|") if len(names) == 1 and sign in names[0]), None)
    if separator is not None:
        raise InputError(
            f"A table is read from columns separated by commas, but those of {quote(path.name)} are separated by "
            f"{quote(separator)}. Save it with commas, or read it and pass the frame."
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"Every column of a table needs its own name, got {quote(twice)} twice. Rename them.")
    if not isinstance(frame.index, pd.RangeIndex):  # the first values would be the names of the rows
        raise InputError(
            f"The rows of {quote(path.name)} have more values than its first line has names. Add the names."
        )
    return frame


def _unreadable(path: Path, error: Exception) -> InputError:
    if isinstance(error, UnicodeDecodeError):
        return InputError(
            f"The table cannot be read from {quote(str(path))}: it is not written in UTF-8. Save it as CSV in UTF-8."
        )
    reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return InputError(
        f"The table cannot be read from {quote(str(path))}: {reason.rstrip('.')}. Check the path and the format."
    )


def _reader(path: Path) -> Callable[[Path], Any]:
    import pandas as pd

    readers: dict[str, Callable[[Path], Any]] = {".csv": _read_csv, ".parquet": pd.read_parquet}
    kind = (
        path.suffixes[-2] if path.suffix in {".gz", ".bz2", ".xz", ".zip"} and len(path.suffixes) > 1 else path.suffix
    )
    if kind.lower() not in readers:
        raise InputError(
            f"A table is read from a .csv or .parquet file, got {quote(path.name)}. Save it as one of "
            "these, or read it and pass the frame."
        )
    return readers[kind.lower()]
