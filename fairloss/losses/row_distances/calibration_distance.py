"""Whether a probability means in each group what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.row_distances.frequencies import counted, mean_within_groups
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample

__all__ = ["Calibration"]


@dataclass(frozen=True, slots=True)
class Calibration(RowDistance):
    r"""Average over the groups, by their shares, the squared kernel calibration error within each.

    In a group it is the mean over pairs of different rows of :math:`(y_i - p_i)(y_j - p_j) e^{-|p_i - p_j| / h}`: 0 on
    average where the outcomes have the rates that the values p say, among the rows with about that value. It bounds an
    error and compares no groups: one group alone counts too. A group with one row is left out. Memory is O(n²).
    Sources: Kumar, Sarawagi & Jain (2018), Trainable calibration measures for neural networks from kernel mean
    embeddings; Widmann, Lindsten & Zachariah (2019), Calibration tests in multi-class classification (unbiased form).

    Parameters
    ----------
    width : float
        h, in units of the values. Infinity compares the mean residual alone (multi-accuracy).

    Raises
    ------
    InputError
        If the width is not above 0, or the sample has no labels.

    Examples
    --------
    >>> sample = RowSample(torch.tensor([0.7, 0.7]), torch.ones(2, 1), torch.ones(2), label=torch.zeros(2))
    >>> round(Calibration()(sample).item(), 4)
    0.49
    """

    width: float = 0.2
    needs_label: ClassVar[bool] = True
    frequencies: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the settings."""
        if not self.width > 0:
            raise InputError(f"The width of Calibration must be above 0, got {self.width!r}. 0.2 is usual.")

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the share-weighted mean squared calibration error of the groups."""
        rows = counted(sample, "Calibration", continuous=False, needs_label=True)
        label = rows.values.new_zeros(()) if rows.label is None else rows.label
        residual = label - rows.values
        kernel = torch.exp((rows.values[:, None] - rows.values).abs() / -self.width)
        return mean_within_groups(torch.outer(residual, residual) * kernel, rows)
