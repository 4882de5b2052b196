"""The criterion: a base loss, and the terms that keep it fair."""

# ruff: noqa: A001, A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from typing import Any

import torch
from torch import Tensor, nn

from fairloss.errors import InputError, quote
from fairloss.losses.bases.elementwise import resolve_base
from fairloss.losses.bases.rows import Elementwise, row_losses
from fairloss.losses.binding import attribute_of, check_term, decision_for, names_of
from fairloss.losses.constraint import Constraint
from fairloss.losses.decisions import Decision, NoDecision, resolve_decision
from fairloss.losses.feeds import BoundTerm, Feeds
from fairloss.losses.guards.diagnosis import diagnose
from fairloss.losses.guards.findings import Finding
from fairloss.losses.guards.records import TermRecord, WatchedTerm, term_records
from fairloss.losses.measures import Seen
from fairloss.losses.membership import membership, resolve_groups
from fairloss.losses.memory import CountMemory
from fairloss.losses.penalty import Penalty
from fairloss.losses.reduce import process_count, sum_over_processes
from fairloss.losses.weights.cell_weights import CellWeights

__all__ = ["FairLoss"]


class FairLoss(nn.Module):
    """Fit the base loss and keep the groups' decisions alike: a drop-in criterion for any torch loop.

    The loss is ``sum(weight * base) / sum(weight)`` plus one number per term. In training, each call also adds the
    batch to a fading memory of counts and moves the multipliers of the constraints; this state lives in buffers, and
    so in ``state_dict``. In evaluation (``criterion.eval()``) nothing moves and the batch is judged alone.

    Half precision is counted in float32; the loss is float32, or float64 for outputs in float64. Where
    `torch.distributed` is initialized, each training call sums the loss and the counts over the processes: all of them
    get the loss, the memory and the multipliers of one process with all rows, and the gradient that becomes its
    gradient when `torch.nn.parallel.DistributedDataParallel` averages. Every process must make every training call,
    with one row or more; evaluation sends nothing. With gradient accumulation each call is a batch of its own for the
    memory and the multipliers, which is what they are made for; divide the loss by the number of calls as usual.

    Parameters
    ----------
    base : str, torch.nn loss or callable
        A name of `base_losses`; a module of torch made with ``reduction="none"``; or ``function(input, target)`` that
        gives one number per row (trailing axes are averaged). The mean is one over rows: class weights of a module of
        torch weigh its losses and not the divisor, and a row that it ignores is a row of loss 0.
    *terms : Constraint, Penalty or CellWeights
        What keeps it fair; several for several notions or attributes. `CellWeights` weigh the base loss by group.
    groups : int, Groups, Grouping, or mapping of attribute names to these
        The groups, which are fixed from the start.
    decision : str or Decision, optional
        How outputs become decisions: ``"sigmoid"``, ``"softmax"``, ``"output"`` or e.g.
        ``SigmoidDecision(threshold=0.3)``. The named base losses and their torch modules bring their own.
    memory : float
        How many rows the memory of counts holds. More rows: steadier multipliers that react later.

    Attributes
    ----------
    parts : dict of str to Tensor
        The base loss and each term in the last call, detached.

    Raises
    ------
    InputError
        If the base averages over rows, an attribute or a decision is missing, or a notion does not fit the decision.

    Examples
    --------
    >>> criterion = FairLoss("bce_with_logits", Constraint("equalized_odds", tolerance=0.03), groups=2)
    >>> logits = torch.tensor([2.0, -1.0, 0.5, -0.5], requires_grad=True)
    >>> loss = criterion(logits, torch.tensor([1, 0, 1, 1]), sensitive_features=torch.tensor([0, 0, 1, -1]))
    >>> loss.backward()
    >>> list(criterion.parts)
    ['base', 'equalized_odds']
    """

    def __init__(
        self,
        base: str | nn.Module | Elementwise,
        *terms: Constraint | Penalty | CellWeights,
        groups: Any,
        decision: str | Decision | None = None,
        memory: float = 10_000,
    ) -> None:
        super().__init__()
        self.base, usual = resolve_base(base)
        self.attributes = resolve_groups(groups)
        self.decision = resolve_decision(decision_for(base, decision or usual))
        self.asked = tuple(check_term(term, self.decision) for term in terms if not isinstance(term, CellWeights))
        self.watched = tuple(attribute_of(term, self.attributes) for term in self.asked)
        bound = [term.bind(attribute) for term, attribute in zip(self.asked, self.watched, strict=True)]
        self.terms: Sequence[BoundTerm] = nn.ModuleList(bound)  # type: ignore[assignment]
        self.names = names_of(self.asked, self.watched)
        self.feeds = Feeds(bound, [attribute.name for attribute in self.watched], [term.of for term in self.asked])
        self.memories: Sequence[CountMemory] = nn.ModuleList(self.feeds.memories(memory))  # type: ignore[assignment]
        weighings = [term for term in terms if isinstance(term, CellWeights)]
        self.weighed = tuple(attribute_of(term, self.attributes) for term in weighings)
        self.weightings = nn.ModuleList(
            term.bind(attribute) for term, attribute in zip(weighings, self.weighed, strict=True)
        )
        self.wanted = frozenset(attribute.name for attribute in (*self.watched, *self.weighed))
        self.parts: dict[str, Tensor] = {}

    def forward(
        self,
        input: Tensor,
        target: Tensor,
        sensitive_features: Any,
        sample_weight: Any = None,
    ) -> Tensor:
        """Compute the loss of a batch, a scalar.

        Parameters
        ----------
        input : Tensor of shape (n,), (n, 1) or (n, ...)
            What the model gives: logits, or values in regression.
        target : Tensor
            Labels, as the base loss takes them.
        sensitive_features : codes, membership, or mapping of attribute names to these
            Integer codes (n,), where -1 is unknown: such a row keeps its base loss and is in no group. Or shares
            (n, G), such as probabilities of membership.
        sample_weight : array of shape (n,), optional
            Non-negative weights; they count in the base loss and in the rates.
        """
        input, target = self._aligned(input, target)
        weight, wide = _weights(sample_weight, input), _wide(input)
        # Decided first, for this checks the labels: a class that is none ends a CUDA process inside the base loss.
        decided = self.decision(wide, target) if self.wanted and not isinstance(self.decision, NoDecision) else None
        seen = Seen(wide, _wide(row_losses(self.base, input, target)), decided)
        if not self.wanted:
            base = total = self._mean(seen.losses, weight)
            parts = {"base": base.detach()}
        elif torch.is_autocast_enabled(input.device.type):  # the matrix products that count are no place for it
            with torch.autocast(input.device.type, enabled=False):
                parts, total = self._fair(seen, sensitive_features, weight)
        else:
            parts, total = self._fair(seen, sensitive_features, weight)
        self.__dict__["parts"] = parts  # plain assignment would search parameters and buffers at each step
        return total

    def state(self) -> list[TermRecord]:
        """Report what each term knows and does: one record per term, question, rate and group, from the memory.

        Returns
        -------
        list of TermRecord
            Empty before the first training batch.
        """
        return [record for watched in self._watching() for record in term_records(watched)]

    def diagnosis(self, since: Iterable[TermRecord] = ()) -> tuple[Finding, ...]:
        """Say what goes wrong, by the memory: see `guards.diagnosis.diagnose`; empty when all is well."""
        return diagnose(self._watching(), since)

    def _watching(self) -> list[WatchedTerm]:
        counts = {feed: memory.counts for feed, memory in zip(self.feeds.counted, self.memories, strict=True)}
        described = zip(self.names, self.watched, self.terms, self.feeds.of_terms, strict=True)
        return [
            WatchedTerm(
                name, attribute, feed.of, term, counts.get(feed, torch.zeros(0)), float(self.parts.get(name, nan))
            )
            for name, attribute, term, feed in described
        ]

    def _mean(self, rows: Tensor, weight: Tensor | None) -> Tensor:
        if self.training and process_count() > 1:
            weight = rows.new_ones(len(rows)) if weight is None else weight.to(rows.dtype)
            loss, size = sum_over_processes((rows * weight).sum(), weight.sum())
            return loss / size
        return rows.mean() if weight is None else (rows * weight).sum() / weight.sum()

    def _fair(self, seen: Seen, sensitive_features: Any, weight: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        members = membership(sensitive_features, self.attributes, seen.input, self.wanted)
        weighed = self._weighed(seen, members, weight) if self.weighed else seen.losses
        total = self._mean(weighed, weight)
        parts = {"base": total.detach()}
        fed = self.feeds(seen, members, weight, self.memories, training=self.training)
        for name, term, feed in zip(self.names, self.terms, self.feeds.of_terms, strict=True):
            value = term.forward(fed[feed])  # as in `Feeds`: no search for hooks
            parts[name], total = value.detach(), total + value
        return parts, total

    def _weighed(self, seen: Seen, members: dict[str, Tensor], weight: Tensor | None) -> Tensor:
        weighed, label = seen.losses, None if seen.decided is None else seen.decided.label
        for attribute, weigh in zip(self.weighed, self.weightings, strict=True):
            weighed = weighed * weigh(seen.losses.detach(), members[attribute.name], label, weight)
        return weighed

    def _aligned(self, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        for role, values in (("input", input), ("target", target)):
            if not isinstance(values, Tensor):
                raise InputError(
                    f"FairLoss needs {role} as a tensor, got {quote(type(values).__name__)}. Use torch.as_tensor."
                )
        if self.decision.needs_column:
            input = input[:, 0] if input.ndim == 2 and input.shape[1] == 1 else input
            target = target[:, 0] if target.ndim == 2 and target.shape[1] == 1 else target
        same = input.shape == target.shape if self.decision.needs_column else input.shape[:1] == target.shape[:1]
        if input.ndim == 0 or target.ndim == 0 or not len(input) or not same:
            raise InputError(
                f"FairLoss needs one target per row of input, got input {tuple(input.shape)} and target "
                f"{tuple(target.shape)}. Pass at least one row, and shapes that match."
            )
        return input, target

    def extra_repr(self) -> str:
        """Show the settings in the representation of the module."""
        watched = ", ".join(
            f"{name}: {attribute.name}" for name, attribute in zip(self.names, self.watched, strict=True)
        )
        return f"decision={self.decision}, terms=({watched})"


def _wide(values: Tensor) -> Tensor:
    """Give half precision as float32: sums of thousands of rows need more than 11 bits."""
    return values if values.dtype == torch.float64 else values.float()


def _weights(sample_weight: Any, like: Tensor) -> Tensor | None:
    if sample_weight is None:
        return None
    wide = torch.float64 if like.dtype == torch.float64 else torch.float32
    try:
        weight = torch.as_tensor(sample_weight, device=like.device, dtype=wide)
    except (TypeError, ValueError) as error:
        raise InputError(f"FairLoss needs one number per row as its weight, got {quote(str(error))}.") from error
    if weight.shape != like.shape[:1]:
        raise InputError(
            f"FairLoss needs one weight per row, got shape {tuple(weight.shape)} for {len(like)} rows. Align them."
        )
    low, high = weight.aminmax()
    if not (low >= 0 and 0 < high < float("inf")):
        raise InputError(
            f"Weights must be finite, not negative, and not all zero, got values from {low.item():g} to "
            f"{high.item():g}. Clean them first."
        )
    return weight
