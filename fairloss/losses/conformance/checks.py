"""What a check is, what it finds, and when it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fairloss.errors import quote
from fairloss.losses.conformance.subjects import Subject

__all__ = ["Check", "Finding", "compares_groups"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found about a subject.

    Parameters
    ----------
    subject, check : str
        Their names.
    outcome : str
        ``"ok"``, ``"failed"`` or ``"skipped"``.
    says : str
        One sentence: what holds, what came instead, or why the check does not apply.

    Examples
    --------
    >>> print(Finding("mine", "parity", "failed", "the penalty is 0.2 where all groups are alike"))
    mine: parity failed: the penalty is 0.2 where all groups are alike
    """

    subject: str
    check: str
    outcome: Literal["ok", "failed", "skipped"]
    says: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.check} {self.outcome}: {self.says}"


@dataclass(frozen=True, slots=True)
class Check:
    """One property that a fair criterion must have.

    Parameters
    ----------
    name : str
        The name of the property.
    says : str
        The property, as a sentence.
    ask : callable
        ``ask(subject)`` gives a sentence on what is wrong, or None.
    unfit : callable
        ``unfit(subject)`` gives the reason why the property says nothing about the subject, or None.
    slow : bool
        Whether it takes many seconds, so that it runs only when asked for.
    """

    name: str
    says: str
    ask: Callable[[Subject], str | None]
    unfit: Callable[[Subject], str | None] = lambda subject: None
    slow: bool = False

    def __call__(self, subject: Subject) -> Finding:
        """Run the check; whatever the criterion raises is a finding too."""
        reason = subject.exempt.get(self.name) or self.unfit(subject)
        if reason:
            return Finding(subject.name, self.name, "skipped", reason)
        try:
            wrong = self.ask(subject)
        except Exception as error:  # noqa: BLE001  (a criterion may fail in any way, and that is what we report)
            first = (str(error).strip() or "no message").split("\n")[0]
            wrong = f"it raised {type(error).__name__}: {quote(first)}"
        return Finding(subject.name, self.name, "failed" if wrong else "ok", wrong or self.says)


def compares_groups(subject: Subject) -> str | None:
    """Say why a check of gaps does not apply, if so."""
    if subject.notion is None:
        return "it claims no notion that compares groups"
    return None if subject.compares else f"{subject.notion.name} bounds a level in each group, it compares none"
