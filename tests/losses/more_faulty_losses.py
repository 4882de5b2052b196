"""More faulty criteria, one for each check that no published fault is known for."""

from __future__ import annotations

import torch
from faulty_losses import WITH_BASE, Faulty, bce, group_means, right
from torch import nn
from torch.nn import functional as F


class StateOnTheSide(nn.Module):
    """Its multiplier is an attribute that `state_dict` does not know, and moves in evaluation too."""

    def __init__(self, groups):
        super().__init__()
        self.inner, self.multiplier = right(groups), 1.0

    def forward(self, logits, labels, codes):
        gap = self.inner(logits, labels, codes)
        self.multiplier += 0.1
        return self.multiplier * gap


def sums_in_half(groups):
    """It sums rows one after another in the precision of the output."""

    def penalty(logits, labels, codes):
        chance = torch.sigmoid(logits)
        sums, sizes = [torch.zeros((), dtype=chance.dtype) for _ in range(groups)], [0] * groups
        for code, value in zip(codes.tolist(), chance.unbind(), strict=True):
            sums[code], sizes[code] = sums[code] + value, sizes[code] + 1
        means = [total / size for total, size in zip(sums, sizes, strict=True) if size]
        return sum((mean - sum(means) / len(means)) ** 2 for mean in means)

    return penalty


def root_of_the_gap(groups):
    """The square root of the squared gap: at parity its gradient is infinite."""
    return lambda logits, labels, codes: right(groups)(logits, labels, codes).sqrt()


def always_single(groups):
    """It computes in float32 whatever it gets."""
    return lambda logits, labels, codes: right(groups)(logits.float(), labels.float(), codes)


def log_of_chances(groups):
    """Log of a chance that becomes 0 at large logits."""

    def penalty(logits, labels, codes):
        means, there = group_means(torch.log(torch.sigmoid(logits)), codes, groups)
        return (torch.where(there, means - means[there].mean(), 0) ** 2).sum()

    return penalty


def first_row_leads(groups):
    """The distance from the first row, not from the overall rate."""

    def penalty(logits, labels, codes):
        means, there = group_means(torch.sigmoid(logits), codes, groups)
        return (torch.where(there, means - torch.sigmoid(logits[0]), 0) ** 2).sum()

    return penalty


def last_group_for_unknown(groups):
    """The code -1 is the last place of a list in Python."""

    def penalty(logits, labels, codes):
        return right(groups)(logits, labels, torch.arange(groups)[codes])

    return penalty


def counts_inside_autocast(groups):
    """A difference of two large sums, of matrix products that autocast rounds to half precision."""

    def penalty(logits, labels, codes):
        who = F.one_hot(codes, groups).to(logits.dtype)
        shifted = 100 + torch.sigmoid(logits)
        means = (who.T @ shifted[:, None])[:, 0] / who.sum(0).clamp_min(1)
        return (torch.where(who.sum(0) > 0, means - shifted.mean(), 0) ** 2).sum()

    return penalty


def coarse_in_single(groups):
    """A small difference of large numbers."""

    def penalty(logits, labels, codes):
        means, there = group_means(1e6 + torch.sigmoid(logits), codes, groups)
        return (torch.where(there, means - (1e6 + torch.sigmoid(logits)).mean(), 0) ** 2).sum()

    return penalty


def otherwise_when_compiled(groups):
    """It behaves otherwise when it is captured."""
    inner = right(groups)

    def penalty(logits, labels, codes):
        return inner(logits, labels, codes) * (2 if torch.compiler.is_compiling() else 1)

    return penalty


def weighs_the_base_only(groups):
    """Row weights do not reach the groups."""

    def loss(logits, labels, codes, weight=None):
        return bce(logits, labels, weight) + right(groups)(logits, labels, codes)

    return loss


OTHERS = (
    Faulty(StateOnTheSide, ("evaluation_mode", "saved_state"), "after a look in evaluation mode"),
    Faulty(sums_in_half, ("half_precision",), "in torch.bfloat16"),
    Faulty(root_of_the_gap, ("parity", "single_group"), "the gradient is not finite"),
    Faulty(always_single, ("kept_types",), "torch.float32 on cpu for torch.float64"),
    Faulty(log_of_chances, ("extreme_outputs", "saturation"), "not finite at logits of"),
    Faulty(weighs_the_base_only, ("row_weight",), "five rows of weight 2", {"weights": True, **WITH_BASE}),
    Faulty(first_row_leads, ("row_order",), "the penalty is"),
    Faulty(last_group_for_unknown, ("unknown_group",), "rows without a group", {"unknown": True}),
    Faulty(counts_inside_autocast, ("autocast",), "inside autocast"),
    Faulty(otherwise_when_compiled, ("traced",), "the compiled loss"),
    Faulty(coarse_in_single, ("single_precision",), "in torch.float32"),
)
