"""What one candidate decided on one part, as counts: what every figure of a run is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from fairloss.notions import GroupCounts, Grouping
from fairloss.workflow.mitigations import Candidate
from fairloss.workflow.rows import Rows

__all__ = ["Tally"]


@dataclass(frozen=True, eq=False)
class Tally:
    """The counts of one candidate's decisions on one part of one split.

    Parameters
    ----------
    seed : int
        The seed of the split.
    candidate, part : str
        Whose decisions, on which part.
    cells : integer array of shape (groups + 1, 2, 2)
        Rows by group, label and decision; the last entry holds the rows of no known group.
    auc : float
        How well the candidate's scores rank the labels of the part.
    uses_attribute : bool
        Whether a person's group changes the decision.
    fitted_on : str
        Which rows the candidate was fitted on.
    """

    seed: int
    candidate: str
    part: str
    cells: np.ndarray[Any, np.dtype[np.int64]]
    auc: float
    uses_attribute: bool
    fitted_on: str

    @classmethod
    def of(cls, candidate: Candidate, part: str, rows: Rows, decision: Any, *, seed: int) -> Tally:
        """Count a candidate's decisions."""
        known = GroupCounts.of(rows.label, decision, rows.groups).cells
        everybody = GroupCounts.of(rows.label, decision, np.zeros(len(rows), dtype=np.uint8)).cells
        cells = np.concatenate([known, everybody - known.sum(0, keepdims=True)])
        auc = float(roc_auc_score(rows.label, candidate.score(rows)))
        label = candidate.label
        return cls(seed, candidate.name, part, cells, auc, label.uses_attribute, label.fitted_on)

    def counts(self, grouping: Grouping) -> GroupCounts:
        """Give the counts of the groups that the goal compares."""
        return GroupCounts(self.cells[:-1], None, grouping)

    @property
    def pooled(self) -> GroupCounts:
        """The counts of everybody, rows of no known group too."""
        return GroupCounts(self.cells.sum(0, keepdims=True))

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        names = ("seed", "candidate", "part", "auc", "uses_attribute", "fitted_on")
        return {name: getattr(self, name) for name in names} | {"cells": self.cells.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tally:
        """Read what `to_dict` gave."""
        cells = np.array(data["cells"])
        if cells.ndim != 3 or cells.dtype.kind != "i" or (cells < 0).any():
            raise ValueError("the counts of a run are whole numbers of 0 or more")
        return cls(**{**data, "cells": cells})
