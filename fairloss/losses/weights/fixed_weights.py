"""Weights that the user gives, by group or by group and label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from fairloss.errors import InputError, UnknownName, quote
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.cells import Cells
from fairloss.losses.weights.weighted_cells import wide

__all__ = ["FixedWeights"]


@dataclass(frozen=True, slots=True)
class FixedWeights:
    """Weigh each group, or each group and label, by numbers of your own; they are used as they are.

    Parameters
    ----------
    weights : mapping, sequence or array
        For each group a number, or one number per label. In a mapping each group has its name (its code where groups
        have no names); otherwise groups and labels come in the order of their codes: shape (G,) or (G, labels).

    Attributes
    ----------
    names : tuple of str or None
        The keys of the mapping.
    values : tuple of tuple of float
        The weights, one row for each group.

    Raises
    ------
    InputError
        If a weight is negative or not finite, if all are zero, or if the rows differ in length.

    Examples
    --------
    >>> weights = FixedWeights({"f": [1.0, 3.0], "m": [1.0, 1.0]}).bind(Attribute("sex", ("f", "m")), memory=10_000)
    >>> weights(torch.zeros(3), torch.eye(2)[[0, 0, 1]], torch.tensor([[1.0], [0.0], [1.0]]), None).tolist()
    [3.0, 1.0, 1.0]
    """

    names: tuple[str, ...] | None
    values: tuple[tuple[float, ...], ...]

    def __init__(self, weights: Any) -> None:
        named = isinstance(weights, Mapping)
        object.__setattr__(self, "names", tuple(map(str, weights)) if named else None)
        object.__setattr__(self, "values", _table(list(weights.values()) if named else weights))

    def bind(self, attribute: Attribute, memory: float) -> nn.Module:
        """Make the module that looks the weights up.

        Raises
        ------
        InputError
            If there are weights for other groups than those of the attribute.
        """
        names = attribute.groups if self.names is None else self.names
        for name in names:
            if name not in attribute.groups:
                raise UnknownName("group", name, attribute.groups)
        if len(self.values) != len(attribute):
            missing = [group for group in attribute.groups if group not in names] or attribute.groups
            raise InputError(
                f"FixedWeights needs a weight for each of the {len(attribute)} groups of {quote(attribute.name)}, got "
                f"{len(self.values)}. Give one for {', '.join(map(quote, missing[:5]))} too, and for no group twice."
            )
        rows = dict(zip(names, self.values, strict=True))
        return _Table(torch.tensor([rows[group] for group in attribute.groups], dtype=torch.float64))


class _Table(nn.Module):
    """The weights of the cells, whatever the batch; settings, and so no part of ``state_dict``."""

    weights: Tensor

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.register_buffer("weights", weights, persistent=False)

    @torch.no_grad()
    def forward(self, losses: Tensor, members: Tensor, label: Tensor | None, weight: Tensor | None) -> Tensor:
        losses, members, weight = wide(losses, members, weight)
        cells = Cells.of(members, label if self.weights.shape[1] > 1 else None)
        if self.weights.shape != cells.shape:
            raise InputError(
                f"FixedWeights has weights for {self.weights.shape[1]} labels, got a batch with "
                f"{cells.shape[1]}. Give one weight per label, or one per group."
            )
        with torch.autocast(losses.device.type, enabled=False):
            return cells.spread(self.weights.to(losses))


def _table(weights: Any) -> tuple[tuple[float, ...], ...]:
    try:
        table = torch.as_tensor(weights, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(
            f"FixedWeights needs a number for each group, or one per label and as many for each, got {quote(weights)}. "
            "Pass e.g. {'f': 2.0, 'm': 1.0}."
        ) from None
    if table.ndim not in (1, 2) or not table.numel():
        raise InputError(
            f"FixedWeights needs weights of shape (groups,) or (groups, labels), got {tuple(table.shape)}. Reshape it."
        )
    values: list[list[float]] = table.view(len(table), -1).tolist()
    flat = [value for row in values for value in row]
    if not (all(value >= 0 and isfinite(value) for value in flat) and any(flat)):
        raise InputError(
            f"FixedWeights must be finite, 0 or more, and not all 0, got {quote(values)}. Correct these weights."
        )
    return tuple(map(tuple, values))
