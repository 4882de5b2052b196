"""Nets of skorch that keep the groups' decisions alike, alone and inside scikit-learn's tools."""

from __future__ import annotations

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from torch import nn

import fairloss as fl
from fairloss.errors import InputError

skorch = pytest.importorskip("skorch")

from fairloss.bridges.skorch import FairNet, FairNetBinaryClassifier, FairNetClassifier  # noqa: E402


class Network(nn.Module):
    def __init__(self, outputs=1):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, outputs))

    def forward(self, X):
        return self.layers(X)


def within(tolerance=0.05, threshold=0.5):
    decision = fl.losses.SigmoidDecision(threshold)
    term = fl.Constraint("demographic_parity", tolerance)
    return fl.FairLoss("bce_with_logits", term, groups=2, memory=1_000, decision=decision)


def net(criterion=within, kind=FairNetBinaryClassifier, **settings):
    torch.manual_seed(0)
    usual = {"max_epochs": 10, "batch_size": 100, "optimizer": torch.optim.Adam, "lr": 5e-3, "train_split": None,
             "verbose": 0, "iterator_train__shuffle": True}  # fmt: skip
    return kind(Network, criterion=criterion, **{**usual, **settings})


def test_the_gap_on_held_out_rows_falls(applicants, gap):
    (X, y, codes), (held, label, who) = applicants(), applicants(seed=1)
    plain = net(fl.FairLoss("bce_with_logits", groups=2)).fit(X, y, sensitive_features=codes)
    fair = net().fit(X, y, sensitive_features=codes)
    assert gap(plain.predict(held), who) > 0.25
    assert gap(fair.predict(held), who) < 0.05 + 0.03  # each of the two rates, of 1,000 rows, has an error of 0.015
    assert fair.score(held, label) > 0.65
    assert fair.history[-1]["fair/demographic_parity/hard_gap"] == fair.criterion_.state()[0].hard_gap


@pytest.mark.parametrize("routing", [False, True])
def test_a_grid_search_slices_the_groups_with_the_rows(applicants, routing):
    X, y, codes = applicants(300)
    made, sizes = [], []

    class Aligned(FairNetBinaryClassifier):
        def get_loss(self, y_pred, y_true, X=None, training=False):
            assert torch.equal(X["X"][:, 1], X["sensitive_features"].float())
            sizes.append(len(y_pred))
            return super().get_loss(y_pred, y_true, X, training)

    def remembered(tolerance):
        made.append(tolerance)
        return within(tolerance)

    X[:, 1] = codes
    model = net(remembered, Aligned, max_epochs=1, criterion__tolerance=0.5)
    search = GridSearchCV(model, {"criterion__tolerance": [0.02, 0.9]}, cv=3, error_score="raise")
    with sklearn.config_context(enable_metadata_routing=routing):
        search.fit(X, y, sensitive_features=codes)
    assert set(made) == {0.02, 0.9}
    assert sum(sizes) == 2 * 3 * 200 + 300  # each candidate on two thirds, thrice, and the best on all rows


def test_a_batch_holds_the_groups_of_its_own_rows(applicants):
    X, y, codes = applicants(200)
    seen = []

    class Watched(FairNetBinaryClassifier):
        def get_loss(self, y_pred, y_true, X=None, training=False):
            seen.extend((tuple(x.tolist()), int(g), float(w), training) for x, g, w in
                        zip(X["X"], X["sensitive_features"], X["sample_weight"], strict=True))  # fmt: skip
            return super().get_loss(y_pred, y_true, X, training)

    split = skorch.dataset.ValidSplit(0.25, stratified=True, random_state=0)
    weight = np.arange(200.0)
    net(kind=Watched, max_epochs=1, train_split=split).fit(X, y, sensitive_features=codes, sample_weight=weight)
    assert sorted(seen)[0] != seen[0]  # shuffled
    assert sum(training for *_, training in seen) == 150
    wanted = {(tuple(x.tolist()), int(g), float(w)) for x, g, w in zip(X, codes, weight, strict=True)}
    assert {row[:3] for row in seen} == wanted


def test_each_fit_starts_anew_and_partial_fit_goes_on(applicants):
    X, y, codes = applicants(300)
    given = within()
    model = net(given, max_epochs=1)

    def memory():
        return sum(record.size for record in model.criterion_.state())

    model.fit(X, y, sensitive_features=codes)
    once = memory()
    model.partial_fit(X, y, sensitive_features=codes)
    twice = memory()
    model.fit(X, y, sensitive_features=codes)
    assert 0 < once == memory() < twice
    assert given.state() == []
    assert clone(model).criterion.state() == []


def test_validation_and_prediction_move_nothing(applicants):
    X, y, codes = applicants(300)
    model = net(max_epochs=1, train_split=skorch.dataset.ValidSplit(3)).fit(X, y, sensitive_features=codes)
    sizes = sum(record.size for record in model.criterion_.state())
    assert sizes == pytest.approx(200, rel=0.1)  # the memory fades a little between its two batches
    before = deepcopy(model.criterion_.state_dict())
    model.predict(X)
    model.evaluation_step((torch.from_numpy(X), None))
    torch.testing.assert_close(model.criterion_.state_dict(), before, rtol=0, atol=0)
    assert not model.criterion_.training


def test_the_state_is_saved_and_restored_and_the_next_step_is_the_same(applicants, tempered, tmp_path):
    X, y, codes = applicants(300)
    options = {"kind": FairNetClassifier, "module__outputs": 2, "max_epochs": 2, "iterator_train__shuffle": False}
    first = net(tempered(), **options).fit(X, y, sensitive_features=codes)
    files = {f"f_{part}": str(tmp_path / part) for part in ("params", "optimizer", "criterion")}
    first.save_params(**files)
    second = net(tempered(), **options).initialize()
    second.load_params(**files)
    assert second.criterion_.base.scale.item() == first.criterion_.base.scale.item() != 0
    for model in (first, second, copied := pickle.loads(pickle.dumps(first))):
        model.partial_fit(X, y, sensitive_features=codes)
    for other in (second, copied):
        torch.testing.assert_close(other.module_.state_dict(), first.module_.state_dict())
        torch.testing.assert_close(other.criterion_.state_dict(), first.criterion_.state_dict())


@pytest.mark.parametrize("base", ["bce_with_logits", "bce", "cross_entropy", "nll"])
def test_probabilities_are_those_of_the_criterion(applicants, base):
    X, y, codes = applicants(100)
    finish = {"bce": nn.Sigmoid(), "nll": nn.LogSoftmax(dim=1)}.get(base, nn.Identity())
    binary = base.startswith("bce")

    class Finished(Network):
        def forward(self, X):
            return finish(self.layers(X))

    kind = FairNetBinaryClassifier if binary else FairNetClassifier
    model = kind(Finished, module__outputs=1 if binary else 2, criterion=fl.FairLoss(base, groups=2), max_epochs=1,
                 train_split=None, verbose=0).fit(X, y, sensitive_features=codes)  # fmt: skip
    with torch.no_grad():
        logits = model.module_.layers(torch.from_numpy(X))
    logits = torch.cat([torch.zeros_like(logits), logits], 1) if binary else logits
    np.testing.assert_allclose(model.predict_proba(X), logits.softmax(1), rtol=1e-5)
    np.testing.assert_array_equal(model.predict(X), logits.argmax(1))


def test_the_tolerance_holds_at_the_threshold_that_decides(applicants):
    X, y, codes = applicants(100)
    model = net(criterion__threshold=0.3, threshold=0.3, max_epochs=1).fit(X, y, sensitive_features=codes)
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X)[:, 1] >= 0.3)
    with pytest.raises(InputError, match=r"decides at threshold=0.5, but its criterion at 0.3"):
        net(criterion__threshold=0.3).fit(X, y, sensitive_features=codes)


def test_frames_mappings_and_several_attributes(applicants):
    X, y, codes = applicants(120)

    class Columns(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, skill, proxy):
            return self.layer(torch.cat([skill, proxy], 1))

    terms = (fl.Constraint("demographic_parity", 0.05, attribute=name) for name in ("sex", "race"))
    criterion = fl.FairLoss("bce_with_logits", *terms, groups={"sex": 2, "race": 3})
    groups = {"sex": pd.Series(codes), "race": np.arange(120) % 3}
    found = []
    columns = {"skill": X[:, :1], "proxy": X[:, 1:]}
    for given in (pd.DataFrame(X, columns=["skill", "proxy"]), columns):
        torch.manual_seed(0)
        model = FairNetBinaryClassifier(Columns, criterion=criterion, max_epochs=2, train_split=None, verbose=0)
        found.append(model.fit(given, y, sensitive_features=groups).predict_proba(columns))
    np.testing.assert_array_equal(*found)
    assert {record.attribute for record in model.criterion_.state()} == {"sex", "race"}


def test_rows_of_a_dataset_bring_their_groups(applicants):
    X, y, codes = applicants(100)

    class Pairs(torch.utils.data.Dataset):
        def __len__(self):
            return len(y)

        def __getitem__(self, i):
            return {"X": X[i], "sensitive_features": codes[i]}, y[i]

    settings = {"max_epochs": 2, "iterator_train__shuffle": False}
    of_arrays, of_pairs = net(**settings).fit(X, y, sensitive_features=codes), net(**settings).fit(Pairs(), None)
    np.testing.assert_array_equal(of_pairs.predict_proba(Pairs()), of_arrays.predict_proba(X))
    torch.testing.assert_close(of_pairs.criterion_.state_dict(), of_arrays.criterion_.state_dict())


def test_regression_fits_through_the_general_net(applicants, gap):
    X, _, codes = applicants(1_000)
    target = (X[:, :1] + codes[:, None]).astype(np.float32)
    plain, fair = (
        net(fl.FairLoss("mse", *terms, groups=2, memory=500), FairNet, max_epochs=20).fit(
            X, target, sensitive_features=codes
        )
        for terms in ((), (fl.Constraint("demographic_parity", 0.2),))
    )
    assert gap(plain.predict(X), codes) > 1
    assert gap(fair.predict(X), codes) < 0.4


def test_what_cannot_be_used_is_refused(applicants):
    X, y, codes = applicants(50)
    with pytest.raises(InputError, match="needs the groups to compute its loss"):
        net().fit(X, y)
    for wrong in (nn.BCEWithLogitsLoss(), nn.BCEWithLogitsLoss, "bce_with_logits"):
        with pytest.raises(InputError, match="FairLoss"):
            net(wrong).fit(X, y, sensitive_features=codes)
    with pytest.raises(InputError, match="a function that makes one from criterion__ settings"):
        net(within(), criterion__tolerance=0.1).fit(X, y, sensitive_features=codes)
    rows = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    with pytest.raises(InputError, match="beside a Dataset"):
        net().fit(rows, None, sensitive_features=codes)
