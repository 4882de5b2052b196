"""skorch: nets with ``fit(X, y, sensitive_features=...)`` that minimize a `FairLoss`, for scikit-learn's tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from fairloss.bridges.scalars import term_scalars
from fairloss.errors import InputError, MissingExtra, quote
from fairloss.losses import FairLoss, ProbabilityDecision, SigmoidDecision, SoftmaxDecision
from fairloss.notions import Groups

try:
    from skorch import NeuralNet, NeuralNetBinaryClassifier, NeuralNetClassifier
    from skorch.utils import is_dataset, is_pandas_ndframe
except ImportError as missing:
    raise MissingExtra("FairNet", "skorch", "skorch") from missing

__all__ = ["FairNet", "FairNetBinaryClassifier", "FairNetClassifier"]

_GROUPS, _WEIGHT, _ARRAY = "sensitive_features", "sample_weight", "X"


class FairNet(NeuralNet):
    """A skorch net that minimizes a `FairLoss`; fitting takes the groups, predicting does not.

    Groups and weights travel with the rows, so that batches, validation splits, cross-validation and grid search (with
    metadata routing on or off) keep them aligned. After each epoch the gaps and multipliers are in ``history``.
    To build on another net of skorch, inherit from both: ``class Mine(FairNet, NeuralNetRegressor)``.

    Parameters
    ----------
    module : torch.nn.Module class or instance
        As for skorch.
    criterion : FairLoss, or function that makes one
        A function lets ``criterion__tolerance=0.05`` and the like reach it, also from a search. A criterion is copied:
        each fit starts anew from the state in which it was given.
    **options
        As for skorch.

    Raises
    ------
    InputError
        If the criterion is no `FairLoss`, or groups are missing where the loss is computed.

    Examples
    --------
    >>> net = FairNet(torch.nn.Linear, FairLoss("mse", groups=2), module__in_features=2, module__out_features=1,
    ...               max_epochs=2, verbose=0)
    >>> X, y, sex = np.ones((20, 2), np.float32), np.ones(20, np.float32), np.arange(20) % 2
    >>> net.fit(X, y, sensitive_features=sex).predict(X).shape
    (20, 1)
    """

    __metadata_request__fit = {_GROUPS: True}  # noqa: RUF012  # scikit-learn reads it from the class
    __metadata_request__partial_fit = {_GROUPS: True}  # noqa: RUF012

    def fit(
        self, X: Any, y: Any = None, *, sensitive_features: Any = None, sample_weight: Any = None, **fit_params: Any
    ) -> Self:
        """Fit anew.

        Parameters
        ----------
        X, y, **fit_params
            As for skorch.
        sensitive_features : codes, membership, Groups, or mapping of attribute names to these
            The groups, as `FairLoss` takes them. Rows of a Dataset bring their own, as an entry of that name.
        sample_weight : array of shape (n,), optional
            Weights of the rows.
        """
        super().fit(X, y, sensitive_features=sensitive_features, sample_weight=sample_weight, **fit_params)
        return self

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: Any = None,
        *,
        sensitive_features: Any = None,
        sample_weight: Any = None,
        **fit_params: Any,
    ) -> Self:
        """Go on fitting, with the memory and the multipliers that are there."""
        super().partial_fit(_packed(X, sensitive_features, sample_weight), y, classes=classes, **fit_params)
        return self

    def initialize_criterion(self) -> Self:
        """Make the criterion, or copy the one that was given."""
        if isinstance(self.criterion, FairLoss) and not self.get_params_for("criterion"):
            self.criterion_ = deepcopy(self.criterion)
        elif isinstance(self.criterion, nn.Module) or not callable(self.criterion):
            raise InputError(
                f"FairNet needs a FairLoss, or a function that makes one from criterion__ settings, got "
                f"criterion={quote(self.criterion)}. Wrap the loss, or write such a function."
            )
        else:
            super().initialize_criterion()
        if not isinstance(self.criterion_, FairLoss):
            raise InputError(f"FairNet minimizes a FairLoss, got {quote(self.criterion_)}. Return one from criterion.")
        return self

    def infer(self, x: Any, **fit_params: Any) -> Any:
        """Call the module, without the groups and weights of the rows."""
        if isinstance(x, Mapping):
            x = {name: values for name, values in x.items() if name.partition("/")[0] not in (_GROUPS, _WEIGHT)}
            x = x[_ARRAY] if set(x) == {_ARRAY} else x
        return super().infer(x, **fit_params)

    def get_loss(self, y_pred: Any, y_true: Any, X: Any = None, training: bool = False) -> Tensor:
        """Compute the fair loss of a batch."""
        output = y_pred[0] if isinstance(y_pred, tuple) else y_pred
        weight = X.get(_WEIGHT) if isinstance(X, Mapping) else None
        loss: Tensor = self.criterion_(output, torch.as_tensor(y_true, device=output.device), _groups(X), weight)
        return loss

    def on_epoch_end(self, net: Any, **options: Any) -> None:
        """Write the gaps and multipliers into the history."""
        super().on_epoch_end(net, **options)
        for name, number in term_scalars(self.criterion_).items():
            self.history.record(name, number)

    def _get_predict_nonlinearity(self) -> Callable[[Tensor], Tensor]:
        if self.predict_nonlinearity == "auto":
            self.check_is_fitted()
            return _probabilities(self.criterion_)
        return super()._get_predict_nonlinearity()  # type: ignore[no-any-return]


class FairNetClassifier(FairNet, NeuralNetClassifier):
    """A classifier of one logit per class, for ``FairLoss("cross_entropy", ...)`` and its kin.

    Examples
    --------
    >>> net = FairNetClassifier(torch.nn.Linear, criterion=FairLoss("cross_entropy", groups=2), module__in_features=2,
    ...                         module__out_features=3, max_epochs=1, verbose=0)
    >>> X, y, sex = np.ones((30, 2), np.float32), np.arange(30) % 3, np.arange(30) % 2
    >>> net.fit(X, y, sensitive_features=sex).predict_proba(X).shape
    (30, 3)
    """


class FairNetBinaryClassifier(FairNet, NeuralNetBinaryClassifier):
    """A classifier of one logit per row, labels 0 and 1, for ``FairLoss("bce_with_logits", ...)`` and its kin.

    Decides from ``threshold`` on, which must be that of the criterion's decision: the tolerance holds there.

    Examples
    --------
    >>> criterion = FairLoss("bce_with_logits", groups=2)
    >>> net = FairNetBinaryClassifier(torch.nn.Linear, criterion=criterion, module__in_features=2,
    ...                               module__out_features=1, max_epochs=1, verbose=0)
    >>> X, y, sex = np.ones((30, 2), np.float32), np.arange(30) % 2, np.arange(30) % 2
    >>> net.fit(X, y, sensitive_features=sex).predict_proba(X).shape
    (30, 2)
    """

    def initialize_criterion(self) -> Self:
        """Make the criterion, and compare the thresholds."""
        super().initialize_criterion()
        decided = getattr(self.criterion_.decision, "threshold", self.threshold)
        if decided != self.threshold:
            raise InputError(
                f"FairNetBinaryClassifier decides at threshold={self.threshold!r}, but its criterion at {decided!r}. "
                "Give both the same."
            )
        return self

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Decide: 1 where the probability reaches the threshold."""
        return np.asarray(self.predict_proba(X)[:, 1] >= self.threshold, dtype=np.uint8)


def _packed(X: Any, sensitive_features: Any, sample_weight: Any) -> Any:
    """Put groups and weights beside the features, so that whatever takes rows takes theirs too."""
    beside = {name: _column(values) for name, values in _named(sensitive_features).items() if values is not None}
    if sample_weight is not None:
        beside[_WEIGHT] = _column(sample_weight)
    if not beside:
        return X
    if is_dataset(X):
        raise InputError(
            "FairNet cannot put sensitive_features beside a Dataset. Let its rows be ({'X': ..., "
            "'sensitive_features': ...}, y)."
        )
    if is_pandas_ndframe(X):
        X = {name: np.array(X[name]).reshape(-1, 1) for name in X}
    return {**X, **beside} if isinstance(X, Mapping) else {_ARRAY: X, **beside}


def _named(groups: Any) -> dict[str, Any]:
    """Give each attribute an entry of its own: skorch takes rows of a mapping of arrays, but of no deeper one."""
    if isinstance(groups, Mapping):
        return {f"{_GROUPS}/{attribute}": codes for attribute, codes in groups.items()}
    return {_GROUPS: groups}


def _column(values: Any) -> Any:
    """Give tensors as they are and a copy of anything else: arrays of pandas are read-only, which torch warns of."""
    if isinstance(values, Tensor):
        return values
    return np.array(values.codes if isinstance(values, Groups) else values)


def _groups(X: Any) -> Any:
    """Find the groups of a batch: one array, or a mapping from attributes."""
    entries = X if isinstance(X, Mapping) else {}
    if _GROUPS in entries:
        return entries[_GROUPS]
    found = {
        name.removeprefix(f"{_GROUPS}/"): codes for name, codes in entries.items() if name.startswith(f"{_GROUPS}/")
    }
    if not found:
        raise InputError("FairNet needs the groups to compute its loss, got none. Pass fit(..., sensitive_features=).")
    return found


def _probabilities(criterion: FairLoss) -> Callable[[Tensor], Tensor]:
    """Give the function from outputs to probabilities that fits the criterion's decision."""
    decision = criterion.decision
    if isinstance(decision, SoftmaxDecision):
        return lambda output: torch.softmax(output, dim=-1)
    if isinstance(decision, SigmoidDecision):
        return lambda output: _both(torch.sigmoid(output))
    if isinstance(decision, ProbabilityDecision):
        return _both
    return lambda output: output


def _both(probability: Tensor) -> Tensor:
    flat = probability.reshape(len(probability))
    return torch.stack((1 - flat, flat), dim=1)
