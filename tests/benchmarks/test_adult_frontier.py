"""Tolerances against fixed weights on Adult: the same rows, network, loop and optimizer; decisions on test rows.

70/30 split by label and sex, sex not a feature. Every figure is of the 30 %. Run it with

    pytest -n 0 -s -m benchmark tests/benchmarks/test_adult_frontier.py
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from torch.nn import functional as F

import fairloss as fl
from fairloss.estimators import DesignMatrix
from fairloss.estimators.network import outputs, perceptron, torch_corner
from fairloss.estimators.selection import Rows
from fairloss.estimators.training import Plan, train
from fairloss.notions import NOTIONS, GroupCounts
from fairloss.tables import encode, hold_out

# The seeds of the figures. Nothing was chosen on them: SETTINGS were on the seeds 100 to 105, where 10 epochs at batch
# 128 left a larger gap than 20; WEIGHTS on seed 100 at batch 1024, so that they lie on both sides of the tolerance
# where any weight does. The rule that chooses the iterate was developed on the seeds 100 to 111. The first run of the
# seeds 10 to 14 showed networks that had learned nothing being kept (by race, seed 10), so the first eighth of epochs
# was left out, confirmed on other seeds, and 10 to 14 run a second time, and a third time after the losses had been
# rewritten (other roundings, the same method): equalized odds at batch 1024 reads 0.0466, 0.0455 and 0.0487, above its
# line of 0.045 each time. On the seeds 210 to 227 and 240 to 255 it read 0.040, yet on 300 to 315 and 400 to 415
# 0.0472, and 0.0496 at batch 128 (300 to 315, 400 to 409): the gap in true positive rates is one of 500 women on the
# test rows (standard error 0.023) and of 1,000 on the training rows (0.017), around a tolerance that the training only
# just met. The margin of one standard error was therefore added, chosen on 300 to 315. On 400 to 415, where nothing was
# chosen, equalized odds at batch 1024 went from 0.0468 to 0.0369, paired -0.0099 +- 0.0027, accuracy 0.8536 to 0.8519;
# at batch 128 (400 to 409) from 0.0492 to 0.0400, paired -0.0093 +- 0.0031, accuracy 0.8538 to 0.8531.
SEEDS = range(10, 15)
SETTINGS = {1024: {}, 128: {"epochs": 20}}
WEIGHTS = {
    ("|gap|", "demographic_parity"): (0.2, 0.4, 0.8),
    ("|gap|", "equalized_odds"): (0.1, 0.3, 0.6),
    ("fairret", "demographic_parity"): (0.05, 0.1, 0.2),
    ("fairret", "equalized_odds"): (0.01, 0.03, 0.1),
}
# notion: tolerance, accuracy at least
ASKED = {"demographic_parity": (0.05, 0.840), "equalized_odds": (0.03, 0.849)}
SLACK = 0.015


class Adult:
    """The rows, and a seed's division of them."""

    def __init__(self, folder, seed):
        table = fl.datasets.load("adult", folder).frame
        self.label = (table["income"].astype(str) == ">50K").to_numpy(int)
        self.people = table[["sex", "race"]].astype(str)
        self.X = table.drop(columns=["income", "sex", "fnlwgt", "education", "part", "age_group"])
        strata = 2 * self.label + (self.people["sex"] == "Male")
        every = np.arange(len(table))
        self.train, self.test = train_test_split(every, test_size=0.3, random_state=seed, stratify=strata)

    def figures(self, decided, notion, attribute="sex"):
        """Accuracy and gap of decisions on the test rows."""
        label = self.label[self.test]
        counts = GroupCounts.of(label, decided, encode(self.people[attribute].iloc[self.test]))
        return {"accuracy": (decided == label).mean(), "gap": NOTIONS[notion].gap(counts)}


def ours(adult, seed, constraints, attributes=("sex",), **settings):
    model = fl.FairClassifier(constraints=constraints, random_state=seed, n_jobs=1, **settings)
    part = adult.train
    people = adult.people[list(attributes)].iloc[part]
    return model.fit(adult.X.iloc[part], adult.label[part], sensitive_features=people)


class Weighted(fl.FairLoss):
    """The base loss and a penalty of another making at a fixed weight; held-out rows are judged by the sum of both."""

    def __init__(self, penalty, weight):
        super().__init__("bce_with_logits", groups={"sex": 2})
        self.penalty, self.weight = penalty, weight

    def forward(self, input, target, sensitive_features, sample_weight=None):  # noqa: A002  (as in FairLoss)
        base = super().forward(input, target, sensitive_features, sample_weight)
        total = base + self.weight * self.penalty(input.flatten(), target, sensitive_features["sex"])
        self.parts = {"base": total.detach()}
        return total


def gap_penalty(notion):
    """Sum the differences of the batch's mean probabilities: overall, or given each label."""

    def penalty(logits, target, codes):
        probability = torch.sigmoid(logits)
        strata = [torch.ones_like(target)] if notion == "demographic_parity" else [target, 1 - target]
        rates = [
            [(probability * among).sum() / among.sum().clamp_min(1) for among in (part * (codes == g) for g in (0, 1))]
            for part in strata
        ]
        return sum((first - second).abs() for first, second in rates)

    return penalty


def fairret_penalty(notion):
    fairret = pytest.importorskip("fairret", reason="the peer fairret is not installed")
    assert fairret is not None
    from fairret.loss import NormLoss
    from fairret.statistic import FalsePositiveRate, PositiveRate, TruePositiveRate

    statistics = [PositiveRate()] if notion == "demographic_parity" else [TruePositiveRate(), FalsePositiveRate()]
    losses = [NormLoss(statistic) for statistic in statistics]

    def penalty(logits, target, codes):
        labels = () if notion == "demographic_parity" else (target[:, None],)
        return sum(loss(logits[:, None], F.one_hot(codes, 2).to(logits.dtype), *labels) for loss in losses)

    return penalty


@pytest.mark.parametrize("make", [gap_penalty, fairret_penalty])
@pytest.mark.parametrize("notion", ASKED)
def test_the_peers_see_the_gap_that_they_are_to_close(make, notion):
    # A column of logits beside a row of labels would broadcast to a square, whose gap is 0: a peer of straw.
    codes = torch.arange(400) % 2
    target = (torch.arange(400) // 2 % 2).float()
    logits = torch.where(codes == 0, 1.0, -1.0)[:, None].requires_grad_()
    criterion = Weighted(make(notion), 2.0)
    loss = criterion(logits, target, {"sex": codes}) - F.binary_cross_entropy_with_logits(logits[:, 0], target)
    low, high = torch.sigmoid(torch.tensor([-1.0, 1.0])).tolist()
    terms = 1 if notion == "demographic_parity" else 2
    # |gap|: the difference of the rates. fairret: each rate's distance to the overall rate, 0.5, relative to it.
    assert loss.item() == pytest.approx(2.0 * terms * (high - low) * (1 if make is gap_penalty else 2), rel=1e-4)
    loss.backward()
    assert (logits.grad[codes == 0] > 0).all()
    assert (logits.grad[codes == 1] < 0).all()


def weighted(adult, seed, penalty, weight, batch_size):
    """Fit as `FairClassifier` does, with the other penalty in place of the constraint."""
    codes = encode(adult.people["sex"]).codes
    part, held = hold_out((2 * adult.label + codes)[adult.train], 0.2, np.random.RandomState(seed))
    part, held = adult.train[part], adult.train[held]
    matrix = torch.from_numpy(DesignMatrix().fit_transform(adult.X, part))
    y, sex = torch.from_numpy(adult.label.astype(np.float32)), torch.from_numpy(codes.astype(np.int64))
    rows, validation = (Rows(matrix[i], y[i], {"sex": sex[i]}) for i in map(torch.from_numpy, (part, held)))
    with torch_corner(1, seed=seed):
        module = perceptron(matrix.shape[1], 1, (64, 64))
        plan = Plan(40, batch_size, 2e-3, 0.0, 10)
        train(module, Weighted(penalty, weight), rows, validation, plan, report=lambda epoch: None)
    return (outputs(module, matrix[adult.test]).numpy() >= 0).astype(int)


def reduction(adult, seed, notion, tolerance):
    """Fairlearn's reduction; it bounds the distance to the overall rate, and its decisions are randomized."""
    bound = DemographicParity if notion == "demographic_parity" else EqualizedOdds
    matrix = DesignMatrix().fit_transform(adult.X, adult.train).astype(float)
    model = ExponentiatedGradient(LogisticRegression(max_iter=1000), bound(difference_bound=tolerance))
    part = adult.train
    model.fit(matrix[part], adult.label[part], sensitive_features=adult.people["sex"].iloc[part])
    return np.asarray(model.predict(matrix[adult.test], random_state=seed))


def show(rows, keys):
    """Print means and spreads over the seeds, and give them."""
    table = pd.DataFrame(rows).groupby(keys, sort=False)[["accuracy", "gap"]].agg(["mean", "std", list])
    for key, line in table.iterrows():
        seeds = " ".join(f"{gap:.3f}" for gap in line["gap", "list"])
        print(
            f"{'  '.join(map(str, key)):<58} accuracy {line['accuracy', 'mean']:.4f} +- {line['accuracy', 'std']:.4f}  "
            f"gap {line['gap', 'mean']:.4f} +- {line['gap', 'std']:.4f}  [{seeds}]",
            flush=True,
        )
    return table


@pytest.mark.benchmark
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # fairlearn 0.15 under pandas 3.1
@pytest.mark.parametrize("batch_size", SETTINGS)
@pytest.mark.parametrize("notion", ASKED)
def test_a_tolerance_holds_beside_fixed_weights(notion, batch_size, real_data):
    tolerance, accuracy = ASKED[notion]
    penalties = {"|gap|": gap_penalty(notion), "fairret": fairret_penalty(notion)}
    rows = []
    for seed in SEEDS:
        adult = Adult(real_data("adult"), seed)

        def note(method, decided, adult=adult):
            rows.append({"method": method, "batch": batch_size, **adult.figures(decided, notion)})

        for method, constraints in (("plain network", None), (f"fairloss, {notion} {tolerance}", notion)):
            model = ours(adult, seed, constraints, tolerance=tolerance, batch_size=batch_size, **SETTINGS[batch_size])
            note(method, model.predict(adult.X.iloc[adult.test]))
        for name, penalty in penalties.items():
            for weight in WEIGHTS[name, notion]:
                note(f"{name} x {weight}", weighted(adult, seed, penalty, weight, batch_size))
        note(f"fairlearn ExponentiatedGradient {tolerance}, logistic", reduction(adult, seed, notion, tolerance))
    print()
    kept = show(rows, ["method", "batch"]).loc[f"fairloss, {notion} {tolerance}"].iloc[0]
    assert kept["gap", "mean"] <= tolerance + SLACK
    assert kept["accuracy", "mean"] >= accuracy


RACE = {
    "race": (["race"], [("demographic_parity", 0.05, None)]),
    "race, odds": (["race"], [("equalized_odds", 0.05, None)]),
    "sex and race": (
        ["sex", "race"],
        [("demographic_parity", 0.05, "sex"), ("demographic_parity", 0.08, "race")],
    ),
    "crossed": (["sex", "race"], [("demographic_parity", 0.05, None)]),
}


def worst_gaps(adult, decided, attributes):
    report = fl.audit_predictions(
        adult.label[adult.test],
        decided,
        sensitive_features=adult.people[list(attributes)].iloc[adult.test].reset_index(drop=True),
        notions=["demographic_parity", "equalized_odds"],
    )
    found = report.disparities
    return found[(found["group"] == "worst") & (found["comparison"] == "difference")]


@pytest.mark.benchmark
@pytest.mark.parametrize("case", RACE)
def test_many_groups_do_not_collapse(case, real_data):
    attributes, asked = RACE[case]
    for seed in SEEDS:
        adult = Adult(real_data("adult"), seed)
        solver = fl.losses.ProxyLagrangian(step=0.5)
        terms = [fl.Constraint(notion, size, attribute=name, solver=solver) for notion, size, name in asked]
        fair, plain = (ours(adult, seed, constraints, attributes) for constraints in (terms, None))
        decisions = {"plain": plain, "fair": fair}
        decisions = {name: model.predict(adult.X.iloc[adult.test]) for name, model in decisions.items()}
        accuracy = {name: (decided == adult.label[adult.test]).mean() for name, decided in decisions.items()}
        gaps = {name: worst_gaps(adult, decided, attributes) for name, decided in decisions.items()}
        print(f"\n{case}, seed {seed}: accuracy {accuracy['fair']:.4f} (plain {accuracy['plain']:.4f})")
        for notion, tolerance, name in asked:
            watched = name or " × ".join(attributes)
            line, before = (
                found[(found["attribute"] == watched) & (found["notion"] == notion)].nlargest(1, "value").iloc[0]
                for found in (gaps["fair"], gaps["plain"])
            )
            print(
                f"  {watched} {line['rate']} within {tolerance}: {line['value']:.3f} "
                f"[{line['low']:.3f}, {line['high']:.3f}], plain {before['value']:.3f}"
                f"{'' if line['low'] <= tolerance else '; the interval rules the tolerance out'}"
            )
        assert not fair.collapsed_
        assert accuracy["fair"] >= 0.82
        assert 0.05 < decisions["fair"].mean() < 0.35
