"""A constraint: a tolerance that the groups' decisions must keep, and the multipliers that find the weight."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import SupportsFloat

from fairloss.errors import InputError
from fairloss.losses.constraint_term import ConstraintTerm
from fairloss.losses.measures import check_measure
from fairloss.losses.membership import Attribute
from fairloss.losses.solvers import Solver, resolve_solver
from fairloss.notions import MeanRate, Notion, Rate, resolve

__all__ = ["Constraint"]


@dataclass(frozen=True, slots=True)
class Constraint:
    r"""Keep the gap between any two groups within a tolerance, at the decision.

    For each rate of the notion and each ordered pair of groups (a, b) the constraint is
    :math:`m_a - m_b \le \text{tolerance}`: signed, linear in the rates, and together exactly "the worst gap between
    groups is within the tolerance". A notion that bounds a level (bounded group loss) has the constraints
    :math:`m_a \le \text{tolerance}`.

    Each constraint has a multiplier :math:`\lambda_{ab} \ge 0`. The model descends
    :math:`\sum \lambda_{ab} (m_a - m_b - \text{tolerance})` with the rates of soft decisions; the multipliers ascend
    the same with the rates of *hard* decisions, read from the memory of the criterion, because a soft gap that is met
    says little about the gap in decisions (`ProxyLagrangian`).

    Parameters
    ----------
    notion : str, Notion or Rate
        What should not depend on the group; one that compares by difference between groups, or bounds a level.
    tolerance : float
        The largest gap that is accepted, 0 or more, in units of the rate.
    attribute : str, optional
        The attribute, where the criterion watches several.
    of : str
        What is compared: ``"decision"``; ``"loss"``, the base loss, as in bounded group loss; or ``"output"``.
    solver : str or Solver
        ``"proxy_lagrangian"``; ``"augmented_lagrangian"`` for what is smooth: losses, outputs of a regression; or one
        of these with settings, such as ``ProxyLagrangian(step=0.5)``.
    margin : float
        How many standard errors a gap of decisions between two groups keeps from its tolerance, 0 or more: a gap that
        is just met on the rows in memory is beyond the tolerance about every other time among all people. The margin
        takes half of the tolerance at most, so that a small group is not pressed to follow its noise. A row of weight w
        counts as w rows.

    Raises
    ------
    InputError
        If the tolerance or the margin is negative, the notion compares groups in another way, or makes no sense of
        what is compared.

    Examples
    --------
    >>> Constraint("equalized_odds", tolerance=0.03).tolerance
    0.03
    """

    notion: Notion
    tolerance: float
    attribute: str | None
    of: str
    solver: Solver
    margin: float

    def __init__(
        self,
        notion: str | Notion | Rate | MeanRate,
        tolerance: float,
        *,
        attribute: str | None = None,
        of: str = "decision",
        solver: str | Solver = "proxy_lagrangian",
        margin: float = 0.0,
    ) -> None:
        resolved = resolve(notion)
        if not (isinstance(tolerance, SupportsFloat) and tolerance >= 0 and isfinite(tolerance)):
            raise InputError(
                f"The tolerance of a Constraint is a gap of 0 or more, got {tolerance!r}. 0.05 means five points."
            )
        if not (isinstance(margin, SupportsFloat) and margin >= 0 and isfinite(margin)):
            raise InputError(
                f"The margin of a Constraint is a number of standard errors of 0 or more, got {margin!r}. 1 is usual."
            )
        comparison = resolved.comparison
        if comparison.kind != "level" and (comparison.kind, comparison.method) != ("difference", "between_groups"):
            raise InputError(
                f"A Constraint takes a notion that compares by difference between_groups or bounds a level, got "
                f"{resolved.name} with {comparison.kind!r} {comparison.method!r}. Give the notion such a comparison."
            )
        check_measure(of, resolved)
        for name, value in (
            ("notion", resolved),
            ("tolerance", float(tolerance)),
            ("attribute", attribute),
            ("of", of),
            ("solver", resolve_solver(solver)),
            ("margin", float(margin)),
        ):
            object.__setattr__(self, name, value)

    @property
    def has_margin(self) -> bool:
        """Whether gaps keep a margin: those of decisions, whose noise follows from counts."""
        return self.margin > 0 and self.of == "decision" and self.notion.comparison.kind != "level"

    def bind(self, attribute: Attribute) -> ConstraintTerm:
        """Make the module that holds the multipliers of this constraint inside one criterion."""
        return ConstraintTerm(self.notion, self.tolerance, self.solver, self.margin if self.has_margin else 0.0)
