"""Every weighting by name: against loops, and in what no weighting may get wrong."""

from __future__ import annotations

import copy
import pickle
from math import inf, log, nan

import pytest
import torch
from torch.nn.functional import one_hot

from fairloss.errors import InputError
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.adversarial_weights import GroupDRO
from fairloss.losses.weights.cell_weights import WEIGHTINGS, CellWeights
from fairloss.losses.weights.fixed_weights import FixedWeights
from fairloss.losses.weights.focal_weights import GroupFocal
from fairloss.losses.weights.frequency_weights import InverseFrequency
from fairloss.losses.weights.tail_weights import CVaR

SCHEMES = {
    **{name: make() for name, make in WEIGHTINGS.items()},
    "root": InverseFrequency(power=0.5, by="cell"),
    "capped": InverseFrequency(by="cell", cap=1.4),
    "fast_dro": GroupDRO(step=0.7, by="cell", adjustment=2.0),
    "half": CVaR(alpha=0.5, by="cell"),
    "steep": GroupFocal(gamma=3, by="cell"),
    "fixed": FixedWeights([2.0, 0.5, 1.0]),
    "fixed_cells": FixedWeights([[2.0, 0.5, 1.0], [1.0, 3.0, 0.0], [1.0, 1.0, 1.0]]),
}
schemes = pytest.mark.parametrize("name", SCHEMES)
LABELS = {"fixed_cells": 3}
BY_ROW = [name for name, scheme in SCHEMES.items() if isinstance(scheme, CVaR) and scheme.by == "row"]
BY_CELL = [name for name in SCHEMES if name not in BY_ROW]
MEAN_ONE = [name for name in SCHEMES if not name.startswith("fixed")]
HORIZON = 150


def attribute(groups=3):
    return Attribute("race", tuple("abcdefgh"[:groups]))


def module(name, memory=HORIZON, groups=3):
    return CellWeights(SCHEMES[name], memory=memory).bind(attribute(groups))


def rows(seed, name="", n=60, groups=3, dtype=torch.float64):
    """Losses, group codes, label codes and weights; the last group is rare and absent from every third batch."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, groups - 1, (n,), generator=generator)
    codes[:: 9 if seed % 3 else n] = groups - 1 if seed % 3 else 0
    codes[5::11] = -1
    label = torch.randint(0, LABELS.get(name, 2), (n,), generator=generator)
    losses = torch.rand(n, generator=generator, dtype=torch.float64) * (1 + codes.clamp_min(0)) + 0.3 * label
    weight = 0.2 + torch.rand(n, generator=generator, dtype=torch.float64)
    return losses.to(dtype), codes, label, weight.to(dtype)


def members(codes, groups=3, dtype=torch.float64):
    return (codes[:, None] == torch.arange(groups)).to(dtype)


def labels(label, name=""):
    return one_hot(label, 3).double() if LABELS.get(name) == 3 else label.double()[:, None]


def factors(weights, name, losses, codes, label, weight=None, groups=3):
    return weights(losses, members(codes, groups, losses.dtype), labels(label, name), weight)


def trained(name, steps=5, **options):
    weights = module(name, **options)
    for seed in range(1, steps + 1):
        factors(weights, name, *rows(seed, name))
    return weights


@pytest.mark.parametrize("name", MEAN_ONE)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_weighted_mean_is_one(name, weighted):
    losses, codes, label, weight = rows(2)
    found = factors(module(name), name, losses, codes, label, weight if weighted else None)
    weight = weight if weighted else torch.ones_like(weight)
    assert ((found * weight).sum() / weight.sum()).item() == pytest.approx(1, abs=1e-9)
    assert name == "cvar" or found[codes >= 0].std() > 0


@schemes
def test_weight_two_is_the_row_twice(name):
    """In the sums, that is; how many rows there are (fading, adjustment) does not depend on the unit of weights."""
    if name == "fast_dro":
        pytest.skip("the adjustment counts rows")
    losses, codes, label, _ = rows(1, name)
    twice = torch.cat([torch.arange(60), torch.arange(20)])
    once, double = module(name, memory=inf), module(name, memory=inf)
    found = factors(once, name, losses, codes, label, 1 + (torch.arange(60) < 20).double())
    expected = factors(double, name, losses[twice], codes[twice], label[twice])
    torch.testing.assert_close(found, expected[:60])
    batch = rows(4, name)
    torch.testing.assert_close(factors(once.eval(), name, *batch), factors(double.eval(), name, *batch))


@schemes
def test_the_unit_of_weights_does_not_matter(name):
    plain, scaled = module(name), module(name)
    for seed in (1, 2, 3):
        losses, codes, label, weight = rows(seed, name)
        expected = factors(plain, name, losses, codes, label, weight)
        torch.testing.assert_close(factors(scaled, name, losses, codes, label, 1000 * weight), expected)


@schemes
def test_order_of_rows_and_names_of_groups_do_not_matter(name):
    plain, turned, renamed = module(name), module(name), module(name)
    for seed in range(1, 5):
        losses, codes, label, weight = rows(seed, name)
        expected = factors(plain, name, losses, codes, label, weight)
        turn = torch.arange(60).flip(0)
        arguments = (losses[turn], codes[turn], label[turn], weight[turn])
        torch.testing.assert_close(factors(turned, name, *arguments)[turn], expected)
        if not name.startswith("fixed"):
            other = torch.where(codes >= 0, (codes + 1) % 3, -1)
            torch.testing.assert_close(factors(renamed, name, losses, other, label, weight), expected)


@schemes
def test_a_group_that_never_comes_changes_nothing(name):
    if name.startswith("fixed"):
        pytest.skip("fixed weights are given for each group")
    plain, wider = module(name), module(name, groups=5)
    for seed in range(1, 5):
        losses, codes, label, weight = rows(seed)
        found = factors(wider, name, losses, codes, label, weight, groups=5)
        torch.testing.assert_close(found, factors(plain, name, losses, codes, label, weight))


@schemes
@pytest.mark.parametrize("training", [True, False])
def test_a_row_of_unknown_group_has_factor_one_and_teaches_nothing(name, training):
    weights = trained(name).train(training)
    before = copy.deepcopy(weights.state_dict())
    losses, codes, label, weight = rows(1, name)
    assert (factors(weights, name, losses, torch.full_like(codes, -1), label, weight) == 1).all()
    assert all(torch.equal(value, before[key]) for key, value in weights.state_dict().items())
    assert (factors(weights, name, *rows(2, name))[rows(2, name)[1] < 0] == 1).all()
    assert (factors(module(name), name, losses, torch.full_like(codes, -1), label, weight) == 1).all()


@pytest.mark.parametrize("name", BY_CELL)
def test_shares_of_membership_mix_the_factors(name):
    weights = trained(name).eval()
    losses, _, label, _ = rows(1, name)
    corners = [factors(weights, name, losses, torch.full((60,), group), label) for group in (0, 1, 2)]
    for shares in ((0.2, 0.5, 0.3), (0.2, 0.5, 0.0), (1.0, 1.0, 0.0)):
        total = sum(shares)
        expected = sum(share / max(total, 1) * corner for share, corner in zip(shares, corners, strict=True))
        found = weights(losses, torch.tensor(shares).double().expand(60, 3), labels(label, name), None)
        torch.testing.assert_close(found, expected + max(0, 1 - total), rtol=1e-6, atol=1e-6)


@schemes
def test_half_a_membership_counts_half(name):
    if name == "fast_dro":
        pytest.skip("the adjustment counts rows")
    losses, codes, label, _ = rows(1, name)
    halves = module(name, memory=inf)
    halves(losses, 0.5 * members(codes), labels(label, name), None)
    whole = module(name, memory=inf)
    whole(losses, members(codes), labels(label, name), None)
    batch = rows(4, name)
    torch.testing.assert_close(factors(halves.eval(), name, *batch), factors(whole.eval(), name, *batch))


@schemes
def test_evaluation_moves_nothing_and_applies_what_was_learned(name):
    weights = trained(name).eval()
    before = copy.deepcopy(weights.state_dict())
    losses, codes, label, weight = rows(7, name)
    found = factors(weights, name, losses, codes, label, weight)
    assert all(torch.equal(value, before[key]) for key, value in weights.state_dict().items())
    alone = torch.cat([factors(weights, name, *(column[i : i + 1] for column in rows(7, name))) for i in range(60)])
    torch.testing.assert_close(found, alone)  # the batch around a row does not matter


@schemes
def test_evaluation_before_training_judges_the_batch_alone(name):
    weights, batch = module(name).eval(), rows(2, name)
    found = factors(weights, name, *batch)
    assert all(value.numel() == 0 for value in weights.state_dict().values())
    reference = trained(name, steps=0)
    if name in ("group_dro", "cell_dro", "fast_dro"):  # which training moves before it weighs
        reference = module("inverse_frequency" if name == "group_dro" else "inverse_cell_frequency")
    torch.testing.assert_close(found, factors(reference, name, *batch))


@schemes
def test_state_saved_and_restored_gives_the_same_next_step(name):
    weights = trained(name)
    fresh = module(name)
    fresh.load_state_dict(copy.deepcopy(weights.state_dict()))
    for seed in (6, 7):
        expected = factors(weights, name, *rows(seed, name))
        assert torch.equal(factors(fresh, name, *rows(seed, name)), expected)
    assert name.startswith("fixed") or not torch.equal(expected, factors(module(name), name, *rows(7, name)))
    copied = pickle.loads(pickle.dumps(weights))
    assert torch.equal(factors(copied, name, *rows(8, name)), factors(weights, name, *rows(8, name)))


@schemes
def test_no_graph_is_kept(name):
    weights = module(name)
    for seed in (1, 2):
        losses, codes, label, weight = rows(seed, name)
        found = factors(weights, name, losses.requires_grad_(), codes, label, weight)
        assert not found.requires_grad
        assert not any(value.requires_grad for value in weights.state_dict().values())


@schemes
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("autocast", [False, True])
def test_other_precisions_agree_with_double(name, dtype, autocast):
    exact, found = module(name), module(name)
    for seed in range(1, 5):
        losses, codes, label, weight = rows(seed, name)
        losses = (losses * 64).round() / 64  # values that half precision holds exactly
        expected = factors(exact, name, losses, codes, label, weight)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            factor = found(losses.to(dtype), members(codes), labels(label, name).to(dtype), weight.float())
        assert factor.dtype == torch.float32
        torch.testing.assert_close(factor.double(), expected, rtol=1e-4, atol=1e-4)
    assert all(value.dtype == torch.float32 for value in found.state_dict().values())
    assert all(value.dtype == torch.float64 for value in exact.state_dict().values())


@schemes
@pytest.mark.parametrize("bad", [inf, nan, 3e38, -5.0, 0.0])
def test_factors_are_finite_whatever_the_losses(name, bad):
    """In single precision, where 3e38 is almost the largest number; a batch that is not finite is not learned from."""
    for weights in (module(name), trained(name)):
        for seed in (1, 2):
            losses, codes, label, weight = rows(seed, name, dtype=torch.float32)
            losses = torch.full_like(losses, bad) if bad <= 0 else losses.index_fill(0, torch.tensor([0, 1]), bad)
            factor = factors(weights, name, losses, codes, label, weight)
            assert factor.isfinite().all()
            assert (factor >= 0).all()
        assert all(value.isfinite().all() for value in weights.state_dict().values())


@schemes
def test_equal_losses_and_single_rows_are_no_special_case(name):
    weights = module(name)
    for size in (40, 1, 40, 1):
        losses, codes, label, _ = (column[:size] for column in rows(1, name))
        factor = factors(weights, name, torch.full_like(losses, log(2)), codes, label)
        assert factor.isfinite().all()
        assert (factor >= 0).all()
        assert not (name == "cvar" and (factor != 1).any())  # nobody is worse off than the others


@pytest.mark.parametrize("name", [name for name in BY_CELL if name != "reweighing"])
def test_without_labels_the_cells_are_the_groups(name):
    losses, codes, _, weight = rows(1, name)
    if name == "fixed_cells":
        with pytest.raises(InputError, match="weights for 3 labels, got a batch with 1"):
            module(name)(losses, members(codes), None, weight)
        return
    factor = module(name)(losses, members(codes), None, weight)
    assert all(factor[codes == group].std() < 1e-12 for group in (0, 1, 2))


def test_reweighing_without_labels_is_refused():
    losses, codes, _, _ = rows(1)
    with pytest.raises(InputError, match="a regression output is no label"):
        module("reweighing")(losses, members(codes), None, None)


def test_several_questions_are_no_label():
    losses, codes, label, _ = rows(1)
    with pytest.raises(InputError, match="got 2 questions with a label each"):
        module("cell_dro")(losses, members(codes), torch.stack([label, label], 1), None)
    found = module("group_dro")(losses, members(codes), torch.stack([label, label], 1), None)
    torch.testing.assert_close(found, factors(module("group_dro"), "", losses, codes, label))


def test_the_number_of_labels_stays():
    weights = trained("cell_dro")
    losses, codes, label, _ = rows(1)
    for mode in (True, False):
        with pytest.raises(InputError, match=r"sums of shape \(3, 3, 2\)\) is that of .* needs shape \(3, 3, 4\)"):
            weights.train(mode)(losses, members(codes), one_hot(label, 4), None)
