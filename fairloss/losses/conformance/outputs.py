"""What a criterion takes: logits, probabilities, values; and what these decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from fairloss.errors import UnknownName

__all__ = ["OUTPUTS", "Outputs", "resolve_outputs"]


@dataclass(frozen=True, slots=True)
class Outputs:
    """How the neutral rows of a check become the input and the target of a criterion.

    Parameters
    ----------
    reads : str
        What the criterion takes, in words.
    input : callable
        From logits of shape (n, classes).
    target : callable
        From class codes of shape (n,) and those logits.
    soft : callable
        The soft decisions, (n,) or (n, k) for k questions, from those logits.
    columns : bool
        Whether input and target have the shape (n,), so that (n, 1) could be broadcast against it.
    saturates : bool
        Whether a logit of 40 and one of 1,000 say the same.
    has_label : bool
        Whether rates given the label make sense.
    """

    reads: str
    input: Callable[[Tensor], Tensor]
    target: Callable[[Tensor, Tensor], Tensor]
    soft: Callable[[Tensor], Tensor]
    columns: bool = True
    saturates: bool = True
    has_label: bool = True

    def hard(self, logits: Tensor) -> Tensor:
        """Give the decisions as deployed.

        Examples
        --------
        >>> OUTPUTS["logit"].hard(torch.tensor([[0.0, 2.0], [1.0, 0.0]])).tolist()
        [1.0, 0.0]
        """
        soft = self.soft(logits)
        if not self.has_label:
            return soft
        if soft.ndim == 2:
            return torch.nn.functional.one_hot(soft.argmax(1), soft.shape[1]).to(soft.dtype)
        return (soft >= 0.5).to(soft.dtype)


def _logit(logits: Tensor) -> Tensor:
    return logits[:, 1] - logits[:, 0]


def _probability(logits: Tensor) -> Tensor:
    return torch.sigmoid(_logit(logits))


def _classes(logits: Tensor) -> Tensor:
    """One question per class; of two classes, the second is asked about."""
    return _probability(logits) if logits.shape[1] == 2 else torch.softmax(logits, dim=1)


def _number(labels: Tensor, logits: Tensor) -> Tensor:
    return labels.to(logits.dtype)


def _code(labels: Tensor, logits: Tensor) -> Tensor:
    return labels


def _sign(labels: Tensor, logits: Tensor) -> Tensor:
    return 2 * labels.to(logits.dtype) - 1


def _one_hot(labels: Tensor, logits: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype)


def _log_softmax(logits: Tensor) -> Tensor:
    return torch.log_softmax(logits, dim=1)


OUTPUTS: Mapping[str, Outputs] = MappingProxyType(
    {
        "logit": Outputs("one logit per row, labels 0 or 1", _logit, _number, _probability),
        "signed": Outputs("one score per row, labels -1 or +1", _logit, _sign, _probability),
        "probability": Outputs(
            "one probability per row, labels 0 or 1", _probability, _number, _probability, saturates=False
        ),
        "value": Outputs("one number per row", _logit, _number, _logit, saturates=False, has_label=False),
        "class_logits": Outputs(
            "one logit per class, labels as codes", lambda logits: logits, _code, _classes, columns=False
        ),
        "log_probabilities": Outputs(
            "one log-probability per class, labels as codes",
            _log_softmax,
            _code,
            _classes,
            columns=False,
            saturates=False,
        ),
        "log_distribution": Outputs(
            "one log-probability per class, labels as probabilities",
            _log_softmax,
            _one_hot,
            _classes,
            columns=False,
            saturates=False,
        ),
    }
)
"""What criteria take, by name, read-only."""


def resolve_outputs(outputs: str | Outputs) -> Outputs:
    """Turn a name into the outputs; a value passes through.

    Raises
    ------
    UnknownName
        With the near names, where nothing is known under the name.
    """
    if not isinstance(outputs, str):
        return outputs
    if outputs not in OUTPUTS:
        raise UnknownName("output", outputs, OUTPUTS)
    return OUTPUTS[outputs]
