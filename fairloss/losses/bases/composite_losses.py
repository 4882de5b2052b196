"""Base losses made of other base losses: sums over tasks, and penalties on parameters."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite

import torch
from torch import Tensor, nn

from fairloss.errors import InputError, quote
from fairloss.losses.bases.elementwise import resolve_base
from fairloss.losses.bases.rows import Elementwise, row_losses

__all__ = ["MultiTask", "Regularized"]


class MultiTask(nn.Module):
    r"""The sum of the losses of several tasks, with fixed or learned weights.

    Learned weights are :math:`\sum_j c_j e^{-s_j} L_j + s_j / 2`, where :math:`s_j` is the log-variance of task j, a
    parameter of this module that the optimizer must be given, and :math:`c_j` is 1/2 for a task of regression and 1
    for any other. Source: Kendall, Gal & Cipolla (2018), Multi-task learning using uncertainty to weigh losses for
    scene geometry and semantics.

    Parameters
    ----------
    tasks : sequence of base losses
        One for each column of the target.
    weights : sequence of float, optional
        Fixed weights, 0 or more. Without them the weights are learned.
    widths : sequence of int, optional
        How many columns of the input belong to each task; one each unless said. A task of one column gets shape (n,).

    Raises
    ------
    InputError
        If lengths do not match, or a weight or width is out of range.

    Examples
    --------
    >>> both = MultiTask(["mse", "bce_with_logits"], weights=[1.0, 0.0])
    >>> both(torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 1.0]])).tolist()
    [4.0]
    """

    log_variance: Tensor | None
    decision = "none"

    def __init__(
        self,
        tasks: Sequence[str | nn.Module | Elementwise],
        *,
        weights: Sequence[float] | None = None,
        widths: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.widths = [1] * len(tasks) if widths is None else list(widths)
        self.weights = None if weights is None else [float(weight) for weight in weights]
        counts = (len(tasks), len(self.widths), len(tasks if self.weights is None else self.weights))
        if not tasks or len(set(counts)) > 1 or min(self.widths) < 1:
            raise InputError(
                f"MultiTask needs one width of 1 or more and one weight per task, got {counts[0]} tasks, widths "
                f"{quote(self.widths)} and weights {quote(self.weights)}. Align them."
            )
        if not all(weight >= 0 and isfinite(weight) for weight in self.weights or ()):
            raise InputError(f"The weights of MultiTask are 0 or more, got {quote(self.weights)}. 0 leaves one out.")
        resolved = [resolve_base(task) for task in tasks]
        self.functions = [function for function, _ in resolved]
        self.parts = nn.ModuleList(function for function in self.functions if isinstance(function, nn.Module))
        self.factors = [0.5 if decision == "output" else 1.0 for _, decision in resolved]
        learned = nn.Parameter(torch.zeros(len(tasks))) if self.weights is None else None
        self.register_parameter("log_variance", learned)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the weighted sum of each row, from inputs (n, sum of widths) and targets (n, tasks)."""
        wanted = (len(input), sum(self.widths)), (len(input), len(self.functions))
        if (tuple(input.shape), tuple(target.shape)) != wanted:
            raise InputError(
                f"MultiTask needs input of shape {wanted[0]} and target of shape {wanted[1]}, got "
                f"{tuple(input.shape)} and {tuple(target.shape)}. Concatenate the tasks on axis 1."
            )
        columns = torch.split(input, self.widths, dim=1)
        losses = [
            row_losses(function, part[:, 0] if part.shape[1] == 1 else part, _label(target[:, task], part))
            for task, (function, part) in enumerate(zip(self.functions, columns, strict=True))
        ]
        stacked = torch.stack(losses, dim=1)
        if self.log_variance is None:
            return stacked @ stacked.new_tensor(self.weights)
        scale = self.log_variance.to(stacked)
        return stacked @ (stacked.new_tensor(self.factors) * torch.exp(-scale)) + scale.sum() / 2


class Regularized(nn.Module):
    r"""A base loss plus penalties on parameters: :math:`l_1 \sum |w| + l_2 \sum w^2`, added to each row.

    Added to each row alike, it comes out of the weighted mean over the rows as it went in.

    Parameters
    ----------
    base : str, torch.nn loss or callable
        The base loss.
    parameters : iterable of Tensor
        Those that are penalized; they stay those of the model and are not registered here.
    l1, l2 : float
        The multiples, 0 or more.

    Raises
    ------
    InputError
        If a multiple is negative or there are no parameters.

    Examples
    --------
    >>> base = Regularized("mse", [torch.tensor([3.0, -1.0])], l1=1.0)
    >>> base(torch.tensor([2.0]), torch.tensor([0.0])).tolist()
    [8.0]
    """

    def __init__(
        self,
        base: str | nn.Module | Elementwise,
        parameters: Iterable[Tensor],
        *,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        super().__init__()
        self.base, self.decision = resolve_base(base)
        self.penalized = tuple(parameters)
        self.l1, self.l2 = l1, l2
        if not self.penalized or not all(size >= 0 and isfinite(size) for size in (l1, l2)):
            raise InputError(
                f"Regularized needs parameters and multiples of 0 or more, got {len(self.penalized)} parameters, "
                f"l1={l1!r} and l2={l2!r}. Pass model.parameters()."
            )

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each row."""
        rows = row_losses(self.base, input, target)
        for parameter in self.penalized:
            rows = rows + (self.l1 * parameter.abs().sum() + self.l2 * parameter.square().sum())
        return rows


def _label(column: Tensor, part: Tensor) -> Tensor:
    """Give class codes back their whole type, which a target of several tasks cannot keep."""
    return column.long() if part.shape[1] > 1 else column
