"""Losses on persons, not groups: outputs should not change where only what must not matter changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from fairloss.errors import InputError

__all__ = ["SensitiveMetric", "counterfactual_gap", "neighbor_gap", "worst_neighbor"]


def counterfactual_gap(
    output: Tensor, counterfactual: Tensor, *, mask: Tensor | None = None, squared: bool = False
) -> Tensor:
    """Average the difference between the outputs for each person and for the person's counterfactual.

    Add it to the loss, with a weight. Who the counterfactual of a person is must come from knowledge: a row with the
    sensitive column flipped is none where other columns would differ too. Source: Garg, Perot, Limtiaco, Taly, Chi &
    Beutel (2019), Counterfactual fairness in text classification through robustness (logit pairing).

    Parameters
    ----------
    output, counterfactual : Tensor of shape (n, ...)
        Usually logits.
    mask : Tensor of bool, of shape (n,), optional
        Which rows have a counterfactual; without any the gap is 0.
    squared : bool
        Average squares, otherwise absolute values.

    Raises
    ------
    InputError
        If shapes do not match.

    Examples
    --------
    >>> counterfactual_gap(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 2.0])).item()
    0.5
    """
    if output.shape != counterfactual.shape or (mask is not None and mask.shape != output.shape[:1]):
        raise InputError(
            f"counterfactual_gap needs two outputs of one shape and a mask with one entry per row, got "
            f"{tuple(output.shape)}, {tuple(counterfactual.shape)} and {None if mask is None else tuple(mask.shape)}. "
            "Align them."
        )
    there = torch.ones_like(output, dtype=torch.bool)
    if mask is not None:
        there = there & mask.bool().view(-1, *[1] * (output.ndim - 1))
    apart = torch.where(there, output, 0) - torch.where(there, counterfactual, 0)
    return (apart.square() if squared else apart.abs()).sum() / there.sum().clamp_min(1)


@dataclass(frozen=True, slots=True)
class SensitiveMetric:
    r"""Measure how different two persons are, where moving along the sensitive directions costs nothing.

    :math:`\lVert (I - P)(x - x') \rVert^2`, P being the projection on the span of the directions. Source: Yurochkin,
    Bower & Sun (2020), Training individually fair ML models with sensitive subspace robustness.

    Parameters
    ----------
    basis : Tensor of shape (k, d)
        Orthonormal directions; use `from_directions`.

    Examples
    --------
    >>> metric = SensitiveMetric.from_directions([[2.0, 0.0]])
    >>> metric(torch.tensor([[1.0, 3.0]]), torch.tensor([[5.0, 1.0]])).tolist()
    [4.0]
    """

    basis: Tensor

    @classmethod
    def from_directions(cls, directions: Tensor | Sequence[Sequence[float]]) -> SensitiveMetric:
        """Take any directions, such as the coefficients of linear models that predict the attribute from the features.

        Raises
        ------
        InputError
            If they are no matrix, or all zero, or not finite.
        """
        matrix = torch.as_tensor(directions, dtype=None if isinstance(directions, Tensor) else torch.float32).detach()
        if matrix.ndim != 2 or not matrix.isfinite().all() or not matrix.any():
            raise InputError(
                f"A SensitiveMetric needs finite directions as a matrix (k, d), one of them not zero, got shape "
                f"{tuple(matrix.shape)}. Pass coefficients such as LogisticRegression().fit(X, group).coef_."
            )
        _, sizes, rows = torch.linalg.svd(matrix, full_matrices=False)
        return cls(rows[sizes > sizes[0] * max(matrix.shape) * torch.finfo(matrix.dtype).eps])

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        """Give the squared distance of each row of (n, d) from its partner."""
        return self.costly(first - second).square().sum(1)

    def costly(self, steps: Tensor) -> Tensor:
        """Give the part of each step that lies outside the sensitive directions."""
        basis = self.basis.to(steps)
        return steps - steps @ basis.T @ basis


def worst_neighbor(
    model: Callable[[Tensor], Tensor],
    features: Tensor,
    metric: SensitiveMetric,
    *,
    price: float = 10.0,
    steps: int = 20,
    step_size: float = 0.1,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Look for persons who should be treated alike and are not: near in the metric, far in the output.

    Ascends :math:`\lVert h(x) - h(x') \rVert^2 - \text{price} \cdot d(x, x')` in each row from a random step along the
    sensitive directions: by steps of one length along them, and across them no further than the price allows. Gives
    for each row the best point met, the row itself where none is better. Costs a forward and a backward pass per step;
    leaves no gradient in the model.

    Parameters
    ----------
    model : callable
        From features (n, d) to outputs (n, ...). Its mode stays as it is.
    features : Tensor of shape (n, d)
        On one scale.
    metric : SensitiveMetric
        What costs nothing.
    price : float
        What a squared distance of 1 costs, 0 or more.
    steps : int
        How many, 1 or more.
    step_size : float
        The length of one, above 0; the longest of a step across.
    generator : torch.Generator, optional
        For the random start.

    Raises
    ------
    InputError
        If a setting is out of range.

    Examples
    --------
    >>> metric = SensitiveMetric.from_directions([[1.0, 0.0]])
    >>> person = torch.tensor([[0.0, 0.0]])
    >>> moved = worst_neighbor(lambda x: x.sum(1), person, metric, price=100.0, steps=10)
    >>> bool(moved[0, 0].abs() > 0.5), bool(moved[0, 1].abs() < 0.2)
    (True, True)
    """
    if not (price >= 0 and isfinite(price) and steps >= 1 and step_size > 0):
        raise InputError(
            f"worst_neighbor needs price >= 0, steps >= 1 and step_size > 0, got {price!r}, {steps!r} and "
            f"{step_size!r}. The defaults suit features of variance 1."
        )
    start = features.detach()
    with torch.no_grad():
        expected = model(start)
    basis = metric.basis.to(start)
    noise = torch.randn(len(start), len(basis), generator=generator, device=start.device, dtype=start.dtype)
    point = start + step_size * _unit(noise @ basis)
    best, highest = start, torch.zeros_like(start[:, 0])
    for _ in range(steps):
        point = point.detach().requires_grad_()
        with torch.enable_grad():
            gain = _row_squares(model(point), expected) - price * metric(point, start)
            (slope,) = torch.autograd.grad(gain.sum(), point)
        better = gain.detach() > highest
        best, highest = torch.where(better[:, None], point.detach(), best), torch.where(better, gain.detach(), highest)
        across = metric.costly(slope)
        point = point + step_size * _unit(slope - across) + _within(across / (2 * price + 1e-12), step_size)
    return best


def neighbor_gap(
    model: Callable[[Tensor], Tensor],
    features: Tensor,
    metric: SensitiveMetric,
    *,
    price: float = 10.0,
    steps: int = 20,
    step_size: float = 0.1,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Average the squared difference of outputs between each person and the worst neighbor; add it to the loss.

    Takes what `worst_neighbor` takes. Source: Yurochkin & Sun (2021), SenSeI: sensitive set invariance for enforcing
    individual fairness.

    Examples
    --------
    >>> metric = SensitiveMetric.from_directions([[1.0, 0.0]])
    >>> neighbor_gap(lambda x: x[:, 1], torch.zeros(1, 2), metric, price=1e6).item() < 1e-3
    True
    """
    neighbor = worst_neighbor(
        model, features, metric, price=price, steps=steps, step_size=step_size, generator=generator
    )
    gaps = _row_squares(model(features), model(neighbor))
    return gaps.sum() / max(len(gaps), 1)


def _row_squares(first: Tensor, second: Tensor) -> Tensor:
    return (first - second).square().flatten(1).sum(1) if first.ndim > 1 else (first - second).square()


def _within(steps: Tensor, longest: float) -> Tensor:
    size = torch.linalg.vector_norm(steps, dim=1, keepdim=True)
    return steps * (longest / torch.where(size > longest, size, longest))


def _unit(steps: Tensor) -> Tensor:
    size = torch.linalg.vector_norm(steps, dim=1, keepdim=True)
    return steps / torch.where(size > 0, size, 1)
