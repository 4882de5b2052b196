"""The units of a regression: users speak in those of the target, networks learn from standardized ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Any

import numpy as np
import torch
from sklearn.utils import column_or_1d
from torch import Tensor, nn

from fairloss.errors import InputError, quote
from fairloss.estimators.selection import Epoch
from fairloss.losses import Constraint, Penalty
from fairloss.losses.bases.rows import Elementwise, row_losses

__all__ = ["LossInUnits", "Units", "checked_numbers"]

Array = np.ndarray[Any, Any]


def checked_numbers(y: Any) -> Array:
    """Require one finite number per row, and give them as float64.

    Raises
    ------
    InputError
        If one is missing, infinite or no number.
    """
    values = column_or_1d(y, warn=True)
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"FairRegressor needs a number to predict in every row, got y of {values.dtype} such as "
            f"{quote(values.tolist()[0])}. Convert it, or use FairClassifier for classes."
        ) from None
    bad = ~np.isfinite(numbers)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"FairRegressor needs a finite number in every row of y, got {numbers[row]} in row {row} "
            f"({int(bad.sum())} such rows). Leave these rows out."
        )
    return numbers


class LossInUnits(nn.Module):
    """The base loss in the units of the target, divided by what predicting the mean costs, on standardized numbers.

    Parameters
    ----------
    function : callable
        The base loss.
    center, scale : float
        A standardized number z stands for center + scale × z.
    cost : float
        The mean base loss of the center.
    """

    decision = "output"

    def __init__(self, function: Elementwise, center: float, scale: float, cost: float = 1.0) -> None:
        super().__init__()
        self.function = function
        self.center, self.scale, self.cost = center, scale, cost

    def forward(self, input: Tensor, target: Tensor) -> Tensor:  # noqa: A002  # as every loss of torch
        """Give one number per row."""
        return self.function(input * self.scale + self.center, target * self.scale + self.center) / self.cost


@dataclass(frozen=True)
class Units:
    """How standardized numbers and losses translate.

    Parameters
    ----------
    center, scale : float
        Mean and standard deviation of the target.
    cost : float
        The mean base loss of predicting the center: for ``"mse"`` the variance of the target.
    thresholded : bool
        Whether decisions are shares of people beyond a threshold, and not the outputs themselves.
    """

    center: float
    scale: float
    cost: float
    thresholded: bool = False

    @classmethod
    def of(
        cls, y: Array, weight: Array | None, base: Elementwise, *, shifts: bool, thresholded: bool
    ) -> tuple[Units, nn.Module]:
        """Measure the target, and give the base loss that fits the units.

        Parameters
        ----------
        y : array of shape (n,)
            The target.
        weight : array of shape (n,), optional
            Row weights.
        base : callable
            The base loss.
        shifts : bool
            Whether it stays the same if a number is added to output and target alike: it is then computed around 0,
            where float32 is precise.
        thresholded : bool
            See the class.
        """
        center = float(np.average(y, weights=weight))
        scale = float(np.sqrt(np.average((y - center) ** 2, weights=weight)))
        scale = scale if isfinite(scale) and scale > 1e-12 * max(abs(center), 1e-290) else 1.0
        offset = 0.0 if shifts else center
        loss = LossInUnits(base, offset, scale)
        target = torch.from_numpy((y - center) / scale)
        with torch.no_grad():
            each = row_losses(loss, torch.zeros_like(target), target).numpy()
        cost = float(np.average(each, weights=weight))
        loss.cost = cost if isfinite(cost) and cost > 0 else 1.0
        return cls(center, scale, loss.cost, thresholded), loss

    def standardized(self, y: Array) -> Array:
        """Give the target with mean 0 and standard deviation 1."""
        return (y - self.center) / self.scale

    def restored(self, output: Array) -> Array:
        """Give standardized outputs in the units of the target."""
        return output.astype(np.float64) * self.scale + self.center

    def of_term(self, term: Constraint | Penalty) -> float:
        """Give the size of 1, as the term sees it while training, in the units of the user."""
        if self._is_output(term):
            return self.scale
        return self.cost if term.of == "loss" else 1.0

    def inside(self, term: Constraint | Penalty) -> Constraint | Penalty:
        """Translate the tolerance of a constraint; the weight of a penalty is one between standardized numbers.

        Raises
        ------
        InputError
            If a level of outputs is to be bounded, which has no zero that standardizing would keep.
        """
        if isinstance(term, Penalty):
            return term
        if term.notion.comparison.kind == "level" and self._is_output(term):
            raise InputError(
                f"FairRegressor bounds the level of losses, not of outputs, got {term.notion.name} with "
                f"of={term.of!r}. Use of='loss'."
            )
        tolerance = term.tolerance / self.of_term(term)
        return Constraint(
            term.notion, tolerance, attribute=term.attribute, of=term.of, solver=term.solver, margin=term.margin
        )

    def outside(self, epoch: Epoch, terms: Mapping[str, Constraint | Penalty]) -> Epoch:
        """Translate what is known of an epoch; the terms are those of the user, by name."""
        sizes = {name: self.of_term(term) for name, term in terms.items()}
        gaps = {name: gap * sizes[name] for name, gap in epoch.validation_gaps.items()}
        excess = [gaps[name] - term.tolerance for name, term in terms.items() if isinstance(term, Constraint)]
        several = set(sizes.values()) or {1.0}
        return replace(
            epoch,
            loss=epoch.loss * self.cost,
            soft_gaps={name: gap * sizes[name] for name, gap in epoch.soft_gaps.items()},
            hard_gaps={name: gap * sizes[name] for name, gap in epoch.hard_gaps.items()},
            multipliers={name: price * self.cost / sizes[name] for name, price in epoch.multipliers.items()},
            validation_loss=epoch.validation_loss * self.cost,
            validation_gaps=gaps,
            violation=float(np.nanmax(excess)) if epoch.violation > 0 else epoch.violation,
            training_violation=epoch.training_violation * (min(several) if len(several) == 1 else nan),
        )

    def _is_output(self, term: Constraint | Penalty) -> bool:
        return term.of == "output" or (term.of == "decision" and not self.thresholded)
