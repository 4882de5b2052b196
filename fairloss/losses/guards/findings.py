"""What is found to be not well in a training: a sentence, and whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not well in a training.

    Parameters
    ----------
    code : str
        Which kind: ``constant_decisions``, ``multiplier_at_cap``, ``multiplier_in_vain``, ``surrogate_gap``,
        ``soft_gap``, ``tolerance_not_met`` or ``small_group``.
    sentence : str
        What it is, with its figures, and what to do.
    attribute, term, rate, group : str
        Whom it concerns; empty where it concerns all of them.

    Examples
    --------
    >>> str(Finding("small_group", "12 rows say nothing.", "sex", group="F"))
    '12 rows say nothing.'
    """

    code: str
    sentence: str
    attribute: str
    term: str = ""
    rate: str = ""
    group: str = ""

    def __str__(self) -> str:
        return self.sentence
