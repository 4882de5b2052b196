"""From a definition and a file to rows that a model can learn from, divided into parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fairloss.datasets import Dataset, load
from fairloss.errors import InputError, MissingColumn, quote
from fairloss.notions import Grouping, Groups
from fairloss.tables import encode, hold_out, read_table
from fairloss.workflow.definition import Data, Definition, Split

__all__ = ["Parts", "Provenance", "Rows", "Source", "divide", "read_rows"]


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one part.

    Parameters
    ----------
    features : pandas.DataFrame
        What the model may see.
    label : array of shape (n,)
        1 is the better outcome for the person.
    attributes : pandas.DataFrame
        Every audited attribute, missing values as they are.
    groups : Groups
        The groups that the goal compares: the sensitive attributes, crossed where there are several.
    control : pandas.DataFrame
        The columns within whose values the audits also look; without columns where none are asked for.
    """

    features: pd.DataFrame
    label: np.ndarray[Any, Any]
    attributes: pd.DataFrame
    groups: Groups
    control: pd.DataFrame

    def __len__(self) -> int:
        return len(self.label)

    @property
    def strata(self) -> np.ndarray[Any, Any]:
        """One code for each label in each group, for parts that hold equal shares of them."""
        return np.asarray(self.groups.codes.astype(np.int64) * 2 + self.label)

    def take(self, index: np.ndarray[Any, Any]) -> Rows:
        """Give some of the rows, by position."""
        features, attributes, control = (frame.iloc[index] for frame in (self.features, self.attributes, self.control))
        return Rows(features, self.label[index], attributes, self.groups[index], control)


@dataclass(frozen=True, eq=False)
class Source:
    """What was read, and what a reader of the report must know about it.

    Parameters
    ----------
    rows : Rows
        The rows with a known label.
    name : str
        The data set or the file.
    facts : mapping of str to str
        Provenance: rows, checksums, where they come from.
    warnings : tuple of str
        What is strange about the table, one sentence each.
    """

    rows: Rows
    name: str
    facts: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def provenance(self) -> Provenance:
        """What is said of it where the rows themselves are gone."""
        return Provenance(self.name, len(self.rows), self.facts, self.warnings)


@dataclass(frozen=True)
class Provenance:
    """What a reader of the report must know about the rows that were read; see `Source`."""

    name: str
    rows: int
    facts: Mapping[str, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Parts:
    """The three parts of a split."""

    train: Rows
    validation: Rows
    test: Rows


def read_rows(definition: Definition, path: str | Path | None = None) -> Source:
    """Read the data of a definition.

    Parameters
    ----------
    definition : Definition
        What to read.
    path : str or Path, optional
        The file or the folder; simulated sets need none.

    Raises
    ------
    InputError
        When there is nothing to read, a column is missing, or the label has not two values.
    """
    data = definition.data
    if data.card is not None:
        dataset = load(data.card, path, table=data.table)
        return _from_card(definition, dataset)
    if path is None:
        raise InputError(
            f"The audit {quote(definition.name)} names no data card, so it needs a file, got none. Pass --data FILE."
        )
    frame = read_table(path)
    if data.label is None or not data.favorable:
        raise InputError(
            f"The audit {quote(definition.name)} has no data card, so its [data] needs a label and favorable values, "
            "got none. Add them to audit.toml."
        )
    barred = {data.label, *data.sensitive, *data.not_features}
    features = [str(column) for column in frame.columns if column not in barred]
    return _source(definition, frame, _coded(frame, data), features, Path(path).name, {}, ())


def _from_card(definition: Definition, dataset: Dataset) -> Source:
    data, frame = definition.data, dataset.frame
    label = dataset.label if data.label is None else _coded(frame, data)
    hidden = [*data.sensitive, *(name for name in dataset.sensitive if name not in data.model_may_use)]
    allowed = dataset.feature_names(sensitive=hidden)
    barred = {data.label, *data.not_features}
    features = [name for name in allowed if name not in barred]
    facts = {"title": dataset.card.title, "source": dataset.card.source, "license": dataset.card.license}
    facts |= {f"SHA-256 of {file}": digest for file, digest in dataset.checksums.items()}
    return _source(definition, frame, label, features, dataset.card.name, facts, dataset.warnings)


def _coded(frame: pd.DataFrame, data: Data) -> pd.Series:
    if data.label not in frame.columns:
        raise MissingColumn("The label", data.label, frame.columns)
    column = frame[data.label]
    values = [value for value in column.dropna().unique() if value not in data.favorable]
    if len(values) == len(column.dropna().unique()):
        raise InputError(
            f"No row of {quote(data.label)} holds a favorable value {quote(data.favorable)}, got "
            f"{quote(sorted(map(str, values))[:5])}. Mend favorable in audit.toml."
        )
    return column.isin(list(data.favorable)).astype(float).where(column.notna())


def _source(
    definition: Definition,
    frame: pd.DataFrame,
    label: pd.Series,
    features: list[str],
    name: str,
    facts: Mapping[str, str],
    warnings: tuple[str, ...],
) -> Source:
    data = definition.data
    within = list(definition.audit.strata)
    for column in (*data.sensitive, *data.also_audited, *within):
        if column not in frame.columns:
            raise MissingColumn(f"The audit {quote(definition.name)}", column, frame.columns)
    known = label.notna().to_numpy()
    kept = frame.loc[known].reset_index(drop=True)
    y = label[known].to_numpy(dtype=np.int64)
    if len(y) == 0 or y.min() == y.max():
        raise InputError(f"The label of {quote(name)} needs both outcomes, got {len(y)} rows of one. Check the label.")
    dropped = () if known.all() else (f"{int((~known).sum())} of {len(known)} rows have no label and are left out.",)
    groups, thin = _supported(encode(kept[list(data.sensitive)]), definition.goal.minimum_support)
    if groups.n_groups < 2:
        raise InputError(
            f"The audit {quote(definition.name)} compares groups of {definition.goal.minimum_support} rows or more, "
            f"got {groups.n_groups}: {quote(groups.names)}. Choose another attribute or a lower minimum_support."
        )
    attributes = kept[[*data.sensitive, *data.also_audited]]
    counted = {"rows": f"{len(frame):,}", **facts}
    return Source(
        Rows(kept[features], y, attributes, groups, kept[within]), name, counted, (*warnings, *dropped, *thin)
    )


def _supported(groups: Groups, minimum: int) -> tuple[Groups, list[str]]:
    """Take groups of too few rows out of the goal, and say so; their rows become rows of no known group."""
    sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=groups.n_groups)
    large = np.flatnonzero(sizes >= minimum)
    places = np.full(groups.n_groups + 1, -1)  # the last one is for rows of no known group
    places[large] = np.arange(len(large))
    levels = groups.grouping.levels
    kept = Groups(places[groups.codes], Grouping(groups.grouping.attributes, tuple(levels[code] for code in large)))
    thin = [
        f"The group {quote(groups.names[code])} has {sizes[code]:,} rows, fewer than the minimum support of "
        f"{minimum:,}: it is audited, and takes no part in the goal."
        for code in np.flatnonzero(sizes < minimum)
    ]
    return kept, thin


def divide(rows: Rows, split: Split, seed: int) -> Parts:
    """Divide rows at random into train, validation and test, with equal shares of each label in each group.

    Parameters
    ----------
    rows : Rows
        What to divide.
    split : Split
        The shares.
    seed : int
        Decides the draw.
    """
    strata = rows.strata
    random = np.random.RandomState(seed)
    rest, test = hold_out(strata, split.test, random)
    train, validation = hold_out(strata[rest], split.validation, random)
    return Parts(rows.take(rest[train]), rows.take(rest[validation]), rows.take(test))
