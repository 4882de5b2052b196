"""From the name of a data set to its table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from fairloss.datasets.catalogue import card as find_card
from fairloss.datasets.dataset import Dataset
from fairloss.datasets.derive import derive_column
from fairloss.datasets.files import fetch_files, find_files, verify_files
from fairloss.datasets.fingerprint import fingerprint_warnings
from fairloss.datasets.reading import read_table
from fairloss.datasets.schema import Card
from fairloss.datasets.simulate import simulate
from fairloss.datasets.table import Table
from fairloss.errors import UnknownName

__all__ = ["load"]


def load(
    name: str, path: str | Path | None = None, *, table: str | None = None, fetch: bool = False, verify: bool = True
) -> Dataset:
    """Load a data set with its card.

    A simulated set is made on the spot, always the same. The files of a real one are read from ``path``, or
    downloaded with ``fetch=True``, or found where an earlier download left them.

    Parameters
    ----------
    name : str
        A name from :func:`fairloss.datasets.names`.
    path : str or Path, optional
        The folder that holds the files under the names of the card, or the file itself where there is one.
    table : str, optional
        Which table of the card, for sets that have several; the card's default otherwise.
    fetch : bool
        Download the files from their public source, check them, and keep them for the next time, in ``path`` or in the
        cache (``FAIRLOSS_CACHE``, by default ``~/.cache/fairloss``). A simulated set needs no download.
    verify : bool
        Refuse a file whose checksum is not the card's. Without it the file is read all the same, and what is strange
        about it is listed in ``Dataset.warnings``.

    Returns
    -------
    Dataset
        The table as a pandas data frame, with its card.

    Raises
    ------
    UnknownName
        When there is no such data set or table.
    InputError
        When a file is absent, unreadable, not the genuine one, or not what its card describes.

    Examples
    --------
    >>> load("hiring_funnel").frame.shape[0]
    20000
    """
    card = find_card(name)
    table_name = card.default if table is None else table
    if table_name not in card.tables:
        raise UnknownName(f"table of {name}", table_name, card.tables)
    described = card.tables[table_name]
    frame, checksums = _rows(card, described, path, fetch=fetch, verify=verify)
    for rule in described.derive:
        frame[rule.column] = derive_column(frame, rule)
    return Dataset(frame, card, table_name, checksums, fingerprint_warnings(frame, described))


def _rows(
    card: Card, table: Table, path: str | Path | None, *, fetch: bool, verify: bool
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Make the rows or read them, with the checksums of what was read."""
    if card.simulation is not None and path is None:
        plan = card.simulation
        return simulate(plan.generator, plan.rows, plan.seed, **plan.parameters), {}
    paths = fetch_files(card, table, path) if fetch else find_files(card, table, path)
    checksums = verify_files(card, table, paths, verify=verify)
    return read_table(table, paths), checksums
