"""Criteria with the faults that were found in published packages, each rebuilt in a few lines; and a right one.

All are penalties alone unless `Faulty.base` says otherwise: ``make(groups)`` gives ``penalty(logits, labels, codes)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional as F


def group_means(values, codes, groups):
    """Mean by group and which groups are there; 0 where absent."""
    who = F.one_hot(codes, groups).to(values.dtype)
    size = who.sum(0)
    return (who.T @ values) / size.clamp_min(1), size > 0


def right(groups):
    """Squared distance of each group's mean chance from the overall mean, over the groups that are there."""

    def penalty(logits, labels, codes, weight=None):
        if logits.ndim != 1 or labels.shape != logits.shape:
            raise ValueError("one logit and one label per row")
        chance = torch.sigmoid(logits if logits.dtype == torch.float64 else logits.float())
        mass = (codes >= 0) * (torch.ones_like(chance) if weight is None else weight)
        who = F.one_hot(codes.clamp_min(0), groups) * mass[:, None]
        with torch.autocast("cpu", enabled=False):
            size = who.sum(0)
            mean = (who * chance[:, None]).sum(0) / torch.where(size > 0, size, 1)
            total = size.sum().clamp_min(1e-12)
            return (size * (mean - (size * mean).sum() / total) ** 2).sum() / total

    return penalty


def right_by_label(groups):
    """The same among the rows of each label."""
    inner = right(groups)

    def penalty(logits, labels, codes, weight=None):
        mass = torch.ones_like(labels) if weight is None else weight
        return sum(inner(logits, labels, codes, mass * (labels == label)) for label in (0, 1))

    return penalty


def right_with_base(groups):
    """The same beside the loss that it is to be added to."""
    inner = right(groups)
    return lambda logits, labels, codes, weight=None: bce(logits, labels, weight) + inner(logits, labels, codes, weight)


def one_constraint_for_all(groups):
    """Every row of the constraint matrix looks at group 0."""

    def penalty(logits, labels, codes):
        chance = torch.sigmoid(logits)
        means, _ = group_means(chance, codes, groups)
        matrix = torch.zeros(groups, groups, dtype=chance.dtype)
        matrix[:, 0] = 1
        return ((matrix @ means - chance.mean()) ** 2).sum()

    return penalty


def signed_sum(groups):
    """Gaps in the true and the false positive rate are added before they are squared."""

    def penalty(logits, labels, codes):
        total = 0
        for label in (0, 1):
            among = labels == label
            means, there = group_means(torch.sigmoid(logits[among]), codes[among], groups)
            total = total + torch.where(there, means - torch.sigmoid(logits[among]).mean().nan_to_num(), 0)
        return (total**2).sum()

    return penalty


def nan_on_absent(groups):
    """The mean of no rows."""

    def penalty(logits, labels, codes):
        chance = torch.sigmoid(logits)
        means = torch.stack([chance[codes == group].mean() for group in range(groups)])
        return ((means - chance.mean()) ** 2).sum()

    return penalty


def hard_decisions(groups):
    """A gap of decisions, which have no gradient, as a factor on the base loss."""

    def loss(logits, labels, codes):
        means, _ = group_means((logits > 0).to(logits.dtype), codes, groups)
        return F.binary_cross_entropy_with_logits(logits, labels) * (1 + means.amax() - means.amin())

    return loss


def detached(groups):
    """The gap is a number that was taken out of the graph."""

    def loss(logits, labels, codes):
        gap = right(groups)(logits, labels, codes).item()
        return F.binary_cross_entropy_with_logits(logits, labels) + gap

    return loss


def first_two_only(groups):
    """The gap of groups 0 and 1."""

    def penalty(logits, labels, codes):
        means, there = group_means(torch.sigmoid(logits), codes, groups)
        return (means[0] - means[1]) ** 2 * (there[0] & there[1])

    return penalty


def absent_counts_as_zero(groups):
    """A group that is not there has the rate 0, so that it is one whole overall rate away."""

    def penalty(logits, labels, codes):
        chance = torch.sigmoid(logits)
        means, _ = group_means(chance, codes, groups)
        return ((means / chance.mean() - 1).abs()).max()

    return penalty


def needs_positives(groups):
    """It refuses a batch without favorable labels."""

    def penalty(logits, labels, codes):
        if not (labels == 1).any():
            raise NotImplementedError("no positives")
        return right(groups)(logits[labels == 1], labels[labels == 1], codes[labels == 1])

    return penalty


def broadcast(groups):
    """A column of chances against a row of labels: a table of all pairs."""

    def loss(logits, labels, codes):
        base = ((torch.sigmoid(logits) - labels) ** 2).mean()
        return base + right(groups)(logits.reshape(-1), labels, codes)

    return loss


class KeepsGraphs(nn.Module):
    """It remembers the losses of the groups with their graphs, and weighs by them; nothing of it is saved."""

    def __init__(self, groups):
        super().__init__()
        self.groups, self.past = groups, []

    def forward(self, logits, labels, codes):
        means, there = group_means(torch.sigmoid(logits), codes, self.groups)
        gaps = torch.where(there, means - torch.sigmoid(logits).mean(), 0)
        if self.training:
            self.past.append(gaps)
        pressure = sum(past.detach().abs().sum() for past in self.past) / 10
        return (1 + pressure) * (gaps**2).sum()


def mean_over_classes(groups):
    """The mean of the class probabilities, which is one over the number of classes for everyone."""

    def penalty(logits, labels, codes):
        means, there = group_means(torch.softmax(logits, 1).mean(1), codes, groups)
        return (torch.where(there, means - means[there].mean(), 0) ** 2).sum()

    return penalty


def takes_probabilities(groups):
    """It takes the logits as they come, for probabilities."""

    def penalty(logits, labels, codes):
        means, there = group_means(logits, codes, groups)
        return (torch.where(there, means - logits.mean(), 0) ** 2).sum()

    return penalty


def refuses_logits(groups):
    """It computes a cross entropy of probabilities, and stumbles over logits."""
    return lambda logits, labels, codes: F.binary_cross_entropy(logits, labels) + right(groups)(logits, labels, codes)


def two_groups_only(groups):
    """It holds a place for two groups."""

    def penalty(logits, labels, codes):
        places = torch.zeros(2, dtype=logits.dtype)
        return right(groups)(logits, labels, codes) + 0 * places[codes].sum()

    return penalty


def bce(logits, labels, weight=None):
    rows = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return rows.mean() if weight is None else (rows * weight).sum() / weight.sum()


def squares(input, target, weight=None):  # noqa: A002
    return F.mse_loss(torch.sigmoid(input), target)


@dataclass(frozen=True)
class Faulty:
    """A fault, the checks that must find it, and what the first of them must say."""

    make: object
    caught_by: tuple[str, ...]
    says: str = ""
    options: dict = field(default_factory=dict)


BY_LABEL = {"notion": "equalized_odds"}
WITH_BASE = {"base": bce}
THREE = {"outputs": "class_logits", "classes": 3}

PUBLISHED = (
    Faulty(one_constraint_for_all, ("third_group", "group_names"), "at a gap of three groups"),
    Faulty(signed_sum, ("opposite_gaps",), "at a gap of opposite sign", BY_LABEL),
    Faulty(nan_on_absent, ("absent_group", "single_group", "sparse_cells"), "the loss is nan"),
    Faulty(hard_decisions, ("own_gradient",), "none of its own", WITH_BASE),
    Faulty(detached, ("own_gradient", "finite_differences"), "none of its own", WITH_BASE),
    Faulty(first_two_only, ("third_group", "group_names"), "the penalty is 0 at a gap of three groups"),
    Faulty(absent_counts_as_zero, ("single_group", "absent_group"), "alone in the batch the penalty is 1,"),
    Faulty(needs_positives, ("sparse_cells",), "raised NotImplementedError", {"notion": "equal_opportunity"}),
    Faulty(broadcast, ("column_shape",), "with outputs of shape (n, 1) the loss is", {"base": squares}),
    Faulty(KeepsGraphs, ("graph_freed", "saved_state", "flat_memory"), "holds its graph"),
    Faulty(mean_over_classes, ("class_gap", "any_gap"), "at a gap as large as it can be", THREE),
    Faulty(takes_probabilities, ("saturation",), "logits are taken for probabilities"),
    Faulty(refuses_logits, ("saturation", "any_gap"), "between 0 and 1", WITH_BASE),
    Faulty(two_groups_only, ("third_group", "sparse_cells"), "raised IndexError"),
)
"""The nine faults of published packages, and the two that came with them."""
