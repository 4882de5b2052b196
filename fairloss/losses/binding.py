"""From what a user asks of a criterion to its parts: every misfit is one sentence, before the first batch."""

from __future__ import annotations

from fairloss.errors import InputError, UnknownName, quote
from fairloss.losses.constraint import Constraint
from fairloss.losses.decisions import Decision, NoDecision
from fairloss.losses.membership import Attribute
from fairloss.losses.penalty import Penalty
from fairloss.losses.row_distances.row_sample import RowDistance
from fairloss.losses.weights.cell_weights import CellWeights

__all__ = ["attribute_of", "check_term", "decision_for", "names_of"]


def decision_for(base: object, decision: str | Decision | None) -> str | Decision:
    """Give the decision, which a base that is not known must bring along.

    Raises
    ------
    InputError
        If there is none.
    """
    if decision is None:
        raise InputError(
            f"FairLoss cannot know how outputs under {quote(base)} become decisions. "
            "Pass decision='sigmoid', 'softmax' or 'output'."
        )
    return decision


def check_term(term: object, decision: Decision) -> Constraint | Penalty:
    """Give the term, if it makes sense of these decisions.

    Raises
    ------
    InputError
        If it does not.
    """
    if not isinstance(term, Constraint | Penalty):
        raise InputError(
            f"The terms of FairLoss are Constraint, Penalty and CellWeights objects, got {quote(term)}. Wrap it in one."
        )
    if term.of != "loss":
        _check_decision(term, decision)
    return term


def _check_decision(term: Constraint | Penalty, decision: Decision) -> None:
    if isinstance(decision, NoDecision):
        raise InputError(
            f"The term {term.notion.name} compares decisions, but outputs under this base loss are none. "
            "Pass decision= to FairLoss."
        )
    if term.notion.needs_label and not decision.has_label:
        raise InputError(
            f"The notion {term.notion.name} compares decisions given the label, but under this decision there is no "
            "label to count: an output or a share is no yes or no. Use demographic_parity, or pass a decision."
        )
    distance = term.distance if isinstance(term, Penalty) else None
    if getattr(distance, "needs_label", False) and not decision.has_label:
        raise InputError(
            f"The distance {type(distance).__name__} compares decisions with labels, but a regression output is no yes "
            "or no. Use another distance, or pass a decision."
        )
    if getattr(distance, "needs_shares", False) and (term.of == "output" or not decision.has_label):
        raise InputError(
            "This distance compares shares from 0 to 1, but outputs are numbers without bounds. "
            "Use distance='squared', or pass a decision."
        )


def attribute_of(term: Constraint | Penalty | CellWeights, attributes: tuple[Attribute, ...]) -> Attribute:
    """Find the attribute that a term watches.

    Raises
    ------
    UnknownName
        With the near names, where no attribute has the name.
    InputError
        If the term names none of several, or does not fit it.
    """
    names = [attribute.name for attribute in attributes]
    if term.attribute is None and len(names) > 1:
        raise InputError(
            f"FairLoss watches several attributes ({', '.join(map(quote, names))}), but {_called(term)} names none. "
            "Pass attribute= to it."
        )
    name = names[0] if term.attribute is None else term.attribute
    if name not in names:
        raise UnknownName("attribute", name, names)
    found = attributes[names.index(name)]
    _check_attribute(term, found)
    return found


def _called(term: Constraint | Penalty | CellWeights) -> str:
    return "a CellWeights" if isinstance(term, CellWeights) else f"the {term.notion.name} term"


def _check_attribute(term: Constraint | Penalty | CellWeights, attribute: Attribute) -> None:
    distance = getattr(term, "distance", None)
    rows = distance if isinstance(distance, RowDistance) else None
    if attribute.continuous and not (rows and rows.continuous):
        raise InputError(
            f"{quote(attribute.name)} is continuous, but {_called(term)} needs groups. Use a Penalty "
            "with distance='distance_correlation', or cut the attribute into groups."
        )
    if not attribute.continuous and rows and not rows.categorical:
        raise InputError(
            f"The distance {type(rows).__name__} takes a continuous attribute, but {quote(attribute.name)} has groups. "
            "Use another distance."
        )
    if isinstance(term, CellWeights):
        return
    if len(attribute) < 2 and not attribute.continuous and term.notion.comparison.kind != "level":
        raise InputError(
            f"The notion {term.notion.name} compares groups, but {quote(attribute.name)} has one. "
            "Pass groups=2 or more."
        )


def names_of(terms: tuple[Constraint | Penalty, ...], watched: tuple[Attribute, ...]) -> tuple[str, ...]:
    """Name each term by its notion, with the attribute and a number only where needed to tell terms apart."""
    notions = [term.notion.name for term in terms]
    fuller = [
        name if notions.count(name) == 1 else f"{name}[{attribute.name}]"
        for name, attribute in zip(notions, watched, strict=True)
    ]
    return tuple(
        name if fuller.count(name) == 1 else f"{name}#{fuller[:place].count(name) + 1}"
        for place, name in enumerate(fuller)
    )
