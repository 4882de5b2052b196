"""The units of FairRegressor, and the gaps that it chooses an iterate by, against loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

import fairloss as fl
from fairloss import Constraint, FairRegressor, Penalty
from fairloss.estimators.flatness import is_flat
from fairloss.estimators.units import LossInUnits, Units
from fairloss.losses import FairLoss
from fairloss.losses.bases.regression_losses import huber, mae, mse
from fairloss.losses.guards.held_out import judge_rows

FEATURES = ["merit", "proxy", "town"]


def people(n: int = 1_500, seed: int = 0, scale: float = 10.0, center: float = 200.0) -> pd.DataFrame:
    """Make rows whose target is higher in group "a" and harder to predict in group "b"."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["a", "b"], n, p=[0.7, 0.3])
    merit, proxy = rng.normal(size=n), rng.normal(size=n) + (sex == "a")
    town = np.where((sex == "a") == (rng.random(n) < 0.8), "north", "south")
    noise = rng.normal(size=n) * np.where(sex == "a", 0.3, 0.6)
    slope = np.where(sex == "a", 1.0, 0.2)
    y = center + scale * (slope * merit + 0.5 * proxy + (sex == "a") + noise)
    return pd.DataFrame({"merit": merit, "proxy": proxy, "town": town, "sex": sex, "y": y})


def quick(**settings) -> FairRegressor:
    return FairRegressor(**{"epochs": 25, "hidden": (8,), "learning_rate": 0.02, "random_state": 0, **settings})


def fit(model: FairRegressor, table: pd.DataFrame, **changes) -> FairRegressor:
    return model.fit(table[FEATURES], table["y"], **{"sensitive_features": table["sex"], **changes})


def gap(model, table) -> float:
    predicted = model.predict(table[FEATURES])
    return abs(predicted[table["sex"] == "a"].mean() - predicted[table["sex"] == "b"].mean())


def losses(model, table) -> dict[str, float]:
    error = (model.predict(table[FEATURES]) - table["y"]) ** 2
    return {name: error[table["sex"] == name].mean() for name in ("a", "b")}


@pytest.mark.parametrize(
    ("constraints", "power"),
    [("demographic_parity", 1), ("bounded_group_loss", 2), (Penalty("demographic_parity", weight=0.3), None)],
)
def test_another_unit_of_the_target_gives_the_same_model(constraints, power):
    tolerance = {1: 0.3, 2: 0.6, None: 0.0}[power]
    small, large = people(scale=1.0, center=0.0), people(scale=1000.0, center=5e4)
    fitted = [
        fit(quick(constraints=constraints, tolerance=tolerance * factor ** (power or 0), epochs=5), table)
        for factor, table in ((1.0, small), (1000.0, large))
    ]
    one, other = (model.predict(small[FEATURES]) for model in fitted)
    np.testing.assert_allclose(5e4 + 1000 * one, other, rtol=1e-3, atol=5)
    first, second = (model.history_[-1] for model in fitted)
    assert second.validation_loss == pytest.approx(1e6 * first.validation_loss, rel=1e-2)
    if power:
        assert fitted[1].terms_[0].tolerance == tolerance * 1000**power


@pytest.mark.parametrize("constraints", ["demographic_parity", "bounded_group_loss"])
def test_history_is_in_units_of_y(constraints):
    table = people()
    model = fit(quick(constraints=constraints, tolerance=5.0, patience=None, epochs=4, validation_fraction=0.5), table)
    kept = model.history_[model.best_epoch_ - 1]
    # Half of the rows were held out; all rows together read nearly the same.
    assert kept.validation_loss == pytest.approx(np.mean((model.predict(table[FEATURES]) - table["y"]) ** 2), rel=0.15)
    found = gap(model, table) if constraints == "demographic_parity" else max(losses(model, table).values())
    assert kept.validation_gaps[constraints] == pytest.approx(found, rel=0.2)
    assert kept.violation == pytest.approx(max(kept.validation_gaps[constraints] - 5.0, 0))
    assert model.feasible_ == (kept.violation == 0)
    assert np.isnan(kept.validation_accuracy)


@pytest.mark.parametrize("function", [mse, mae, huber])
def test_the_cost_is_that_of_predicting_the_mean_by_weights(function):
    rng = np.random.default_rng(0)
    y, weight = rng.normal(50, 4, 200), rng.uniform(0, 2, 200)
    units, base = Units.of(y, weight, function, shifts=True, thresholded=False)
    mean = (y * weight).sum() / weight.sum()
    each = function(torch.full((200,), mean, dtype=torch.float64), torch.from_numpy(y)).numpy()
    assert units.center == pytest.approx(mean)
    assert units.scale == pytest.approx(np.sqrt((weight * (y - mean) ** 2).sum() / weight.sum()))
    assert units.cost == pytest.approx((each * weight).sum() / weight.sum())
    z = torch.from_numpy(units.standardized(y))
    assert (base(torch.zeros_like(z), z).numpy() * weight).sum() / weight.sum() == pytest.approx(1)


def test_an_own_loss_sees_numbers_in_units_of_y():
    seen = []

    def relative(output, target):
        seen.append((target.min().item(), target.max().item()))
        return ((output - target) / target).abs()

    table = people()
    fit(quick(base=relative, constraints=None, epochs=2), table)
    low, high = (function([pair[place] for pair in seen]) for place, function in ((0, min), (1, max)))
    assert (low, high) == pytest.approx((table["y"].min(), table["y"].max()), rel=1e-5)


def test_a_target_that_never_changes_is_predicted():
    table = people(200).assign(y=7.5)
    np.testing.assert_allclose(fit(quick(constraints=None, epochs=10), table).predict(table[FEATURES]), 7.5, atol=0.3)


def test_a_loss_in_units_divides_by_its_cost():
    base = LossInUnits(mse, center=100.0, scale=3.0, cost=9.0)
    assert base(torch.tensor([1.0]), torch.tensor([0.0])).item() == pytest.approx(1.0)


# The gaps by which an iterate is chosen


@pytest.mark.parametrize("weighted", [False, True])
def test_gaps_of_numbers_agree_with_loops(weighted):
    rng = np.random.default_rng(2)
    values, codes = rng.normal(3, 5, 60), rng.integers(-1, 3, 60)
    weight = rng.uniform(0.5, 2, 60) if weighted else None
    each = np.ones(60) if weight is None else weight
    means = [np.average(values[codes == group], weights=each[codes == group]) for group in range(3)]
    losses = [np.average(values[codes == group] ** 2, weights=each[codes == group]) for group in range(3)]
    terms = Constraint("demographic_parity", 0.1), Constraint("bounded_group_loss", 0.1, of="loss")
    criterion = FairLoss("mse", *terms, groups=3)
    output, who = torch.from_numpy(values), torch.from_numpy(codes)
    verdict = judge_rows(criterion, output, torch.zeros_like(output), who, weight)
    assert verdict.gaps["demographic_parity"] == pytest.approx(max(means) - min(means))
    assert verdict.gaps["bounded_group_loss"] == pytest.approx(max(losses))


def test_a_group_that_is_not_there_leaves_the_gap_undefined():
    criterion = FairLoss("mse", Constraint("demographic_parity", 0.1), groups=2)
    verdict = judge_rows(criterion, torch.tensor([4.0, 6.0]), torch.zeros(2), torch.tensor([0, 0]))
    assert np.isnan(verdict.gaps["demographic_parity"])


def test_the_same_number_for_everybody_is_a_collapse():
    y = torch.tensor([0.0, 1.0, 2.0])
    assert is_flat(torch.full((3,), 1.0), y)
    assert not is_flat(torch.tensor([0.9, 1.0, 1.1]), y)
    assert not is_flat(torch.full((3,), 1.0), torch.full((3,), 1.0)), "all targets are the same"


def test_a_classifier_too_is_judged_by_the_loss_where_a_term_bounds_it():
    rng = np.random.default_rng(0)
    X, group = rng.normal(size=(400, 2)), rng.integers(0, 2, 400)
    term = Constraint("bounded_group_loss", 0.5, of="loss")
    model = fl.FairClassifier(constraints=term, epochs=3, validation_fraction=0.5, random_state=0)
    model.fit(X, (X[:, 0] > 0).astype(int), sensitive_features=group)
    chance = model.predict_proba(X)[np.arange(400), (X[:, 0] > 0).astype(int)]
    worst = max(-np.log(chance[group == code]).mean() for code in (0, 1))
    kept = model.history_[model.best_epoch_ - 1]
    assert kept.validation_gaps["bounded_group_loss"] == pytest.approx(worst, rel=0.1)  # of the held-out half
