"""Two processes give the loss, the gradient and the state of one process with all rows.

Run as a script, this file is one of the processes: ``python test_parallel.py RANK FOLDER``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import distributed, nn

import fairloss as fl
from fairloss.losses import DISTANCES, ROW_DISTANCES, RowDistance
from fairloss.losses.reduce import process_count, rows_of_all_processes, sum_over_processes

STEPS, SIZE, CUT = 50, 64, 40


class SquaredCovariance(RowDistance):
    """The square of the covariance of values with each group: not a sum over rows, so that every row needs all."""

    def __call__(self, sample):
        weight = sample.weight / sample.weight.sum().clamp_min(1e-12)
        middle = sample.attribute - weight @ sample.attribute
        return ((weight * sample.values) @ middle).square().sum()


def bce(*terms, groups=3, **options):
    return fl.FairLoss("bce_with_logits", *terms, groups=groups, **{"memory": 300, **options}).double()


def by_distance(name):
    """Make a penalty by a distance between rates; small enough that all of them train."""
    return lambda: bce(fl.Penalty("equalized_odds", 0.2, distance=name))


def by_rows(distance):
    return lambda: bce(fl.Penalty("equal_opportunity", 2.0, distance=distance))


MAIN = {
    "constraint": lambda: fl.FairLoss("bce_with_logits", fl.Constraint("equalized_odds", 0.01), groups=3, memory=300),
    "penalty": lambda: fl.FairLoss("bce_with_logits", fl.Penalty("demographic_parity", 2.0), groups=3, memory=300),
    "precision": lambda: fl.FairLoss("bce_with_logits", fl.Penalty("predictive_parity", 2.0), groups=3, memory=300),
    "level": lambda: fl.FairLoss("mse", fl.Penalty("demographic_parity", 0.3), groups=3, memory=300),
    "attributes": lambda: fl.FairLoss(
        "bce_with_logits",
        fl.Constraint("demographic_parity", 0.02, attribute="sex"),
        fl.Penalty("equal_opportunity", 0.5, attribute="race"),
        groups={"sex": 2, "race": 3},
    ),
    "loss": lambda: fl.FairLoss(
        "mse",
        fl.Constraint("bounded_group_loss", 0.3, of="loss", solver="augmented_lagrangian"),
        fl.Constraint("demographic_parity", 0.1, of="output", solver="augmented_lagrangian"),
        groups=3,
        memory=300,
    ),
    "rows": by_rows(SquaredCovariance()),
    "everything": lambda: bce(
        fl.Constraint("equalized_odds", 0.01),
        fl.Penalty("accuracy_equality", 0.5, distance="corrected_squared"),
        fl.Penalty("demographic_parity", 0.5, of="loss"),
        fl.Penalty("demographic_parity", 0.5, distance=SquaredCovariance()),
    ),
}
"""What is trained with and without weights."""
CATALOGUE = {name: by_distance(name) for name in DISTANCES} | {
    name: by_rows(name) for name, distance in ROW_DISTANCES.items() if distance.categorical
}
"""What is trained with weights."""
SCENARIOS = MAIN | CATALOGUE


RUNS = [(name, weighted) for name in MAIN for weighted in (False, True)] + [(name, True) for name in CATALOGUE]


def rows_of(step, weighted):
    """Rows of one step; group 2 is among the last rows only, which the second process gets."""
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(SIZE, 4, generator=generator, dtype=torch.float64)
    codes = torch.arange(SIZE) % 2
    codes[CUT + 5 :: 3], codes[3] = 2, -1
    y = (x[:, 0] + 0.8 * codes + torch.randn(SIZE, generator=generator) > 0.5).double()
    weight = torch.rand(SIZE, generator=generator, dtype=torch.float64) if weighted else None
    return x, y, codes, weight


def train(name, part, weighted):
    """Train on one part of the rows; give the losses, the gradients of each step, and the state."""
    torch.manual_seed(0)
    model = nn.Linear(4, 1).double()
    model = nn.parallel.DistributedDataParallel(model) if process_count() > 1 else model
    criterion = SCENARIOS[name]()
    optimizer = torch.optim.Adam([*model.parameters(), *criterion.parameters()], 0.05)
    losses, gradients = [], []
    for step in range(STEPS):
        x, y, codes, weight = (None if column is None else column[part] for column in rows_of(step, weighted))
        who = {"sex": codes.clamp_max(1), "race": codes} if name == "attributes" else codes
        optimizer.zero_grad()
        loss = criterion(model(x)[:, 0], y, who, weight)
        loss.backward()
        losses.append(loss.detach())
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
        optimizer.step()
    return {"loss": torch.stack(losses), "gradient": torch.stack(gradients), **criterion.state_dict()}


def message():
    """Square a sum over the processes; give its value and the local gradient."""
    local = torch.tensor([1.0 + (distributed.get_rank() if process_count() > 1 else 0), 2.0], requires_grad=True)
    total, other = sum_over_processes(local, torch.ones((), requires_grad=True))
    (total.square().sum() + other).backward()
    return {"total": total.detach(), "other": other.detach(), "gradient": local.grad}


def gather():
    """Square the sum over rows of the product of their numbers; processes have 3 and 2 rows."""
    rank = distributed.get_rank() if process_count() > 1 else 0
    here = (
        torch.arange(1.0, 6.0)[slice(0, 3) if rank == 0 else slice(3, 5)]
        if process_count() > 1
        else torch.arange(1.0, 6.0)
    )
    one, two = here.clone().requires_grad_(), torch.stack([here, -here], 1).requires_grad_()
    first, second = rows_of_all_processes(one, two)
    (first * second[:, 0]).sum().square().backward()
    return {"first": first.detach(), "second": second.detach(), "one": one.grad, "two": two.grad}


def evaluate_alone():
    """Judge a batch in one process only: it would wait for ever if evaluation sent a message."""
    criterion = SCENARIOS["constraint"]().eval()
    x, y, codes, _ = rows_of(0, False)
    return criterion(x[:, 0], y, codes)


def run_process(rank, folder):
    torch.set_num_threads(1)
    meeting = (folder / "meeting").as_uri()
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    part = slice(0, CUT) if rank == 0 else slice(CUT, SIZE)
    found = {f"{name} {weighted}": train(name, part, weighted) for name, weighted in RUNS}
    found["message"], found["gather"] = message(), gather()
    if rank == 0:
        found["alone"] = {"loss": evaluate_alone()}
    torch.save(found, folder / f"{rank}.pt")
    distributed.destroy_process_group()


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """What the two processes found."""
    folder = tmp_path_factory.mktemp("processes")
    command = [sys.executable, __file__]
    started = [subprocess.Popen([*command, str(rank), str(folder)], stderr=subprocess.PIPE) for rank in (0, 1)]
    try:
        for process in started:
            errors = process.communicate(timeout=120)[1]
            assert process.returncode == 0, errors.decode()
    finally:
        for process in started:
            process.kill()
            process.wait()
            process.stderr.close()
    return [torch.load(folder / f"{rank}.pt") for rank in (0, 1)]


pytestmark = pytest.mark.skipif(not distributed.is_available(), reason="this torch has no torch.distributed")


@pytest.mark.parametrize(("name", "weighted"), RUNS)
def test_two_processes_equal_one(processes, name, weighted):
    alone = train(name, slice(None), weighted)
    for found in processes:
        together = found[f"{name} {weighted}"]
        assert together.keys() == alone.keys()
        for key, value in alone.items():
            torch.testing.assert_close(together[key], value, rtol=0, atol=1e-6 * max(1, value.abs().max().item()))


@pytest.mark.parametrize("name", MAIN)
def test_the_first_gradient_has_the_ratio_one(processes, name):
    """Half of it is what a reduction gives whose backward is the identity."""
    expected = train(name, slice(None), False)["gradient"][0]
    ratio = processes[0][f"{name} False"]["gradient"][0] / expected
    torch.testing.assert_close(ratio, torch.ones_like(ratio), rtol=0, atol=1e-9)


def test_state_is_the_same_in_all_processes_to_the_last_bit(processes):
    first, second = (found["constraint True"] for found in processes)
    assert first["terms.0.pressure"].abs().max() > 0
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_shards_without_a_message_would_differ():
    """The comparison can fail: one shard by itself is far from all rows."""
    whole, shard = train("constraint", slice(None), False), train("constraint", slice(0, CUT), False)
    assert (whole["gradient"] - shard["gradient"]).abs().max() > 1e-2


def test_gradient_of_a_sum_is_multiplied_by_the_number_of_processes(processes):
    for found in processes:
        assert found["message"]["total"].tolist() == [3.0, 4.0]
        assert found["message"]["other"].item() == 2.0
        assert found["message"]["gradient"].tolist() == [2 * 2 * 3.0, 2 * 2 * 4.0]
    assert message()["gradient"].tolist() == [2.0, 4.0]


def test_gradient_of_gathered_rows_reaches_the_rows_of_each_process(processes):
    """By hand: the sum of 1, 4, ..., 25 is 55, and the slope of its square 2 * 55 times the other number."""
    alone, numbers = gather(), torch.arange(1.0, 6.0)
    assert alone["one"].tolist() == (2 * 55 * numbers).tolist()
    for found, part in zip(processes, (slice(0, 3), slice(3, 5)), strict=True):
        found = found["gather"]
        assert torch.equal(found["first"], numbers)
        assert torch.equal(found["second"], torch.stack([numbers, -numbers], 1))
        assert torch.equal(found["one"], 2 * alone["one"][part])
        assert torch.equal(found["two"], 2 * alone["two"][part])


def test_evaluation_sends_nothing(processes):
    assert processes[0]["alone"]["loss"].item() == pytest.approx(evaluate_alone().item())


if __name__ == "__main__":
    run_process(int(sys.argv[1]), Path(sys.argv[2]))
