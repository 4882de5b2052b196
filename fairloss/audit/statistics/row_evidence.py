"""What only the rows can tell beside the counts: clusters, and groups that are known by chances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairloss.audit.plan import Plan
from fairloss.audit.statistics.clusters import count_clusters
from fairloss.audit.statistics.memberships import count_memberships
from fairloss.errors import InputError
from fairloss.notions import Groups
from fairloss.tables import binary, same_rows, weights

__all__ = ["row_evidence"]


def row_evidence(
    y_true: Any,
    y_pred: Any,
    groups: Sequence[Groups],
    *,
    clusters: Any,
    membership: Mapping[str, Any] | None,
    sample_weight: Any,
    pos_label: Any,
    plan: Plan,
) -> dict[str, Any]:
    """Sum up rows by cluster and by chance of membership, as far as they are given; nothing where they are not.

    Parameters
    ----------
    y_true, y_pred, clusters, membership, sample_weight, pos_label
        As in `audit_predictions`.
    groups : sequence of Groups
        The groups of each row, one for each table.
    plan : Plan
        Its rates are summed up by cluster.

    Returns
    -------
    dict of evidence by name

    Raises
    ------
    InputError
        Where lengths differ, clusters are no single column or chances are none.
    """
    if clusters is None and membership is None:
        return {}
    cluster_of, column = _named(clusters)
    same_rows("audit_predictions", y_true=y_true, y_pred=y_pred, clusters=cluster_of, membership=membership)
    label = None if y_true is None else binary(y_true, pos_label=pos_label, role="y_true")
    decision = None if y_pred is None else binary(y_pred, pos_label=pos_label, role="y_pred")
    found: dict[str, Any] = {}
    if cluster_of is not None:
        weight = None if sample_weight is None else weights(sample_weight)
        found["clusters"] = count_clusters(cluster_of, label, decision, groups, weight, plan, column=column)
    if membership is not None:
        found["memberships"] = count_memberships(membership, label if decision is None else decision)
    return found


def _named(clusters: Any) -> tuple[Any, str]:
    """Give the cluster of each row, and what a cluster is called."""
    if not isinstance(clusters, Mapping):
        return clusters, "cluster"
    if len(clusters) != 1:
        raise InputError(f"clusters takes one column, got {len(clusters)}. Join them to one first.")
    [(name, values)] = clusters.items()
    return values, str(name)
