"""Counting every conjunction of a few columns' values, on one half of the rows and on the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from fairloss.audit.slices.slice import Slice, SliceSearch
from fairloss.errors import InputError, quote
from fairloss.inference import confirm_slices, worst_slices
from fairloss.notions import Groups, Rate
from fairloss.notions.rates import resolve_rate
from fairloss.tables import binary, column, column_names, encode, read_table, same_rows

__all__ = ["find_slices"]

_MOST_LEVELS = 12
_PARTS = 4
_MOST_SLICES = 1_000_000
Integers = np.ndarray[Any, np.dtype[np.int64]]


def find_slices(
    table: Any,
    *,
    decision: str | None = None,
    label: str | None = None,
    columns: Sequence[str] | None = None,
    rate: str | Rate | None = None,
    pos_label: Any = 1,
    most_columns: int = 2,
    fewest_rows: int = 30,
    most: int = 20,
    level: float = 0.95,
    seed: int = 0,
) -> SliceSearch:
    """Look for the people whose rate differs most from everybody else's, and confirm on rows that did not choose them.

    One half of the rows, drawn at random, ranks every conjunction of values of up to ``most_columns`` columns; the
    ``most`` most different ones are tested on the other half (`fairloss.inference.confirm_slices`). What is not
    confirmed may still be there: half of the rows says less than all of them.

    Parameters
    ----------
    table : frame, mapping of columns, or path
        As in `audit_table`.
    decision, label : str, optional
        Their columns; one of them is needed.
    columns : sequence of str, optional
        The columns whose values make slices; all but decision and label where not given. Numbers with more than 12
        values are cut into quarters; other columns with more than 12 values are refused.
    rate : name or Rate, optional
        A share of people; the selection rate, or the base rate without decisions.
    pos_label : scalar
        The favorable value of label and decision.
    most_columns : {1, 2, 3}
        How many columns a slice may combine.
    fewest_rows : int
        Slices with fewer rows that the rate asks about, on the half of the search, are left out.
    most : int
        How many slices are tested.
    level : float
        At most ``1 - level`` of the confirmed slices are false, on average.
    seed : int
        Of the halving.

    Returns
    -------
    SliceSearch

    Raises
    ------
    InputError
        Where a column is missing or has too many values, the rate is no share or asks for what is not there, or too
        many slices would have to be counted.

    Notes
    -----
    Rows are taken as independent: where one person has several rows, keep one of them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sex, site = rng.choice(["F", "M"], 2000), rng.choice(["x", "y", "z"], 2000)
    >>> hired = rng.random(2000) < np.where((sex == "F") & (site == "y"), 0.2, 0.5)
    >>> found = find_slices({"sex": sex, "site": site, "hired": hired.astype(int)}, decision="hired")
    >>> found.confirmed[0].name
    'sex = F and site = y'
    """
    if most_columns not in (1, 2, 3):
        raise InputError(f"find_slices combines 1, 2 or 3 columns, but got most_columns={quote(most_columns)}.")
    frame = read_table(table)
    outcomes = {"decision": decision, "label": label}
    values = {role: None if name is None else column(frame, name, who="find_slices") for role, name in outcomes.items()}
    names = columns if columns is not None else [one for one in column_names(frame) if one not in (decision, label)]
    features = {name: column(frame, name, who="find_slices") for name in names}
    n = same_rows("find_slices", **values, columns=features)
    asked = _rate(rate, values)
    coded = {role: None if one is None else binary(one, pos_label=pos_label, role=role) for role, one in values.items()}
    favorable, counted = _flags(asked, coded, n)
    half = np.zeros(n, dtype=bool)
    half[np.random.RandomState(seed).permutation(n)[: n // 2]] = True
    searched, held = (_Rows(favorable[rows], counted[rows]) for rows in (half, ~half))
    coding = {name: _groups(name, one) for name, one in features.items()}
    slices = list(_conjunctions(coding, half, searched, held, most_columns, fewest_rows))
    return _confirm(
        slices, searched, held, rate=asked.name, most=most, level=level, rows=(int(half.sum()), int((~half).sum()))
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Which rows are favorable, and which the rate asks about."""

    favorable: Integers
    counted: Integers

    @property
    def total(self) -> tuple[int, int]:
        return int(self.favorable.sum()), int(self.counted.sum())

    def count(self, codes: Integers, size: int) -> tuple[Integers, Integers]:
        """Count favorable and all rows of each code; code -1 is left out."""
        known = codes >= 0
        x = np.bincount(codes[known], self.favorable[known], minlength=size)
        return x.astype(np.int64), np.bincount(codes[known], self.counted[known], minlength=size).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Conjunctions:
    """All conjunctions of the values of some columns that have enough rows: names and counts in both halves."""

    conditions: list[tuple[tuple[str, str], ...]]
    searched: tuple[Integers, Integers]
    held: tuple[Integers, Integers]


def _rate(rate: str | Rate | None, values: Mapping[str, Any]) -> Rate:
    found = resolve_rate(rate or ("selection_rate" if values["decision"] is not None else "base_rate"))
    if not isinstance(found, Rate) or not found.is_proportion:
        raise InputError(f"find_slices compares a share of people, but {quote(found.name)} is none. Use one of RATES.")
    for role, needed in (("label", found.needs_label), ("decision", found.needs_decision)):
        if needed and values[role] is None:
            raise InputError(f"{quote(found.name)} needs a {role}, but none was given. Name its column, {role}=...")
    return found


def _flags(rate: Rate, coded: Mapping[str, Any], n: int) -> tuple[Integers, Integers]:
    """Give for each row whether it is favorable, and whether the rate asks about it."""
    label, decision = (np.zeros(n, np.int64) if coded[role] is None else coded[role] for role in ("label", "decision"))
    of, among = (np.array(form.weights)[label, decision].astype(np.int64) for form in (rate.of, rate.among))
    return of, among


def _groups(name: str, values: Any) -> Groups:
    """Give the values of a column as groups, numbers with many values in quarters."""
    groups = encode({name: values}, cross=True)
    if groups.n_groups <= _MOST_LEVELS:
        return groups
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"find_slices takes columns with at most {_MOST_LEVELS} values, but {quote(name)} has {groups.n_groups}. "
            "Leave it out of columns=, or group its values first."
        ) from error
    cuts = np.unique(np.nanquantile(numbers, np.arange(1, _PARTS) / _PARTS))
    places = np.searchsorted(cuts, numbers, side="left")
    ends = [f"{cut:.6g}" for cut in cuts]
    names = [f"up to {ends[0]}", *(f"above {low} up to {high}" for low, high in pairwise(ends))]
    codes = np.where(np.isnan(numbers), len(cuts) + 1, places)
    return Groups.of(codes, [*names, f"above {ends[-1]}", "missing"], attribute=name)


def _conjunctions(
    coding: Mapping[str, Groups], half: Any, searched: _Rows, held: _Rows, most_columns: int, fewest_rows: int
) -> Iterator[_Conjunctions]:
    sets = [one for size in range(1, most_columns + 1) for one in combinations(coding, size)]
    total = sum(int(np.prod([coding[name].n_groups for name in one])) for one in sets)
    if total > _MOST_SLICES:
        raise InputError(
            f"find_slices would count {total:,} slices, more than {_MOST_SLICES:,}. Name or combine fewer columns."
        )
    for names in sets:
        sizes = tuple(coding[name].n_groups for name in names)
        codes = np.ravel_multi_index(tuple(coding[name].codes for name in names), sizes)
        counts = [rows.count(codes[part], int(np.prod(sizes))) for rows, part in ((searched, half), (held, ~half))]
        kept = np.flatnonzero((counts[0][1] >= fewest_rows) & (counts[0][1] < searched.total[1]))
        places = np.array(np.unravel_index(kept, sizes)).T.tolist()
        conditions = [
            tuple((name, coding[name].names[code]) for name, code in zip(names, row, strict=True)) for row in places
        ]
        first, second = ((x[kept], n[kept]) for x, n in counts)
        yield _Conjunctions(conditions, first, second)


def _confirm(
    found: list[_Conjunctions],
    searched: _Rows,
    held: _Rows,
    *,
    rate: str,
    most: int,
    level: float,
    rows: tuple[int, int],
) -> SliceSearch:
    conditions = [condition for one in found for condition in one.conditions]
    x, n, held_x, held_n = (
        np.concatenate([np.zeros(0, np.int64), *(getattr(one, side)[place] for one in found)])
        for side in ("searched", "held")
        for place in (0, 1)
    )
    kept = worst_slices(x, n, searched.total, most=most)
    lower = x[kept] * searched.total[1] < searched.total[0] * n[kept]
    test = confirm_slices(held_x[kept], held_n[kept], held.total, lower, level=level)
    slices = tuple(
        Slice(
            conditions[place],
            (int(x[place]), int(n[place])),
            (int(held_x[place]), int(held_n[place])),
            float(test.difference[order]),
            float(test.interval.low[order]),
            float(test.interval.high[order]),
            float(test.p_value[order]),
            float(test.p_adjusted[order]),
            bool(test.confirmed[order]),
        )
        for order, place in enumerate(kept)
    )
    return SliceSearch(rate, slices, len(conditions), rows, level)
