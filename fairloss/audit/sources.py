"""Where an audit takes its table from: a frame, a mapping, or the path of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.tables.levels import is_missing

__all__ = ["missing_flags", "read_table"]


def read_table(table: Any) -> Any:
    """Read a CSV or Parquet file where a path is given; anything else passes through.

    Raises
    ------
    InputError
        One sentence where the file cannot be read.
    """
    if not isinstance(table, str | Path):
        return table
    path = Path(table)
    try:
        return _reader(path)(path)
    except (OSError, ValueError, ImportError) as error:
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


def missing_flags(values: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell for each value of a column whether it is missing."""
    import narwhals.stable.v2 as nw

    series = nw.from_native(values, series_only=True, pass_through=True, allow_series=True)
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return np.asarray(np.isnan(values), dtype=bool)
    if not isinstance(series, nw.Series):
        return np.array([is_missing(value) for value in values], dtype=bool)
    if series.dtype.is_float():
        series = series.fill_nan(None)
    return np.asarray(series.is_null().to_numpy(), dtype=bool)
