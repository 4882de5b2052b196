"""Evidence that only single rows can give: whose rows go together, chances of membership, scores above a median."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairloss.audit.plan import Notions, Plan
from fairloss.audit.regimes.score_counts import SCORE_COUNTS
from fairloss.audit.statistics.clusters import count_clusters
from fairloss.audit.statistics.memberships import count_memberships
from fairloss.audit.tallies import Missing, group_tables
from fairloss.errors import InputError
from fairloss.tables import binary, same_rows, weights

__all__ = ["RowQuestions"]


@dataclass(frozen=True, eq=False)
class RowQuestions:
    """What an audit asks of single rows; what is not asked is not counted.

    Parameters
    ----------
    clusters : array-like of shape (n,), or mapping of its name to it, optional
        Whose rows go together.
    membership : mapping of group to array-like of shape (n,), optional
        The chance of each row to be in each group.
    scores : tuple of str
        What regimes need of scores, by the names of `SCORE_COUNTS`.
    """

    clusters: Any = None
    membership: Mapping[str, Any] | None = None
    scores: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.clusters is not None or self.membership is not None or bool(self.scores)

    def count(
        self,
        sensitive_features: Any,
        *,
        y_true: Any,
        y_pred: Any,
        y_score: Any,
        sample_weight: Any,
        pos_label: Any = 1,
        level: float = 0.95,
        cross: bool = True,
        notions: Notions = None,
        reference: str | Mapping[str, str] = "highest",
        missing: Missing = "group",
    ) -> dict[str, Any]:
        """Count what is asked; the arguments are those of `audit_predictions`.

        Raises
        ------
        InputError
            Where lengths differ, clusters are no single column or chances are none.
        """
        if not self or (y_true is None and y_pred is None):
            return {}
        together, called = self._named_clusters()
        same_rows("audit_predictions", y_true=y_true, y_pred=y_pred, clusters=together, membership=self.membership)
        label = None if y_true is None else binary(y_true, pos_label=pos_label, role="y_true")
        decision = None if y_pred is None else binary(y_pred, pos_label=pos_label, role="y_pred")
        groups = group_tables(sensitive_features, cross=cross, missing=missing)
        found: dict[str, Any] = {name: SCORE_COUNTS[name](y_score, groups) for name in self.scores}
        if together is not None:
            weight = None if sample_weight is None else weights(sample_weight)
            known = {"has_labels": label is not None, "has_decisions": decision is not None}
            plan = Plan.of(notions, level=level, reference=reference, **known)
            found["clusters"] = count_clusters(together, label, decision, groups, weight, plan, column=called)
        if self.membership is not None:
            found["memberships"] = count_memberships(self.membership, label if decision is None else decision)
        return found

    def _named_clusters(self) -> tuple[Any, str]:
        """Give the cluster of each row, and what a cluster is called."""
        if not isinstance(self.clusters, Mapping):
            return self.clusters, "cluster"
        if len(self.clusters) != 1:
            raise InputError(f"clusters takes one column, got {len(self.clusters)}. Join them to one first.")
        [(name, values)] = self.clusters.items()
        return values, str(name)
