"""Distances by correlation: the covariance with the attribute, and the largest correlation after transformations."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import torch
from torch import Tensor

from fairloss.errors import InputError
from fairloss.losses.row_distances.frequencies import centered, counted, positive, spread
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample

__all__ = ["Covariance", "MaximalCorrelation"]


@dataclass(frozen=True, slots=True)
class Covariance(RowDistance):
    r"""Add up the covariances of the values with membership in each group, or with a continuous attribute.

    For two groups each covariance is :math:`\pm \pi_0 \pi_1 (m_1 - m_0)`, a gap of means, where :math:`\pi_g` is the
    share of a group. It sees no difference but that of means, and is biased upward on minibatches. Source: Zafar,
    Valera, Gomez Rodriguez & Gummadi (2017), Fairness constraints: mechanisms for fair classification.

    Parameters
    ----------
    squared : bool
        Add up squares, otherwise absolute values.
    correlation : bool
        Divide by both standard deviations, so that units do not matter: the correlation of a group is that with its
        membership. Exactly 0 where there is no spread.

    Examples
    --------
    >>> groups = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> sample = RowSample(torch.tensor([0.2, 0.6]), groups, torch.ones(2))
    >>> round(Covariance(squared=False)(sample).item(), 4)
    0.2
    """

    squared: bool = True
    correlation: bool = False
    continuous: ClassVar[bool] = True

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the sum over groups, or over the columns of a continuous attribute."""
        rows = counted(sample, "Covariance")
        share = rows.weight / positive(rows.weight.sum())
        value, attribute = centered(rows.values[:, None], share), centered(rows.attribute, share)
        mine, theirs = spread(value, rows.values[:, None], share), spread(attribute, rows.attribute, share)
        product = torch.where((mine > 0) & (theirs > 0), share @ (value * attribute), 0)
        if self.correlation:
            product = product / (positive(mine) * positive(theirs)).sqrt()
        return (product.square() if self.squared else product.abs()).sum()


@dataclass(frozen=True, slots=True)
class MaximalCorrelation(RowDistance):
    r"""Bound the squared correlation that any smooth transformations of values and attribute can reach (HGR).

    Values, and columns of a continuous attribute, are mapped to [-1, 1] and raised to the polynomials of Chebyshev;
    groups enter as they are. The distance is the sum of the squared canonical correlations of the two sets, which is at
    least the largest of them, the squared maximal correlation within the sets, and equal to it for two groups. For
    values of 0 and 1 it is the chi-square :math:`\sum_g \pi_g (m_g - m)^2 / (m (1 - m))`. The sum is smooth where the
    largest is not. It needs some ten rows for each pair of a polynomial and a group: independent values read about
    their number / n. Sources: Mary, Calauzènes & El Karoui (2019), Fairness-aware learning for continuous attributes
    and treatments (the bound); Giuliani & Lombardi (2025), Robust non-linear correlations via polynomial regression.

    Parameters
    ----------
    degree : int
        Of the polynomials, 1 or more.
    ridge : float
        Added to the variance of each transformation as a share of their mean variance; above 0. It keeps sets with
        duplicates stable, and shrinks the correlations by about as much.
    largest : bool
        Give the largest squared correlation alone.

    Raises
    ------
    InputError
        If the degree or the ridge is out of range.

    Examples
    --------
    >>> age = torch.linspace(-1, 1, 50)[:, None]
    >>> sample = RowSample(age[:, 0] ** 2, age, torch.ones(50), continuous=True)
    >>> round(MaximalCorrelation(largest=True)(sample).item(), 2), round(Covariance(correlation=True)(sample).item(), 2)
    (1.0, 0.0)
    """

    degree: int = 3
    ridge: float = 1e-3
    largest: bool = False
    continuous: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the settings."""
        if not (isinstance(self.degree, int) and self.degree >= 1):
            raise InputError(f"The degree of MaximalCorrelation is 1 or more, got {self.degree!r}. 3 sees most bends.")
        if not (self.ridge > 0 and isfinite(self.ridge)):
            raise InputError(f"The ridge of MaximalCorrelation must be above 0, got {self.ridge!r}. Try 0.001.")

    def __call__(self, sample: RowSample) -> Tensor:
        """Give the sum of the squared canonical correlations, or the largest."""
        rows = counted(sample, "MaximalCorrelation")
        if not len(rows.values):
            return rows.values.sum()
        share = rows.weight / positive(rows.weight.sum())
        attribute = self._polynomials(rows.attribute, share) if rows.continuous else rows.attribute
        mine, defined = self._whitened(self._polynomials(rows.values[:, None], share), share)
        other, other_defined = self._whitened(attribute, share)
        crossed = mine.T @ (share[:, None] * other)
        squares = torch.linalg.eigvalsh(crossed.T @ crossed)[-1] if self.largest else crossed.square().sum()
        return torch.where(defined & other_defined, squares, 0)

    def _polynomials(self, columns: Tensor, share: Tensor) -> Tensor:
        """Map the columns to [-1, 1] and give their Chebyshev polynomials from degree 1 on."""
        there = share[:, None] > 0
        low, high = (
            torch.where(there, columns, torch.inf).amin(0),
            torch.where(there, columns, -torch.inf).amax(0),
        )
        wide = high - low > 64 * torch.finfo(columns.dtype).eps * torch.maximum(low.abs(), high.abs())
        middle, half = torch.where(wide, high + low, 0) / 2, torch.where(wide, high - low, 2) / 2
        scaled = torch.where(there & wide, (columns - middle) / half, 0)
        found = [torch.ones_like(scaled), scaled]
        while len(found) <= self.degree:
            found.append(2 * scaled * found[-1] - found[-2])
        return torch.cat(found[1:], dim=1)

    def _whitened(self, columns: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        """Give centered columns whose covariance is 1 up to the ridge, and whether there is any spread."""
        middle = centered(columns, share)
        variances = spread(middle, columns, share)
        varied = (variances > 0).sum()
        covariance = middle.T @ (share[:, None] * middle)
        floor = torch.where(varied > 0, self.ridge * variances.sum() / varied.clamp_min(1), 1)
        factor = torch.linalg.cholesky(covariance + floor * torch.eye(len(covariance)).to(covariance))
        return torch.linalg.solve_triangular(factor, middle.T, upper=False).T, varied > 0
