"""Groups that are known by chances only: sums over people, and rates by two roads and within sharp bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.members import read_numbers
from fairloss.audit.mismatches import Mismatch
from fairloss.audit.results import Row
from fairloss.errors import InputError
from fairloss.inference import normal_interval
from fairloss.inference.proxies import as_membership

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport
    from fairloss.notions import GroupCounts

__all__ = [
    "PROXY_COLUMNS",
    "Memberships",
    "count_memberships",
    "impossible_memberships",
    "proxy_rows",
    "read_memberships",
    "write_memberships",
]

PROXY_COLUMNS = (
    "group",
    "reference",
    "rate",
    "weight",
    "kish_size",
    "weighted",
    "low",
    "high",
    "assigned",
    "thresholded",
    "weighted_ratio",
    "thresholded_ratio",
    "bound_low",
    "bound_high",
    "gap_low",
    "gap_high",
)
_CUT = 0.5
_PEOPLE_PER_CELL = 10
"""Sharp bounds need cells with several people; a cell of one person is a guess that looks like knowledge."""
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Memberships:
    """Sums over people whose group is known by chances; additive but for the bounds' cells.

    Parameters
    ----------
    groups : tuple of str
        Their names.
    weights, squares, assigned : array of shape (groups, 2)
        By outcome: sums of chances, of their squares, and people whose chance is above a half.
    bounds : array of shape (2, groups), optional
        The fewest and the most favorable members, summed over cells of people with the same chances; None where such
        cells hold fewer than 10 people on average.
    """

    groups: tuple[str, ...]
    weights: Floats
    squares: Floats
    assigned: Floats
    bounds: Floats | None


def count_memberships(membership: Mapping[str, Any], outcome: Any) -> Memberships:
    """Sum up chances by group and outcome; people of whom no chance is known are left out."""
    if not isinstance(membership, Mapping) or len(membership) < 2:
        raise InputError("membership needs the chances of two groups or more, as a mapping of group to one per row.")
    columns = [np.asarray(one, dtype=np.float64) for one in membership.values()]
    if any(one.shape != (len(outcome),) for one in columns):
        raise InputError(f"membership needs one chance per row and group, {len(outcome)} each.")
    chances = as_membership("membership", np.stack(columns, axis=1))
    known = ~np.isnan(chances).any(axis=1)
    chances, favorable = chances[known], np.asarray(outcome)[known].astype(np.float64)
    both = np.stack([1 - favorable, favorable], axis=1)
    weights, squares, assigned = (one.T @ both for one in (chances, chances**2, (chances > _CUT).astype(np.float64)))
    return Memberships(tuple(map(str, membership)), weights, squares, assigned, _bounds(chances, favorable))


def _bounds(chances: Floats, favorable: Floats) -> Floats | None:
    cells, places = np.unique(chances, axis=0, return_inverse=True)
    if not len(cells) or len(chances) < _PEOPLE_PER_CELL * len(cells):
        return None
    n, x = np.bincount(places.ravel()), np.bincount(places.ravel(), favorable)
    members = n[:, None] * cells
    fewest = np.maximum(members + x[:, None] - n[:, None], 0).sum(axis=0)
    return np.stack([fewest, np.minimum(members, x[:, None]).sum(axis=0)])


def write_memberships(found: Memberships) -> dict[str, Any]:
    """Give the sums as plain data."""
    names = ("groups", "weights", "squares", "assigned", "bounds")
    return {name: getattr(found, name) for name in names}


def read_memberships(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Memberships:
    """Read what `write_memberships` wrote."""
    groups = tuple(map(str, data["groups"]))
    weights, squares, assigned = (
        read_numbers(data[name], 2).astype(np.float64) for name in ("weights", "squares", "assigned")
    )
    bounds = None if data["bounds"] is None else read_numbers(data["bounds"], 2).astype(np.float64)
    shapes = {one.shape for one in (weights, squares, assigned)} | (
        {bounds.shape[::-1]} if bounds is not None else set()
    )
    if shapes != {(len(groups), 2)}:
        raise ValueError("sums of chances are not of the shape of their groups")
    return Memberships(groups, weights, squares, assigned, bounds)


def impossible_memberships(report: AuditReport) -> Iterator[Mismatch]:
    """Name squares that are larger than the chances that they come from."""
    found = report.evidence["memberships"]
    for place, outcome in np.argwhere(found.squares > found.weights * (1 + 1e-9)):
        pointer = f"/memberships/squares/{place}/{outcome}"
        yield Mismatch(pointer, float(found.squares[place, outcome]), float(found.weights[place, outcome]))


def proxy_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group: the weighted and the thresholded rate, and the sharp bounds where there are any."""
    if "memberships" not in report.evidence:
        return
    found: Memberships = report.evidence["memberships"]
    weight, favorable = found.weights.sum(1), found.weights[:, 1]
    rates, cut = _over(favorable, weight), _over(found.assigned[:, 1], found.assigned.sum(1))
    spread = found.squares[:, 1] * (1 - rates) ** 2 + found.squares[:, 0] * rates**2
    interval = normal_interval(rates, _over(np.sqrt(spread), weight), level=report.plan.level, bounds=(0.0, 1.0))
    reference = _reference(report, found, rates)
    low, high = _over(found.bounds, weight) if found.bounds is not None else np.full((2, len(weight)), np.nan)
    gaps = low - high[reference], high - low[reference]
    for code, name in enumerate(found.groups):
        known = not np.isnan(rates[code])
        own = code == reference
        values = {
            "group": name,
            "reference": found.groups[reference],
            "rate": "base_rate" if report.is_data_audit else "selection_rate",
            "weight": weight[code],
            "kish_size": _over(weight**2, found.squares.sum(1))[code],
            "weighted": rates[code],
            "low": interval.low[code] if known else np.nan,
            "high": interval.high[code] if known else np.nan,
            "assigned": int(found.assigned[code].sum()),
            "thresholded": cut[code],
            "weighted_ratio": _over(rates, np.full_like(rates, rates[reference]))[code],
            "thresholded_ratio": _over(cut, np.full_like(cut, cut[reference]))[code],
            "bound_low": low[code],
            "bound_high": high[code],
            "gap_low": 0.0 if own and known else gaps[0][code],
            "gap_high": 0.0 if own and known else gaps[1][code],
        }
        yield {key: float(one) if isinstance(one, np.floating) else one for key, one in values.items()}


def _reference(report: AuditReport, found: Memberships, rates: Floats) -> int:
    named = report.plan.fixed_reference("membership")
    if named in found.groups:
        return found.groups.index(named)
    values = found.weights.sum(1) if report.plan.reference == "largest" else np.nan_to_num(rates, nan=-1.0)
    return int(np.argmax(values))


def _over(top: Any, bottom: Floats) -> Floats:
    top, bottom = np.broadcast_arrays(np.asarray(top, np.float64), bottom)
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0))
