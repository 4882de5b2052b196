"""A regressor for tables whose predictions keep a fairness tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import RegressorMixin

from fairloss.errors import InputError, quote
from fairloss.estimators.criterion import MARGIN, SOLVER, memory_rows, resolve_terms
from fairloss.estimators.labels import row_weights
from fairloss.estimators.network import Factory
from fairloss.estimators.selection import Epoch
from fairloss.estimators.sensitive import attribute_groups
from fairloss.estimators.table_network import TableNetwork
from fairloss.estimators.units import Units, checked_numbers
from fairloss.losses import BASE_LOSSES, Constraint, Decision, FairLoss, OutputDecision, Penalty
from fairloss.losses.bases.elementwise import resolve_base
from fairloss.losses.decisions import ThresholdDecision
from fairloss.notions import Notion, resolve

__all__ = ["FairRegressor"]

Array = np.ndarray[Any, Any]

_STRATA = (0.25, 0.5, 0.75)
_SOFT = 0.25


class FairRegressor(RegressorMixin, TableNetwork):
    """A neural network for tables whose predictions keep a fairness tolerance; it needs no group to predict.

    It is trained and its iterate is kept as `FairClassifier` does it. The target is standardized inside; tolerances,
    ``threshold``, predictions and ``history_`` are in the units of ``y`` all the same: a gap of mean predictions is in
    those of ``y``, and a mean loss is in those of the base loss, ``y`` squared for ``"mse"``.

    Parameters
    ----------
    module : torch.nn.Module or callable, optional
        The network: a module, which is copied; or a function from the number of features (after encoding) to one. It
        gives one number per row, the standardized prediction. By default a perceptron with the ``hidden`` layers.
    base : str, torch.nn loss or callable
        What is fitted: ``"mse"``, ``"mae"``, ``"huber"``, ``"smooth_l1"``, a loss of torch with ``reduction="none"``,
        or a function of output and target, both in units of ``y``; so is the width of Huber's loss.
    constraints : None, str, Notion, Constraint, Penalty, or list of these
        What should not depend on the group. Names and notions are kept within ``tolerance``: ``"demographic_parity"``
        bounds the gap of mean predictions, ``"bounded_group_loss"`` the mean base loss of each group, and with a
        ``threshold`` the notions of `FairClassifier` compare who is beyond it. `Constraint` and `Penalty` bring their
        own settings, such as ``Constraint("bounded_group_loss", 0.02, of="loss")``, and ``attribute=`` where several
        attributes are watched side by side. The weight of a `Penalty` is one between the standardized target and a base
        loss that is 1 for predicting the mean. None trains a plain network.
    tolerance : float
        The largest gap of mean predictions that is accepted, or the largest mean loss of a group; in units of ``y``, or
        of the loss.
    threshold : float or ThresholdDecision, optional
        From which prediction on it is decided for a person, in units of ``y``. Terms on decisions then compare these
        decisions; with ``of="output"`` they compare mean predictions.
    use_sensitive_features : bool
        Whether sensitive columns that are also columns of X are features. If so, predicting needs them.
    hidden : sequence of int
        Widths of the hidden layers of the default network.
    epochs, batch_size, learning_rate, weight_decay, patience
        See `fairloss.estimators.training.Plan`.
    validation_fraction : float
        The share of rows that is held out, equal in each group and quarter of the target.
    random_state : int, RandomState or None
        The same number gives the same model; torch's own random state is left as it was.
    device : str
        Where to train: ``"cpu"``, ``"cuda"`` or ``"auto"``. The fitted network is brought back to the CPU.
    n_jobs : int, optional
        Threads of torch while fitting and predicting: None is one, -1 is all.
    verbose : bool
        Show progress, on a terminal only.

    Attributes
    ----------
    n_features_in_, feature_names_in_
        The features, without the sensitive columns that were dropped.
    module_ : torch.nn.Module
        The fitted network; it gives standardized numbers, see ``units_``.
    units_ : Units
        The mean and the standard deviation of the target.
    terms_ : tuple of Constraint and Penalty
        What was kept, in the units of ``y``.
    groupings_, history_, n_iter_, best_epoch_, feasible_, selection_
        As in `FairClassifier`.
    collapsed_ : bool
        Whether it predicts the same number for everybody on the held-out rows: fair by being useless.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, group = rng.normal(size=(400, 3)), rng.choice(["a", "b"], 400)
    >>> X[:, 1] += group == "a"
    >>> y = 50 + 10 * X[:, 0] + 10 * X[:, 1]
    >>> model = FairRegressor(tolerance=2.0, hidden=(), learning_rate=0.05, random_state=0)
    >>> predicted = model.fit(X, y, sensitive_features=group).predict(X)
    >>> bool(abs(predicted[group == "a"].mean() - predicted[group == "b"].mean()) < 4)
    True
    """

    _title = "FairRegressor"

    def __init__(
        self,
        module: torch.nn.Module | Factory | None = None,
        *,
        base: Any = "mse",
        constraints: str | Notion | Constraint | Penalty | Sequence[Any] | None = "demographic_parity",
        tolerance: float = 0.05,
        threshold: float | ThresholdDecision | None = None,
        use_sensitive_features: bool = False,
        hidden: Sequence[int] = (64, 64),
        epochs: int = 40,
        batch_size: int = 1024,
        learning_rate: float = 2e-3,
        weight_decay: float = 0.0,
        patience: int | None = 10,
        validation_fraction: float = 0.2,
        random_state: Any = None,
        device: str = "cpu",
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.module = module
        self.base = base
        self.constraints = constraints
        self.tolerance = tolerance
        self.threshold = threshold
        self.use_sensitive_features = use_sensitive_features
        self.hidden = hidden
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.device = device
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X: Any, y: Any, *, sensitive_features: Any = None, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : data frame or array of shape (n, features)
            Numbers, booleans and categories; values may be missing.
        y : array of shape (n,)
            The numbers to predict.
        sensitive_features : array, Series, frame, Groups, or names of columns of X
            The groups; needed where there are constraints. Several columns are crossed, unless a constraint names an
            attribute. Columns of X of the same name are not used as features.
        sample_weight : array of shape (n,), optional
            Non-negative weights; rows of weight 0 are left out.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If groups, targets or settings cannot be used.
        """
        terms = resolve_terms(self.constraints, self._constraint)
        features, sensitive, n_rows = self._read(X, y, sensitive_features, sample_weight, terms)
        targets, weight = checked_numbers(y), row_weights(sample_weight, n_rows, self._title)
        groups = {} if sensitive is None else attribute_groups(sensitive, terms)
        function, usual = resolve_base(self.base)
        if usual not in ("output", None):
            fitting = ", ".join(name for name, loss in BASE_LOSSES.items() if loss.decision == "output")
            raise InputError(f"FairRegressor needs a loss for numbers, got base={quote(self.base)}. Use {fitting}.")
        self.units_, base = Units.of(
            targets, weight, function, shifts=usual == "output", thresholded=self.threshold is not None
        )
        inside = [self.units_.inside(term) for term in terms]
        self.terms_ = tuple(terms)

        def criterion(n_fitted: int) -> tuple[FairLoss, int]:
            memory = memory_rows(n_fitted)
            return FairLoss(base, *inside, groups=groups or 1, decision=self._decision(), memory=memory), 1

        strata = np.digitize(targets, np.quantile(targets if weight is None else targets[weight > 0], _STRATA))
        self._train(features, self.units_.standardized(targets), strata, groups, weight, criterion)
        return self

    def predict(self, X: Any) -> Array:
        """Predict, in the units of the target."""
        output = self._outputs(X)
        return self.units_.restored(output)

    def _constraint(self, name: Any) -> Constraint:
        """Keep a notion within the tolerance: of decisions, or of what a regression without any can be compared by."""
        notion = resolve(name)
        level = notion.comparison.kind == "level"
        if self.threshold is None and notion.needs_label and not level:
            raise InputError(
                f"FairRegressor needs a threshold on the prediction to keep {notion.name}, which compares decisions "
                "given the label. Pass threshold=, or use demographic_parity or bounded_group_loss."
            )
        of = "loss" if level and self.threshold is None else "decision"
        return Constraint(notion, self.tolerance, of=of, solver=SOLVER, margin=MARGIN)

    def _decision(self) -> Decision:
        """Give the decision on standardized predictions."""
        if self.threshold is None:
            return OutputDecision()
        center, scale = self.units_.center, self.units_.scale
        if isinstance(self.threshold, ThresholdDecision):
            asked = self.threshold
            return replace(asked, threshold=(asked.threshold - center) / scale, scale=asked.scale / scale)
        given = ThresholdDecision(self.threshold).threshold
        return ThresholdDecision((given - center) / scale, scale=_SOFT)

    def _told(self, epoch: Epoch) -> Epoch:
        """Give what is known of an epoch in the units of the user."""
        return self.units_.outside(epoch, dict(zip(epoch.validation_gaps, self.terms_, strict=True)))
