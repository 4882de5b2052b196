"""The solvers: small convex problems whose constrained optimum is known, and their steps against the formulas."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

import fairloss as fl
from fairloss.losses import SOLVERS, AugmentedLagrangian, ProxyLagrangian

ALL = {
    "proxy": ProxyLagrangian(step=0.5),
    "proxy with a gain": ProxyLagrangian(step=0.5, gain=4.0),
    "augmented": AugmentedLagrangian(step=0.5),
    "augmented, heavy square": AugmentedLagrangian(step=0.5, penalty=5.0),
}
solvers = pytest.mark.parametrize("solver", ALL.values(), ids=ALL)
ALONE = 1.0  # a memory of one row forgets every batch before this one: exp(-200) is nothing


def linear_problem(tolerance):
    """Least squares with the gap of mean predictions within a tolerance: a quadratic program with one active side."""
    generator = torch.Generator().manual_seed(0)
    codes = (torch.arange(200) % 5 < 2).long()
    x = torch.randn(200, 2, generator=generator, dtype=torch.float64) + 0.5 * codes[:, None]
    x = torch.cat([x, torch.ones(200, 1, dtype=torch.float64)], 1)
    y = x[:, 0] + 0.5 * x[:, 1] + codes + 0.3 * torch.randn(200, generator=generator, dtype=torch.float64)
    hessian, apart = x.T @ x / 200, x[codes == 1].mean(0) - x[codes == 0].mean(0)
    free = torch.linalg.solve(hessian, x.T @ y / 200)
    towards = torch.linalg.solve(hessian, apart)
    price = 2 * ((apart @ free).item() - tolerance) / (apart @ towards).item()
    best = free - max(price, 0.0) / 2 * towards
    return SimpleNamespace(x=x, y=y, codes=codes, apart=apart, free=free, best=best, price=max(price, 0.0))


def descend(criterion, parameters, output, y, codes, steps, pace=0.1):
    """Take plain gradient steps, and give how the multiplier of the worst group went."""
    prices = []
    for _ in range(steps):
        (slope,) = torch.autograd.grad(criterion(output(parameters), y, codes), parameters)
        parameters = (parameters - pace * slope).detach().requires_grad_()
        prices.append(criterion.terms[0].multipliers().max().item())
    return parameters.detach(), prices


def start(size):
    return torch.zeros(size, dtype=torch.float64, requires_grad=True)


# Known optima


@solvers
@pytest.mark.parametrize("tolerance", [0.0, 0.2, 5.0])
def test_the_gap_of_means_reaches_the_optimum_of_the_quadratic_program(solver, tolerance):
    problem = linear_problem(tolerance)
    criterion = fl.FairLoss(
        "mse", fl.Constraint("demographic_parity", tolerance, solver=solver), groups=2, memory=ALONE
    )
    found, prices = descend(criterion, start(3), lambda theta: problem.x @ theta, problem.y, problem.codes, 1_500)
    torch.testing.assert_close(found, problem.best, atol=1e-6, rtol=0)
    assert prices[-1] == pytest.approx(problem.price, abs=1e-5)
    assert (problem.price == 0) == (tolerance == 5.0), "the last tolerance is met without a price, the others not"


@solvers
def test_bounded_group_loss_reaches_the_optimum_of_a_constant(solver):
    # Group 0 (three quarters) has the target 0, group 1 the targets 1 ± 0.2: its loss at b is (1 - b)² + 0.04.
    codes = (torch.arange(200) % 4 == 3).long()
    y = codes * (1 + 0.2 * (-1.0) ** (torch.arange(200) // 4)).double()
    bound = 0.29
    best = 1 - (bound - 0.04) ** 0.5
    price = (0.75 * best - 0.25 * (1 - best)) / (1 - best)
    term = fl.Constraint("bounded_group_loss", bound, of="loss", solver=solver)
    criterion = fl.FairLoss("mse", term, groups=2, memory=ALONE)
    found, prices = descend(criterion, start(1), lambda b: b.expand(200), y, codes, 1_500)
    assert best == pytest.approx(0.5)
    assert found.item() == pytest.approx(best, abs=1e-6)
    assert prices[-1] == pytest.approx(price, abs=1e-5)
    held = {record.group: record.soft for record in criterion.state()}
    assert max(held.values()) == pytest.approx(bound, abs=1e-6)


@solvers
def test_batches_find_the_optimum_as_far_as_their_noise_allows(solver):
    problem = linear_problem(0.2)
    criterion = fl.FairLoss("mse", fl.Constraint("demographic_parity", 0.2, solver=solver), groups=2, memory=200)
    generator, theta, mean = torch.Generator().manual_seed(1), start(3), torch.zeros(3, dtype=torch.float64)
    for epoch in range(60):
        for rows in torch.randperm(200, generator=generator).split(20):
            loss = criterion(problem.x[rows] @ theta, problem.y[rows], problem.codes[rows])
            (slope,) = torch.autograd.grad(loss, theta)
            theta = (theta - 0.05 * slope).detach().requires_grad_()
        mean += theta.detach() / 30 * (epoch >= 30)
    # The mean of 30 iterates: the gradient of 20 rows has noise, and the memory reads rates that have moved on.
    torch.testing.assert_close(mean, problem.best, atol=0.03, rtol=0)
    assert (problem.apart @ mean).item() == pytest.approx(0.2, abs=0.03)


def test_gain_and_square_damp_what_a_large_step_makes_swing():
    problem = linear_problem(0.2)

    def overshoot(solver):
        term = fl.Constraint("demographic_parity", 0.2, solver=solver)
        criterion = fl.FairLoss("mse", term, groups=2, memory=ALONE)
        _, prices = descend(criterion, start(3), lambda theta: problem.x @ theta, problem.y, problem.codes, 150)
        return max(prices) / problem.price - 1

    plain = overshoot(ProxyLagrangian(step=4.0))
    assert plain > 0.2
    assert overshoot(ProxyLagrangian(step=4.0, gain=4.0)) < plain / 2
    assert overshoot(AugmentedLagrangian(step=4.0, penalty=4.0)) < plain / 2


# One step against the formulas

MULTIPLIERS = [0.0, 0.3, 2.0, 9.99]
VIOLATIONS = [-0.8, -0.1, 0.0, 0.05, 0.9]


@pytest.mark.parametrize("gain", [0.0, 2.0])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("violation", VIOLATIONS)
def test_the_proxy_step_is_that_of_its_formula(multiplier, violation, gain):
    solver, last, pace = ProxyLagrangian(step=0.4, gain=gain, max_multiplier=10.0), 0.2, 0.5
    moved = solver.ascend(*(torch.tensor([part]) for part in (multiplier, violation, last, pace))).item()
    asked = multiplier + 0.4 * pace * (violation + gain * (violation - last))
    assert moved == pytest.approx(min(max(asked, 0), 10), abs=1e-6)
    slope, cost = solver.price(torch.tensor([multiplier]), torch.tensor([violation]), torch.tensor([True]))
    assert (slope.item(), cost.item()) == pytest.approx((multiplier, multiplier * violation), abs=1e-6)


@pytest.mark.parametrize("penalty", [0.5, 3.0])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("violation", VIOLATIONS)
def test_the_augmented_step_is_that_of_its_formula(multiplier, violation, penalty):
    solver, pace = AugmentedLagrangian(step=0.4, penalty=penalty, max_multiplier=10.0), 0.5
    moved = solver.ascend(*(torch.tensor([part]) for part in (multiplier, violation, 0.0, pace))).item()
    positive = max(multiplier + penalty * violation, 0)
    asked = multiplier + 0.4 * pace / penalty * (positive - multiplier)
    assert moved == pytest.approx(min(max(asked, 0), 10), abs=1e-6)
    slope, cost = solver.price(torch.tensor([multiplier]), torch.tensor([violation]), torch.tensor([True]))
    assert slope.item() == pytest.approx(positive, abs=1e-5)
    assert cost.item() == pytest.approx((positive**2 - multiplier**2) / (2 * penalty), abs=1e-4)


@pytest.mark.parametrize("penalty", [0.5, 3.0])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_the_price_of_the_augmented_lagrangian_is_the_slope_of_its_cost(multiplier, penalty):
    solver, width = AugmentedLagrangian(penalty=penalty), 1e-5
    at = torch.tensor([multiplier], dtype=torch.float64)
    for violation in VIOLATIONS:
        costs = [
            solver.price(at, torch.tensor([violation + side], dtype=torch.float64), torch.tensor([True]))[1].item()
            for side in (-width, width)
        ]
        slope = solver.price(at, torch.tensor([violation], dtype=torch.float64), torch.tensor([True]))[0].item()
        assert (costs[1] - costs[0]) / (2 * width) == pytest.approx(slope, abs=1e-4)


@solvers
def test_what_is_not_known_has_no_price(solver):
    slope, cost = solver.price(torch.tensor([2.0]), torch.tensor([0.5]), torch.tensor([False]))
    assert (slope.item(), cost.item()) == (0, 0)


@pytest.mark.parametrize("violation", [-0.01, -1.0, -100.0])
def test_the_square_punishes_no_slack(violation):
    slope, cost = AugmentedLagrangian(penalty=5.0).price(
        torch.zeros(1), torch.tensor([violation]), torch.tensor([True])
    )
    assert (slope.item(), cost.item()) == (0, 0)


@solvers
def test_a_violation_raises_the_multiplier_and_slack_lowers_it(solver):
    multiplier, pace = torch.full((2,), 0.5), torch.full((2,), 0.1)
    violation = torch.tensor([0.2, -0.2])
    raised, lowered = solver.ascend(multiplier, violation, violation, pace).tolist()
    assert 0 <= lowered < 0.5 < raised


@solvers
def test_multipliers_stay_between_zero_and_their_bound(solver):
    far = torch.tensor([1e9, -1e9])
    moved = solver.ascend(torch.full((2,), 5.0), far, far, torch.ones(2))
    assert moved[0].item() == solver.max_multiplier
    assert 0 <= moved[1].item() < 5
    again = solver.ascend(moved, far, far, torch.ones(2))
    assert again[0].item() == solver.max_multiplier


# In a criterion


def batches(count=12, seed=3):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        codes = torch.randint(0, 3, (30,), generator=generator)
        yield torch.randn(30, generator=generator) + codes, torch.randn(30, generator=generator), codes


@solvers
@pytest.mark.parametrize(("notion", "of"), [("demographic_parity", "output"), ("bounded_group_loss", "loss")])
def test_a_restored_state_takes_the_same_next_steps(solver, notion, of):
    def make():
        return fl.FairLoss("mse", fl.Constraint(notion, 0.3, of=of, solver=solver), groups=3, memory=100)

    def step(criterion, batch):
        output = batch[0].clone().requires_grad_()
        loss = criterion(output, *batch[1:])
        return torch.cat([loss[None].detach(), torch.autograd.grad(loss, output)[0]])

    seen = list(batches())
    first, second, fresh = make(), make(), make()
    for batch in seen[:8]:
        step(first, batch)
    second.load_state_dict(first.state_dict())
    for batch in seen[8:]:
        after, again, other = (step(criterion, batch) for criterion in (first, second, fresh))
        assert torch.equal(after, again)
        assert not torch.equal(after, other), "the state matters"
    assert first.state() == second.state()


@pytest.mark.parametrize("name", SOLVERS)
def test_a_name_stands_for_the_solver(name):
    assert fl.Constraint("demographic_parity", 0.1, solver=name).solver is SOLVERS[name]
