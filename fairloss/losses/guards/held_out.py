"""Rows judged by themselves: the base loss, and the exact gaps of the decisions that people would get."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan, nan
from typing import Any

import torch
from torch import Tensor

from fairloss.losses.bases.rows import row_losses
from fairloss.losses.constraint import Constraint
from fairloss.losses.decisions import Decided, NoDecision
from fairloss.losses.fair_loss import FairLoss
from fairloss.losses.guards.verdict import Verdict, worst_violation
from fairloss.losses.measures import MEASURES, Seen
from fairloss.losses.membership import Attribute, membership
from fairloss.losses.penalty import Penalty
from fairloss.losses.soft_counts import count
from fairloss.notions import GroupCounts

__all__ = ["judge_rows"]


def judge_rows(
    criterion: FairLoss,
    output: Tensor,
    target: Tensor,
    sensitive_features: Any,
    sample_weight: Any = None,
    *,
    fitted: bool = False,
) -> Verdict:
    """Judge the output for some rows, usually held-out ones; nothing in the criterion moves, and nothing is sent.

    The gaps are those of the notions, from counts of these rows in double precision: of the deployed decisions, or of
    the mean losses or outputs that a term compares. Of several questions the worst counts.

    Parameters
    ----------
    criterion : FairLoss
        Whose base loss, terms and decision are meant.
    output, target, sensitive_features, sample_weight
        As for a call of the criterion.
    fitted : bool
        Whether the model is fitted to these rows. It then stops as soon as it meets a tolerance on them, beyond which
        the gap among all people is about every other time: the violation is that of the gaps with their margins, see
        `Constraint`, and so are the gaps.

    Examples
    --------
    >>> criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", tolerance=0.25), groups=2)
    >>> label, group = torch.tensor([1, 1, 0, 1]), torch.tensor([0, 0, 1, 1])
    >>> verdict = judge_rows(criterion, torch.tensor([2.0, 1.0, -1.0, 3.0]), label, group)
    >>> verdict.gaps["demographic_parity"], verdict.violation, verdict.constant
    (0.5, 0.25, False)
    """
    with torch.no_grad(), _evaluating(criterion):
        criterion(output, target, sensitive_features, sample_weight)
        loss = criterion.parts["base"].item()
        if criterion.decision.needs_column and output.numel() == len(output):
            output, target = output.reshape(-1), target.reshape(-1)
        wide = output if output.dtype == torch.float64 else output.float()
        decided = None if isinstance(criterion.decision, NoDecision) else criterion.decision(wide, target)
        seen = Seen(wide, row_losses(criterion.base, output, target), decided)
        weight = output.new_ones(len(output)) if sample_weight is None else sample_weight
        weight = torch.as_tensor(weight, dtype=torch.float64, device=output.device)
        gaps = {
            name: _gap(term, attribute, seen, sensitive_features, weight, criterion.attributes, fitted)
            for name, term, attribute in zip(criterion.names, criterion.asked, criterion.watched, strict=True)
        }
    pressures = [pressure.abs().max().item() for pressure in _multipliers(criterion)]
    constant = decided is not None and _constant(decided, target, weight)
    return Verdict(loss, gaps, worst_violation(gaps, criterion.asked), constant, max(pressures, default=nan))


@contextmanager
def _evaluating(criterion: FairLoss) -> Iterator[None]:
    """Put the criterion in evaluation, and leave it as it was."""
    parts, training = criterion.parts, {module: module.training for module in criterion.modules()}
    criterion.eval()
    try:
        yield
    finally:
        criterion.parts = parts
        for module, before in training.items():
            module.training = before


def _gap(
    term: Constraint | Penalty,
    attribute: Attribute,
    seen: Seen,
    sensitive_features: Any,
    weight: Tensor,
    attributes: tuple[Attribute, ...],
    fitted: bool,
) -> float:
    """Give the worst gap over the questions that the model answers; NaN where no two groups have a value."""
    if attribute.continuous:
        return nan
    decided = MEASURES[term.of](seen)
    hard, label = decided.hard.double(), None if decided.label is None else decided.label.double()
    members = membership(sensitive_features, attributes, hard, frozenset({attribute.name}))[attribute.name]
    weight = weight if decided.weight is None else weight * decided.weight
    cells = count(members, label, hard, weight).cpu()
    if label is None:  # everything has the unfavorable one: the mean loss is then the error rate
        cells = torch.cat([cells, torch.zeros_like(cells)], dim=-2)
    counts = GroupCounts(cells)
    if fitted and isinstance(term, Constraint) and term.has_margin and label is not None:
        counts = GroupCounts(cells, count(members.square(), label, hard, weight.square()).cpu())
        gaps = _with_margin(term, counts)
    else:
        gaps = term.notion.gap(counts).tolist()
    return max((gap for gap in gaps if not isnan(gap)), default=nan)


def _with_margin(term: Constraint, counts: GroupCounts) -> list[float]:
    """Give the gap of every question, rate and pair of groups, and add the margin."""
    found: list[float] = []
    for rate in term.notion.rates:
        value, noise = torch.as_tensor(rate(counts)), torch.as_tensor(rate.variance(counts))
        one, other = torch.triu_indices(value.shape[-1], value.shape[-1], offset=1)
        gaps = (value[..., one] - value[..., other]).abs()
        margins = term.margin * (noise[..., one] + noise[..., other]).sqrt()
        found += (gaps + margins.clamp_max(term.tolerance / 2)).flatten().tolist()
    return found


def _constant(decided: Decided, target: Tensor, weight: Tensor) -> bool:
    """Tell whether all rows that count got the same although they should not."""
    counts = weight > 0 if decided.weight is None else (weight > 0) & (decided.weight > 0)
    hard, right = decided.hard[counts], (target if decided.label is None else decided.label)[counts]
    return bool(len(hard) and (hard == hard[0]).all() and not (right == right[0]).all())


def _multipliers(criterion: FairLoss) -> Iterator[Tensor]:
    for term in criterion.terms:
        pressure = term.multipliers()
        if pressure is not None:
            yield pressure
