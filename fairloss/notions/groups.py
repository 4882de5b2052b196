"""Who belongs to which group: codes fixed once, and the names that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fairloss.errors import InputError, UnknownName, quote
from fairloss.notions.arrays import to_numpy

__all__ = ["Grouping", "Groups", "checked_codes"]

Codes = np.ndarray[Any, np.dtype[np.integer[Any]]]


@dataclass(frozen=True)
class Grouping:
    """What the codes 0 to G-1 stand for.

    Parameters
    ----------
    attributes : tuple of str
        The sensitive attributes that the groups are made of; several when they are crossed.
    levels : tuple of tuple of str
        For each group one level per attribute.

    Examples
    --------
    >>> grouping = Grouping(("sex", "race"), (("F", "Black"), ("F", "White"), ("M", "White")))
    >>> grouping.names
    ('F × Black', 'F × White', 'M × White')
    >>> marginal, codes = grouping.marginal(["sex"])
    >>> marginal.names, codes.tolist()
    (('F', 'M'), [0, 0, 1])
    """

    attributes: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        wrong = next((level for level in self.levels if len(level) != len(self.attributes)), None)
        if wrong is not None:
            raise InputError(
                f"Each group needs one level per attribute ({len(self.attributes)}), got {quote(wrong)}. "
                "Give one tuple of level names for each group."
            )
        if len(set(self.levels)) != len(self.levels):
            raise InputError(f"The groups of {quote(self.attribute)} must differ, got a level twice. Merge them first.")

    def __len__(self) -> int:
        return len(self.levels)

    @property
    def attribute(self) -> str:
        """The attributes in one word, crossed ones joined by ``×``."""
        return " × ".join(self.attributes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """One display name per group; levels are quoted where two groups would else read alike."""
        plain = tuple(" × ".join(level) for level in self.levels)
        return plain if len(set(plain)) == len(plain) else tuple(" × ".join(map(repr, level)) for level in self.levels)

    def index(self, level: str | Sequence[str]) -> int:
        """Find the code of a group by its display name or by its levels."""
        known: tuple[object, ...] = self.names if isinstance(level, str) else self.levels
        key = level if isinstance(level, str) else tuple(level)
        if key not in known:
            raise UnknownName("group", key if isinstance(key, str) else " × ".join(key), self.names)
        return known.index(key)

    def marginal(self, attributes: Sequence[str]) -> tuple[Grouping, Codes]:
        """Keep some of the crossed attributes.

        Returns
        -------
        grouping : Grouping
            The coarser groups, in order of first appearance.
        codes : array of shape (G,)
            For each of the old groups the code of the new one.
        """
        unknown = [name for name in attributes if name not in self.attributes]
        if unknown:
            raise UnknownName("attribute", unknown[0], self.attributes)
        columns = [self.attributes.index(name) for name in attributes]
        kept = [tuple(level[column] for column in columns) for level in self.levels]
        order = {level: code for code, level in enumerate(dict.fromkeys(kept))}
        return Grouping(tuple(attributes), tuple(order)), np.array([order[level] for level in kept], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of each row, as codes that keep their meaning on new data.

    Parameters
    ----------
    codes : integer array of shape (n,)
        Codes 0 to G-1; -1 for a row whose group is unknown.
    grouping : Grouping
        What the codes stand for.

    Examples
    --------
    >>> groups = Groups.of(np.array([0, 1, 1, -1]), ["F", "M"], attribute="sex")
    >>> len(groups), groups.n_groups, groups.unknown
    (4, 2, 1)
    """

    codes: Codes
    grouping: Grouping

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", checked_codes(self.codes, len(self.grouping)))

    @classmethod
    def of(cls, codes: Any, names: Sequence[str], attribute: str = "group") -> Groups:
        """Make groups of one attribute from ready codes and their names."""
        return cls(np.asarray(codes), Grouping((attribute,), tuple((str(name),) for name in names)))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Groups:
        """Give the groups of some rows; the codes keep their meaning, absent groups stay in the list."""
        return Groups(np.atleast_1d(self.codes[rows]), self.grouping)

    @property
    def shape(self) -> tuple[int]:
        """The number of rows, as an array tells it: so scikit-learn takes the groups of the rows of each fold."""
        return (len(self.codes),)

    @property
    def n_groups(self) -> int:
        """The number of groups G, present or not."""
        return len(self.grouping)

    @property
    def names(self) -> tuple[str, ...]:
        """One display name per group."""
        return self.grouping.names

    @property
    def unknown(self) -> int:
        """How many rows have no known group."""
        return int(np.count_nonzero(self.codes < 0))

    def marginal(self, attributes: Sequence[str]) -> Groups:
        """Keep some of the crossed attributes."""
        grouping, mapping = self.grouping.marginal(attributes)
        codes = np.where(self.codes < 0, -1, mapping[self.codes])
        return Groups(codes.astype(np.int64), grouping)


def checked_codes(values: Any, n_groups: int | None = None) -> Codes:
    """Require group codes: one whole number from -1 up for each row, below the number of groups where that is known.

    Raises
    ------
    InputError
        If they are others.
    """
    codes: Codes = to_numpy(values)
    if codes.ndim != 1 or not np.issubdtype(codes.dtype, np.integer):
        raise InputError(
            f"Group codes must be a one-dimensional integer array, got {codes.dtype} of shape {codes.shape}. "
            "Encode group names with fairloss.tables.encode first."
        )
    size = n_groups if n_groups is not None else max(int(codes.max(initial=0)) + 1, 1)
    if codes.size and (codes.max() >= size or codes.min() < -1):
        row = int(np.flatnonzero((codes >= size) | (codes < -1))[0])
        raise InputError(
            f"Group codes must lie in 0..{size - 1} ({size} groups; -1 is unknown), got {codes[row]} in row {row}. "
            "Encode the groups once, with fairloss.tables.encode."
        )
    return codes
