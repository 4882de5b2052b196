"""Any FairLoss as a subject: what it takes is known from its base, and its terms bring the notion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from fairloss.errors import InputError, quote
from fairloss.losses.bases.elementwise import resolve_base
from fairloss.losses.bases.rows import Elementwise
from fairloss.losses.conformance.outputs import Outputs
from fairloss.losses.conformance.subjects import Subject
from fairloss.losses.decisions import Decision
from fairloss.losses.fair_loss import FairLoss

__all__ = ["fair_loss_subject"]

_OUTPUTS = {
    "sigmoid": "logit",
    "probability": "probability",
    "softmax": "class_logits",
    "output": "value",
    "signed": "signed",
}
_MEMORY = 100
"""As many rows as two batches of the checks, so that a few calls move the multipliers."""


def fair_loss_subject(
    base: str | nn.Module | Elementwise,
    term: Any,
    *,
    name: str | None = None,
    outputs: str | Outputs | None = None,
    classes: int = 2,
    decision: str | Decision | None = None,
    exempt: Mapping[str, str] | None = None,
) -> Subject:
    """Make the subject of a `FairLoss` with one term.

    The multipliers of a constraint are moved by six training calls before each look. The penalty is what the criterion
    adds to one without terms.

    Parameters
    ----------
    base, decision
        As for `FairLoss`.
    term : Constraint or Penalty
        Its term, which has a notion.
    name : str, optional
        What findings call it.
    outputs : str or Outputs, optional
        What the base takes, where its decision does not tell.
    classes : int
        The number of classes.
    exempt : mapping of str to str, optional
        The checks that rightly do not hold, each with the reason.

    Raises
    ------
    InputError
        If it is not known what the base takes.

    Examples
    --------
    >>> from fairloss.losses import Constraint
    >>> subject = fair_loss_subject("bce_with_logits", Constraint("equalized_odds", tolerance=0.03))
    >>> subject.outputs.reads
    'one logit per row, labels 0 or 1'
    """
    usual = resolve_base(base)[1] if decision is None else decision
    outputs = outputs or _OUTPUTS.get(usual if isinstance(usual, str) else "")
    if outputs is None:
        raise InputError(f"fair_loss_subject cannot know what the base {quote(base)} takes. Pass outputs=.")
    bare = FairLoss(base, groups=2, decision=decision)

    def without_terms(input_: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        loss: Tensor = bare.eval()(input_, target, None, weight)
        return loss

    return Subject(
        name or f"{base}-{type(term).__name__}-{term.notion.name}",
        lambda groups: FairLoss(base, term, groups=groups, decision=decision, memory=_MEMORY),
        base=without_terms,
        notion=term.notion,
        outputs=outputs,
        classes=classes,
        warm_up=6,
        exempt=exempt or {},
    )
