"""Base losses: what a model is fitted to, as one number per row, so that weights and groups apply to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from fairloss.errors import InputError, UnknownName, quote
from fairloss.losses.bases.classification_losses import Hinge, bce, bce_with_logits, cross_entropy, kl_div, nll
from fairloss.losses.bases.imbalance_losses import BinaryFocal, Focal
from fairloss.losses.bases.regression_losses import huber, mae, mse, smooth_l1
from fairloss.losses.bases.rows import Elementwise
from fairloss.losses.bases.structured_losses import Contrastive, PixelCrossEntropy, TokenCrossEntropy, policy_gradient

__all__ = ["BASE_LOSSES", "BaseLoss", "base_losses", "resolve_base"]


@dataclass(frozen=True, slots=True)
class BaseLoss:
    """A loss that is computed element by element.

    Parameters
    ----------
    name : str
        The name, as torch spells it where it has the loss.
    function : callable
        ``function(input, target)`` gives a tensor whose first axis is the rows.
    decision : str
        How outputs under this loss become decisions, see `DECISIONS`.
    module : type, optional
        The class of `torch.nn` that computes the same, so that its instances are recognized.
    """

    name: str
    function: Elementwise
    decision: str
    module: type[nn.Module] | None = None


_LISTED = (
    BaseLoss("bce_with_logits", bce_with_logits, "sigmoid", nn.BCEWithLogitsLoss),
    BaseLoss("bce", bce, "probability", nn.BCELoss),
    BaseLoss("cross_entropy", cross_entropy, "softmax", nn.CrossEntropyLoss),
    BaseLoss("nll", nll, "softmax", nn.NLLLoss),
    BaseLoss("kl_div", kl_div, "softmax"),
    BaseLoss("hinge", Hinge(), "sigmoid"),
    BaseLoss("signed_hinge", Hinge(labels="-1/+1"), "signed"),
    BaseLoss("binary_focal", BinaryFocal(), "sigmoid"),
    BaseLoss("focal", Focal(), "softmax"),
    BaseLoss("mse", mse, "output", nn.MSELoss),
    BaseLoss("mae", mae, "output", nn.L1Loss),
    BaseLoss("huber", huber, "output", nn.HuberLoss),
    BaseLoss("smooth_l1", smooth_l1, "output", nn.SmoothL1Loss),
    BaseLoss("token_cross_entropy", TokenCrossEntropy(), "none"),
    BaseLoss("pixel_cross_entropy", PixelCrossEntropy(), "none"),
    BaseLoss("contrastive", Contrastive(), "none"),
    BaseLoss("policy_gradient", policy_gradient, "none"),
)

BASE_LOSSES: Mapping[str, BaseLoss] = MappingProxyType({loss.name: loss for loss in _LISTED})
"""Every base loss by name, read-only."""


def base_losses() -> tuple[str, ...]:
    """Give the names of all base losses.

    Examples
    --------
    >>> "focal" in base_losses()
    True
    """
    return tuple(BASE_LOSSES)


def resolve_base(base: str | nn.Module | Elementwise) -> tuple[Elementwise, str | None]:
    """Find the function of a base loss, and the decision that belongs to it where that is known.

    A base that has an attribute ``decision``, the name of one, brings it along.

    Raises
    ------
    UnknownName
        With the near names, where no base loss has the name.
    InputError
        If a module averages over rows, or if the base cannot be called.
    """
    if isinstance(base, str):
        if base not in BASE_LOSSES:
            raise UnknownName("base", base, BASE_LOSSES)
        return BASE_LOSSES[base].function, BASE_LOSSES[base].decision
    if not callable(base) or isinstance(base, type):
        raise InputError(
            "The base of FairLoss must be a name, a torch.nn loss (an object, no class) or a function, got "
            f"{quote(base)}. The names are {', '.join(BASE_LOSSES)}."
        )
    reduction = getattr(base, "reduction", "none")
    if reduction != "none":
        name = type(base).__name__
        raise InputError(
            f"FairLoss needs one loss per row, got {name} with reduction={reduction!r}. "
            f"Make it with {name}(reduction='none'); FairLoss averages over the rows itself."
        )
    own = getattr(base, "decision", None)
    if isinstance(own, str):
        return base, own
    known = (loss for loss in BASE_LOSSES.values() if loss.module is not None and isinstance(base, loss.module))
    return base, next((loss.decision for loss in known), None)
