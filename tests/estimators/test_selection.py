"""Which iterate is kept, against dumb recomputations."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
import torch

from fairloss.estimators.selection import Epoch, Rows, explain, judge
from fairloss.losses import Constraint, FairLoss, Penalty


def epoch(
    number: int = 1,
    *,
    loss: float = 0.5,
    violation: float = 0.0,
    seen: float = 0.0,
    constant: bool = False,
    pressure: float = nan,
):
    return Epoch(
        epoch=number,
        loss=loss,
        soft_gaps={"t": 0.0},
        hard_gaps={"t": 0.0},
        multipliers={"t": pressure},
        validation_loss=loss,
        validation_accuracy=0.8,
        validation_gaps={"t": violation + 0.1},
        violation=violation,
        training_violation=seen,
        constant=constant,
    )


def test_cost_orders_iterates():
    assert epoch(loss=0.5).cost(1) < epoch(loss=0.45, violation=0.06).cost(1)
    assert epoch(loss=0.5).cost(1) > epoch(loss=0.45, violation=0.04).cost(1)
    assert epoch(loss=0.9, violation=0.3).cost(1) < epoch(loss=0.1, constant=True).cost(1)
    assert epoch(loss=0.9, constant=True).cost(1) < epoch(loss=nan).cost(1)


def test_cost_counts_the_worse_of_both_violations():
    assert epoch(violation=0.01, seen=0.02).cost(3) == epoch(violation=0.02, seen=0.01).cost(3)
    assert epoch(violation=0.01, seen=0.02).cost(3) > epoch(violation=0.01).cost(3)


@pytest.mark.parametrize(
    ("violation", "seen", "excess"), [(0.1, 0.2, 0.2), (0.2, 0.1, 0.2), (nan, 0.1, 0.1), (0.1, nan, 0.1), (nan, nan, 0)]
)
def test_excess_takes_what_is_defined(violation, seen, excess):
    assert epoch(violation=violation, seen=seen).excess == excess


@pytest.mark.parametrize(("pressure", "price"), [(nan, 3.0), (0.2, 3.0), (3.0, 6.0)])
def test_price_follows_the_largest_multiplier(pressure, price):
    assert epoch(pressure=pressure).price == price


def test_feasible_says_not_known_where_no_gap_is_defined():
    assert epoch(violation=0.0).feasible is True
    assert epoch(violation=0.1).feasible is False
    assert epoch(violation=nan).feasible is None


@pytest.mark.parametrize(
    ("history", "best", "words"),
    [
        ([epoch(1), epoch(2, violation=0.1)], 0, "tolerances are met, as by 1 of 2 iterates"),
        ([epoch(1, violation=0.012)], 0, "0.012 beyond its tolerance, and no iterate meets it"),
        ([epoch(1, violation=0.0004)], 0, "a gap is less than 0.001 beyond its tolerance, and no iterate meets it"),
        ([epoch(1, loss=9.0), epoch(2, violation=0.02)], 1, "the 1 iterates that meet it lose far more"),
        ([epoch(1, constant=True)], 0, "fair by being useless"),
        ([epoch(1, violation=nan)], 0, "nothing is known about the tolerances"),
    ],
)
def test_explain_says_what_was_chosen(history, best, words):
    assert words in explain(history, history[best], 1234)
    assert explain(history, history[best], 1234).startswith(f"Epoch {best + 1} was kept: on 1,234 held-out rows")


class Given(torch.nn.Module):
    """A network that gives its input: the test chooses the logits."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def rows(logits, y, codes, weight=None, name="group") -> Rows:
    groups = {name: torch.tensor(codes)}
    return Rows(torch.tensor(logits), torch.tensor(y), groups, None if weight is None else torch.tensor(weight))


def dumb_equalized_odds(chosen, y, codes, weight) -> float:
    gaps = []
    for label in (0, 1):
        rates = []
        for group in sorted(set(codes) - {-1}):
            among = [i for i in range(len(y)) if codes[i] == group and y[i] == label]
            rates.append(sum(weight[i] for i in among if chosen[i]) / sum(weight[i] for i in among))
        gaps.append(max(rates) - min(rates))
    return max(gaps)


@pytest.mark.parametrize("weighted", [False, True])
def test_judge_agrees_with_loops(weighted):
    rng = np.random.default_rng(5)
    n = 400
    logits, y = rng.normal(size=n).astype(np.float32), rng.integers(0, 2, n)
    codes = rng.integers(-1, 3, n)
    weight = rng.uniform(0.5, 2, n).astype(np.float32) if weighted else None
    criterion = FairLoss("bce_with_logits", Constraint("equalized_odds", 0.01), groups=3)
    found = judge(Given(), criterion, rows(logits, y, codes, weight), epoch=3, loss=1.5)
    each = np.ones(n) if weight is None else weight.astype(float)
    chosen = logits >= 0
    gap = dumb_equalized_odds(chosen, y, codes, each)
    losses = np.log1p(np.exp(-np.where(y == 1, logits, -logits).astype(float)))
    assert found.validation_gaps["equalized_odds"] == pytest.approx(gap, abs=1e-6)
    assert found.violation == pytest.approx(gap - 0.01, abs=1e-6)
    assert found.validation_loss == pytest.approx((losses * each).sum() / each.sum(), rel=1e-5)
    assert found.validation_accuracy == pytest.approx(((chosen == y) * each).sum() / each.sum(), rel=1e-6)
    assert (found.epoch, found.loss, found.constant) == (3, 1.5, False)


def test_judge_reads_the_other_violation_from_the_training_rows_alone():
    rng = np.random.default_rng(7)
    parts = []
    for n in (300, 200):
        logits, y, codes = rng.normal(size=n).astype(np.float32), rng.integers(0, 2, n), rng.integers(0, 2, n)
        parts.append((logits, y, codes, dumb_equalized_odds(logits >= 0, y, codes, np.ones(n))))
    (*seen, seen_gap), (*held, gap) = parts
    criterion = FairLoss("bce_with_logits", Constraint("equalized_odds", 0.01), groups=2)
    found = judge(Given(), criterion, rows(*held), epoch=1, loss=0.0, training=rows(*seen))
    alone = judge(Given(), criterion, rows(*held), epoch=1, loss=0.0)
    assert found.training_violation == pytest.approx(seen_gap - 0.01, abs=1e-6)
    assert found.violation == alone.violation == pytest.approx(gap - 0.01, abs=1e-6)
    assert found.validation_loss == alone.validation_loss
    assert np.isnan(alone.training_violation)


def test_the_margin_counts_on_the_training_rows_alone():
    """Of 40 people half and a quarter are chosen: a gap of 0.25, whose variance is 0.25 / 20 + 0.1875 / 20."""
    logits, codes = np.where(np.arange(40) % 4 < 2, 1.0, -1.0).astype(np.float32), np.arange(40) // 20
    logits[20:] = np.where(np.arange(20) % 4 < 1, 1.0, -1.0)
    given = rows(logits, np.arange(40) % 2, codes)
    criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.24, margin=0.5), groups=2)
    found = judge(Given(), criterion, given, epoch=1, loss=0.0, training=given)
    assert found.violation == pytest.approx(0.01, abs=1e-7)
    assert found.validation_gaps["demographic_parity"] == 0.25
    assert found.training_violation == pytest.approx(0.01 + 0.5 * (0.4375 / 20) ** 0.5, abs=1e-7)


def test_judge_takes_the_worst_class_of_several():
    logits = torch.eye(3)[torch.tensor([0, 0, 1, 2, 2, 1])]
    criterion = FairLoss("cross_entropy", Constraint("demographic_parity", 0.0), groups=2)
    found = judge(Given(), criterion, rows(logits.tolist(), [0, 0, 1, 2, 2, 1], [0, 0, 0, 1, 1, 1]), epoch=1, loss=0.0)
    assert found.validation_gaps["demographic_parity"] == pytest.approx(2 / 3)
    assert found.validation_accuracy == 1.0


def test_judge_sees_a_collapse_but_not_where_all_labels_are_the_same():
    criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.0), groups=2)
    collapsed = judge(Given(), criterion, rows([1.0, 2.0], [0, 1], [0, 1]), epoch=1, loss=0.0)
    right = judge(Given(), criterion, rows([1.0, 2.0], [1, 1], [0, 1]), epoch=1, loss=0.0)
    assert (collapsed.constant, collapsed.violation, right.constant) == (True, 0.0, False)


def test_judge_gives_nan_where_one_group_is_absent():
    criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.0), groups=2)
    found = judge(Given(), criterion, rows([1.0, -2.0], [0, 1], [0, 0]), epoch=1, loss=0.0)
    assert np.isnan(found.validation_gaps["demographic_parity"])
    assert found.feasible is None


def test_a_penalty_has_no_tolerance_to_violate():
    criterion = FairLoss("bce_with_logits", Penalty("demographic_parity", weight=1.0), groups=2)
    found = judge(Given(), criterion, rows([1.0, -1.0], [0, 1], [0, 1]), epoch=1, loss=0.0)
    assert (found.validation_gaps["demographic_parity"], found.violation) == (1.0, 0.0)
