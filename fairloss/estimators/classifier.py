"""A classifier for tables whose decisions keep a fairness tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any, Self

import numpy as np
import torch
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin

from fairloss.estimators.criterion import MARGIN, SOLVER, make_criterion, resolve_terms
from fairloss.estimators.labels import encode_labels, row_weights
from fairloss.estimators.network import Factory
from fairloss.estimators.sensitive import attribute_groups
from fairloss.estimators.table_network import TableNetwork
from fairloss.losses import Constraint, FairLoss, Penalty
from fairloss.notions import Notion

__all__ = ["FairClassifier"]

Array = np.ndarray[Any, Any]


class FairClassifier(ClassifierMixin, TableNetwork):
    """A neural network for tables whose decisions keep a fairness tolerance; it needs no group to decide.

    It is trained with `fairloss.losses.FairLoss`: multipliers that follow the gap of the deployed decisions find the
    weight of each constraint. A part of the rows is held out, and the iterate is kept that is cheapest there: base loss
    plus what its decisions exceed the tolerances by, on these rows or on the others, at a price above the multipliers.
    So of all iterates that meet the tolerances the one of lowest loss is kept, unless it has lost more than the excess
    of another is worth.
    ``feasible_`` says whether the tolerances are met, ``selection_`` and ``history_`` how it was chosen.

    Parameters
    ----------
    module : torch.nn.Module or callable, optional
        The network: a module, which is copied; or a function from the number of features (after encoding) to one. It
        gives one logit per row, or one per class for ``base="cross_entropy"`` and for more than two classes.
        By default a perceptron with the ``hidden`` layers.
    base : str, torch.nn loss or callable
        What is fitted; see `fairloss.losses.base_losses`. With more than two classes ``"bce_with_logits"`` stands for
        ``"cross_entropy"``.
    constraints : None, str, Notion, Constraint, Penalty, or list of these
        What should not depend on the group. Names and notions are kept within ``tolerance``; `Constraint` and `Penalty`
        bring their own settings, and ``attribute=`` where several attributes are watched side by side. None trains a
        plain network.
    tolerance : float
        The largest gap between groups that is accepted in the decisions. On the rows that the network is fitted to, a
        gap keeps one standard error from it, though no more than half of the tolerance: other people have another gap.
    threshold : float
        The probability of the favorable class from which on it is decided for; two classes only.
    pos_label : label, optional
        The favorable class, for which rates are counted; by default the last in ``classes_``. Two classes only.
    use_sensitive_features : bool
        Whether sensitive columns that are also columns of X are features. If so, deciding needs them.
    hidden : sequence of int
        Widths of the hidden layers of the default network.
    epochs, batch_size, learning_rate, weight_decay, patience
        See `fairloss.estimators.training.Plan`.
    validation_fraction : float
        The share of rows that is held out, equal in each group and class.
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
    classes_ : array of shape (n_classes,)
    n_features_in_, feature_names_in_
        The features, without the sensitive columns that were dropped.
    module_ : torch.nn.Module
        The fitted network.
    groupings_ : dict of str to Grouping
        The groups of each attribute that was watched.
    history_ : list of Epoch
        One record per epoch.
    n_iter_, best_epoch_ : int
        The epochs that were trained, and the one that was kept, counted from 1.
    feasible_ : bool or None
        Whether the kept iterate meets all tolerances on the held-out rows; None where their gaps are undefined. This
        is the rows' own verdict and no certificate: the iterate was chosen by them.
    collapsed_ : bool
        Whether it gives everybody on the held-out rows the same decision: fair by being useless.
    selection_ : str
        The choice of the iterate, in a sentence.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, group = rng.normal(size=(400, 3)), rng.choice(["a", "b"], 400)
    >>> y = np.where(X[:, 0] + (group == "a") > 0.5, "yes", "no")
    >>> model = FairClassifier(constraints="demographic_parity", tolerance=0.1, random_state=0)
    >>> model = model.fit(X, y, sensitive_features=group)
    >>> model.predict([[3, 0, 0], [-3, 0, 0]]).tolist()
    ['yes', 'no']
    """

    _title = "FairClassifier"

    def __init__(
        self,
        module: torch.nn.Module | Factory | None = None,
        *,
        base: Any = "bce_with_logits",
        constraints: str | Notion | Constraint | Penalty | Sequence[Any] | None = "equalized_odds",
        tolerance: float = 0.03,
        threshold: float = 0.5,
        pos_label: Any = None,
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
        self.pos_label = pos_label
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
            Class labels.
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
            If groups, labels or settings cannot be used.
        """
        terms = resolve_terms(self.constraints, self._constraint)
        features, sensitive, n_rows = self._read(X, y, sensitive_features, sample_weight, terms)
        weight = row_weights(sample_weight, n_rows, self._title)
        self.classes_, self._order, codes = encode_labels(y, self.pos_label, weight)
        groups = {} if sensitive is None else attribute_groups(sensitive, terms)

        def criterion(n_fitted: int) -> tuple[FairLoss, int]:
            sizes = {"n_classes": len(self.classes_), "n_rows": n_fitted}
            return make_criterion(self.base, terms, groups, threshold=self.threshold, **sizes)

        self._train(features, codes, codes, groups, weight, criterion)
        return self

    def decision_function(self, X: Any) -> Array:
        """Give the evidence for the classes: above 0 for ``classes_[1]``, or one logit per class where they are more.

        Returns
        -------
        array of shape (n,) or (n, n_classes)
        """
        logits = self._logits(X)
        return logits if logits.ndim == 2 else self._margin(logits) * (2 * self._order[1] - 1)

    def predict_proba(self, X: Any) -> Array:
        """Give the probability of each class, of shape (n, n_classes)."""
        logits = self._logits(X).astype(np.float64)
        if logits.ndim == 2:
            return np.asarray(softmax(logits, axis=1))
        return np.column_stack([expit(-logits), expit(logits)])[:, self._order]

    def predict(self, X: Any) -> Array:
        """Decide: the favorable class where its probability reaches the threshold, or the most probable of more."""
        logits = self._logits(X)
        codes = logits.argmax(1) if logits.ndim == 2 else (self._margin(logits) >= 0).astype(np.intp)
        return np.asarray(self.classes_[self._order[codes]])

    def _constraint(self, notion: Any) -> Constraint:
        return Constraint(notion, self.tolerance, solver=SOLVER, margin=MARGIN)

    def _logits(self, X: Any) -> Array:
        """Give one logit per row, or one per class where there are more than two, in the order of the codes."""
        logits = self._outputs(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1:] == (2,) else logits

    def _margin(self, logits: Array) -> Array:
        return logits - np.float32(log(self.threshold / (1 - self.threshold)))
