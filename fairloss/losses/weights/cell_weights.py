"""Weights by group, for any base loss: base × cell weights is the group-reweighted loss, and no loss of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from torch import nn

from fairloss.errors import InputError, UnknownName, quote
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.adversarial_weights import GroupDRO
from fairloss.losses.weights.focal_weights import GroupFocal
from fairloss.losses.weights.frequency_weights import InverseFrequency, Reweighing
from fairloss.losses.weights.tail_weights import CVaR
from fairloss.losses.weights.weighted_cells import Weighting

__all__ = ["WEIGHTINGS", "CellWeights", "resolve_weighting"]

WEIGHTINGS: Mapping[str, Callable[[], Weighting]] = MappingProxyType(
    {
        "reweighing": Reweighing,
        "inverse_frequency": InverseFrequency,
        "inverse_cell_frequency": partial(InverseFrequency, by="cell"),
        "group_dro": GroupDRO,
        "cell_dro": partial(GroupDRO, by="cell"),
        "cvar": CVaR,
        "group_cvar": partial(CVaR, by="group"),
        "group_focal": GroupFocal,
    }
)
"""Every weighting by name, with its defaults, read-only; `FixedWeights`, which has none, is made by hand."""


@dataclass(frozen=True, slots=True)
class CellWeights:
    """Weigh the base loss by group, or by group and label: ``sum(weight * factor * base) / sum(weight)``.

    The factors have no gradient. In training each batch moves what they are made of: a fading memory of how many rows
    and what mean loss each group has, and the state of the weighting. In evaluation nothing moves, and the factors
    learned so far apply; before any training they come from the batch alone. A row whose group is unknown has factor 1,
    and shares of membership mix the factors.

    Parameters
    ----------
    scheme : str or Weighting
        A name of `WEIGHTINGS`, or a value such as ``GroupDRO(step=0.01)``.
    attribute : str, optional
        The attribute, where the criterion watches several.
    memory : float
        How many rows the memory holds. More rows: steadier weights that react later.

    Raises
    ------
    UnknownName
        With the near names, where no weighting has the name.
    InputError
        If the memory is not above 0.

    Examples
    --------
    >>> import torch
    >>> weights = CellWeights("inverse_frequency").bind(Attribute("sex", ("f", "m")))
    >>> weights(torch.zeros(4), torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 0]]), None, None).tolist()
    [0.75, 0.75, 1.5, 1.0]
    """

    scheme: Weighting
    attribute: str | None
    memory: float

    def __init__(self, scheme: str | Weighting, *, attribute: str | None = None, memory: float = 10_000) -> None:
        if not memory > 0:
            raise InputError(f"The memory of CellWeights is a number of rows above 0, got {memory!r}. Try 10000.")
        for name, value in (
            ("scheme", resolve_weighting(scheme)),
            ("attribute", attribute),
            ("memory", float(memory)),
        ):
            object.__setattr__(self, name, value)

    def bind(self, attribute: Attribute) -> nn.Module:
        """Make the module that weighs the rows of one criterion.

        Its ``forward(losses, members, label, weight)`` takes the losses (n,), the shares of membership (n, G), the
        labels (n, 1), one-hot labels (n, classes) or None, and the weights (n,) or None. It gives the factor of each
        row, (n,): detached, finite, 0 or more, in float32 or, for losses in float64, in float64. In training all
        processes must call it, once per batch.
        """
        return self.scheme.bind(attribute, self.memory)


def resolve_weighting(scheme: str | Weighting) -> Weighting:
    """Turn a name into the weighting with its defaults; values pass through.

    Raises
    ------
    UnknownName
        With the near names, where no weighting has the name.
    InputError
        If the value cannot be bound, as a class cannot that still lacks its settings.
    """
    if isinstance(scheme, str):
        if scheme not in WEIGHTINGS:
            raise UnknownName("weighting", scheme, WEIGHTINGS)
        return WEIGHTINGS[scheme]()
    if isinstance(scheme, type) or not callable(getattr(scheme, "bind", None)):
        raise InputError(
            f"CellWeights needs a name or a value such as GroupDRO(step=0.01), got {quote(scheme)}. "
            f"The names are {', '.join(WEIGHTINGS)}."
        )
    return scheme
