"""Counterfactual pairing against a loop; the sensitive metric, and the attack it prices."""

from __future__ import annotations

import pytest
import torch

from fairloss.errors import InputError
from fairloss.losses.robustness import SensitiveMetric, counterfactual_gap, neighbor_gap, worst_neighbor

X = torch.randn(20, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("shape", [(6,), (6, 3)])
def test_counterfactual_gap_equals_a_loop_and_skips_rows_without(squared, shape):
    generator = torch.Generator().manual_seed(1)
    first, second = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    mask = torch.tensor([True, False, True, True, False, True])
    second[1] = torch.nan
    rows = [(a - b).square() if squared else (a - b).abs() for a, b in zip(first[mask], second[mask], strict=True)]
    leaf = first.clone().requires_grad_()
    gap = counterfactual_gap(leaf, second, mask=mask, squared=squared)
    torch.testing.assert_close(gap, torch.stack(rows).mean())
    (gradient,) = torch.autograd.grad(gap, leaf)
    assert gradient.isfinite().all()
    assert (gradient[~mask] == 0).all()
    none = counterfactual_gap(leaf, second, mask=torch.zeros(6, dtype=torch.bool))
    assert none.item() == 0
    assert (torch.autograd.grad(none, leaf)[0] == 0).all()
    torch.testing.assert_close(counterfactual_gap(first, first), first.new_zeros(()))


def test_counterfactual_gap_refuses_to_broadcast():
    with pytest.raises(InputError, match="two outputs of one shape"):
        counterfactual_gap(torch.zeros(3, 1), torch.zeros(3))


def test_metric_is_free_along_the_directions_and_euclidean_across():
    directions = torch.tensor([[1.0, 2.0, 0.0, 0.0], [2.0, 4.0, 0.0, 0.0], [0.0, 0.0, 0.0, 3.0]], dtype=torch.float64)
    metric = SensitiveMetric.from_directions(directions)
    assert metric.basis.shape == (2, 4)
    for direction in directions:
        assert metric(X, X + 5 * direction).abs().max() < 1e-20
    across = torch.tensor([2.0, -1.0, 3.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(metric(X, X + across), torch.full((20,), 14.0, dtype=torch.float64))
    solution = torch.linalg.lstsq(directions.T, X.T, driver="gelsd").solution  # distance to the span, by least squares
    torch.testing.assert_close(metric(X, 0 * X), (X.T - directions.T @ solution).square().sum(0))


@pytest.mark.parametrize("directions", [torch.zeros(1, 3), torch.zeros(3), torch.tensor([[float("nan")]])])
def test_directions_that_say_nothing_are_refused(directions):
    with pytest.raises(InputError, match="needs finite directions"):
        SensitiveMetric.from_directions(directions)


@pytest.mark.parametrize("settings", [{"price": -1}, {"steps": 0}, {"step_size": 0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match="worst_neighbor needs"):
        worst_neighbor(lambda x: x, X, SensitiveMetric.from_directions([[1.0, 0, 0, 0]]), **settings)


def attack(model, **settings):
    metric = SensitiveMetric.from_directions([[1.0, 0.0, 0.0, 0.0]])
    return metric, worst_neighbor(model, X, metric, generator=torch.Generator().manual_seed(0), **settings)


def test_the_attack_moves_where_it_is_free_and_raises_the_distance():
    weight = torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    previous = torch.zeros(20, dtype=torch.float64)
    for steps in (1, 5, 20):
        metric, found = attack(lambda x: x @ weight, steps=steps)
        gain = ((found - X) @ weight).square() - 10 * metric(found, X)
        assert (gain > previous).all()
        previous = gain
    assert ((found - X)[:, 0].abs() > 1).all()
    assert ((found - X)[:, 2:].abs() < 1e-9).all()
    assert not found.requires_grad


def test_a_model_that_ignores_the_directions_has_no_bad_neighbor_at_a_high_price():
    metric, found = attack(lambda x: x[:, 1:], price=1e6)
    assert metric(found, X).max() < 1e-10
    assert neighbor_gap(lambda x: x[:, 1:], X, metric, price=1e6).item() < 1e-9


def test_training_on_the_gap_removes_the_sensitive_slope_and_leaves_the_other():
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 1).double()
    metric = SensitiveMetric.from_directions([[1.0, 0.0, 0.0, 0.0]])
    target = X[:, 0] + X[:, 1]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(150):
        gap = neighbor_gap(model, X, metric, steps=5)
        optimizer.zero_grad()
        assert all(parameter.grad is None for parameter in model.parameters())  # the attack left nothing behind
        ((model(X)[:, 0] - target).square().mean() + 20 * gap).backward()
        optimizer.step()
    slopes = model.weight[0].tolist()
    # a row moves by 5 steps of 0.1 at least, which makes the gap 0.25 w²: the least of (w - 1)² + 5 w² is at 1/6
    assert abs(slopes[0]) < 0.25
    assert slopes[1] > 0.5
