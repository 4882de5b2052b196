"""What is checked: a criterion, how to make and call it, and what it claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from fairloss.errors import FairlossError, InputError, quote
from fairloss.losses.conformance.batches import Batch
from fairloss.losses.conformance.gaps import group_rates, largest_gap
from fairloss.losses.conformance.outputs import resolve_outputs
from fairloss.notions import Notion, resolve

__all__ = ["Criterion", "NotALoss", "Subject"]

Criterion = Callable[..., Any]
"""``criterion(input, target, codes)``, or with weights ``criterion(input, target, codes, weight)``."""


class NotALoss(FairlossError):
    """What a criterion gave cannot be differentiated or compared; the message says what came."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A criterion to check.

    Parameters
    ----------
    name : str
        What findings call it.
    make : callable
        ``make(groups)`` gives a new criterion for so many groups: any callable, such as a module of torch.
    base : callable, optional
        ``base(input, target, weight)`` gives the part of the loss that knows no groups, so that the rest is the
        penalty. None means that the criterion is the penalty alone. The weight is None in calls without one.
    notion : str, Notion, or None
        What the criterion says should not depend on the group. None: nothing that `fairloss.notions` knows, so that
        the checks of gaps do not apply.
    outputs : str or Outputs
        What the criterion takes; a name of `OUTPUTS`.
    classes : int
        The number of classes; above 2 for outputs per class.
    weights : bool
        Whether the criterion takes row weights, as its fourth argument.
    unknown : bool
        Whether the criterion takes the code -1 for a row whose group is unknown.
    warm_up : int
        For criteria that learn: how many calls in training mode come before a check looks, so that its multipliers
        are not zero. The batches of these calls are part of each check, and so two criteria are compared from the
        same state.
    exempt : mapping of str to str
        The checks that rightly do not hold, by name, each with the reason.

    Raises
    ------
    InputError
        If a setting cannot be used.

    Examples
    --------
    >>> def gap(logits, labels, codes):
    ...     chance = torch.sigmoid(logits)
    ...     return (chance[codes == 0].mean() - chance[codes == 1].mean()) ** 2
    >>> Subject("gap of two", lambda groups: gap, weights=False).notion.name
    'demographic_parity'
    """

    name: str
    make: Callable[[int], Criterion]
    base: Callable[[Tensor, Tensor, Tensor | None], Tensor] | None = None
    notion: Any = "demographic_parity"
    outputs: Any = "logit"
    classes: int = 2
    weights: bool = True
    unknown: bool = True
    warm_up: int = 0
    exempt: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Turn names into values."""
        notion = self.notion if self.notion is None else resolve(self.notion)
        outputs = resolve_outputs(self.outputs)
        if self.classes < 2 or (self.classes > 2 and outputs.columns):
            raise InputError(
                f"A Subject has 2 classes, or more for outputs per class, got classes={self.classes!r} for outputs of "
                f"{outputs.reads}. Change one of them."
            )
        if not callable(self.make):
            raise InputError(f"A Subject needs make(groups) that gives a criterion, got {quote(self.make)}.")
        for name, value in (
            ("notion", notion),
            ("outputs", outputs),
            ("exempt", MappingProxyType(dict(self.exempt))),
        ):
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return self.name

    @property
    def compares(self) -> bool:
        """Whether the notion compares groups, and does not bound a level in each."""
        return isinstance(self.notion, Notion) and self.notion.comparison.kind != "level"

    def trained(self, history: Batch | None, groups: int, *, dtype: torch.dtype, calls: int | None = None) -> Criterion:
        """Make a criterion and let it see a batch some times in training mode; always from the same random numbers."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            criterion = self.make(groups)
            if isinstance(criterion, nn.Module):
                criterion = criterion.to(torch.float64 if dtype == torch.float64 else torch.float32).train()
            if history is not None:
                for _ in range(self.warm_up if calls is None else calls):
                    self.call(criterion, history, self.leaf(history, dtype))
        return criterion

    def leaf(self, batch: Batch, dtype: torch.dtype) -> Tensor:
        """Give the input of the criterion, to be differentiated."""
        given: Tensor = self.outputs.input(batch.logits)
        return given.to(dtype).detach().clone().requires_grad_()

    def call(self, criterion: Criterion, batch: Batch, leaf: Tensor) -> Tensor:
        """Compute the loss.

        Raises
        ------
        NotALoss
            If it is not one number.
        """
        arguments = self._arguments(batch, leaf)
        loss = criterion(*arguments) if self.weights else criterion(*arguments[:3])
        if not isinstance(loss, Tensor) or loss.ndim:
            came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else quote(loss)
            raise NotALoss(f"gave {came}, but a loss is a tensor of one number")
        return loss

    def call_base(self, batch: Batch, leaf: Tensor) -> Tensor:
        """Compute the part of the loss that knows no groups."""
        input_, target, _, weight = self._arguments(batch, leaf)
        return torch.zeros_like(leaf).sum() if self.base is None else self.base(input_, target, weight)

    def shows_gap(self, batch: Batch) -> bool:
        """Tell whether the notion sees a gap in this batch, by the soft and by the hard decisions."""
        return self.compares and all(largest_gap(rates) > 0.05 for rates in self.rates(batch))

    def rates(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Compute the rates of the notion by loops, for soft and for hard decisions: (questions, rates, groups)."""
        soft, hard = self.outputs.soft(batch.logits), self.outputs.hard(batch.logits)
        label = batch.labels.to(soft.dtype)
        if soft.ndim == 2:
            label = torch.nn.functional.one_hot(batch.labels, soft.shape[1]).to(soft.dtype)
        return (
            group_rates(self.notion, soft, label, batch.codes),
            group_rates(self.notion, hard, label, batch.codes),
        )

    def _arguments(self, batch: Batch, leaf: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        target = self.outputs.target(batch.labels, batch.logits)
        wide = torch.float64 if leaf.dtype == torch.float64 else torch.float32
        target = target.to(wide) if target.is_floating_point() else target
        weight = None if batch.weight is None else batch.weight.to(leaf.device, wide)
        return leaf, target.to(leaf.device), batch.codes.to(leaf.device), weight
