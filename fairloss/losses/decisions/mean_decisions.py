"""One number per row where a row is many decisions: the mean over the tokens of a text or the pixels of an image."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from fairloss.errors import InputError, quote
from fairloss.losses.decisions.binary_decisions import SigmoidDecision
from fairloss.losses.decisions.decided import Decided, Decision, as_columns, check_decision

__all__ = ["MeanDecision"]


@dataclass(frozen=True, slots=True)
class MeanDecision:
    """The share of a row's elements that are decided favorably: of the tokens of a text, of the pixels of an image.

    Each element is decided on its own; soft and hard decisions are averaged over the elements that count. The rate of
    a group is the mean of its rows, so that long texts and large images count no more than others. A row without an
    element that counts has the weight 0.

    Rates given the label are refused: from the shares of a row nobody can tell which of its elements were right. (An
    image of which one half is favorable, and is found without an error, would count as a true positive by a quarter.)
    Demographic parity, which compares mean shares, is what remains.

    Parameters
    ----------
    inner : Decision
        How one element is decided: `SigmoidDecision` for outputs of the shape of the target, one logit per element;
        ``SoftmaxDecision(favorable=...)`` for one logit per class. Without ``favorable`` each class is a question.
    class_axis : int, optional
        The axis of the classes: 1 for pixels (n, classes, height, width), -1 for tokens (n, length, classes), as the
        bases ``"pixel_cross_entropy"`` and ``"token_cross_entropy"`` have it. None: outputs have no such axis.
    ignore_index : int, optional
        The target of elements that do not count, such as padding. None: all of them count.

    Examples
    --------
    >>> logits = torch.tensor([[3.0, -1.0, 9.0], [-1.0, -2.0, -2.0]])
    >>> decided = MeanDecision()(logits, torch.tensor([[1, 0, -100], [-100, -100, -100]]))
    >>> decided.hard[:, 0].tolist(), decided.weight.tolist()
    ([0.5, 0.0], [1.0, 0.0])
    """

    inner: Decision = field(default_factory=SigmoidDecision)
    class_axis: int | None = None
    ignore_index: int | None = -100
    has_label = False

    def __post_init__(self) -> None:
        check_decision("MeanDecision", self.inner)
        if self.inner.needs_column != (self.class_axis is None) or self.class_axis == 0:
            fits = "none" if self.inner.needs_column else "1 for pixels or -1 for tokens"
            raise InputError(
                f"The class_axis of MeanDecision over {quote(self.inner)} is {fits}, got {quote(self.class_axis)}. "
                "Pass what fits the decision of an element."
            )

    @property
    def needs_column(self) -> bool:
        """Whether there is one output per target."""
        return self.class_axis is None

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on outputs (n, ...), with one target per element."""
        outputs, targets = self._elements(input, target)
        counted = (
            torch.ones_like(targets, dtype=torch.bool) if self.ignore_index is None else targets != self.ignore_index
        )
        # what does not count is taken out, not multiplied by 0: not even NaN gets from there into a gradient
        places = counted.flatten().nonzero()[:, 0]
        each = self.inner(outputs.flatten(0, 1).index_select(0, places), targets.flatten().index_select(0, places))
        weight = torch.ones_like(each.soft[:, 0]) if each.weight is None else each.weight
        share = _filled(weight[:, None], places, counted)
        total = share.sum(1)
        share = share / torch.where(total > 0, total, 1)[:, None]
        soft, hard = (
            (share * _filled(part, places, counted)).sum(1).to(input.dtype) for part in (each.soft, each.hard)
        )
        return Decided(soft, hard, None, (total[:, 0] > 0).to(input.dtype))

    def _elements(self, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Give outputs of shape (n, elements), or (n, elements, classes), and targets of shape (n, elements)."""
        axis = self.class_axis
        inside = axis is None or 0 < axis < input.ndim or -input.ndim < axis < 0
        moved = input if axis is None or not inside else input.movedim(axis, -1)
        elements = moved.shape if axis is None else moved.shape[:-1]
        if not inside or not elements or elements != target.shape:
            raise InputError(
                f"MeanDecision with class_axis={axis} needs one target per element, got outputs {tuple(input.shape)} "
                f"and targets {tuple(target.shape)}. Move the axes, or say class_axis=."
            )
        targets = as_columns(target)
        return moved.reshape(*targets.shape, *moved.shape[len(elements) :]), targets


def _filled(values: Tensor, places: Tensor, counted: Tensor) -> Tensor:
    """Put the values of the elements that count back into their rows, with 0 elsewhere: (n, elements, k)."""
    # half precision cannot sum over the pixels of an image
    wide = values if values.dtype == torch.float64 else values.float()
    filled = wide.new_zeros(counted.numel(), values.shape[1]).index_copy(0, places, wide)
    return filled.view(*counted.shape, values.shape[1])
