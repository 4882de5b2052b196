"""Two processes weigh rows as one process with all rows does.

Run as a script, this file is one of the processes: ``python test_weight_processes.py RANK FOLDER``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import distributed, nn

from fairloss.losses.membership import Attribute
from fairloss.losses.reduce import process_count, sum_over_processes
from fairloss.losses.weights.adversarial_weights import GroupDRO
from fairloss.losses.weights.cell_weights import WEIGHTINGS, CellWeights
from fairloss.losses.weights.fixed_weights import FixedWeights
from fairloss.losses.weights.tail_weights import CVaR

STEPS, SIZE, CUT = 50, 64, 40
SCHEMES = {
    **{name: make() for name, make in WEIGHTINGS.items()},
    "fast_dro": GroupDRO(step=0.5, by="cell", adjustment=1.0),
    "half": CVaR(alpha=0.5),
    "fixed": FixedWeights([1.0, 2.0, 3.0]),
}


def rows_of(step):
    """Rows of one step, every second one weighted; group 2 is among the last rows only, those of the second process."""
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(SIZE, 4, generator=generator, dtype=torch.float64)
    codes = torch.arange(SIZE) % 2
    codes[CUT + 5 :: 3], codes[3] = 2, -1
    y = (x[:, 0] + 0.8 * codes + torch.randn(SIZE, generator=generator) > 0.5).double()
    weight = torch.rand(SIZE, generator=generator, dtype=torch.float64) if step % 2 else None
    return x, y, codes, weight


def train(name, part):
    """Train on one part of the rows; give the losses, the gradients of each step, the last factors and the state."""
    torch.manual_seed(0)
    model = nn.Linear(4, 1).double()
    model = nn.parallel.DistributedDataParallel(model) if process_count() > 1 else model
    weights = CellWeights(SCHEMES[name], memory=300).bind(Attribute("race", ("a", "b", "c")))
    optimizer = torch.optim.Adam(model.parameters(), 0.05)
    losses, gradients = [], []
    for step in range(STEPS):
        x, y, codes, weight = (None if column is None else column[part] for column in rows_of(step))
        optimizer.zero_grad()
        each = nn.functional.binary_cross_entropy_with_logits(model(x)[:, 0], y, reduction="none")
        size = torch.ones_like(each) if weight is None else weight
        factor = weights(each, (codes[:, None] == torch.arange(3)).double(), y[:, None], weight)
        total, rows = sum_over_processes((size * factor * each).sum(), size.sum())
        (total / rows).backward()
        losses.append((total / rows).detach())
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
        optimizer.step()
    everything = torch.zeros(SIZE, dtype=torch.float64)
    everything[part] = factor
    found = {"loss": torch.stack(losses), "gradient": torch.stack(gradients), **weights.state_dict()}
    return found | {"factor": sum_over_processes(everything)[0]}


def evaluate_alone(name):
    """Weigh rows in one process only: it would wait for ever if evaluation sent a message."""
    weights = CellWeights(SCHEMES[name]).bind(Attribute("race", ("a", "b", "c"))).eval()
    x, y, codes, _ = rows_of(0)
    return weights(x[:, 0].abs(), (codes[:, None] == torch.arange(3)).double(), y[:, None], None)


def run_process(rank, folder):
    torch.set_num_threads(1)
    meeting = (folder / "meeting").as_uri()
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    part = slice(0, CUT) if rank == 0 else slice(CUT, SIZE)
    found = {name: train(name, part) for name in SCHEMES}
    if rank == 0:
        found["alone"] = {name: evaluate_alone(name) for name in SCHEMES}
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


@pytest.mark.parametrize("name", SCHEMES)
def test_two_processes_equal_one(processes, name):
    alone = train(name, slice(None))
    for found in processes:
        together = found[name]
        assert together.keys() == alone.keys()
        for key, value in alone.items():
            torch.testing.assert_close(together[key], value, rtol=0, atol=1e-6 * max(1, value.abs().max().item()))


@pytest.mark.parametrize("name", [name for name in SCHEMES if name != "fixed"])
def test_state_is_the_same_in_all_processes_to_the_last_bit(processes, name):
    first, second = (found[name] for found in processes)
    kept = [key for key in first if key not in ("loss", "gradient", "factor")]
    assert kept
    assert all(torch.equal(first[key], second[key]) for key in kept)


@pytest.mark.parametrize("name", [name for name in SCHEMES if name != "fixed"])
def test_shards_without_a_message_would_differ(name):
    """The comparison can fail: one shard by itself is far from all rows."""
    whole, shard = train(name, slice(None)), train(name, slice(0, CUT))
    assert (whole["gradient"] - shard["gradient"]).abs().max() > 1e-2
    assert (whole["factor"] - shard["factor"])[:CUT].abs().max() > 1e-2


def test_evaluation_sends_nothing(processes):
    for name in SCHEMES:
        torch.testing.assert_close(processes[0]["alone"][name], evaluate_alone(name))


if __name__ == "__main__":
    run_process(int(sys.argv[1]), Path(sys.argv[2]))
