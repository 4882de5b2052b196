"""Penalties at work: on the counts of memory and batch, or on the rows of the batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from fairloss.errors import InputError
from fairloss.losses.decisions import Decided
from fairloss.losses.distances import Distance
from fairloss.losses.membership import Attribute
from fairloss.losses.memory import Evidence
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample
from fairloss.losses.stacked_rates import StackedRates
from fairloss.notions import Notion, Rate

__all__ = ["PenaltyTerm", "RowPenaltyTerm", "SeenRows", "check_rates_for_rows"]


class PenaltyTerm(nn.Module):
    """A penalty on counts; it has no state of its own."""

    def __init__(self, notion: Notion, weight: float, distance: Distance) -> None:
        super().__init__()
        self.notion = notion
        self.weight = weight
        self.distance = distance
        self.rates = StackedRates(notion)
        self.needs_noise = bool(getattr(distance, "needs_noise", False))

    def forward(self, evidence: Evidence) -> Tensor:
        """Give weight × distance."""
        live = evidence.live
        by_group, overall = self.rates(live), self.rates(live.sum(1, keepdim=True))
        if self.needs_noise and evidence.squares is not None:
            by_group = replace(by_group, noise=self.rates.noise(live, evidence.squares))
        return self.weight * self.distance(by_group, overall).to(evidence.behind.soft.dtype)

    def multipliers(self) -> Tensor | None:
        """Give none: the weight is fixed."""
        return None


@dataclass(frozen=True, slots=True)
class SeenRows:
    """The rows of a batch, those of all processes together.

    Parameters
    ----------
    decided : Decided
        What is compared, by question.
    attribute : Tensor of shape (n, G) or (n, 1)
        Membership, or the values of a continuous attribute, NaN where unknown.
    weight : Tensor of shape (n,)
    """

    decided: Decided
    attribute: Tensor
    weight: Tensor


class RowPenaltyTerm(nn.Module):
    """A penalty on rows: one sample for each rate of the notion and each question."""

    def __init__(self, notion: Notion, weight: float, distance: RowDistance, attribute: Attribute) -> None:
        super().__init__()
        self.notion = notion
        self.weight = weight
        self.continuous = attribute.continuous
        self.forms = tuple(rate for rate in notion.rates if isinstance(rate, Rate))
        self.distances = [distance.bind(len(attribute)) for _ in self.forms]
        self.modules_of_distances = nn.ModuleList(part for part in self.distances if isinstance(part, nn.Module))

    def forward(self, rows: SeenRows) -> Tensor:
        """Give weight × the sum of the distances."""
        known = rows.attribute.isfinite().all(1) if self.continuous else rows.attribute.any(1)
        weight = torch.where(known, rows.weight, 0)
        attribute = torch.nan_to_num(rows.attribute) if self.continuous else rows.attribute
        total, questions = rows.decided.soft.new_zeros(()), rows.decided.soft.shape[1]
        if questions > 1 and len(self.modules_of_distances):
            raise InputError(
                f"A distance with parameters of its own answers one question, got decisions on {questions}. Pass "
                "decision=SoftmaxDecision(favorable=...), so that there is one."
            )
        for rate, distance in zip(self.forms, self.distances, strict=True):
            for values, among, label in _questions(rate, rows.decided):
                total = total + distance(RowSample(values, attribute, weight * among, label, self.continuous))
        return self.weight * total

    def multipliers(self) -> Tensor | None:
        """Give none: the weight is fixed."""
        return None


def check_rates_for_rows(notion: Notion) -> None:
    """Require rates that are a mean over rows which do not depend on the decisions.

    Raises
    ------
    InputError
        If one is not.
    """
    if not all(isinstance(rate, Rate) and not rate.among.needs_decision for rate in notion.rates):
        raise InputError(
            f"A distance between rows needs rows that do not depend on the decisions, which those of {notion.name} do. "
            "Use demographic_parity, equal_opportunity or equalized_odds, or a distance between rates."
        )


def _questions(rate: Rate, decided: Decided) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
    """Give values, weights and labels for each question: of a row, the rate is ``of / among``."""
    for question in range(decided.soft.shape[1]):
        soft = decided.soft[:, question]
        label = None if decided.label is None else decided.label[:, question]
        share = torch.zeros_like(soft.detach()) if label is None else label
        among = _mixed(rate.among.weights[0][0], rate.among.weights[1][0], share)
        no = _mixed(rate.of.weights[0][0], rate.of.weights[1][0], share)
        yes = _mixed(rate.of.weights[0][1], rate.of.weights[1][1], share)
        values = (no + (yes - no) * soft) / torch.where(among > 0, among, 1)
        yield values, among, label


def _mixed(no: float, yes: float, share: Tensor) -> Tensor:
    return no + (yes - no) * share
