"""Thresholds under a tolerance: one for each group, or one for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from fairloss.errors import InputError, UnknownName, quote
from fairloss.notions import Form, GroupCounts, Grouping, Groups, MeanRate, Notion, Rate, ScoreHistogram, resolve
from fairloss.postprocessing.curves import ThresholdCurves
from fairloss.postprocessing.label import MitigationLabel
from fairloss.postprocessing.scores import check_tolerance, read_labels, read_scores, score_edges
from fairloss.postprocessing.search import ThresholdChoice, best_shared, best_thresholds
from fairloss.tables import Encoder, same_rows

__all__ = ["ThresholdPolicy"]


class ThresholdPolicy(BaseEstimator):
    """Deterministic thresholds on a score that keep the groups within a tolerance of each other.

    Among all thresholds on a grid those are chosen that are best for the objective while each rate of the notion
    differs by no more than the tolerance between any two groups. The choice is exact (see `best_thresholds`), for every
    notion of the catalogue and any number of groups; a decision is ``score >= threshold``.

    Parameters
    ----------
    notion : str, Notion or Rate
        What should be equal; for ``"bounded_group_loss"`` what should be below the tolerance.
    tolerance : float
        The largest difference allowed, from 0 up.
    objective : str, Rate or Form
        What is maximized: ``"accuracy"``, ``"balanced_accuracy"``, another rate whose denominator does not depend on
        the decisions, or a `Form` of gains per row, such as ``Form(fp=-1, fn=-5)``.
    aware : bool
        One threshold for each group, or (False) one shared threshold, which needs no group to decide.
    min_rows : int
        Groups with fewer rows get no threshold of their own and are not compared: they get the shared one.
    grid : int
        How many thresholds are looked at. All of them, where there are no more distinct scores.
    unseen : {"raise", "unknown"}
        What becomes of a person whose group had no rows at the fit: an error, or the shared threshold, as for a person
        whose group is unknown.

    Attributes
    ----------
    thresholds_ : dict of str to float
        The threshold of each group by its name; NaN for a group without rows.
    choice_ : ThresholdChoice
        What was chosen: objective, gap, and whether the tolerance is met, the best is proved, the decision constant.
    gap_ : float
        The worst gap on the rows of the fit, over the groups that are compared.
    feasible_ : bool
        Whether the gap is within the tolerance on these rows. If not, it is the smallest that was found.
    shared_threshold_ : float
        The threshold that is best for all rows together, without any tolerance. It decides for people whose group is
        unknown and for groups that are skipped.
    skipped_ : dict of str to str
        The groups that the notion does not judge, and why.

    Raises
    ------
    InputError
        If the tolerance is negative, fewer than two groups can be compared, or the arrays cannot be used.

    References
    ----------
    Hardt, Price & Srebro (2016), Equality of opportunity in supervised learning, section 3.2; there with randomization
    and without a tolerance.

    Examples
    --------
    >>> groups = Groups.of(np.array([0, 0, 0, 1, 1, 1]), ["F", "M"], attribute="sex")
    >>> policy = ThresholdPolicy("equal_opportunity", tolerance=0)
    >>> policy = policy.fit([0, 1, 1, 0, 1, 1], [0.1, 0.3, 0.6, 0.4, 0.7, 0.9], sensitive_features=groups)
    >>> policy.thresholds_
    {'F': 0.2, 'M': 0.5}
    >>> policy.decide([0.45, 0.45], sensitive_features=groups[[0, 3]])
    array([1, 0])
    """

    def __init__(
        self,
        notion: str | Notion | Rate | MeanRate = "demographic_parity",
        tolerance: float = 0.05,
        *,
        objective: str | Rate | MeanRate | Form = "accuracy",
        aware: bool = True,
        min_rows: int = 1,
        grid: int = 1024,
        unseen: Literal["raise", "unknown"] = "raise",
    ) -> None:
        self.notion = notion
        self.tolerance = tolerance
        self.objective = objective
        self.aware = aware
        self.min_rows = min_rows
        self.grid = grid
        self.unseen = unseen

    def fit(self, y_true: Any, y_score: Any, *, sensitive_features: Any, sample_weight: Any = None) -> ThresholdPolicy:
        """Choose the thresholds.

        Parameters
        ----------
        y_true : array of shape (n,)
            Labels 0 and 1; 1 is favorable.
        y_score : array of shape (n,)
            Any number that is higher where the label is more likely 1, of any numeric type. It
            should come from rows that did not fit the model, or be out of fold.
        sensitive_features : Groups, array or data frame
            The group of each row; rows whose group is unknown are left out.
        sample_weight : array of shape (n,), optional
            Non-negative weights.

        Returns
        -------
        ThresholdPolicy
            Itself.
        """
        self._check_parameters()
        given = {"y_true": y_true, "sensitive_features": sensitive_features, "sample_weight": sample_weight}
        same_rows("ThresholdPolicy.fit", y_score=y_score, **given)
        score, label = read_scores(y_score), read_labels(y_true)
        self.encoder_ = Encoder.fit(sensitive_features)
        groups = self.encoder_.encode(sensitive_features)
        rows = GroupCounts.of(label, None, groups, sample_weight)  # also checks the weights
        unweighted = rows if sample_weight is None else GroupCounts.of(label, None, groups)
        edges = score_edges(score, groups.codes, self.grid)
        histogram = ScoreHistogram.of(label, score, groups, sample_weight, edges=edges)
        return self._choose(histogram, groups.grouping, unweighted.sizes)

    def fit_histogram(self, histogram: ScoreHistogram, *, rows: Any = None) -> ThresholdPolicy:
        """Choose the thresholds from counts alone, such as the sum of several shards on the same edges.

        Parameters
        ----------
        histogram : ScoreHistogram
            Scores by group and label. The thresholds are its edges.
        rows : array of shape (G,), optional
            The number of rows of each group, where the histogram holds weights.
        """
        self._check_parameters()
        if histogram.grouping is None:
            raise InputError(
                "ThresholdPolicy needs a histogram of named groups, got bare codes. Count with a Groups object."
            )
        self.encoder_ = Encoder.fit(Groups(np.zeros(0, dtype=np.int64), histogram.grouping))
        sizes = histogram.cells.sum((1, 2)) if rows is None else np.asarray(rows)
        return self._choose(histogram, histogram.grouping, sizes)

    def decide(self, y_score: Any, *, sensitive_features: Any = None) -> Any:
        """Decide: 1 where the score reaches the threshold.

        Parameters
        ----------
        y_score : array of shape (n,)
            Scores of the same model.
        sensitive_features : Groups, array or data frame, optional
            The group of each row. Needed by group thresholds, ignored by a shared one. A row whose group is
            unknown gets the threshold that is best for all rows together; of one whose group had no rows at the fit
            ``unseen`` tells.

        Returns
        -------
        array of shape (n,)
            Integers 0 and 1.

        Raises
        ------
        InputError
            If a score is missing, or a group had no rows when the thresholds were fitted and ``unseen`` is "raise".
        """
        check_is_fitted(self)
        score = read_scores(y_score)
        if not self.aware:
            return (score >= np.nanmax(self.choice_.thresholds)).astype(np.int64)
        if sensitive_features is None:
            raise InputError(
                "ThresholdPolicy has a threshold for each group, so decide needs sensitive_features, got none. "
                "Pass them, or fit with aware=False for one shared threshold."
            )
        same_rows("ThresholdPolicy.decide", y_score=y_score, sensitive_features=sensitive_features)
        codes = self.encoder_.encode(sensitive_features, unseen=self.unseen).codes
        table = np.array([*self.choice_.thresholds, self.shared_threshold_])  # unknown is -1: the last
        if self.unseen == "unknown":
            table = np.where(np.isnan(table), self.shared_threshold_, table)
        unseen = np.isnan(table[codes])
        if unseen.any():
            name = self.grouping_.names[codes[unseen][0]]
            raise InputError(
                f"ThresholdPolicy has no threshold for group {quote(name)} ({int(unseen.sum())} rows), which had no "
                "rows at fit. Fit on rows of that group, or pass unseen='unknown' for the shared threshold."
            )
        return (score >= table[codes]).astype(np.int64)

    def frontier(self, tolerances: Iterable[float]) -> tuple[ThresholdChoice, ...]:
        """Give the best choice at each tolerance, from the same counts: what the tolerance costs."""
        check_is_fitted(self)
        search = best_thresholds if self.aware else best_shared
        return tuple(search(self.curves_, check_tolerance(tolerance)) for tolerance in tolerances)

    @property
    def feasible_(self) -> bool:
        """Whether the gap is within the tolerance on the rows of the fit."""
        return self.choice_.feasible

    @property
    def gap_(self) -> float:
        """The worst gap on the rows of the fit, over the groups that are compared."""
        return self.choice_.gap

    @property
    def thresholds_(self) -> dict[str, float]:
        """The threshold of each group by its name."""
        return dict(zip(self.grouping_.names, self.choice_.thresholds, strict=True))

    @property
    def label(self) -> MitigationLabel:
        """What has to be known before the policy is used: see `MitigationLabel`."""
        check_is_fitted(self)
        return MitigationLabel(
            method=f"{'a threshold for each group' if self.aware else 'one threshold for all groups'}, for "
            f"{resolve(self.notion).name} within {self.tolerance:g}",
            uses_attribute=self.aware,
            randomized=False,
            fitted_on=f"{self.n_rows_:,} labeled rows of {len(self.grouping_)} groups",
            notes=tuple(self._notes()),
        )

    def describe(self) -> str:
        """Give the label as text, one statement a line."""
        return self.label.describe()

    def _choose(self, histogram: ScoreHistogram, grouping: Grouping, rows: Any) -> ThresholdPolicy:
        self.grouping_ = grouping
        self.curves_ = ThresholdCurves.of(
            histogram, self.notion, objective=self.objective, min_rows=self.min_rows, rows=rows
        )
        self.n_rows_ = int(rows.sum())
        self.skipped_ = {self.grouping_.names[code]: reason for code, reason in self.curves_.skipped.items()}
        self.shared_threshold_ = float(self.curves_.thresholds[self.curves_.gain.sum(0).argmax()])
        (self.choice_,) = self.frontier([self.tolerance])
        return self

    def _notes(self) -> Iterator[str]:
        choice = self.choice_
        if choice.feasible:
            yield f"On those rows the gap is {choice.gap:.4f}."
        elif np.isnan(choice.gap):
            yield "On those rows the gap is undefined: no thresholds give every group a value of each rate."
        else:
            yield f"The tolerance cannot be met on those rows: the smallest gap is {choice.gap:.4f}."
        if choice.constant:
            yield "Everybody gets the same decision: that is not fair, it is useless."
        if not choice.optimal:
            yield "The search stopped before it was proved that no thresholds do better."
        for reason in self.skipped_.values():
            yield f"Not compared: {reason}."

    def _check_parameters(self) -> None:
        check_tolerance(self.tolerance)
        for name, least in (("min_rows", 1), ("grid", 2)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < least:
                raise InputError(
                    f"ThresholdPolicy needs {name} from {least} up, got {quote(value)}. Give a whole number."
                )
        if self.unseen not in ("raise", "unknown"):
            raise UnknownName("choice of unseen", self.unseen, ("raise", "unknown"))
