"""The criterion as a module: base losses, decisions, state, and what it says to input it cannot use."""

from __future__ import annotations

import copy
import gc

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fairloss as fl
from fairloss.errors import InputError, UnknownName
from fairloss.losses import BASE_LOSSES, SigmoidDecision, SoftmaxDecision
from fairloss.notions import Groups

EO = fl.Constraint("equalized_odds", tolerance=0.03)
DP = fl.Penalty("demographic_parity", weight=1.0)


def sample(name, n=12):
    generator = torch.Generator().manual_seed(5)
    if name == "cross_entropy":
        return torch.randn(n, 3, generator=generator), torch.arange(n) % 3
    target = (torch.arange(n) % 2).float()
    return torch.randn(n, generator=generator), target


@pytest.mark.parametrize("name", ["bce_with_logits", "cross_entropy", "mse"])
def test_base_losses_equal_those_of_torch(name):
    input, target = sample(name)  # noqa: A001
    entry = BASE_LOSSES[name]
    expected = entry.module()(input, target).item()
    criteria = [fl.FairLoss(name, groups=2), fl.FairLoss(entry.module(reduction="none"), groups=2)]
    for criterion in criteria:
        assert criterion(input, target, None).item() == pytest.approx(expected, rel=1e-6)
    weight = torch.arange(12.0)
    rows = entry.module(reduction="none")(input, target)
    expected = (rows * weight).sum() / weight.sum()
    assert criteria[0](input, target, None, weight).item() == pytest.approx(expected.item(), rel=1e-6)


def test_the_mean_is_over_rows_whatever_a_loss_of_torch_weighs_or_ignores():
    """Torch itself divides by the class weights of the rows that it does not ignore."""
    input, target = sample("cross_entropy")  # noqa: A001
    target[0] = -100
    loss = nn.CrossEntropyLoss(reduction="none", weight=torch.tensor([1.0, 5.0, 2.0]))
    found = fl.FairLoss(loss, groups=1)(input, target, None)
    weight = torch.tensor([0.0, *loss.weight[target[1:]]])
    assert found.item() == pytest.approx(loss(input, target).sum().item() / 12, rel=1e-6)
    torch_mean = nn.CrossEntropyLoss(weight=loss.weight)(input, target)
    assert torch_mean.item() == pytest.approx(found.item() * 12 / weight.sum().item(), rel=1e-6)


def test_every_base_loss_has_a_decision():
    assert {loss.decision for loss in BASE_LOSSES.values()} <= set(fl.losses.DECISIONS)


def test_a_callable_joins_in_with_its_decision():
    criterion = fl.FairLoss(
        lambda z, y: F.soft_margin_loss(z, 2 * y - 1, reduction="none"), DP, groups=2, decision="sigmoid"
    )
    input, target = sample("bce_with_logits")  # noqa: A001
    criterion(input, target, torch.arange(12) % 2)
    assert criterion.parts["base"].item() == pytest.approx(F.soft_margin_loss(input, 2 * target - 1).item(), rel=1e-6)


def test_column_outputs_equal_flat_ones():
    input, target = sample("bce_with_logits")  # noqa: A001
    codes = torch.arange(12) // 2 % 2
    flat = fl.FairLoss("bce_with_logits", DP, groups=2)(input, target, codes).item()
    for a, b in ((input[:, None], target[:, None]), (input[:, None], target), (input, target[:, None])):
        assert fl.FairLoss("bce_with_logits", DP, groups=2)(a, b, codes).item() == flat


def test_sharpened_sigmoid_at_a_threshold():
    logits = torch.linspace(-3, 3, 13)
    decided = SigmoidDecision(threshold=0.8, temperature=0.25)(logits, torch.ones(13))
    assert torch.equal(decided.hard[:, 0], (torch.sigmoid(logits) >= 0.8).float())
    expected = torch.sigmoid((logits - np.log(4)) / 0.25)
    torch.testing.assert_close(decided.soft[:, 0], expected)
    assert torch.equal(SigmoidDecision()(logits, torch.ones(13)).soft[:, 0], torch.sigmoid(logits))


def test_multiclass_penalty_is_positive_at_the_maximal_gap():
    logits = torch.full((8, 3), -20.0, dtype=torch.float64)
    codes = torch.arange(8) % 2
    logits[torch.arange(8), codes] = 20.0
    criterion = fl.FairLoss("cross_entropy", DP, groups=2)
    criterion(logits, torch.arange(8) % 3, codes)
    assert criterion.parts["demographic_parity"].item() == pytest.approx(2 * 0.25, rel=1e-9)


def test_multiclass_equals_one_vs_rest_counts():
    generator = torch.Generator().manual_seed(0)
    logits, target = torch.randn(60, 4, generator=generator, dtype=torch.float64), torch.arange(60) % 4
    codes = torch.arange(60) // 4 % 3
    criterion = fl.FairLoss("cross_entropy", EO, groups=3)
    criterion(logits, target, codes)
    tables = fl.GroupCounts.of(target.numpy(), logits.argmax(1).numpy(), codes.numpy()).one_vs_rest()
    for record in criterion.state():
        rates = fl.notions.RATES[record.rate](tables)
        assert record.hard == pytest.approx(rates[record.question, int(record.group)], rel=1e-6)


def test_favorable_classes_are_one_question():
    logits = torch.tensor([[3.0, 0, 0], [0, 3, 0], [0, 0, 3]])
    decided = SoftmaxDecision(favorable=(0, 2))(logits, torch.tensor([0, 1, 1]))
    assert decided.hard.tolist() == [[1], [0], [1]]
    assert decided.label.tolist() == [[1], [0], [0]]
    torch.testing.assert_close(decided.soft[:, 0], torch.softmax(logits, 1)[:, [0, 2]].sum(1))


def test_two_class_softmax_equals_the_sigmoid():
    input, target = sample("bce_with_logits")  # noqa: A001
    codes = torch.arange(12) // 2 % 2
    two = torch.stack([torch.zeros_like(input), input], dim=1)
    a = fl.FairLoss("bce_with_logits", DP, groups=2)(input, target, codes)
    b = fl.FairLoss("cross_entropy", DP, groups=2)(two, target.long(), codes)
    assert a.item() == pytest.approx(b.item(), rel=1e-6)


def test_regression_penalizes_the_gap_of_means():
    output = torch.tensor([10.0, 20.0, 40.0, -10.0], dtype=torch.float64)
    criterion = fl.FairLoss("mse", DP, groups=2)
    criterion(output, torch.zeros(4), torch.tensor([0, 0, 1, 1]))
    assert criterion.parts["demographic_parity"].item() == pytest.approx(0, abs=1e-20)
    criterion = fl.FairLoss("mse", DP, groups=2)
    criterion(output, torch.zeros(4), torch.tensor([0, 1, 1, 0]))
    assert criterion.parts["demographic_parity"].item() == pytest.approx(15.0**2)


def test_several_attributes_side_by_side():
    input, target = sample("bce_with_logits")  # noqa: A001
    codes = {"sex": torch.arange(12) // 2 % 2, "race": torch.arange(12) % 5}
    both = fl.FairLoss(
        "bce_with_logits",
        fl.Penalty("demographic_parity", 1.0, attribute="sex"),
        fl.Penalty("demographic_parity", 0.5, attribute="race"),
        groups={"sex": 2, "race": 5},
    )
    both(input, target, codes)
    for name, size, weight in (("sex", 2, 1.0), ("race", 5, 0.5)):
        single = fl.FairLoss("bce_with_logits", fl.Penalty("demographic_parity", weight), groups=size)
        single(input, target, codes[name])
        assert both.parts[f"demographic_parity[{name}]"].item() == single.parts["demographic_parity"].item()
    assert {record.attribute for record in both.state()} == {"sex", "race"}


def test_encoded_groups_bring_their_names():
    groups = Groups.of(np.array([0, 1, -1, 0]), ["F", "M"], attribute="sex")
    criterion = fl.FairLoss("bce_with_logits", EO, groups=groups)
    criterion(torch.zeros(4), torch.tensor([0.0, 1, 1, 1]), groups)
    assert [(r.attribute, r.rate, r.group) for r in criterion.state()][:2] == [
        ("sex", "true_positive_rate", "F"),
        ("sex", "true_positive_rate", "M"),
    ]
    other = Groups.of(np.array([0, 1, -1, 0]), ["M", "F"], attribute="sex")
    with pytest.raises(InputError, match="Encode all rows with the same codes"):
        criterion(torch.zeros(4), torch.zeros(4), other)


def test_terms_on_one_notion_keep_their_own_names():
    criterion = fl.FairLoss("bce_with_logits", DP, fl.Constraint("demographic_parity", 0.1), groups=2)
    criterion(*sample("bce_with_logits"), torch.arange(12) % 2)
    assert list(criterion.parts) == ["base", "demographic_parity[group]#1", "demographic_parity[group]#2"]


def test_parts_add_up_and_hold_no_graph():
    criterion = fl.FairLoss("bce_with_logits", DP, EO, groups=2)
    input, target = sample("bce_with_logits")  # noqa: A001
    loss = criterion(input.requires_grad_(), target, torch.arange(12) // 2 % 2)
    assert loss.item() == pytest.approx(sum(criterion.parts.values()).item(), rel=1e-6)
    assert not any(part.requires_grad for part in criterion.parts.values())
    assert not any(buffer.requires_grad for buffer in criterion.buffers())


def test_eval_changes_nothing():
    criterion = fl.FairLoss("bce_with_logits", EO, DP, groups=2)
    input, target = sample("bce_with_logits")  # noqa: A001
    criterion(input, target, torch.arange(12) // 2 % 2)
    before = copy.deepcopy(criterion.state_dict())
    criterion.eval()(input + 1, target, torch.zeros(12, dtype=torch.long))
    after = criterion.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def train(criterion, model, optimizer, steps, seed):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        x = torch.randn(64, 3, generator=generator)
        codes = (x[:, 0] > 0.3).long()
        y = (x[:, 1] + x[:, 0] > 0).float()
        loss = criterion(model(x)[:, 0], y, codes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in model.parameters()]


def test_restored_state_gives_the_same_next_steps(tmp_path):
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    criterion = fl.FairLoss("bce_with_logits", EO, groups=2)
    train(criterion, model, torch.optim.SGD(model.parameters(), 0.5), 30, seed=1)
    torch.save(criterion.state_dict(), tmp_path / "state.pt")
    twin, fresh = copy.deepcopy(model), fl.FairLoss("bce_with_logits", EO, groups=2)
    fresh.load_state_dict(torch.load(tmp_path / "state.pt"))
    forgetful = copy.deepcopy(model)
    a = train(criterion, model, torch.optim.SGD(model.parameters(), 0.5), 10, seed=2)
    b = train(fresh, twin, torch.optim.SGD(twin.parameters(), 0.5), 10, seed=2)
    blank = fl.FairLoss("bce_with_logits", EO, groups=2)
    c = train(blank, forgetful, torch.optim.SGD(forgetful.parameters(), 0.5), 10, seed=2)
    assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
    assert not all(torch.equal(x, y) for x, y in zip(a, c, strict=True))


def test_an_empty_state_resets_a_used_criterion():
    criterion = fl.FairLoss("bce_with_logits", EO, groups=2)
    empty = copy.deepcopy(criterion.state_dict())
    criterion(*sample("bce_with_logits"), torch.arange(12) % 2)
    criterion.load_state_dict(empty)
    assert criterion.state() == []
    criterion(*sample("bce_with_logits"), torch.arange(12) % 2)
    three = fl.FairLoss("bce_with_logits", EO, groups=3)
    three(*sample("bce_with_logits"), torch.arange(12) % 3)
    with pytest.raises(RuntimeError, match="size mismatch"):
        three.load_state_dict(criterion.state_dict())


DP_TERM = fl.Constraint("demographic_parity", tolerance=0.1)


@pytest.mark.parametrize(
    ("saved", "loaded"),
    [((EO, 3), (EO, 2)), ((EO, 2), (EO, 3)), ((DP_TERM, 2), (EO, 2)), ((EO, 2), (DP_TERM, 2)), ((EO, 1), (EO, 2))],
    ids=["fewer groups", "more groups", "more rates", "fewer rates", "one row of state for all groups"],
)
@pytest.mark.parametrize("training", [True, False])
def test_the_state_of_another_criterion_is_refused(saved, loaded, training):
    """A fresh criterion takes the shape of what it is given, so that only its first batch can tell."""

    def used(term, groups):
        return fl.FairLoss("bce_with_logits", term, groups=max(groups, 2))

    first = used(*saved)
    first(*sample("bce_with_logits"), torch.arange(12) % max(saved[1], 2))
    state = first.state_dict()
    if saved[1] == 1:  # would broadcast over the groups
        state["terms.0.pressure"] = state["terms.0.pressure"][:, :, :1, :1]
    second = used(*loaded)
    second.load_state_dict(state)
    with pytest.raises(InputError, match="is that of other groups, classes or terms"):
        second.train(training)(*sample("bce_with_logits"), torch.arange(12) % 2)


def test_memory_is_flat_over_steps():
    def tensors():
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    model = nn.Linear(3, 1)
    criterion = fl.FairLoss("bce_with_logits", EO, DP, groups=2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    train(criterion, model, optimizer, 5, seed=0)
    before = tensors()
    train(criterion, model, optimizer, 200, seed=0)
    assert tensors() <= before  # fewer where other tests left some behind


def test_a_batch_that_is_not_finite_never_enters_the_memory():
    criterion = fl.FairLoss("bce_with_logits", EO, groups=2)
    input, target = sample("bce_with_logits")  # noqa: A001
    codes = torch.arange(12) // 2 % 2
    for bad_first in (True, False):
        if not bad_first:
            criterion(input, target, codes)
        criterion(torch.full((12,), float("nan")), target, codes)
        assert criterion.memories[0].counts.isfinite().all()
        assert criterion.terms[0].pressure.isfinite().all()


def test_half_precision_outputs_are_counted_in_single():
    input, target = sample("bce_with_logits")  # noqa: A001
    criterion = fl.FairLoss("bce_with_logits", DP, groups=2)
    loss = criterion(input.bfloat16().requires_grad_(), target, torch.arange(12) // 2 % 2)
    loss.backward()
    assert criterion.memories[0].counts.dtype == torch.float32


GOOD = (torch.zeros(4), torch.tensor([0.0, 1.0, 0.0, 1.0]), torch.tensor([0, 1, 0, -1]))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((GOOD[0], GOOD[1][:3], GOOD[2]), "one target per row"),
        ((GOOD[0][:0], GOOD[1][:0], GOOD[2][:0]), "at least one row"),
        ((torch.zeros(4, 2), GOOD[1], GOOD[2]), "shapes that match"),
        ((GOOD[0], GOOD[1], GOOD[2][:3]), "got 3 for 4 rows"),
        ((GOOD[0], GOOD[1], torch.tensor([0, 1, 2, 0])), "got 2 in row 2"),
        ((GOOD[0], GOOD[1], torch.tensor([0, -2, 1, 0])), "got -2 in row 1"),
        ((GOOD[0], GOOD[1], torch.tensor([0.0, 1.0, 0.0, 1.0])), "integer codes of shape"),
        ((GOOD[0], GOOD[1], torch.zeros(4, 3)), "integer codes of shape"),
        ((GOOD[0], GOOD[1], torch.tensor([[0.5, 0.5], [1.5, 0.0], [0, 1], [1, 0]])), "in row 1"),
        ((GOOD[0], GOOD[1], np.array(["F", "M", "F", "M"])), "Encode the groups once"),
        ((GOOD[0], GOOD[1], None), "got None. Pass sensitive_features"),
        (([0.0] * 4, GOOD[1], GOOD[2]), "input as a tensor, got 'list'"),
        ((GOOD[0], np.zeros(4), GOOD[2]), "target as a tensor, got 'ndarray'"),
        ((*GOOD, ["a", "b", "c", "d"]), "one number per row as its weight"),
        ((GOOD[0], GOOD[1], 1), "got one value"),
        ((GOOD[0], GOOD[1] * 2, GOOD[2]), "Labels must be 0 or 1"),
        ((GOOD[0], GOOD[1] * float("nan"), GOOD[2]), "Labels must be 0 or 1"),
        ((*GOOD, torch.ones(3)), "one weight per row"),
        ((*GOOD, -torch.ones(4)), "not negative"),
        ((*GOOD, torch.zeros(4)), "not all zero"),
    ],
)
def test_input_that_cannot_be_used(arguments, sentence):
    criterion = fl.FairLoss("bce_with_logits", EO, groups=2)
    with pytest.raises(InputError, match=sentence):
        criterion(*arguments)
    assert criterion.state() == []


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: fl.FairLoss("bce_logits", EO, groups=2), "Did you mean 'bce_with_logits'"),
        (lambda: fl.FairLoss(nn.BCEWithLogitsLoss(), EO, groups=2), "reduction='none'"),
        (lambda: fl.FairLoss(3, EO, groups=2), "must be a name"),
        (lambda: fl.FairLoss(nn.BCEWithLogitsLoss, EO, groups=2), "no class"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups=2, decision=3), "a decision, got 3"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups=2, memory="all"), "rows above 0, got 'all'"),
        (lambda: fl.Constraint("equalized_odds", "0.03"), "gap of 0 or more, got '0.03'"),
        (lambda: fl.Constraint("equalized_odds", 0.03, margin=None), "0 or more, got None"),
        (lambda: fl.Constraint(["equalized_odds"], 0.03), "Unknown notion"),
        (lambda: fl.Penalty("equalized_odds", None), "0 or more, got None"),
        (lambda: fl.FairLoss(F.mse_loss, EO, groups=2), "Pass decision="),
        (lambda: fl.FairLoss("mse", EO, groups=2), "given the label"),
        (lambda: fl.FairLoss("mse", "equalized_odds", groups=2), "Constraint, Penalty and CellWeights"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups=0), "number of groups"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups={}), "empty mapping"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups=1), "has one"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups={"sex": 2, "race": 5}), "names none"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups=2, memory=0), "rows above 0"),
        (lambda: fl.FairLoss("bce_with_logits", EO, groups=2, decision="firm"), "Unknown decision"),
        (lambda: SigmoidDecision(threshold=1.0), "between 0 and 1"),
        (lambda: SigmoidDecision(temperature=0), "above 0"),
    ],
)
def test_settings_that_cannot_be_used(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


@pytest.mark.parametrize("kind", ["u2", "u4", "u8", ">i8", "i1", "?", "read-only"])
def test_codes_of_every_type_of_numpy_mean_the_same(kind):
    codes = np.array([0, 1, 0, 1]).astype("i8" if kind == "read-only" else kind)
    codes.setflags(write=kind != "read-only")
    wrapped = [torch.from_numpy(codes.copy())] if codes.dtype.isnative else []
    expected, *found = (
        fl.FairLoss("bce_with_logits", EO, DP, groups=2)(GOOD[0], GOOD[1], given)
        for given in (torch.tensor([0, 1, 0, 1]), codes, *wrapped)
    )
    assert all(torch.equal(loss, expected) for loss in found)


def test_labels_are_checked_before_the_base_loss_sees_them():
    """On a GPU a class that is none kills the process inside of torch's loss."""

    def base(input, target):  # noqa: A002
        raise AssertionError("too late")

    base.decision = "softmax"
    with pytest.raises(InputError, match=r"codes in 0\.\.2, got values from 0 to 3"):
        fl.FairLoss(base, DP, groups=2)(torch.zeros(4, 3), torch.tensor([0, 1, 2, 3]), GOOD[2])
    with pytest.raises(InputError, match="at least one row"):
        fl.FairLoss("cross_entropy", DP, groups=2)(torch.tensor(0.0), torch.tensor(1), torch.tensor(0))


def test_calls_that_cannot_be_used():
    criterion = fl.FairLoss(F.mse_loss, DP, groups=2, decision="output")
    with pytest.raises(InputError, match="one number per row"):
        criterion(*GOOD)
    two = fl.FairLoss(
        "bce_with_logits", fl.Constraint("equalized_odds", 0.1, attribute="sex"), groups={"sex": 2, "age": 3}
    )
    with pytest.raises(InputError, match="as a mapping"):
        two(*GOOD)
    with pytest.raises(UnknownName, match="Known attributes: age"):
        two(GOOD[0], GOOD[1], {"age": GOOD[2]})
    with pytest.raises(UnknownName, match="Did you mean 'sex'"):
        fl.FairLoss(
            "bce_with_logits", fl.Constraint("equalized_odds", 0.1, attribute="sexx"), groups={"sex": 2, "age": 3}
        )
    classes = fl.FairLoss("cross_entropy", DP, groups=2, decision=SoftmaxDecision(favorable=(3,)))
    with pytest.raises(InputError, match=r"codes in 0\.\.2"):
        classes(torch.zeros(4, 3), torch.tensor([0, 1, 2, 0]), GOOD[2])
    with pytest.raises(InputError, match=r"shape \(rows, classes\)"):
        fl.FairLoss("cross_entropy", DP, groups=2)(torch.zeros(4, 3, 2), torch.zeros(4, 2, dtype=torch.long), GOOD[2])
