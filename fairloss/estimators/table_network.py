"""What the estimators around a network share: reading a table, training on most of its rows, keeping an iterate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from fairloss.errors import InputError
from fairloss.estimators.matrix import DesignMatrix, is_frame
from fairloss.estimators.network import check_module, make_module, outputs, resolve_device, torch_corner
from fairloss.estimators.progress import progress
from fairloss.estimators.selection import Epoch, Rows, explain
from fairloss.estimators.sensitive import column_names, drop_columns, stratum_codes
from fairloss.estimators.training import Plan, train
from fairloss.losses import Constraint, FairLoss, Penalty
from fairloss.notions import Groups
from fairloss.tables import hold_out, same_rows, sensitive_columns

__all__ = ["TableNetwork"]

Array = np.ndarray[Any, Any]


class TableNetwork(BaseEstimator):
    """A network on the columns of a table; the parameters are those of `FairClassifier` and `FairRegressor`."""

    __metadata_request__fit = {"sensitive_features": True}  # noqa: RUF012  # scikit-learn reads it from the class
    _title: str

    def _read(
        self, X: Any, y: Any, sensitive_features: Any, sample_weight: Any, terms: Sequence[Constraint | Penalty]
    ) -> tuple[Any, Any, int]:
        """Give the features, the sensitive columns or None, and the number of rows, which all agree in."""
        sensitive = sensitive_columns(X, sensitive_features, who=self._title)
        if sensitive is None and terms:
            raise InputError(
                f"{self._title} needs sensitive_features in fit to keep {terms[0].notion.name}, got none. "
                "Pass the groups, or constraints=None for a plain network."
            )
        self.dropped_ = () if self.use_sensitive_features else column_names(sensitive)
        features = self._features(X, reset=True)
        given = {"X": features, "y": y, "sensitive_features": sensitive, "sample_weight": sample_weight}
        return features, sensitive, same_rows(self._title, **{role: _sized(values) for role, values in given.items()})

    def _train(
        self,
        X: Any,
        y: Array,
        strata: Array,
        groups: Mapping[str, Groups],
        weight: Array | None,
        criterion: Callable[[int], tuple[FairLoss, int]],
    ) -> None:
        """Train on most rows, and keep the best iterate on the others, which keep the shares of strata and groups.

        ``criterion`` makes the criterion for so many rows, and tells how many outputs the network needs.
        """
        random, device = check_random_state(self.random_state), resolve_device(self.device, self._title)
        plan = Plan(self.epochs, self.batch_size, self.learning_rate, self.weight_decay, self.patience)
        used = np.arange(len(y)) if weight is None else np.flatnonzero(weight)
        weight = None if weight is None else (weight / weight[used].mean()).astype(np.float32)
        fitted, held = hold_out(stratum_codes(strata, groups)[used], self.validation_fraction, random)
        made, n_outputs = criterion(len(fitted))
        self.matrix_ = DesignMatrix()
        targets = y.astype(np.float32 if n_outputs == 1 else np.int64)
        every = Rows.of(self.matrix_.fit_transform(X, used[fitted]), targets, groups, weight)
        rows, validation = (every.take(used[part], device) for part in (fitted, held))
        with torch_corner(self.n_jobs, device, seed=random.randint(2**31)):
            module = make_module(self.module, rows.x.shape[1], n_outputs, self.hidden).to(device)
            check_module(module, rows.x, self._title)
            with progress(self.epochs, shown=self.verbose) as show:
                history, best = train(
                    module, made.to(device), rows, validation, plan, report=lambda epoch: show(self._told(epoch))
                )
        self.module_ = module.cpu()
        self.history_, best = [self._told(epoch) for epoch in history], self._told(best)
        self.groupings_ = {name: part.grouping for name, part in groups.items()}
        self.n_iter_, self.best_epoch_ = len(self.history_), best.epoch
        self.feasible_, self.collapsed_ = best.feasible, best.constant
        self.selection_ = explain(self.history_, best, len(held))

    def _told(self, epoch: Epoch) -> Epoch:
        """Give what is known of an epoch in the units of the user."""
        return epoch

    def _features(self, X: Any, *, reset: bool) -> Any:
        """Leave out the sensitive columns, and let scikit-learn check the names and the number of the others."""
        if nw.dependencies.is_into_lazyframe(X):
            raise InputError(
                f"{self._title} needs rows in X, got a lazy {type(X).__name__} without any. Collect it first."
            )
        X = drop_columns(X, self.dropped_)
        if not is_frame(X):
            return validate_data(self, X, dtype=None, ensure_all_finite="allow-nan", reset=reset)
        if 0 in X.shape:
            raise InputError(f"{self._title} needs rows and columns in X, got shape {X.shape}. Check the filters.")
        validate_data(self, X, skip_check_array=True, reset=reset)
        return X

    def _outputs(self, X: Any) -> Array:
        """Give what the network says of each row."""
        check_is_fitted(self)
        x = torch.from_numpy(self.matrix_.transform(self._features(X, reset=False)))
        with torch_corner(self.n_jobs):
            return np.asarray(outputs(self.module_, x).numpy())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags


def _sized(values: Any) -> Any:
    """Give values that have a length; scikit-learn also takes objects that only become arrays."""
    return values if values is None or hasattr(values, "__len__") else np.asarray(values)
