"""The best iterate of a training: training with multipliers circles around the solution, and the last one is any."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from torch import Tensor, nn

from fairloss.errors import InputError
from fairloss.losses.fair_loss import FairLoss
from fairloss.losses.guards.held_out import judge_rows
from fairloss.losses.guards.verdict import Verdict, reason

__all__ = ["BestIterate"]


class BestIterate:
    """Keep the best iterate of a plain torch loop, judged on held-out rows by the decisions that people would get.

    It is the cheapest: base loss plus what a gap exceeds its tolerance by, at twice the largest multiplier so far, and
    at least 3. So of all iterates that meet the tolerances the one of lowest loss is kept, unless it has lost more than
    the excess of another is worth. A constant classifier is never kept in place of another one, nor is an iterate
    without a finite loss. The first of equals stays. `FairClassifier` chooses by the same rule; like it, leave out the
    first epochs (an eighth), in which a network decides for hardly anyone and so has small gaps.

    Parameters
    ----------
    model : torch.nn.Module
        What is trained.
    criterion : FairLoss
        What trains it; its memory and multipliers are kept and put back along with the model.

    Attributes
    ----------
    history : list of Verdict
        What was seen of each iterate.
    best : Verdict or None
        The one that is kept.

    Notes
    -----
    With several processes let each of them consider the same rows; all of them then keep the same iterate.

    Examples
    --------
    >>> import torch
    >>> from fairloss.losses import Constraint
    >>> model, x, group = torch.nn.Linear(1, 1), torch.tensor([[-1.0], [1.0]]), torch.tensor([0, 1])
    >>> criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", tolerance=0.05), groups=2)
    >>> keeper = BestIterate(model, criterion)
    >>> for bias in (9.0, 0.0, 8.0):  # all of them alike; told apart by x; all of them alike
    ...     _ = model.load_state_dict({"weight": torch.ones(1, 1), "bias": torch.tensor([bias])})
    ...     _ = keeper.consider(model(x), torch.tensor([0, 1]), group)
    >>> keeper.restore()
    >>> model.bias.item(), keeper.reason
    (0.0, 'Iterate 2 of 3 was kept: on 2 held-out rows a gap is 0.950 beyond its tolerance, and no iterate meets it.')
    """

    def __init__(self, model: nn.Module, criterion: FairLoss) -> None:
        self.model = model
        self.criterion = criterion
        self.history: list[Verdict] = []
        self._place: int | None = None
        self._price = 0.0
        self._rows = 0
        self._kept: dict[str, Any] = {}

    @property
    def best(self) -> Verdict | None:
        """The verdict on the iterate that is kept; None before the first."""
        return None if self._place is None else self.history[self._place]

    @property
    def reason(self) -> str:
        """The choice, in a sentence."""
        if self._place is None:
            return "No iterate has been considered."
        iterate = f"Iterate {self._place + 1} of {len(self.history)}"
        if not isfinite(self.history[self._place].loss):
            return f"{iterate} was kept: no iterate has a finite loss."
        return f"{iterate} was kept: on {self._rows:,} held-out rows {reason(self.history, self.history[self._place])}."

    def consider(self, output: Tensor, target: Tensor, sensitive_features: Any, sample_weight: Any = None) -> Verdict:
        """Judge the model as it is by its output for held-out rows, and keep a copy if it is the best so far.

        Parameters
        ----------
        output : Tensor
            What the model, in evaluation, gives for rows that it is not fitted to. Always the same rows.
        target, sensitive_features, sample_weight
            As for a call of the criterion.

        Returns
        -------
        Verdict
            With the base loss, the gaps of the deployed decisions and whether all of these are alike.
        """
        verdict = judge_rows(self.criterion, output, target, sensitive_features, sample_weight)
        self.history.append(verdict)
        self._rows = len(output)
        self._price = max(self._price, verdict.price)
        best = self.best
        if best is None or verdict.cost(self._price) < best.cost(self._price):
            self._place = len(self.history) - 1
            parts = {"model": self.model, "criterion": self.criterion}
            self._kept = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
        return verdict

    def restore(self) -> None:
        """Put the best iterate back, the criterion included.

        Raises
        ------
        InputError
            If none was considered, or none had a finite loss.
        """
        best = self.best
        if best is None:
            raise InputError("BestIterate has nothing to restore, no iterate was considered. Call consider first.")
        if not isfinite(best.loss):
            raise InputError(
                "BestIterate has nothing to restore, no iterate has a finite loss. Lower the learning rate."
            )
        self.model.load_state_dict(self._kept["model"])
        self.criterion.load_state_dict(self._kept["criterion"])

    def state_dict(self) -> dict[str, Any]:
        """Give everything that a resumed training needs, in numbers, lists and tensors."""
        history = [{**asdict(verdict), "gaps": dict(verdict.gaps)} for verdict in self.history]
        return {
            "history": history,
            "place": self._place,
            "price": self._price,
            "rows": self._rows,
            "kept": copy.deepcopy(self._kept),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another one stopped."""
        self.history = [Verdict(**verdict) for verdict in state["history"]]
        self._place, self._price, self._rows = state["place"], state["price"], state["rows"]
        self._kept = copy.deepcopy(state["kept"])
