"""What a suppressed record says about itself: what was hidden, and below which count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairloss.notions import GroupCounts

__all__ = [
    "SMALLEST",
    "SMALLEST_SOURCE",
    "LeftOut",
    "Suppression",
    "Together",
    "read_suppression",
    "write_suppression",
]

Together = tuple[str, tuple[str, ...]]
"""An attribute, and the names of its groups, or strata, that are shown as one."""
LeftOut = tuple[str, str]
"""What is not shown, and why."""

SMALLEST = 11
SMALLEST_SOURCE = "the cell size policy of the US Centers for Medicare and Medicaid Services"
"""The usual smallest count that is printed, and where it comes from."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """What was hidden.

    Parameters
    ----------
    smallest : int
        The smallest count of people that is printed.
    together : tuple of (attribute, names)
        The groups, or strata, that are shown as one.
    left_out : tuple of (what, reason)
        What could not be shown at all, and why.
    hides_groups : bool
        Whether a group, or a whole table, is not shown by itself.
    """

    smallest: int
    together: tuple[Together, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    hides_groups: bool = False


def write_suppression(value: Suppression) -> dict[str, Any]:
    """Give it as plain data."""
    together = [{"attribute": attribute, "names": names} for attribute, names in value.together]
    left_out = [{"what": what, "reason": reason} for what, reason in value.left_out]
    return {"smallest": value.smallest, "together": together, "left_out": left_out, "hides_groups": value.hides_groups}


def read_suppression(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Suppression:
    """Read what `write_suppression` wrote."""
    together = tuple((one["attribute"], tuple(one["names"])) for one in data["together"])
    left_out = tuple((str(one["what"]), str(one["reason"])) for one in data["left_out"])
    return Suppression(int(data["smallest"]), together, left_out, bool(data["hides_groups"]))
