"""Penalties on rows, on losses and on outputs: what the criterion hands to a distance, against doing it by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import fairloss as fl
from fairloss.errors import InputError
from fairloss.losses import MEASURES, ROW_DISTANCES, Decided, Penalty, RowDistance, RowSample, SigmoidDecision
from fairloss.notions import NOTIONS

DP = "demographic_parity"
CONTINUOUS = [name for name, distance in ROW_DISTANCES.items() if distance.continuous]
by_name = pytest.mark.parametrize("name", ROW_DISTANCES)


def value(criterion, *arguments):
    """Give the one term of a criterion that judges a batch alone."""
    criterion.eval()(*arguments)
    (part,) = (part for name, part in criterion.parts.items() if name != "base")
    return part.item()


def bound(name, width):
    torch.manual_seed(0)
    return ROW_DISTANCES[name].bind(width)


@by_name
@pytest.mark.parametrize("notion", ["demographic_parity", "equalized_odds", "accuracy_equality"])
def test_each_rate_compares_the_rows_it_is_a_mean_over(batch, name, notion):
    logits, labels, codes = batch(n=60)
    weight = torch.arange(60, dtype=torch.float64) % 3
    torch.manual_seed(0)
    criterion = fl.FairLoss("bce_with_logits", Penalty(notion, 2.0, distance=name), groups=3).double()
    found = value(criterion, logits, labels, codes, weight)

    torch.manual_seed(0)
    p, right = logits.sigmoid(), labels == 1
    rows = {
        "demographic_parity": [(p, torch.ones_like(right))],
        "equalized_odds": [(p, right), (p, ~right)],
        "accuracy_equality": [(torch.where(right, p, 1 - p), torch.ones_like(right))],
    }[notion]
    members, expected = torch.nn.functional.one_hot(codes, 3).double(), 0.0
    for values, counted in rows:
        distance = ROW_DISTANCES[name].bind(3)
        distance = distance.double() if isinstance(distance, torch.nn.Module) else distance
        expected += 2 * distance(RowSample(values, members, weight * counted, labels)).item()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@by_name
def test_unknown_rows_are_not_there(batch, name):
    logits, labels, codes = batch(n=60)
    codes[::4] = -1
    kept = codes >= 0
    torch.manual_seed(0)
    criterion = fl.FairLoss("bce_with_logits", Penalty("demographic_parity", 1.0, distance=name), groups=3).double()
    expected = value(criterion, logits[kept], labels[kept], codes[kept])
    assert value(criterion, logits, labels, codes) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_continuous_attribute_needs_no_groups(batch, name):
    logits, labels, _ = batch(n=60)
    age = torch.linspace(20, 60, 60, dtype=torch.float64)
    age[3] = torch.nan
    torch.manual_seed(0)
    penalty = Penalty("equal_opportunity", 1.0, distance=name)
    criterion = fl.FairLoss("bce_with_logits", penalty, groups={"age": "continuous"}).double()
    found = value(criterion, logits, labels, {"age": age})
    torch.manual_seed(0)
    distance = ROW_DISTANCES[name].bind(1)
    distance = distance.double() if isinstance(distance, torch.nn.Module) else distance
    counted = (labels == 1) & ~age.isnan()
    sample = RowSample(logits.sigmoid(), age.nan_to_num()[:, None], counted.double(), labels, continuous=True)
    assert found == pytest.approx(distance(sample).item(), rel=1e-9, abs=1e-12)


def test_training_makes_scores_independent_of_a_continuous_attribute():
    generator = torch.Generator().manual_seed(0)
    age = torch.randn(2_000, generator=generator)
    x = torch.stack([age + 0.5 * torch.randn(2_000, generator=generator), torch.randn(2_000, generator=generator)], 1)
    y = (x.sum(1) > 0).float()
    correlations = []
    for weight in (0.0, 5.0):
        torch.manual_seed(0)
        model = torch.nn.Linear(2, 1)
        penalty = Penalty("demographic_parity", weight, distance="distance_correlation")
        criterion = fl.FairLoss("bce_with_logits", penalty, groups="continuous")
        optimizer = torch.optim.Adam(model.parameters(), 0.05)
        for rows in torch.randperm(2_000, generator=generator)[:1_800].split(150) * 5:
            optimizer.zero_grad()
            criterion(model(x[rows])[:, 0], y[rows], age[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            correlations.append(np.corrcoef(model(x)[:, 0].sigmoid(), age)[0, 1])
    assert correlations[0] > 0.5
    assert abs(correlations[1]) < 0.3


def test_the_adversary_is_trained_by_the_same_optimizer(batch):
    criterion = fl.FairLoss("bce_with_logits", Penalty("equalized_odds", 1.0, distance="adversary"), groups=3)
    parameters = list(criterion.parameters())
    assert parameters
    logits, labels, codes = batch(dtype=torch.float32)
    criterion(logits, labels, codes).backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in parameters)
    other = fl.FairLoss("bce_with_logits", Penalty("equalized_odds", 1.0, distance="adversary"), groups=3)
    assert not any(torch.equal(*both) for both in zip(parameters, other.parameters(), strict=True) if both[0].any())


@pytest.mark.parametrize("solver", ["proxy_lagrangian", "augmented_lagrangian"])
def test_bounded_group_loss_is_a_constraint_on_the_mean_loss_of_each_group(batch, solver):
    logits, labels, codes = batch()
    constraint = fl.Constraint("bounded_group_loss", 0.3, of="loss", solver=solver)
    criterion = fl.FairLoss("mse", constraint, groups=3)
    for _ in range(3):
        criterion(logits, labels, codes)
    rows = (logits - labels) ** 2
    means = torch.stack([rows[codes == group].mean() for group in range(3)])
    for record, mean in zip(criterion.state(), means, strict=True):
        assert record.soft == record.hard == pytest.approx(mean.item(), rel=1e-6)
    multiplier = torch.tensor([record.multiplier for record in criterion.state()], dtype=torch.float64)
    assert (multiplier[means > 0.3] > 0).all()
    expected = (multiplier * (means - 0.3)).sum()
    if solver == "augmented_lagrangian":
        expected = (((multiplier + means - 0.3).clamp_min(0) ** 2 - multiplier**2) / 2).sum()
    assert value(criterion, logits, labels, codes) == pytest.approx(expected.item(), rel=1e-6)


def test_losses_need_no_decision():
    tokens, target, codes = torch.randn(4, 5, 7), torch.randint(0, 7, (4, 5)), torch.tensor([0, 0, 1, 1])
    gap = Penalty("demographic_parity", 1.0, of="loss", distance="total_gap")
    criterion = fl.FairLoss("token_cross_entropy", gap, groups=2)
    rows = torch.nn.functional.cross_entropy(tokens.transpose(1, 2), target, reduction="none").mean(1)
    expected = sum(abs(rows[codes == group].mean() - rows.mean()) for group in (0, 1))
    assert value(criterion, tokens, target, codes) == pytest.approx(expected.item(), rel=1e-5)


def test_outputs_are_compared_as_they_are(batch):
    """Zafar's covariance is one of logits: pi0 pi1 (mean1 - mean0) for two groups."""
    logits, labels, codes = batch(groups=2)
    penalty = Penalty("demographic_parity", 1.0, of="output", distance=fl.losses.Covariance(squared=False))
    criterion = fl.FairLoss("bce_with_logits", penalty, groups=2)
    share = (codes == 1).double().mean()
    gap = logits[codes == 1].mean() - logits[codes == 0].mean()
    expected = 2 * share * (1 - share) * gap.abs()  # once for each group
    assert value(criterion, logits, labels, codes) == pytest.approx(expected.item(), rel=1e-9)


def test_rows_on_which_nothing_is_decided_are_in_no_rate(batch):
    logits, labels, codes = batch()
    empty = torch.arange(40) % 5 == 0

    class Partly:
        needs_column = True
        has_label = True

        def __call__(self, input, target):  # noqa: A002
            whole = SigmoidDecision()(input, target)
            return Decided(whole.soft, whole.hard, whole.label, weight=(~empty).double())

    for penalty in (Penalty("equalized_odds", 1.0), Penalty("equalized_odds", 1.0, distance="energy")):
        found = value(fl.FairLoss("bce_with_logits", penalty, groups=3, decision=Partly()), logits, labels, codes)
        rest = [part[~empty] for part in (logits, labels, codes)]
        assert found == pytest.approx(value(fl.FairLoss("bce_with_logits", penalty, groups=3), *rest), rel=1e-12)


class Constant(RowDistance):
    """For groups only; its value is 1."""

    def __call__(self, sample):
        return sample.values.sum() * 0 + 1


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Penalty("predictive_parity", 1.0, distance="energy"), "rows that do not depend on the decisions"),
        (lambda: Penalty("balanced_accuracy_equality", 1.0, distance="mmd"), "do not depend on the decisions"),
        (lambda: Penalty("equalized_odds", 1.0, of="loss"), "mean over all rows of a group"),
        (lambda: fl.Constraint("predictive_parity", 0.1, of="output"), "share among those who were decided"),
        (lambda: Penalty("demographic_parity", 1.0, of="decisions"), "Did you mean 'decision'"),
        (lambda: Penalty("treatment_equality", 1.0, distance="chi_square"), "shares from 0 to 1"),
        (lambda: Penalty("bounded_group_loss", 1.0), "bounds the level"),
        (lambda: fl.Constraint("demographic_parity", 0.1, solver="dual"), "Unknown solver 'dual'"),
        (
            lambda: fl.FairLoss("mse", Penalty("demographic_parity", 1, distance="chi_square"), groups=2),
            "numbers without",
        ),
        (lambda: fl.FairLoss("mse", Penalty("demographic_parity", 1, distance="calibration"), groups=2), "with labels"),
        (
            lambda: fl.FairLoss("bce_with_logits", Penalty("demographic_parity", 1), groups="continuous"),
            "is continuous",
        ),
        (
            lambda: fl.FairLoss(
                "bce_with_logits", Penalty("demographic_parity", 1, distance=Constant()), groups={"age": "continuous"}
            ),
            "'age' is continuous",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


def test_values_of_a_continuous_attribute_are_checked(batch):
    logits, labels, _ = batch()
    penalty = Penalty("demographic_parity", 1.0, distance="covariance")
    criterion = fl.FairLoss("bce_with_logits", penalty, groups={"age": "continuous"})
    with pytest.raises(InputError, match="one finite number per row"):
        criterion(logits, labels, torch.full((40,), torch.inf))


def test_an_adversary_answers_one_question():
    penalty = Penalty("demographic_parity", 1.0, distance="adversary")
    criterion = fl.FairLoss("cross_entropy", penalty, groups=2)
    with pytest.raises(InputError, match="answers one question, got decisions on 3"):
        criterion(torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([0, 1, 0, 1, 0, 1]))


@by_name
def test_other_distances_take_every_class_as_a_question(name):
    """Group 0 always gets class 0 and group 1 class 1: the gap is maximal, in two of three classes."""
    if isinstance(ROW_DISTANCES[name].bind(2), torch.nn.Module):
        pytest.skip("it has parameters for one question")
    codes = torch.arange(40) % 2
    logits = 30 * torch.nn.functional.one_hot(codes, 3).double()
    target = torch.arange(40) % 3
    criterion = fl.FairLoss("cross_entropy", Penalty("demographic_parity", 1.0, distance=name), groups=2)
    same = 30 * torch.nn.functional.one_hot(torch.arange(40) // 2 % 3, 3).double()
    assert value(criterion, logits, target, codes) > 0.01
    if name != "calibration":
        assert value(criterion, logits, target, codes) > 3 * abs(value(criterion, same, target, codes))


@pytest.mark.parametrize("name", ["demographic_parity", "equalized_odds", "balanced_accuracy_equality"])
def test_the_noise_of_rates_is_the_variance_of_their_rows_over_their_number(batch, name):
    logits, labels, codes = batch(n=60)
    weight = 1 + torch.arange(60, dtype=torch.float64) % 2
    copies = torch.arange(60).repeat_interleave(weight.long())
    p, y, g = logits.sigmoid()[copies].numpy(), labels[copies].numpy(), codes[copies].numpy()
    events = {"demographic_parity": [y >= 0], "equalized_odds": [y == 1, y == 0]}.get(name)
    expected = 0.0
    if events is None:  # the mean of two rates: a quarter of the sum of their variances
        rates = [[(p[(y == 1) & (g == k)], 1 - p[(y == 0) & (g == k)]) for k in range(3)]]
        sizes = [[min(len(a), len(b)) for a, b in rates[0]]]
    else:
        rates = [[(p[event & (g == k)],) for k in range(3)] for event in events]
        sizes = [[len(a) for (a,) in groups] for groups in rates]
    for groups, among in zip(rates, sizes, strict=True):
        share = np.array(among) / np.sum(among)
        means = np.array([np.mean([part.mean() for part in parts]) for parts in groups])
        noise = np.array([sum(part.var(ddof=1) / len(part) for part in parts) / len(parts) ** 2 for parts in groups])
        scale = 1.0 if events is not None else np.sum(among) / min((y == 1).sum(), (y == 0).sum())
        expected += scale * (share * ((means - share @ means) ** 2 - (1 - share) * noise)).sum()
    criterion = fl.FairLoss("bce_with_logits", Penalty(name, 1.0, distance="corrected_squared"), groups=3)
    assert value(criterion, logits, labels, codes, weight) == pytest.approx(expected, rel=1e-9)


def test_every_measure_is_named_in_the_docstrings_of_the_terms():
    for term in (fl.Constraint, Penalty):
        assert all(f'``"{name}"``' in term.__doc__ for name in MEASURES)
    assert NOTIONS["bounded_group_loss"].comparison.kind == "level"
