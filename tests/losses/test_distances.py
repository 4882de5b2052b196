"""Every distance by name, and the norms and levels against loops."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import cosh, exp, inf, log

import pytest
import torch
from torch import Tensor

from fairloss.errors import InputError, UnknownName
from fairloss.losses import DISTANCES, FairLoss, Penalty, count
from fairloss.losses.distances import (
    GapNorm,
    LevelHinge,
    LinearResidual,
    Magnitude,
    RateDistance,
    SmoothWorstGap,
    resolve_distance,
)
from fairloss.losses.stacked_rates import RateValues, StackedRates
from fairloss.notions import FN, FP, NOTIONS, RATES, ROWS, TP, MeanRate, Rate, resolve

NAMED = pytest.mark.parametrize("name", list(DISTANCES))
COMPARING = pytest.mark.parametrize("name", [name for name, d in DISTANCES.items() if not getattr(d, "levels", False)])


def rates(values: Tensor, among: Tensor) -> tuple[RateValues, RateValues]:
    values = torch.where(among > 0, values, 0)
    total = among.sum(-1, keepdim=True)
    middle = (values * among).sum(-1, keepdim=True) / torch.where(total > 0, total, 1)
    noise = torch.where(among > 1, torch.full_like(among, 0.001), inf)
    by_group = RateValues(values, among > 0, among, noise, 2 * among[:, :1])
    return by_group, RateValues(middle, total > 0, total, rows=2 * total[:, :1])


def counted(decision, labels, codes, groups=3, notion="equalized_odds"):
    """The rates of a batch of soft decisions, with rows and the binomial variance as noise."""
    members = torch.nn.functional.one_hot(codes, groups).to(decision)
    cells = count(members, labels[:, None], decision[:, None])
    stacked = StackedRates(resolve(notion))
    by_group, overall = (
        replace(stacked(part), rows=part.sum((-1, -2))[:, None]) for part in (cells, cells.sum(1, keepdim=True))
    )
    size = torch.where(by_group.defined, by_group.among, 1)
    noise = torch.where(by_group.defined, by_group.values * (1 - by_group.values) / size, inf)
    return replace(by_group, noise=noise), overall


def fits(name: str, notion: str) -> bool:
    return not getattr(DISTANCES[name], "needs_shares", False) or all(rate.is_bounded for rate in NOTIONS[notion].rates)


@NAMED
@pytest.mark.parametrize("notion", ["equalized_odds", "predictive_parity", "treatment_equality"])
def test_gradient(name, notion, batch):
    if not fits(name, notion):
        pytest.skip("the notion has a rate that is no share")
    distance = LinearResidual(detach=False) if name == "linear_residual" else DISTANCES[name]
    logits, labels, codes = batch()
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda z: distance(*counted(z.sigmoid(), labels, codes, notion=notion)), logits)


@COMPARING
def test_a_penalty_takes_the_distance_by_name(name, batch):
    if name == "corrected_squared":
        pytest.skip("the criterion estimates the noise, see test_row_penalties")
    logits, labels, codes = batch()
    criterion = FairLoss("bce_with_logits", Penalty("equalized_odds", 2, distance=name), groups=3).eval()
    criterion(logits, labels, codes)
    expected = 2 * DISTANCES[name](*counted(logits.sigmoid(), labels, codes))
    assert criterion.parts["equalized_odds"].item() == pytest.approx(expected.item(), rel=1e-12)


@NAMED
def test_order_of_rows_and_names_of_groups_do_not_matter(name, batch):
    logits, labels, codes = batch()
    decision, turn = logits.sigmoid(), torch.randperm(40, generator=torch.Generator().manual_seed(0))
    value = DISTANCES[name](*counted(decision, labels, codes))
    torch.testing.assert_close(DISTANCES[name](*counted(decision[turn], labels[turn], codes[turn])), value)
    for shift in (1, 2):
        torch.testing.assert_close(DISTANCES[name](*counted(decision, labels, (codes + shift) % 3)), value)


@NAMED
def test_absent_group_adds_exactly_nothing(name):
    among = torch.tensor([[[5.0, 3.0, 0.0, 2.0, 0.0], [4.0, 0.0, 0.0, 6.0, 0.0]]], dtype=torch.float64)
    leaf = torch.tensor([[[0.1, 0.5, 0.9, 0.3, 0.0], [0.9, 0.2, 0.4, 0.6, 1.0]]], dtype=torch.float64)
    leaf.requires_grad_()
    value = DISTANCES[name](*rates(leaf, among))
    (gradient,) = torch.autograd.grad(value, leaf)
    assert (gradient[among == 0] == 0).all()
    assert (gradient[among > 0] != 0).sum() > 1
    present = [0, 1, 3]
    few = leaf.detach()[..., present].requires_grad_()
    alone = DISTANCES[name](*rates(few, among[..., present]))
    assert value.item() == pytest.approx(alone.item(), rel=1e-14)
    torch.testing.assert_close(gradient[..., present], torch.autograd.grad(alone, few)[0], rtol=1e-13, atol=1e-16)


@COMPARING
def test_one_group_alone_is_exactly_at_parity(name, batch):
    logits, labels, codes = batch()
    for notion in NOTIONS:
        if fits(name, notion):
            leaf = logits.clone().requires_grad_()
            value = DISTANCES[name](*counted(leaf.sigmoid(), labels, torch.ones_like(codes), notion=notion))
            assert value.item() == 0
            assert (torch.autograd.grad(value, leaf)[0] == 0).all()


@COMPARING
@pytest.mark.parametrize("value", [0.0, 1e-9, 0.3, 1.0])
def test_zero_at_parity_and_without_rows(name, value):
    distance = DISTANCES[name]
    among = torch.tensor([[[4.0, 7.0, 90.0], [1.0, 2.0, 3.0]]], dtype=torch.float64)
    for values, rows in ((torch.full_like(among, value), among), (torch.rand_like(among), among * 0)):
        values.requires_grad_()
        by_group, overall = rates(values, rows)
        found = distance(replace(by_group, noise=0 * rows), overall)
        assert found.item() == pytest.approx(0, abs=1e-15)
        (gradient,) = torch.autograd.grad(found, values)
        # The norms have a kink at parity, where the last digit decides on the slope.
        smooth = not isinstance(distance, GapNorm) or not rows.any()
        assert gradient.abs().max() <= (1e-8 if smooth else 4)


@COMPARING
def test_opposite_gaps_do_not_cancel(name):
    among = torch.full((1, 1, 3), 4.0)
    one = DISTANCES[name](*rates(torch.tensor([[[0.1, 0.5, 0.5]]]), among))
    assert DISTANCES[name](*rates(torch.tensor([[[0.1, 0.5, 0.9]]]), among)) > one > 0.005
    odds = torch.tensor([[[0.9, 0.5], [0.1, 0.5]]])
    assert DISTANCES[name](*rates(odds, torch.full((1, 2, 2), 4.0))) > 0.015


@NAMED
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_finite_at_rates_of_0_and_1(name, dtype):
    for values, among in product(product((0.0, 1.0), repeat=3), product((0.0, 1.0, 1000.0), repeat=3)):
        leaf = torch.tensor([[values]], dtype=dtype, requires_grad=True)
        found = DISTANCES[name](*rates(leaf, torch.tensor([[among]], dtype=dtype)))
        assert found.dtype == dtype
        assert found.isfinite()
        assert torch.autograd.grad(found, leaf)[0].isfinite().all()


@NAMED
@pytest.mark.parametrize("size", [50.0, 1e4])
def test_finite_at_extreme_logits(name, size, batch):
    logits, labels, codes = batch(dtype=torch.float32)
    for notion, lean in product(NOTIONS, (0.0, 9.0)):
        if fits(name, notion):
            leaf = ((logits + lean).sign() * size).requires_grad_()
            found = DISTANCES[name](*counted(leaf.sigmoid(), labels, codes, notion=notion))
            assert found.isfinite()
            assert torch.autograd.grad(found, leaf)[0].isfinite().all()


def test_what_each_distance_asks_for():
    asks = {
        question: {name for name, distance in DISTANCES.items() if getattr(distance, question, False)}
        for question in ("needs_noise", "needs_shares", "levels")
    }
    assert asks == {
        "needs_noise": {"corrected_squared"},
        "needs_shares": {"chi_square", "mutual_information", "jensen_shannon", "four_fifths", "log_ratio"},
        "levels": {"magnitude", "level_hinge"},
    }
    made = [distance for distance in DISTANCES.values() if isinstance(distance, RateDistance)]
    assert len(made) == len(DISTANCES) - 1  # "squared" is a plain function
    assert all(hash(a) == hash(a) and (a == b) == (a is b) for a, b in product(made, repeat=2))


@pytest.mark.parametrize("name", list(RATES))
def test_what_is_bounded_is_in_0_and_1_for_all_counts(name):
    rate, seen = RATES[name], []
    for cells in product((0, 1, 7), repeat=4):
        values = []
        for part in getattr(rate, "rates", (rate,)):
            of, among = (
                sum(
                    Fraction(weight) * cells[2 * y + d]
                    for y, row in enumerate(form.weights)
                    for d, weight in enumerate(row)
                )
                for form in (part.of, part.among)
            )
            values.append(Fraction(of, among) if among else None)
        if None not in values:
            seen.append(sum(values) / len(values))
    assert rate.is_bounded == all(0 <= value <= 1 for value in seen) == (name not in ("error_ratio", "mean_residual"))


def test_a_residual_and_a_mean_with_one_are_no_shares():
    residual = Rate("mean_residual", FN - FP, ROWS)
    assert not residual.is_bounded
    assert not MeanRate("half", (RATES["accuracy"], residual)).is_bounded
    assert not Rate("lift", 2 * TP, TP + FN).is_bounded


@pytest.mark.parametrize("order", [1, 1.5, 2, 3, inf])
@pytest.mark.parametrize("tolerance", [0.0, 0.07])
def test_gap_norm_equals_a_loop(order, tolerance):
    excess = [max(0.0, abs(gap) - tolerance) for gap in looped_gaps()]
    expected = max(excess) if order == inf else sum(gap**order for gap in excess) ** (1 / order)
    assert GapNorm(order, tolerance)(*looped_rates()).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("temperature", [0.01, 0.05, 1.0])
def test_smooth_worst_gap_equals_a_loop_and_stays_below_the_worst(temperature):
    gaps = looped_gaps()
    expected = temperature * log(sum(cosh(gap / temperature) for gap in gaps) / len(gaps))
    found = SmoothWorstGap(temperature)(*looped_rates()).item()
    worst = GapNorm(inf)(*looped_rates()).item()
    assert found == pytest.approx(expected, rel=1e-10)
    assert worst - temperature * log(2 * len(gaps)) <= found <= worst


def test_smooth_worst_gap_moves_every_group_that_is_nearly_worst():
    values = torch.tensor([[[0.2, 0.79, 0.8]]], dtype=torch.float64, requires_grad=True)
    overall = RateValues(torch.full((1, 1, 1), 0.5), torch.ones(1, 1, 1, dtype=torch.bool), torch.ones(1, 1, 1))
    by_group = RateValues(values, torch.ones_like(values, dtype=torch.bool), torch.ones_like(values))
    (gradient,) = torch.autograd.grad(SmoothWorstGap(0.05)(by_group, overall), values)
    weights = [-1, exp(-0.01 / 0.05), 1]  # the shares of a softmax over the gaps 0.3, 0.29 and 0.3
    expected = [weight / (2 + weights[1]) for weight in weights]
    assert gradient.flatten().tolist() == pytest.approx(expected, rel=1e-4)  # e^(-2 * 0.3 / 0.05) is 6e-6


def test_levels_equal_loops():
    by_group, overall = looped_rates()
    shares = [0.5, 0.3, 0.2, 0.8, 0.2]
    levels = [0.1, 0.5, 0.3, 0.9, 0.2]
    squares = sum(share * level**2 for share, level in zip(shares, levels, strict=True))
    assert Magnitude()(by_group, overall).item() == pytest.approx(squares, rel=1e-12)
    for bound in (0.0, 0.25, 2.0, -1.0):
        expected = sum(max(0.0, level - bound) for level in levels)
        assert LevelHinge(bound)(by_group, overall).item() == pytest.approx(expected, rel=1e-12)


def test_magnitude_of_the_mean_residual_is_zero_where_each_group_is_right_on_average(batch):
    residual = Rate("mean_residual", FN - FP, ROWS)
    logits, labels, codes = batch()
    decision = logits.sigmoid()
    means = torch.stack([(labels - decision)[codes == group].mean() for group in range(3)])
    share = torch.stack([(codes == group).double().mean() for group in range(3)])
    found = Magnitude()(*counted(decision, labels, codes, notion=residual))
    assert found.item() == pytest.approx((share * means**2).sum().item(), rel=1e-10)
    right = decision + means[codes]
    assert Magnitude()(*counted(right, labels, codes, notion=residual)).item() == pytest.approx(0, abs=1e-30)


@pytest.mark.parametrize("settings", [{"order": 0.5}, {"order": float("nan")}, {"tolerance": -1}, {"tolerance": inf}])
def test_settings_that_are_no_norm_are_refused(settings):
    with pytest.raises(InputError, match="of a GapNorm must be"):
        GapNorm(**settings)


def test_other_bad_settings_are_refused():
    for temperature in (0, -1, inf, float("nan")):
        with pytest.raises(InputError, match="temperature of a SmoothWorstGap"):
            SmoothWorstGap(temperature)
    for bound in (inf, float("nan")):
        with pytest.raises(InputError, match="bound of a LevelHinge"):
            LevelHinge(bound)
    with pytest.raises(UnknownName, match="Did you mean 'chi_square'"):
        resolve_distance("chisquare")


def looped_rates() -> tuple[RateValues, RateValues]:
    values = torch.tensor([[[0.1, 0.5, 0.3], [0.9, 0.2, 0.4]]], dtype=torch.float64)
    return rates(values, torch.tensor([[[5.0, 3.0, 2.0], [4.0, 1.0, 0.0]]], dtype=torch.float64))


def looped_gaps() -> list[float]:
    """The gaps to the overall rate that are defined, by hand from the numbers of `looped_rates`."""
    gaps = []
    for row, weights in (([0.1, 0.5, 0.3], [5, 3, 2]), ([0.9, 0.2], [4, 1])):
        middle = sum(v * w for v, w in zip(row, weights, strict=True)) / sum(weights)
        gaps += [value - middle for value in row]
    return gaps
