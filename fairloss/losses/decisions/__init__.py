"""From a model's output to decisions: all ways by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from fairloss.errors import UnknownName
from fairloss.losses.decisions.binary_decisions import ProbabilityDecision, SigmoidDecision, SignedDecision
from fairloss.losses.decisions.class_decisions import SoftmaxDecision
from fairloss.losses.decisions.decided import Decided, Decision, check_decision
from fairloss.losses.decisions.hard_decisions import HardDecision, StraightThroughDecision
from fairloss.losses.decisions.kernel_decisions import KernelDecision
from fairloss.losses.decisions.mean_decisions import MeanDecision
from fairloss.losses.decisions.output_decisions import NoDecision, OutputDecision, ThresholdDecision

__all__ = [
    "DECISIONS",
    "Decided",
    "Decision",
    "HardDecision",
    "KernelDecision",
    "MeanDecision",
    "NoDecision",
    "OutputDecision",
    "ProbabilityDecision",
    "SigmoidDecision",
    "SignedDecision",
    "SoftmaxDecision",
    "StraightThroughDecision",
    "ThresholdDecision",
    "resolve_decision",
]

DECISIONS: Mapping[str, Callable[[], Decision]] = MappingProxyType(
    {
        "sigmoid": SigmoidDecision,
        "sharp_sigmoid": partial(SigmoidDecision, temperature=0.25),
        "kernel": KernelDecision,
        "straight_through": StraightThroughDecision,
        "hard": HardDecision,
        "probability": ProbabilityDecision,
        "signed": SignedDecision,
        "softmax": SoftmaxDecision,
        "output": OutputDecision,
        "threshold": ThresholdDecision,
        "mean": MeanDecision,
        "token_mean": partial(MeanDecision, SoftmaxDecision(), class_axis=-1),
        "pixel_mean": partial(MeanDecision, SoftmaxDecision(), class_axis=1),
        "none": NoDecision,
    }
)
"""Every way from outputs to decisions by name, with its defaults; read-only."""


def resolve_decision(decision: str | Decision) -> Decision:
    """Turn a name into the decision with its defaults; decisions pass through.

    Raises
    ------
    UnknownName
        With the near names, where no decision has the name.
    InputError
        If the object is no decision.

    Examples
    --------
    >>> resolve_decision("sharp_sigmoid")
    SigmoidDecision(threshold=0.5, temperature=0.25)
    """
    if not isinstance(decision, str):
        check_decision("FairLoss", decision)
        return decision
    if decision not in DECISIONS:
        raise UnknownName("decision", decision, DECISIONS)
    return DECISIONS[decision]()
