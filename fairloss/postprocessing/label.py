"""What every mitigation has to say about itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MitigationLabel"]

_UNLAWFUL = (
    "In US hiring and credit a cut-off that depends on the group is, as a rule, unlawful treatment. "
    "Take advice, or use one threshold for all groups."
)


@dataclass(frozen=True, slots=True)
class MitigationLabel:
    """The label of a mitigation: what it needs, what it was fitted on, and what it does not promise.

    Parameters
    ----------
    method : str
        What was done, in one line.
    uses_attribute : bool
        Whether a person's group changes the decision on that person.
    randomized : bool
        Whether the same person may get another decision next time.
    fitted_on : str
        Which rows it was fitted on, and how many.
    confidence : float, optional
        The confidence at which the tolerance is certified on rows that were not used; None where it is not.
    notes : tuple of str
        What else a reader has to know, one sentence each.

    Examples
    --------
    >>> print(MitigationLabel("a coin for everybody", False, True, "no rows").describe())
    Method: a coin for everybody.
    Uses the attribute at decision time: no.
    Randomized: yes.
    Fitted on: no rows.
    Certified: no; the tolerance is met on the rows above, not promised on others.
    """

    method: str
    uses_attribute: bool
    randomized: bool
    fitted_on: str
    confidence: float | None = None
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Give the label as text, one statement a line."""
        certified = (
            "no; the tolerance is met on the rows above, not promised on others"
            if self.confidence is None
            else f"at confidence {self.confidence:g}"
        )
        lines = [
            f"Method: {self.method}.",
            f"Uses the attribute at decision time: {'yes' if self.uses_attribute else 'no'}.",
            f"Randomized: {'yes' if self.randomized else 'no'}.",
            f"Fitted on: {self.fitted_on}.",
            f"Certified: {certified}.",
            *self.notes,
        ]
        return "\n".join([*lines, _UNLAWFUL] if self.uses_attribute else lines)
