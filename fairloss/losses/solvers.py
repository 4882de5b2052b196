"""Solvers: from violations of a tolerance to the price that the loss pays for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from fairloss.errors import InputError, UnknownName

__all__ = ["SOLVERS", "AugmentedLagrangian", "ProxyLagrangian", "Solver", "resolve_solver"]


class Solver(Protocol):
    """How multipliers price violations and follow them; tensors hold one number per constraint."""

    @property
    def reads_hard(self) -> bool:
        """Whether multipliers follow the violation of the deployed decisions, instead of the soft ones."""

    @property
    def remembers(self) -> bool:
        """Whether it wants the violation after the last batch."""

    @property
    def max_multiplier(self) -> float:
        """No multiplier grows beyond."""

    def price(self, multiplier: Tensor, violation: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Give the slope of the loss with respect to each violation, and what each adds to the loss.

        Both are 0 where the violation is not known.
        """

    def ascend(self, multiplier: Tensor, violation: Tensor, last: Tensor, pace: Tensor) -> Tensor:
        """Give the multipliers after a batch, for violations now and after the last batch."""


def _positive(solver: object, *options: str) -> None:
    for option in options:
        size = getattr(solver, option)
        if not size > 0:
            raise InputError(
                f"The {option} of {type(solver).__name__} must be above 0, got {size!r}. Leave it at its default."
            )


@dataclass(frozen=True, slots=True)
class ProxyLagrangian:
    r"""Multipliers follow the violations of deployed decisions; the model descends those of soft ones.

    The loss gets :math:`\sum \lambda c_\text{soft}`; then
    :math:`\lambda \leftarrow [\lambda + \eta (c_\text{hard} + \text{gain} (c_\text{hard} - c_\text{last}))]_+`. (Cotter
    et al., 2019, Optimization with non-differentiable constraints; the gain is that of Sohrabi et al., 2024, On PI
    controllers for updating Lagrange multipliers.)

    Parameters
    ----------
    step : float
        How much a multiplier moves per batch, :math:`\eta`, for a violation of 1 and a pair of groups that holds all
        rows; pairs of small groups move in proportion, and so do batches smaller than a tenth of the memory.
    gain : float
        How much a *change* of the violation moves it, compared with the violation: 0 or more; some damp overshooting.
    max_multiplier : float
        No multiplier grows beyond; in units of the base loss per unit of the rate.

    Examples
    --------
    >>> solver = ProxyLagrangian(step=0.5)
    >>> solver.ascend(torch.tensor([0.0, 0.1]), torch.tensor([0.2, -0.4]), torch.zeros(2), torch.ones(2)).tolist()
    [0.10000000149011612, 0.0]
    """

    step: float = 0.2
    gain: float = 0.0
    max_multiplier: float = 10.0
    reads_hard: ClassVar[bool] = True

    @property
    def remembers(self) -> bool:
        """Whether a gain wants the last violation."""
        return self.gain > 0

    def __post_init__(self) -> None:
        _positive(self, "step", "max_multiplier")
        if not self.gain >= 0:
            raise InputError(f"The gain of a ProxyLagrangian must be 0 or more, got {self.gain!r}. 0 turns it off.")

    def price(self, multiplier: Tensor, violation: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Give the multiplier, and multiplier × violation."""
        price = multiplier * known
        return price, price * violation

    def ascend(self, multiplier: Tensor, violation: Tensor, last: Tensor, pace: Tensor) -> Tensor:
        """Move each multiplier in the direction of its violation."""
        if self.gain:
            violation = violation + self.gain * (violation - last)
        return torch.addcmul(multiplier, violation, pace, value=self.step).clamp(0, self.max_multiplier)


@dataclass(frozen=True, slots=True)
class AugmentedLagrangian:
    r"""The augmented Lagrangian in the form of Hestenes, Powell and Rockafellar, for smooth constraints.

    The loss gets :math:`\frac{1}{2\rho} \sum ([\lambda + \rho c]_+^2 - \lambda^2)`, which punishes no slack; then
    :math:`\lambda \leftarrow \lambda + \frac{\eta}{\rho} ([\lambda + \rho c]_+ - \lambda)`. Here c is the violation of
    the soft rates, so it fits what is smooth in the model: losses, outputs of a regression, mean residuals. It takes a
    soft gap for the gap; for decisions use the proxy-Lagrangian. (Rockafellar, 1974, Augmented Lagrange multiplier
    functions and duality in nonconvex programming.)

    Parameters
    ----------
    step : float
        How much a multiplier moves, :math:`\eta`, as in `ProxyLagrangian`.
    penalty : float
        The weight of the square, :math:`\rho`.
    max_multiplier : float
        No multiplier grows beyond.

    Examples
    --------
    >>> multiplier, violation, known = torch.tensor([0.5]), torch.tensor([0.25]), torch.tensor([True])
    >>> price, value = AugmentedLagrangian(penalty=2.0).price(multiplier, violation, known)
    >>> price.item(), value.item()
    (1.0, 0.1875)
    """

    step: float = 0.2
    penalty: float = 1.0
    max_multiplier: float = 10.0
    reads_hard: ClassVar[bool] = False
    remembers: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _positive(self, "step", "penalty", "max_multiplier")

    def price(self, multiplier: Tensor, violation: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Give ``[multiplier + penalty × violation]₊``, and the augmented term."""
        multiplier = torch.where(known, multiplier, 0)
        price = torch.where(known, multiplier + self.penalty * violation, 0).clamp_min(0)
        return price, (price * price - multiplier * multiplier) / (2 * self.penalty)

    def ascend(self, multiplier: Tensor, violation: Tensor, last: Tensor, pace: Tensor) -> Tensor:
        """Move each multiplier towards ``[multiplier + penalty × violation]₊``."""
        step = (multiplier / -self.penalty).clamp_min(violation)
        return torch.addcmul(multiplier, step, pace, value=self.step).clamp_(0, self.max_multiplier)


SOLVERS: Mapping[str, Solver] = MappingProxyType(
    {"proxy_lagrangian": ProxyLagrangian(), "augmented_lagrangian": AugmentedLagrangian()}
)
"""Every solver by name, read-only."""


def resolve_solver(solver: str | Solver) -> Solver:
    """Turn a name into the solver with its defaults; solvers pass through.

    Raises
    ------
    UnknownName
        With the near names, where no solver has the name.
    """
    if not isinstance(solver, str):
        return solver
    if solver not in SOLVERS:
        raise UnknownName("solver", solver, SOLVERS)
    return SOLVERS[solver]
