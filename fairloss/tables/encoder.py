"""The rule that fixes group codes once, so that they mean the same on new data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from fairloss.errors import InputError, UnknownName, quote
from fairloss.notions import Grouping, Groups
from fairloss.tables.columns import column, feature_columns, same_rows
from fairloss.tables.crossing import Cells, Names, cross
from fairloss.tables.levels import free_name, level_order

__all__ = ["Encoder", "Missing", "learn"]

Missing = Literal["group", "unknown", "raise"]
Unseen = Literal["raise", "unknown"]
Level = tuple[str, ...]
Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Encoder:
    """The rule that turns sensitive features into group codes, learned once and applied to any new table.

    Parameters
    ----------
    grouping : Grouping
        What the codes stand for.
    missing : {"group", "unknown", "raise"}
        What a row without a value becomes: a member of the group named in ``missing_names``, the code -1, or an error.
    missing_names : tuple of str
        For each attribute the level of a row without a value.
    pooled : tuple of tuple of str
        The rare groups that were merged; their rows get the last code.

    Examples
    --------
    >>> encoder = Encoder.fit({"sex": ["M", "F", None]})
    >>> encoder.grouping.names
    ('F', 'M', 'missing')
    >>> encoder.encode({"sex": ["M", "M"]}).codes
    array([1, 1])
    >>> encoder.encode({"sex": ["M", "X"]})
    Traceback (most recent call last):
        ...
    fairloss.errors.InputError: The codes of 'sex' hold the groups 'F', 'M', 'missing', got 'X' (1 row). Fit on ...
    """

    grouping: Grouping
    missing: Missing = "group"
    missing_names: Level = ()
    pooled: tuple[Level, ...] = ()

    @classmethod
    def fit(
        cls,
        features: Any,
        *,
        missing: Missing = "group",
        rare: float | None = None,
        names: Sequence[str] | None = None,
    ) -> Encoder:
        """Learn the groups that occur; the arguments are those of `encode`. Of `Groups` the grouping is taken over."""
        if isinstance(features, Groups):
            names = ("missing",) * len(features.grouping.attributes)
            return cls(features.grouping, missing="unknown", missing_names=names)  # as the code -1 is in Groups
        columns = feature_columns(features, names)
        same_rows("encode", **columns)
        return learn(cross(columns).cells, missing=missing, rare=rare)

    def encode(self, features: Any, *, unseen: Unseen = "raise") -> Groups:
        """Give new rows the codes that were learned.

        Parameters
        ----------
        features : frame, mapping, series, array or Groups
            The same attributes; in a frame or a mapping they are found by name, others are ignored. Groups must have
            the grouping that was learned.
        unseen : {"raise", "unknown"}
            What becomes of a group that the encoder has not seen: an error, or the code -1.

        Raises
        ------
        InputError
            If a group is unseen, if an attribute is not there, or if lengths differ.
        """
        _choice("unseen", unseen, Unseen)
        if isinstance(features, Groups):
            return self._same(features)
        columns = self._columns(features)
        same_rows("encode", **columns)
        crossing = cross(columns)
        return Groups(crossing.spread(self.codes_of(crossing.cells, unseen=unseen)), self.grouping)

    def codes_of(self, cells: Cells, *, unseen: Unseen = "raise") -> Integers:
        """Give the group code of each cell of a crossing."""
        _check_missing(cells, self.missing)
        last = len(self.grouping) - 1
        known: dict[Level | None, int] = dict.fromkeys(self.pooled, last)
        known.update((level, code) for code, level in enumerate(self.grouping.levels))
        known[None] = -1
        levels = [_fill(level, self.missing, self.missing_names) for level in cells.levels]
        strange: Counter[str] = Counter()
        for level, rows in zip(levels, cells.counts.tolist(), strict=True):
            if level is not None and level not in known:
                strange[" × ".join(level)] += rows
        if strange and unseen == "raise":
            self._refuse(strange)
        return np.array([known.get(level, -1) for level in levels], dtype=np.int64)

    def to_dict(self) -> dict[str, Any]:
        """Give the rule as plain lists and texts, ready for JSON."""
        return {
            "attributes": list(self.grouping.attributes),
            "levels": [list(level) for level in self.grouping.levels],
            "missing": self.missing,
            "missing_names": list(self.missing_names),
            "pooled": [list(level) for level in self.pooled],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Encoder:
        """Read what `to_dict` gave.

        Examples
        --------
        >>> encoder = Encoder.fit({"sex": ["F", "M"], "race": ["B", "W"]})
        >>> Encoder.from_dict(encoder.to_dict()) == encoder
        True
        """
        lacking = sorted({"attributes", "levels", "missing", "missing_names", "pooled"} - set(record))
        if lacking:
            raise InputError(f"An encoder record needs {quote(lacking[0])}, got {quote(list(record))}. Use to_dict().")
        _choice("missing", record["missing"], Missing)
        grouping = Grouping(tuple(record["attributes"]), tuple(tuple(level) for level in record["levels"]))
        pooled = tuple(tuple(level) for level in record["pooled"])
        return cls(grouping, record["missing"], tuple(record["missing_names"]), pooled)

    def _same(self, groups: Groups) -> Groups:
        if groups.grouping != self.grouping:
            raise InputError(
                f"The codes of {quote(self.grouping.attribute)} hold the groups {quote(self.grouping.names)}, got "
                f"Groups of {quote(groups.grouping.names)}. Encode both tables with one encoder."
            )
        return groups

    def _columns(self, features: Any) -> dict[str, Any]:
        attributes = self.grouping.attributes
        columns = feature_columns(features)
        if len(columns) == 1 == len(attributes):
            return dict(zip(attributes, columns.values(), strict=True))
        if all(name.startswith("group_") for name in columns) and len(columns) == len(attributes):
            return dict(zip(attributes, columns.values(), strict=True))
        return {name: column(columns, name, who="The encoder") for name in attributes}

    def _refuse(self, strange: Counter[str]) -> None:
        ((name, rows),) = strange.most_common(1)
        others = f" and {len(strange) - 1} more groups" if len(strange) > 1 else ""
        shown = ", ".join(quote(known) for known in self.grouping.names[:6]) + (", …" if len(self.grouping) > 6 else "")
        raise InputError(
            f"The codes of {quote(self.grouping.attribute)} hold the groups {shown}, "
            f"got {quote(name)} ({rows:,} row{'s' * (rows != 1)}){others}. "
            "Fit on data that hold every group, or pass unseen='unknown' to leave such rows out."
        )


def learn(cells: Cells, *, missing: Missing = "group", rare: float | None = None) -> Encoder:
    """Fix the groups that occur in a crossing; the arguments are those of `encode`."""
    _choice("missing", missing, Missing)
    _check_missing(cells, missing)
    taken = [{name for name in cells.values(attribute) if name is not None} for attribute in cells.attributes]
    names = tuple(free_name("missing", found) for found in taken)
    sizes: dict[Level, int] = {}
    order = sorted(range(len(cells.levels)), key=lambda i: [level_order(name) for name in cells.levels[i]])
    for i in order:
        level = _fill(cells.levels[i], missing, names)
        if level is not None:
            sizes[level] = sizes.get(level, 0) + int(cells.counts[i])
    if not sizes:
        raise InputError(
            f"encode needs a value of {quote(' × '.join(cells.attributes))} in at least one row, got none. "
            "Pass missing='group' to make them one group."
        )
    pooled = _rare(sizes, rare)
    kept = [level for level in sizes if level not in pooled]
    if pooled:
        kept.append(tuple(free_name("other", {level[j] for level in kept}) for j in range(len(names))))
    return Encoder(Grouping(cells.attributes, tuple(kept)), missing, names, tuple(pooled))


def _fill(level: Names, missing: Missing, names: Level) -> Level | None:
    """Name the missing values of a level; None where it is unknown."""
    if missing == "unknown" and None in level:
        return None
    return tuple(name if value is None else value for value, name in zip(level, names, strict=True))


def _rare(sizes: Mapping[Level, int], rare: float | None) -> dict[Level, int]:
    if rare is None:
        return {}
    if not rare > 0:
        raise InputError(f"rare must be a share of the rows or a number of rows above 0, got {rare}. Use e.g. 0.01.")
    least = rare * sum(sizes.values()) if rare < 1 else rare
    return {level: size for level, size in sizes.items() if size < least}


def _check_missing(cells: Cells, missing: Missing) -> None:
    for attribute in cells.attributes if missing == "raise" else ():
        rows = sum(int(n) for name, n in zip(cells.values(attribute), cells.counts, strict=True) if name is None)
        if rows:
            raise InputError(
                f"encode needs a value of {quote(attribute)} in every row, got {rows:,} without. "
                "Fill them, or pass missing='group' or missing='unknown'."
            )


def _choice(name: str, value: object, allowed: Any) -> None:
    if value not in get_args(allowed):
        raise UnknownName(f"choice of {name}", value, get_args(allowed))
