"""The gap that a term asks about, on any rows: of deployed decisions, of losses, or of outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairloss.losses import FairLoss, OutputDecision
from fairloss.losses.decisions import Decided, ThresholdDecision
from fairloss.losses.measures import MEASURES, Seen
from fairloss.losses.rows import row_losses
from fairloss.losses.soft_counts import count
from fairloss.notions import GroupCounts, Groups, Notion

__all__ = ["compared_on", "is_flat", "is_regression", "worst_gap"]

Codes = np.ndarray[Any, np.dtype[np.integer[Any]]]
_FLAT = 1e-4


def is_regression(criterion: FairLoss) -> bool:
    """Tell whether the targets are numbers and not classes."""
    return isinstance(criterion.decision, OutputDecision | ThresholdDecision)


def is_flat(output: Tensor, y: Tensor) -> bool:
    """Tell whether a regression gives everybody the same number, next to how much the targets differ."""
    wide = output.double()
    return bool((wide - wide.mean()).square().mean() <= _FLAT**2 * (y.double() - y.double().mean()).square().mean() > 0)


def compared_on(criterion: FairLoss, output: Tensor, y: Tensor) -> Mapping[str, Decided]:
    """Give what the terms compare, by measure: always the decisions, losses and outputs where a term asks for them."""
    seen = Seen(output, row_losses(criterion.base, output, y), criterion.decision(output, y))
    return {of: MEASURES[of](seen) for of in {"decision", *(term.of for term in criterion.asked)}}


def worst_gap(notion: Notion, compared: Decided, codes: Codes, names: Sequence[str], weight: Any = None) -> float:
    """Give the worst gap over the questions that the model answers; NaN where none is defined.

    Examples
    --------
    >>> from fairloss.notions import NOTIONS
    >>> means = Decided(torch.tensor([[4.0], [6.0], [2.0]]), torch.tensor([[4.0], [6.0], [2.0]]), None)
    >>> worst_gap(NOTIONS["demographic_parity"], means, np.array([0, 0, 1]), ["a", "b"])
    3.0
    """
    groups = Groups.of(codes, names)
    hard, label = compared.hard.cpu().numpy(), None if compared.label is None else compared.label.cpu().numpy()
    if label is None or hard.min() < 0 or hard.max() > 1:
        gaps = notion.gap(_sums(compared, groups, weight)).tolist()
    else:
        counts = (GroupCounts.of(label[:, k], hard[:, k], groups, weight) for k in range(hard.shape[1]))
        gaps = [notion.gap(each) for each in counts]
    return max((gap for gap in gaps if not isnan(gap)), default=nan)


def _sums(compared: Decided, groups: Groups, weight: Any) -> GroupCounts:
    """Sum numbers that need not lie between 0 and 1; where no label is known all rows have the label 0."""
    known = torch.from_numpy(groups.codes).long()
    members = torch.nn.functional.one_hot(known + 1, groups.n_groups + 1)[:, 1:].double()
    label = None if compared.label is None else compared.label.cpu().double()
    mass = None if weight is None else torch.from_numpy(weight).double()
    cells = count(members, label, compared.hard.cpu().double(), mass).numpy()
    return GroupCounts(cells if label is not None else np.concatenate([cells, np.zeros_like(cells)], axis=-2))
