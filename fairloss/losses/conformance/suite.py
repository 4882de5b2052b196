"""The whole suite: every check by name, and ways to run them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fairloss.errors import UnknownName
from fairloss.losses.conformance.checks import Check, Finding
from fairloss.losses.conformance.gradient_checks import GRADIENT_CHECKS
from fairloss.losses.conformance.precision_checks import PRECISION_CHECKS
from fairloss.losses.conformance.state_checks import STATE_CHECKS
from fairloss.losses.conformance.subjects import Subject
from fairloss.losses.conformance.value_checks import VALUE_CHECKS

__all__ = ["CHECKS", "Case", "cases", "run"]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {check.name: check for check in (*VALUE_CHECKS, *GRADIENT_CHECKS, *PRECISION_CHECKS, *STATE_CHECKS)}
)
"""Every check by name, read-only."""


@dataclass(frozen=True, slots=True)
class Case:
    """One check of one subject, for a test that is run once for each.

    Examples
    --------
    >>> case = Case(Subject("nothing", lambda groups: lambda z, y, g: z.sum() * 0, weights=False), CHECKS["any_gap"])
    >>> str(case), case().outcome
    ('nothing-any_gap', 'failed')
    """

    subject: Subject
    check: Check

    def __call__(self) -> Finding:
        """Run the check."""
        return self.check(self.subject)

    def __str__(self) -> str:
        return f"{self.subject.name}-{self.check.name}"


def cases(subjects: Iterable[Subject], *, slow: bool = False) -> tuple[Case, ...]:
    """Pair each subject with each check, for ``pytest.mark.parametrize("case", cases([...]), ids=str)``.

    Parameters
    ----------
    subjects : iterable of Subject
        The criteria.
    slow : bool
        Whether to compile and to train 2,000 steps, too.

    Raises
    ------
    UnknownName
        If a subject is exempt from a check that does not exist.

    Examples
    --------
    >>> len(cases([Subject("mine", lambda groups: lambda z, y, g: z.sum())], slow=True)) == len(CHECKS)
    True
    """
    paired = []
    for subject in subjects:
        for name in subject.exempt:
            if name not in CHECKS:
                raise UnknownName("check", name, CHECKS)
        paired += [Case(subject, check) for check in CHECKS.values() if slow or not check.slow]
    return tuple(paired)


def run(subject: Subject, *, slow: bool = False) -> tuple[Finding, ...]:
    """Run every check on a subject; nothing is raised, whatever the criterion does.

    Parameters
    ----------
    subject : Subject
        The criterion.
    slow : bool
        Whether to compile and to train 2,000 steps, too.

    Examples
    --------
    >>> import torch
    >>> def gap(logits, labels, codes):
    ...     chance = torch.sigmoid(logits)
    ...     return (chance[codes == 0].mean() - chance[codes == 1].mean()) ** 2
    >>> findings = run(Subject("gap of two", lambda groups: gap, weights=False, unknown=False))
    >>> [finding.check for finding in findings if finding.outcome == "failed"]
    ['group_names', 'absent_group', 'single_group', 'third_group', 'sparse_cells']
    >>> print(next(finding for finding in findings if finding.check == "third_group"))
    gap of two: third_group failed: the penalty is 0 at a gap of three groups, with the soft rates ...
    """
    return tuple(case() for case in cases([subject], slow=slow))
