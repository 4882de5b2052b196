"""The loop: batches, early stopping, the iterate that is put back, and the corner of torch it runs in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fairloss.errors import InputError
from fairloss.estimators import FairClassifier, FairRegressor
from fairloss.estimators.network import make_module, perceptron, resolve_device, torch_corner
from fairloss.estimators.progress import progress
from fairloss.estimators.selection import Rows, judge
from fairloss.estimators.training import Plan, _batches, train
from fairloss.losses import Constraint, FairLoss


def data(n: int = 300, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    x = rng.normal(size=(n, 3)).astype(np.float32)
    x[:, 1] += 2 * group
    y = (x.sum(1) + rng.normal(size=n) > 0.5).astype(np.int64)
    return Rows(torch.from_numpy(x), torch.from_numpy(y), {"group": torch.from_numpy(group)})


def plan(**changes) -> Plan:
    settings = {"epochs": 8, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.0, "patience": None}
    return Plan(**{**settings, **changes})


def fit(rows, validation, planned, tolerance=0.02, seed=0):
    seen = []
    with torch_corner(1, seed=seed):
        module = perceptron(3, 1, (8,))
        criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", tolerance), groups=2)
        history, best = train(module, criterion, rows, validation, planned, report=seen.append)
    assert seen == history
    return module, history, best


@pytest.mark.parametrize("n", [1, 31, 64, 100, 1000])
def test_batches_hold_every_row_once_and_are_equally_large(n):
    rows = Rows(torch.arange(n)[:, None], torch.arange(n), {"g": torch.arange(n)}, torch.arange(n))
    steps = plan().steps(n)
    parts = list(_batches(rows, steps))
    assert len(parts) == steps
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    assert sorted(torch.cat([part.y for part in parts]).tolist()) == list(range(n))
    for part in parts:
        assert part.x[:, 0].tolist() == part.y.tolist() == part.groups["g"].tolist() == part.weight.tolist()


def test_shuffles_anew_in_every_epoch():
    rows = data()
    first, second = (torch.cat([part.x for part in _batches(rows, 4)]) for _ in range(2))
    assert not torch.equal(first, second)


def test_keeps_the_cheapest_iterate_as_a_replay_of_the_history_finds_it():
    _, history, best = fit(data(), data(seed=1), plan(epochs=30))
    kept, price, late = history[0], 0.0, 30 // 8
    for epoch in history:
        price = max([price, 3.0, *(2 * pressure for pressure in epoch.multipliers.values())])
        cost = [
            one.validation_loss
            + price * max(0.0, one.validation_gaps["demographic_parity"] - 0.02, one.training_violation)
            for one in (epoch, kept)
        ]
        kept = epoch if cost[0] < cost[1] or epoch.epoch <= late + 1 else kept
    assert best == kept
    assert any(epoch.validation_loss < best.validation_loss for epoch in history), "the constraint decides here"


@pytest.mark.parametrize(("epochs", "first"), [(4, 1), (16, 3), (40, 6)])
def test_the_first_eighth_of_the_epochs_does_not_compete(epochs, first, monkeypatch):
    def flattered(*args, epoch, **options):
        return replace(judge(*args, epoch=epoch, **options), validation_loss=float(epoch), violation=0.0)

    monkeypatch.setattr("fairloss.estimators.training.judge", flattered)
    _, history, best = fit(data(60), data(60, 1), plan(epochs=epochs), tolerance=0.9)
    assert best.epoch == first, "the first is the cheapest of all, then the second, ..."
    assert len(history) == epochs


def test_leaves_the_module_at_the_iterate_that_was_kept():
    validation = data(seed=1)
    module, _, best = fit(data(), validation, plan(epochs=15))
    criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.02), groups=2)
    again = judge(module, criterion, validation, epoch=best.epoch, loss=best.loss)
    assert (again.validation_loss, again.validation_gaps) == (best.validation_loss, best.validation_gaps)


def test_stops_after_patience_epochs_without_a_better_iterate():
    _, history, best = fit(data(), data(seed=1), plan(epochs=60, patience=3, learning_rate=0.05), tolerance=0.9)
    assert len(history) < 60
    assert len(history) == best.epoch + 3


def test_trains_on_while_a_tolerance_is_not_met():
    _, history, best = fit(data(), data(seed=1), plan(epochs=20, patience=1), tolerance=0.0)
    assert best.feasible is False
    assert len(history) == 20


def test_never_stops_early_without_patience():
    _, history, _ = fit(data(), data(seed=1), plan(epochs=20, learning_rate=0.05))
    assert [epoch.epoch for epoch in history] == list(range(1, 21))


def test_a_training_that_diverges_says_so():
    with pytest.raises(InputError, match=r"The training diverged.*learning_rate=1e\+30"):
        fit(data(), data(seed=1), plan(learning_rate=1e30, epochs=2))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epochs": 0}, "epochs must be a whole number above 0, got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number above 0, got 1.5"),
        ({"batch_size": -1}, "batch_size must be a whole number above 0"),
        ({"patience": 0}, "patience must be a whole number above 0"),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0"),
        ({"learning_rate": "fast"}, "learning_rate must be a number above 0, got 'fast'"),
        ({"weight_decay": -1.0}, "weight_decay must be a number of 0 or more"),
        ({"weight_decay": None}, "weight_decay must be a number of 0 or more, got None"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        plan(**changes)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"validation_fraction": "a"}, "must lie between 0 and 1, got 'a'"),
        ({"threshold": "a"}, "threshold .* got 'a'"),
        ({"hidden": ("a",)}, "hidden must be a sequence of layer widths"),
        ({"hidden": "a"}, "hidden must be a sequence of layer widths"),
        ({"n_jobs": 1.5}, "n_jobs must be a whole number other than 0, got 1.5"),
        ({"n_jobs": "a"}, "n_jobs must be a whole number other than 0, got 'a'"),
    ],
)
@pytest.mark.parametrize("estimator", [FairClassifier, FairRegressor])
def test_a_setting_of_another_kind_is_refused_in_one_sentence(estimator, settings, words):
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(60, 2)), rng.integers(0, 2, 60), rng.choice(["a", "b"], 60)
    model = estimator(constraints="demographic_parity", epochs=1, **settings)
    with pytest.raises(InputError, match=words):
        model.fit(X, y, sensitive_features=groups)


def test_the_random_state_and_the_threads_of_torch_are_put_back():
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    with torch_corner(2, seed=1):
        assert torch.get_num_threads() == 2
        drawn = torch.rand(3)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.random.get_rng_state(), state)
    with torch_corner(None, seed=1):
        assert torch.get_num_threads() == 1
        assert torch.equal(torch.rand(3), drawn)


def test_no_threads_at_all_are_refused():
    with pytest.raises(InputError, match="n_jobs must be a whole number other than 0, got 0"), torch_corner(0):
        pass


def test_a_given_module_is_copied_and_a_factory_is_called_with_the_width():
    given = torch.nn.Linear(3, 1)
    made = make_module(given, 3, 1, ())
    assert made is not given
    assert torch.equal(made.weight, given.weight)
    assert make_module(lambda width: torch.nn.Linear(width, 1), 5, 1, ()).in_features == 5


@pytest.mark.parametrize(("module", "hidden"), [("mlp", (4,)), (lambda width: None, (4,)), (None, (0,)), (None, 64)])
def test_what_is_no_network_is_refused(module, hidden):
    with pytest.raises(InputError, match=r"^(module|hidden) must be"):
        make_module(module, 3, 1, hidden)


def test_devices():
    assert resolve_device("cpu").type == "cpu"
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(InputError, match="cannot train on the device 'tpu9'"):
        resolve_device("tpu9")


@pytest.mark.parametrize("shown", [False, True])
def test_progress_writes_nothing_where_there_is_no_terminal(shown, capsys):
    _, history, _ = fit(data(60), data(60, 1), plan(epochs=2))
    with progress(2, shown=shown) as report:
        for epoch in history:
            report(epoch)
    assert capsys.readouterr() == ("", "")
