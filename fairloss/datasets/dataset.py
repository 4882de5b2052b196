"""A data set in memory: the table, and the card that says what its columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from fairloss.datasets.schema import Card
from fairloss.datasets.table import Table
from fairloss.errors import MissingColumn

__all__ = ["Dataset"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table with its card; what a column means is never guessed from its name.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows; missing values are nulls.
    card : Card
        What is known about the data set.
    table_name : str
        Which table of the card this is.
    checksums : mapping of str to str
        The SHA-256 of each file that was read; empty for a simulated table.
    warnings : tuple of str
        Where the table differs from what its card remembers of the genuine one, one sentence each.

    Examples
    --------
    >>> from fairloss.datasets import load
    >>> loans = load("loan_book")
    >>> loans.label.name, "sex" in loans.sensitive, "sex" in loans.features
    ('approved', True, False)
    """

    frame: pd.DataFrame
    card: Card
    table_name: str
    checksums: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    @property
    def table(self) -> Table:
        """The part of the card that describes this table."""
        return self.card.tables[self.table_name]

    @property
    def label(self) -> pd.Series:
        """The label: 1 is the better outcome for the person and 0 the other; classes and quantities as they are.

        A row whose label is unknown holds NaN.
        """
        label = self.table.label
        column = self.frame[label.column]
        if label.kind != "binary":
            return column
        coded = column.isin(label.favorable)
        return coded.astype("int64") if column.notna().all() else coded.astype("float64").where(column.notna())

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The names of the sensitive columns."""
        return tuple(self.table.sensitive)

    @property
    def weight(self) -> pd.Series | None:
        """The survey weight of each row, or None where every row counts once."""
        return None if self.table.weight is None else self.frame[self.table.weight]

    @property
    def features(self) -> tuple[str, ...]:
        """The columns a model may learn from when no sensitive attribute of the card is to be used."""
        return self.feature_names()

    def feature_names(self, *, sensitive: str | Iterable[str] | None = None) -> tuple[str, ...]:
        """Name the columns a model may learn from.

        Never among them: the label, what leaks it, what practice does not know, identifiers, the weight, and columns
        that were derived from another one.

        Parameters
        ----------
        sensitive : str or iterable of str, optional
            The attributes that the model must not use, all those of the card by default. What an attribute was derived
            from, what was derived from it, and what restates it leave with it.

        Raises
        ------
        MissingColumn
            When the table has no such column.

        Examples
        --------
        >>> from fairloss.datasets import load
        >>> "age" in load("loan_book").feature_names(sensitive=["sex"])
        True
        """
        table = self.table
        named = self.sensitive if sensitive is None else sensitive
        barred = {named} if isinstance(named, str) else set(named)
        for name in sorted(barred):
            if name not in self.frame:
                raise MissingColumn("feature_names", name, self.frame.columns)
        for rule in table.derive:
            if rule.column in barred or barred.intersection(rule.sources):
                barred |= {rule.column, *rule.sources}
        barred |= {name for name, originals in table.restates.items() if barred.intersection(originals)}
        barred |= {table.label.column, *table.leaks, *table.unavailable, *table.identifiers}
        barred |= {rule.column for rule in table.derive if rule.column not in rule.sources}
        barred |= {table.weight} if table.weight is not None else set()
        for rule in table.derive:
            if rule.column == table.label.column:
                barred |= set(rule.sources)
        return tuple(name for name in self._read_columns() if name not in barred)

    def _read_columns(self) -> list[str]:
        """List the columns that were read, an image as its pixels."""
        names: list[str] = []
        for name, kind in self.table.columns.items():
            names += [str(c) for c in self.frame if str(c).startswith(f"{name}_")] if kind == "pixels" else [name]
        return [name for name in names if name in self.frame]
