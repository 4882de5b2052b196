"""Linear forms over the cells of a confusion table: the alphabet in which every rate is spelled."""

from __future__ import annotations

from dataclasses import dataclass

from fairloss.errors import InputError
from fairloss.notions.arrays import Array

__all__ = ["FN", "FP", "ROWS", "TN", "TP", "Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """A weighted sum of the four confusion cells.

    Forms are values: they add, subtract and scale, so that ``TP + FN`` reads like the textbook.

    Parameters
    ----------
    tn, fp, fn, tp : number
        The weight of each cell: true negatives, false positives, false negatives, true positives.

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([[[50, 10], [5, 35]]])  # one group: [[TN, FP], [FN, TP]]
    >>> (TP + FN)(cells)
    array([40])
    """

    tn: float = 0
    fp: float = 0
    fn: float = 0
    tp: float = 0

    @property
    def weights(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The weights as a table indexed by label, then by decision."""
        return ((self.tn, self.fp), (self.fn, self.tp))

    @property
    def needs_label(self) -> bool:
        """Whether the form asks for the label of a row."""
        return self.weights[0] != self.weights[1]

    @property
    def needs_decision(self) -> bool:
        """Whether the form asks for the decision on a row."""
        return self.tn != self.fp or self.fn != self.tp

    def __call__(self, cells: Array) -> Array:
        """Evaluate the form.

        Parameters
        ----------
        cells : array of shape (..., label, decision)
            An axis of length 1 means that the label (or the decision) is not known; a form that does not ask for it
            is evaluated all the same.

        Returns
        -------
        array of shape (...)

        Raises
        ------
        InputError
            If the form needs labels or decisions that the cells do not hold, or if there are more than two of them.
        """
        labels, decisions = cells.shape[-2:]
        self._check(labels, decisions)
        total = None
        for label in range(labels):
            for decision in range(decisions):
                weight = self.weights[label][decision]
                if weight:
                    term = cells[..., label, decision]
                    term = term if weight == 1 else weight * term
                    total = term if total is None else total + term
        return cells[..., 0, 0] * 0 if total is None else total

    def _check(self, labels: int, decisions: int) -> None:
        if labels > 2 or decisions > 2:
            raise InputError(
                f"A rate needs two labels and two decisions, got {labels} labels and {decisions} decisions. "
                "Call counts.one_vs_rest() for one table per class, or counts.binary(favorable) to merge classes."
            )
        if labels == 1 and self.needs_label:
            raise InputError("This rate needs labels, but the counts hold decisions only. Count with the labels.")
        if decisions == 1 and self.needs_decision:
            raise InputError("This rate needs decisions, but the counts hold labels only. Count with the decisions.")

    def __str__(self) -> str:
        """Spell the form as a textbook does, e.g. ``TP + FN``."""
        named = zip(("TP", "FP", "FN", "TN"), (self.tp, self.fp, self.fn, self.tn), strict=True)
        terms = [
            (name if abs(weight) == 1 else f"{abs(weight):g} {name}", weight < 0) for name, weight in named if weight
        ]
        text = " ".join(f"{'-' if negative else '+'} {term}" for term, negative in terms)
        return text.removeprefix("+ ") or "0"

    def __add__(self, other: Form) -> Form:
        return Form(self.tn + other.tn, self.fp + other.fp, self.fn + other.fn, self.tp + other.tp)

    def __sub__(self, other: Form) -> Form:
        return self + (-1) * other

    def __mul__(self, factor: float) -> Form:
        return Form(self.tn * factor, self.fp * factor, self.fn * factor, self.tp * factor)

    __rmul__ = __mul__


TN = Form(tn=1)
FP = Form(fp=1)
FN = Form(fn=1)
TP = Form(tp=1)
ROWS = TN + FP + FN + TP
