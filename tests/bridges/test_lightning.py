"""A LightningModule that keeps the groups' decisions alike, in whichever of the two packages is installed."""

from __future__ import annotations

from copy import deepcopy
from importlib import import_module
from importlib.util import find_spec

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import fairloss as fl
from fairloss.bridges.lightning import FairSteps
from fairloss.errors import InputError

PACKAGES = [name for name in ("lightning", "pytorch_lightning") if find_spec(name)]

# Advice of Lightning about settings that are meant: loaders without workers, a run without validation. And its own use
# of a part of torch that torch 2.13 deprecates.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*no `val_dataloader`"),
]


@pytest.fixture(params=PACKAGES or [pytest.param("none", marks=pytest.mark.skip("no Lightning is installed"))])
def package(request):
    return import_module("lightning.pytorch" if request.param == "lightning" else request.param)


def scorer(package, criterion, rate=5e-3):
    class Scorer(FairSteps, package.LightningModule):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.network = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
            self.criterion = criterion

        def forward(self, x):
            return self.network(x)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), rate)

    return Scorer()


def loader(rows, size=100, shuffle=False):
    return DataLoader(TensorDataset(*map(torch.from_numpy, rows)), size, shuffle=shuffle)


def trainer(package, folder, **settings):
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    return package.Trainer(accelerator="cpu", default_root_dir=folder, **{**quiet, **settings})


def test_the_gap_on_held_out_rows_falls(package, tmp_path, applicants, gap):
    rows, (x, y, codes) = applicants(), applicants(seed=1)
    gaps = {}
    for name, terms in (("plain", ()), ("fair", (fl.Constraint("demographic_parity", 0.05),))):
        model = scorer(package, fl.FairLoss("cross_entropy", *terms, groups=2, memory=1_000))
        fitting = trainer(package, tmp_path, max_epochs=10, enable_checkpointing=False)
        fitting.fit(model, loader(rows, shuffle=True), loader((x, y, codes)))
        with torch.no_grad():
            decision = model(torch.from_numpy(x)).argmax(1).numpy()
        gaps[name] = gap(decision, codes)
    assert gaps["plain"] > 0.25
    assert gaps["fair"] < 0.05 + 0.03  # each of the two rates, of 1,000 rows, has a standard error of 0.015
    assert (decision == y).mean() > 0.65
    logged = fitting.callback_metrics
    assert logged["train/fair/demographic_parity/hard_gap"] == pytest.approx(model.criterion.state()[0].hard_gap)
    assert {"train/loss", "train/fair/base", "val/loss", "train/fair/demographic_parity/multiplier"} <= set(logged)


def test_a_run_that_was_interrupted_goes_on_as_if_it_was_not(package, tmp_path, applicants, tempered):
    rows = loader(applicants(400))
    straight, halted, resumed = (scorer(package, tempered()) for _ in range(3))
    trainer(package, tmp_path, max_epochs=4, enable_checkpointing=False).fit(straight, rows)
    first = trainer(package, tmp_path, max_epochs=2, enable_checkpointing=False)
    first.fit(halted, rows)
    first.save_checkpoint(tmp_path / "half.ckpt")
    trainer(package, tmp_path, max_epochs=4, enable_checkpointing=False).fit(
        resumed, rows, ckpt_path=tmp_path / "half.ckpt"
    )
    assert straight.criterion.base.scale.item() != 0  # self.parameters() holds that of the criterion
    assert max(record.multiplier for record in straight.criterion.state()) > 0
    torch.testing.assert_close(resumed.state_dict(), straight.state_dict(), rtol=1e-5, atol=1e-7)


def test_accumulation_is_the_mean_over_the_small_batches(package, tmp_path, applicants, tempered):
    rows = applicants(96)
    model = scorer(package, tempered(fl.Penalty("demographic_parity", 2.0)))
    twin = deepcopy(model)
    fitting = trainer(package, tmp_path, max_epochs=1, accumulate_grad_batches=4, enable_checkpointing=False)
    fitting.fit(model, loader(rows, 8))
    optimizer = twin.configure_optimizers()
    for place, (x, y, codes) in enumerate(loader(rows, 8), start=1):
        (twin.criterion(twin(x), y, codes) / 4).backward()
        if place % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
    torch.testing.assert_close(model.state_dict(), twin.state_dict(), rtol=1e-5, atol=1e-6)


def test_validation_moves_nothing(package, tmp_path, applicants, tempered):
    model, rows = scorer(package, tempered()), loader(applicants(200), 200)
    fitting = trainer(package, tmp_path, max_epochs=1, enable_checkpointing=False)
    fitting.fit(model, rows)
    before = deepcopy(model.criterion.state_dict())
    (found,) = fitting.validate(model, rows, verbose=False)
    torch.testing.assert_close(model.criterion.state_dict(), before, rtol=0, atol=0)
    with torch.no_grad():
        x, y, codes = next(iter(rows))
        assert found["val/loss"] == pytest.approx(model.criterion.eval()(model.eval()(x), y, codes).item(), rel=1e-5)


def test_batches_bring_weights_or_are_refused(package, applicants):
    x, y, codes = map(torch.from_numpy, applicants(60))
    model = scorer(package, fl.FairLoss("cross_entropy", groups=2))
    weight = torch.arange(60.0)
    assert model.rows((x, y, codes, weight))[3] is weight
    assert model.rows([x, y, codes])[3] is None
    for wrong, came in (((x, y), "2 parts"), ({"x": x}, "dict")):
        with pytest.raises(InputError, match=rf"\(inputs, target, groups, weights\), got {came}"):
            model.training_step(wrong, 0)
