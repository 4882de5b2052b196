"""The iterate that a plain loop keeps: what it is judged by, the rule that chooses it, and putting it back."""

from __future__ import annotations

import copy
from math import inf, isnan, nan

import numpy as np
import pytest
import torch
from torch import nn

import fairloss as fl
from fairloss.errors import InputError
from fairloss.estimators.selection import Rows, judge
from fairloss.losses import Constraint, FairLoss, Penalty
from fairloss.losses.guards.best_iterate import BestIterate
from fairloss.losses.guards.held_out import judge_rows
from fairloss.losses.guards.verdict import Verdict, reason, worst_violation
from fairloss.notions import NOTIONS

DP = "demographic_parity"


def random_rows(n=200, groups=3, seed=0):
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(size=n).astype(np.float32))
    labels = torch.from_numpy(rng.integers(0, 2, n))
    codes = torch.from_numpy(rng.integers(-1, groups, n))
    return logits, labels, codes, torch.from_numpy(rng.uniform(0.2, 2, n).astype(np.float32))


def dumb_gap(notion, decision, label, members, weight):
    """Compare the groups by summing row by row."""
    gaps = []
    for rate in NOTIONS[notion].rates:
        values = []
        for group in range(members.shape[1]):
            shares = []
            for part in getattr(rate, "rates", (rate,)):
                of = among = 0.0
                for d, y, m, w in zip(decision, label, members[:, group], weight, strict=True):
                    of += m * w * part.of.weights[int(y)][int(d)]
                    among += m * w * part.among.weights[int(y)][int(d)]
                shares.append(of / among if among else nan)
            values.append(sum(shares) / len(shares))
        known = [value for value in values if not isnan(value)]
        level = NOTIONS[notion].comparison.kind == "level"
        gaps.append(max(known) if level else max(known) - min(known))
    return max(gaps)


@pytest.mark.parametrize("shares", [False, True], ids=["codes", "shares"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("notion", NOTIONS)
def test_gaps_of_deployed_decisions_equal_loops(notion, weighted, shares):
    logits, labels, codes, weight = random_rows()
    members = (codes[:, None] == torch.arange(3)).double()
    members = members * 0.75 + 0.05 * (codes >= 0)[:, None] if shares else members
    criterion = FairLoss("bce_with_logits", Constraint(notion, 0.01), groups=3, decision=fl.losses.SigmoidDecision(0.4))
    given = (logits, labels.float(), members if shares else codes, *([weight] if weighted else []))
    verdict = judge_rows(criterion, *given)
    decision = torch.sigmoid(logits) >= 0.4
    expected = dumb_gap(
        notion, decision, labels, members.numpy(), weight.double().tolist() if weighted else [1.0] * 200
    )
    assert verdict.gaps[notion] == pytest.approx(expected, rel=1e-12)
    assert verdict.violation == pytest.approx(expected - 0.01, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_a_verdict_is_that_of_the_estimators(weighted):
    logits, labels, codes, weight = random_rows()
    terms = (Constraint("equalized_odds", 0.02), Penalty(DP, 1.0))
    criterion = FairLoss("bce_with_logits", *terms, groups={"sex": 3})
    for _ in range(5):
        criterion(logits, labels.float(), {"sex": codes})
    given = weight if weighted else None
    found = judge_rows(criterion, logits, labels.float(), {"sex": codes}, given)
    rows = Rows(logits, labels, {"sex": codes}, given)
    expected = judge(nn.Identity(), criterion, rows, epoch=1, loss=0.0).verdict
    assert found.gaps == pytest.approx(expected.gaps, rel=1e-12)
    assert found.loss == pytest.approx(expected.loss, rel=1e-6)
    assert (found.constant, found.pressure) == (expected.constant, expected.pressure)
    assert found.violation == pytest.approx(expected.violation, rel=1e-12)


def test_losses_and_outputs_are_judged_by_their_means():
    output, target = torch.tensor([1.0, 2.0, 3.0, 5.0]), torch.tensor([0.0, 0.0, 1.0, 1.0])
    criterion = FairLoss(
        "mse", Constraint("bounded_group_loss", 3.0, of="loss"), Constraint(DP, 1.0, of="output"), groups=2
    )
    verdict = judge_rows(criterion, output[:, None], target, torch.tensor([0, 0, 1, 1]))
    assert dict(verdict.gaps) == {"bounded_group_loss": 10.0, DP: 2.5}
    assert (verdict.violation, verdict.constant, verdict.loss) == (7.0, False, 6.25)
    assert judge_rows(criterion, torch.ones(4), target, torch.tensor([0, 0, 1, 1])).constant


def test_the_worst_of_several_questions_counts():
    logits = torch.eye(3)[torch.tensor([0, 0, 1, 2, 2, 1])]
    criterion = FairLoss("cross_entropy", Constraint(DP, 0.0), groups=2)
    verdict = judge_rows(criterion, logits, torch.tensor([0, 0, 1, 2, 2, 1]), torch.tensor([0, 0, 0, 1, 1, 1]))
    assert verdict.gaps[DP] == pytest.approx(2 / 3)
    one = judge_rows(criterion, logits[[0, 0]], torch.tensor([0, 1]), torch.tensor([0, 1]))
    assert (one.constant, one.violation) == (True, 0.0)


def test_what_is_not_known_is_nan():
    criterion = FairLoss("bce_with_logits", Constraint(DP, 0.0), groups=2)
    verdict = judge_rows(criterion, torch.tensor([1.0, -1.0]), torch.tensor([1, 0]), torch.tensor([0, 0]))
    assert isnan(verdict.gaps[DP])
    assert verdict.feasible is None
    age = Penalty(DP, 1.0, distance="distance_correlation")
    continuous = FairLoss("bce_with_logits", age, groups={"age": "continuous"})
    verdict = judge_rows(continuous, torch.tensor([1.0, -1.0]), torch.tensor([1, 0]), {"age": torch.tensor([20.0, 30])})
    assert isnan(verdict.gaps[DP])
    assert verdict.violation == 0
    assert isnan(worst_violation({DP: nan}, [Constraint(DP, 0.1)]))


def test_judging_moves_nothing():
    logits, labels, codes, _ = random_rows()
    criterion = FairLoss("bce_with_logits", Constraint(DP, 0.02), Penalty(DP, 1.0, distance="adversary"), groups=3)
    criterion(logits, labels.float(), codes)
    criterion.terms[1].eval()
    before, parts = copy.deepcopy(criterion.state_dict()), dict(criterion.parts)
    modes = [module.training for module in criterion.modules()]
    judge_rows(criterion, logits.clone().requires_grad_(), labels.float(), codes)
    with pytest.raises(InputError):
        judge_rows(criterion, logits, labels.float(), codes[:3])
    assert all(torch.equal(value, before[name]) for name, value in criterion.state_dict().items())
    assert criterion.parts == parts
    assert [module.training for module in criterion.modules()] == modes


def considered(*iterates, tolerance=0.1, pressure=0.0):
    """Let a keeper see models that give (logit of group 0, logit of group 1) for ten rows of each label and group."""
    labels, codes = torch.arange(40) % 2, torch.arange(40) // 2 % 2
    model = nn.Linear(2, 1, bias=False)
    criterion = FairLoss("bce_with_logits", Constraint(DP, tolerance), groups=2)
    criterion.terms[0].pressure = torch.tensor([[[[0.0, pressure], [0.0, 0.0]]]])
    keeper = BestIterate(model, criterion)
    x = torch.nn.functional.one_hot(codes, 2).float()
    for weights in iterates:
        with torch.no_grad():
            model.weight.copy_(torch.tensor([weights]))
            keeper.consider(model(x) + 2 * labels[:, None] - 1, labels.float(), codes)
    return keeper


FAIR, UNFAIR, SURE = (0.0, 0.0), (2.0, -2.0), (0.5, 0.4)


def test_the_rule_on_a_few_iterates():
    """Only UNFAIR has a gap, of 1: all of group 0 and nobody of group 1."""
    for iterates, kept in (
        ([FAIR, UNFAIR], FAIR),
        ([UNFAIR, FAIR], FAIR),
        ([SURE, FAIR, UNFAIR, SURE], FAIR),
        ([UNFAIR, (nan, nan)], UNFAIR),
        ([(nan, nan), UNFAIR], UNFAIR),
        ([(9.0, 9.0), UNFAIR, (-9.0, -9.0)], UNFAIR),
    ):
        keeper = considered(*iterates)
        keeper.restore()
        assert keeper.model.weight[0].tolist() == pytest.approx(list(kept))
    assert keeper.best.gaps[DP] == 1.0
    assert keeper.reason.endswith("on 40 held-out rows a gap is 0.900 beyond its tolerance, and no iterate meets it.")
    assert considered(SURE, FAIR, UNFAIR).reason.endswith("the tolerances are met, as by 2 of 3 iterates.")


def test_a_constant_classifier_is_kept_only_where_there_is_nothing_else():
    keeper = considered((9.0, 9.0), (5.0, 5.0))
    assert [verdict.constant for verdict in keeper.history] == [True, True]
    assert "fair by being useless" in keeper.reason
    assert keeper.best is keeper.history[1]
    assert considered((1.5, 1.5), (40.0, -40.0)).best.violation == pytest.approx(0.9)


def test_the_price_of_a_violation_follows_the_multipliers():
    """A violation of 0.1 is worth 0.3 of loss; where a multiplier has been 3, it is worth 0.6."""
    verdicts = [Verdict(0.8, {DP: 0.1}, 0.0, False, 0.3), Verdict(0.3, {DP: 0.2}, 0.1, False, 0.3)]
    assert verdicts[1].cost(verdicts[1].price) < verdicts[0].cost(verdicts[0].price)
    assert verdicts[1].cost(6.0) > verdicts[0].cost(6.0)
    assert Verdict(0.1, {}, 0.0, False, 3.0).price == 6.0
    assert Verdict(0.1, {}, 0.0, False).price == Verdict(0.1, {}, 0.0, False, 1.0).price == 3.0
    seen = Verdict(0.3, {DP: 0.1}, 0.0, False, training_violation=0.2)
    assert seen.cost(3.0) == (False, False, pytest.approx(0.9))
    assert considered(FAIR, pressure=4.0).history[0].pressure == 4.0
    assert "lose far more" in reason(verdicts, verdicts[1])


def test_nothing_to_restore_is_said():
    keeper = considered()
    assert keeper.best is None
    assert keeper.reason == "No iterate has been considered."
    with pytest.raises(InputError, match="no iterate was considered"):
        keeper.restore()
    broken = considered((inf, inf))
    assert "no iterate has a finite loss" in broken.reason
    with pytest.raises(InputError, match="Lower the learning rate"):
        broken.restore()


def loop(keeper, optimizer, epochs, seed):
    """Train on, and let the keeper consider each epoch; the last step of each is a large one."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 2, (600,), generator=generator)
    x = torch.randn(600, 3, generator=generator) + codes[:, None]
    y = (x[:, 0] + torch.randn(600, generator=generator) > 0.5).float()
    for _ in range(epochs):
        for rows in torch.randperm(400, generator=generator).split(40):
            optimizer.zero_grad()
            keeper.criterion(keeper.model(x[rows])[:, 0], y[rows], codes[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            keeper.consider(keeper.model(x[400:]), y[400:], codes[400:])


def started(seed=0):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    solver = fl.losses.ProxyLagrangian(step=2.0)
    criterion = FairLoss("bce_with_logits", Constraint(DP, 0.02, solver=solver), groups=2, memory=300)
    return BestIterate(model, criterion), torch.optim.Adam(model.parameters(), 0.05)


def test_a_training_is_put_back_to_its_best_iterate():
    keeper, optimizer = started()
    states = []
    for seed in range(12):
        loop(keeper, optimizer, 1, seed=seed % 2)
        states.append(copy.deepcopy((keeper.model.state_dict(), keeper.criterion.state_dict())))
    price = max(verdict.price for verdict in keeper.history)
    best = keeper.history.index(keeper.best)
    assert best < 11, "else there is nothing to put back"
    assert keeper.best.cost(price) <= keeper.history[-1].cost(price)
    keeper.restore()
    for part, state in zip((keeper.model, keeper.criterion), states[best], strict=True):
        assert all(torch.equal(value, state[name]) for name, value in part.state_dict().items())
    assert keeper.reason.startswith(f"Iterate {best + 1} of 12 was kept: on 200 held-out rows ")


def test_a_resumed_training_keeps_the_same_iterate(tmp_path):
    keeper, optimizer = started()
    loop(keeper, optimizer, 4, seed=1)
    parts = {"keeper": keeper, "model": keeper.model, "criterion": keeper.criterion, "optimizer": optimizer}
    torch.save({name: part.state_dict() for name, part in parts.items()}, tmp_path / "state.pt")
    resumed, other = started(seed=9)
    saved = torch.load(tmp_path / "state.pt", weights_only=True)
    parts = {"keeper": resumed, "model": resumed.model, "criterion": resumed.criterion, "optimizer": other}
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    for each, steps in ((keeper, optimizer), (resumed, other)):
        loop(each, steps, 4, seed=2)
        each.restore()
    assert repr(resumed.history) == repr(keeper.history)
    assert resumed.reason == keeper.reason
    assert all(torch.equal(*both) for both in zip(keeper.model.parameters(), resumed.model.parameters(), strict=True))
    fresh, _ = started()
    fresh.load_state_dict(started()[0].state_dict())
    assert fresh.best is None
