"""What a suppressed record says about itself: what was hidden, and below which count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairloss.notions import GroupCounts

__all__ = ["SMALLEST", "SMALLEST_SOURCE", "Suppression", "read_suppression", "write_suppression"]

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
    left_out : tuple of str
        What could not be shown at all.
    """

    smallest: int
    together: tuple[tuple[str, tuple[str, ...]], ...] = ()
    left_out: tuple[str, ...] = ()


def write_suppression(value: Suppression) -> dict[str, Any]:
    """Give it as plain data."""
    together = [{"attribute": attribute, "names": names} for attribute, names in value.together]
    return {"smallest": value.smallest, "together": together, "left_out": value.left_out}


def read_suppression(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Suppression:
    """Read what `write_suppression` wrote."""
    together = tuple((one["attribute"], tuple(one["names"])) for one in data["together"])
    return Suppression(int(data["smallest"]), together, tuple(data["left_out"]))
