"""Distances between whole distributions, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fairloss.losses.row_sample import RowDistance

__all__ = ["ROW_DISTANCES"]

ROW_DISTANCES: Mapping[str, RowDistance] = MappingProxyType({})
"""Every distance that needs rows by name, read-only."""
