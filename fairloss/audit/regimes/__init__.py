"""What law and practice ask of an audit, as dated files; the statistics are elsewhere and know nothing of it."""

from __future__ import annotations

from fairloss.audit.regimes.assessment import Assessment, StatutoryTable, assess
from fairloss.audit.regimes.catalogue import REGIMES
from fairloss.audit.regimes.completeness import ItemState, check_items
from fairloss.audit.regimes.reasons import Reasons, principal_reasons
from fairloss.audit.regimes.regime import Item, Law, Mark, Regime, TableRequest
from fairloss.audit.regimes.tables import BUILDERS, Builder

__all__ = [
    "BUILDERS",
    "REGIMES",
    "Assessment",
    "Builder",
    "Item",
    "ItemState",
    "Law",
    "Mark",
    "Reasons",
    "Regime",
    "StatutoryTable",
    "TableRequest",
    "assess",
    "check_items",
    "principal_reasons",
]
