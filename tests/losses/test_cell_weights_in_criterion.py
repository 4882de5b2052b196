"""Cell weights inside a criterion: the base is weighed, terms are not."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

import fairloss as fl
from fairloss.errors import InputError
from fairloss.losses import WEIGHTINGS, CellWeights, FixedWeights


@pytest.mark.parametrize("name", WEIGHTINGS)
def test_the_base_is_the_mean_of_factor_times_loss(batch, name):
    logits, labels, codes = batch()
    weight = torch.linspace(0.5, 2, 40, dtype=torch.float64)
    criterion = fl.FairLoss("bce_with_logits", CellWeights(name), groups=3)
    module = CellWeights(name).bind(criterion.attributes[0])
    rows = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    members = F.one_hot(codes, 3).double()
    for _ in range(3):
        found = criterion(logits, labels, codes, weight)
        factor = module(rows, members, labels[:, None], weight)
        torch.testing.assert_close(found, (weight * factor * rows).sum() / weight.sum())
    assert criterion.state_dict()
    assert list(criterion.parts) == ["base"]


def test_terms_see_losses_and_counts_without_the_factors(batch):
    logits, labels, codes = batch()
    doubled = CellWeights(FixedWeights([2.0, 2.0, 2.0]))
    bound = fl.Constraint("bounded_group_loss", 0.1, of="loss")
    plain = fl.FairLoss("bce_with_logits", bound, groups=3)
    weighed = fl.FairLoss("bce_with_logits", bound, doubled, groups=3)
    for criterion in (plain, weighed):
        criterion(logits, labels, codes)
        criterion(logits, labels, codes)
    assert weighed.parts["base"].item() == pytest.approx(2 * plain.parts["base"].item())
    assert weighed.parts["bounded_group_loss"].item() == plain.parts["bounded_group_loss"].item()


def test_one_of_several_attributes_is_named(batch):
    logits, labels, codes = batch()
    who = {"sex": codes.clamp_max(1), "race": codes}
    groups = {"sex": 2, "race": 3}
    criterion = fl.FairLoss("bce_with_logits", CellWeights("inverse_frequency", attribute="race"), groups=groups)
    expected = fl.FairLoss("bce_with_logits", CellWeights("inverse_frequency"), groups=3)(logits, labels, codes)
    assert criterion(logits, labels, who).item() == expected.item()
    with pytest.raises(InputError, match="a CellWeights names none"):
        fl.FairLoss("bce_with_logits", CellWeights("group_dro"), groups=groups)
    with pytest.raises(InputError, match="is continuous, but a CellWeights needs groups"):
        fl.FairLoss("bce_with_logits", CellWeights("group_dro"), groups="continuous")


def test_losses_without_decisions_can_be_weighed_by_group():
    tokens, target, codes = torch.randn(4, 5, 7), torch.randint(0, 7, (4, 5)), torch.tensor([0, 0, 0, 1])
    criterion = fl.FairLoss("token_cross_entropy", CellWeights("inverse_frequency"), groups=2)
    rows = F.cross_entropy(tokens.transpose(1, 2), target, reduction="none").mean(1)
    expected = (rows[:3].mean() + rows[3]) / 2
    assert criterion(tokens, target, codes).item() == pytest.approx(expected.item(), rel=1e-5)
