"""From the bytes of a file to a table whose missing values are real nulls, as its card says."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd

from fairloss.datasets.files import shown
from fairloss.datasets.table import Read, Table
from fairloss.errors import InputError, MissingColumn, quote

__all__ = ["read_table"]

_IDX_BYTES = 0x08


def read_table(table: Table, paths: tuple[Path, ...]) -> pd.DataFrame:
    """Read the files of a table and give every column the kind that its card names.

    Parameters
    ----------
    table : Table
        What the card says.
    paths : tuple of Path
        The files, in the order of the card.

    Returns
    -------
    pandas.DataFrame
        One row per unit; numbers as int64 or float64, categories as text, missing values as nulls. Columns that the
        card does not name come last, as text.

    Raises
    ------
    InputError
        When a file is unreadable or a value does not fit the kind of its column.
    MissingColumn
        When a file lacks a column.
    """
    if table.read.format == "idx":
        return _read_idx(table, paths)
    parts = [_convert(_read_text(path, table), table, path) for path in paths]
    if table.read.part is not None:
        parts = [
            part.assign(**{table.read.part.column: value})
            for part, value in zip(parts, table.read.part.values, strict=True)
        ]
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    if table.read.repeat is not None:
        counts = frame.pop(table.read.repeat)
        frame = frame.loc[frame.index.repeat(counts)].reset_index(drop=True)
    return frame


def _read_text(path: Path, table: Table) -> pd.DataFrame:
    """Read every cell as text under the right column name."""
    read = table.read
    cells = _cells(path, read)
    if read.header:
        header = ["" if pd.isna(name) else str(name) for name in cells.iloc[0]]
        cells = cells.iloc[1:].reset_index(drop=True)
    elif cells.shape[1] != len(table.columns):
        raise InputError(
            f"The file {shown(path)} should have {len(table.columns)} columns, but has {cells.shape[1]}. "
            "Check that it is the right file."
        )
    else:
        header = list(table.columns)
    if repeated := sorted({name for name in header if header.count(name) > 1}):
        raise InputError(f"The file {shown(path)} has two columns named {quote(repeated[0])}. Rename one of them.")
    cells.columns = pd.Index(header)
    if cells.empty:
        raise InputError(f"The file {shown(path)} has column names but no rows. Check that it is complete.")
    return cells.drop(columns=[name for name in read.drop if name in cells])


def _cells(path: Path, read: Read) -> pd.DataFrame:
    """Split a file into cells, one sentence for everything that can go wrong."""
    try:
        return pd.read_csv(
            path,
            sep=read.separator,
            header=None,
            dtype=str,
            keep_default_na=False,
            comment=read.comment,
            skipinitialspace=read.spaces_after_separator,
            encoding="utf-8-sig",
        )
    except OSError as error:
        raise InputError(f"The file {shown(path)} cannot be read: {error.strerror}. Check the path.") from error
    except ValueError as error:  # not UTF-8, no rows at all, or rows of unequal length
        raise InputError(f"The file {shown(path)} is not a table: {quote(str(error))}. Check the file.") from error


def _convert(cells: pd.DataFrame, table: Table, path: Path) -> pd.DataFrame:
    """Give every column its kind, and the missing codes their null."""
    columns = {}
    for name, kind in table.columns.items():
        if name not in cells:
            raise MissingColumn(f"The card of {quote(path.name)}", name, cells.columns)
        codes = (*table.read.missing, *table.read.missing_in.get(name, ()))
        column = cells[name].mask(cells[name].isin(codes))
        if (ending := table.read.suffix.get(name)) is not None:
            column = column.str.removesuffix(ending)
        columns[name] = column if kind == "category" else _number(column, name, path, whole=kind == "integer")
    for name in cells.columns.difference(list(columns), sort=False):
        columns[name] = cells[name]
    return pd.DataFrame(columns)


def _number(column: pd.Series, name: str, path: Path, *, whole: bool) -> pd.Series:
    """Turn text into numbers; what is neither a number nor a missing code is an error that names the row."""
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = column.notna() & ~np.isfinite(numbers)
    if whole:
        wrong |= numbers.notna() & (numbers % 1 != 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        expected = "whole numbers" if whole else "numbers"
        raise InputError(
            f"The column {quote(name)} of {shown(path)} should hold {expected}, but data row {row + 1} has "
            f"{quote(column.iloc[row])}. Correct the file."
        )
    return numbers.astype("int64") if whole and column.notna().all() else numbers


def _read_idx(table: Table, paths: tuple[Path, ...]) -> pd.DataFrame:
    """Read one gzipped IDX array per column; an image becomes one column per pixel."""
    pieces: dict[str, np.ndarray] = {}
    for (name, kind), path in zip(table.columns.items(), paths, strict=True):
        values = _idx_array(path)
        if kind == "pixels":
            flat = values.reshape(len(values), -1)
            pieces |= {f"{name}_{i}": flat[:, i] for i in range(flat.shape[1])}
        else:
            pieces[name] = values.astype("int64")
    lengths = {len(values) for values in pieces.values()}
    if len(lengths) > 1:
        raise InputError(f"{' and '.join(path.name for path in paths)} hold unequal numbers of rows. Check the files.")
    return pd.DataFrame(pieces)


def _idx_array(path: Path) -> np.ndarray:
    """Read a gzipped IDX file of unsigned bytes: two zero bytes, type, dimensions, sizes, then the values."""
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise InputError(f"The file {shown(path)} cannot be unpacked: {quote(str(error))}. Check it.") from error
    dimensions = content[3] if len(content) > 3 else 0
    start = 4 + 4 * dimensions
    shape = np.frombuffer(content[4:start], dtype=">u4").astype("int64") if len(content) >= start else np.array([0])
    if content[:3] != bytes([0, 0, _IDX_BYTES]) or len(content) - start != shape.prod():
        raise InputError(f"The file {shown(path)} is not an IDX array of bytes. Check that it is the right file.")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
