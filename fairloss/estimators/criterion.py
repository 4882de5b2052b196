"""From the parameters of an estimator to the criterion that it minimizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairloss.errors import InputError, quote
from fairloss.losses import Constraint, FairLoss, Penalty, ProxyLagrangian, SigmoidDecision, SoftmaxDecision
from fairloss.losses.bases.elementwise import resolve_base
from fairloss.notions import Groups

__all__ = ["MARGIN", "SOLVER", "make_criterion", "memory_rows", "resolve_terms"]

_MEMORY = 10_000

MARGIN = 1.0
"""Standard errors that a gap keeps from its tolerance: people who are not among the training rows have another one."""

SOLVER = ProxyLagrangian(step=0.5)
"""Multipliers that move faster than in a bare loop, since the best iterate is kept and not the last one. On tables of
some ten thousand rows the tolerance is then reached before the network has learned the training rows by heart."""


def resolve_terms(constraints: Any, keep: Callable[[Any], Constraint]) -> list[Constraint | Penalty]:
    """Turn the parameter ``constraints`` into terms of a loss; ``keep`` makes those of names and notions.

    Examples
    --------
    >>> [term.tolerance for term in resolve_terms("demographic_parity", lambda notion: Constraint(notion, 0.05))]
    [0.05]
    """
    if constraints is None:
        return []
    listed = list(constraints) if isinstance(constraints, list | tuple) else [constraints]
    return [term if isinstance(term, Constraint | Penalty) else keep(term) for term in listed]


def memory_rows(n_rows: int) -> int:
    """Give the size of the memory: half of the training rows where these are few, for it must follow them."""
    return min(_MEMORY, (n_rows + 1) // 2)


def make_criterion(
    base: Any,
    terms: Sequence[Constraint | Penalty],
    groups: Mapping[str, Groups],
    *,
    n_classes: int,
    n_rows: int,
    threshold: float,
) -> tuple[FairLoss, int]:
    """Make the criterion of a classifier, and tell how many outputs the network needs.

    Parameters
    ----------
    base : str, torch.nn loss or callable
        What is fitted. With more than two classes ``"bce_with_logits"`` stands for ``"cross_entropy"``; a function
        that is not known gets one output for two classes, and one per class for more.
    terms : sequence of Constraint or Penalty
        What keeps it fair.
    groups : mapping of str to Groups
        The groups of each attribute; may be empty where there are no terms.
    n_classes, n_rows : int
        Of the training rows.
    threshold : float
        The deployed threshold on the probability.

    Raises
    ------
    InputError
        If the loss does not fit the classes, or the threshold does not fit the loss.
    """
    base = "cross_entropy" if n_classes > 2 and base == "bce_with_logits" else base
    usual = resolve_base(base)[1] or ("sigmoid" if n_classes == 2 else "softmax")
    if usual not in ("sigmoid", "softmax") or (usual == "sigmoid" and n_classes > 2):
        raise InputError(
            f"FairClassifier needs a loss for {n_classes} classes, got base={quote(base)}. "
            "Use 'bce_with_logits' for two classes or 'cross_entropy' for any number."
        )
    if usual == "softmax" and threshold != 0.5:
        raise InputError(
            f"A threshold belongs to one logit per row, got threshold={threshold!r} with one logit per class. "
            "Use base='bce_with_logits' with two classes."
        )
    single = usual == "sigmoid"
    decision = SigmoidDecision(threshold) if single else SoftmaxDecision()
    criterion = FairLoss(base, *terms, groups=groups or 1, decision=decision, memory=memory_rows(n_rows))
    return criterion, 1 if single else n_classes
