"""What a user may say about weights, and what is refused."""

from __future__ import annotations

from math import inf, nan

import pytest
import torch

from fairloss.errors import InputError, UnknownName
from fairloss.losses.membership import Attribute
from fairloss.losses.weights.adversarial_weights import GroupDRO
from fairloss.losses.weights.cell_weights import WEIGHTINGS, CellWeights
from fairloss.losses.weights.fixed_weights import FixedWeights
from fairloss.losses.weights.focal_weights import GroupFocal
from fairloss.losses.weights.frequency_weights import InverseFrequency
from fairloss.losses.weights.tail_weights import CVaR

RACE = Attribute("race", ("a", "b", "c"))


def test_fixed_weights_are_found_by_name():
    bound = CellWeights(FixedWeights({"c": 3.0, "a": 1.0, "b": 2.0})).bind(RACE)
    assert bound(torch.zeros(4), torch.eye(4, 3), None, None).tolist() == [1.0, 2.0, 3.0, 1.0]
    counted = FixedWeights({0: 1.0, 1: 2.0}).bind(Attribute("group", ("0", "1")), 100)
    assert counted(torch.zeros(2), torch.eye(2), None, None).tolist() == [1.0, 2.0]


BAD = {
    "name": (lambda: CellWeights("group_dr"), "Did you mean 'group_dro'"),
    "class": (lambda: CellWeights(GroupDRO), "needs a name or a value"),
    "number": (lambda: CellWeights(3), "needs a name or a value"),
    "memory": (lambda: CellWeights("cvar", memory=0), "number of rows above 0, got 0"),
    "by": (lambda: GroupDRO(by="row"), "weighs by 'group' or 'cell', got by='row'"),
    "by row": (lambda: CVaR(by="rows"), "weighs by 'row' or 'group' or 'cell'"),
    "step": (lambda: GroupDRO(step=0), "step of GroupDRO must be above 0"),
    "infinite step": (lambda: GroupDRO(step=inf), "step of GroupDRO must be above 0"),
    "adjustment": (lambda: GroupDRO(adjustment=-1), "adjustment of GroupDRO must be 0 or more"),
    "alpha": (lambda: CVaR(alpha=0), "above 0, at most 1, got 0"),
    "large alpha": (lambda: CVaR(alpha=1.5), "above 0, at most 1, got 1.5"),
    "gamma": (lambda: GroupFocal(gamma=nan), "gamma of GroupFocal must be 0 or more"),
    "power": (lambda: InverseFrequency(power=-0.5), "power of InverseFrequency must be 0 or more"),
    "cap": (lambda: InverseFrequency(cap=0.5), "cap of InverseFrequency must be 1 or more"),
    "negative": (lambda: FixedWeights([1, -1]), "finite, 0 or more, and not all 0"),
    "all zero": (lambda: FixedWeights({"a": 0}), "finite, 0 or more, and not all 0"),
    "ragged": (lambda: FixedWeights([[1, 2], [3]]), "as many for each"),
    "no numbers": (lambda: FixedWeights({"a": "b"}), "a number for each group"),
    "shape": (lambda: FixedWeights(1.0), "of shape"),
    "unknown group": (lambda: FixedWeights({"a": 1, "z": 1}).bind(RACE, 1), "Unknown group 'z'"),
    "missing group": (lambda: FixedWeights({"a": 1, "b": 1}).bind(RACE, 1), "Give one for 'c' too"),
    "too few": (lambda: FixedWeights([1, 2]).bind(RACE, 1), "each of the 3 groups of 'race', got 2"),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_bad_settings_are_refused_in_one_sentence(make, message):
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_the_catalogue_is_read_only():
    with pytest.raises(TypeError):
        WEIGHTINGS["mine"] = GroupDRO
    with pytest.raises(UnknownName):
        CellWeights("mine")
    assert CellWeights("cell_dro") == CellWeights(GroupDRO(by="cell"))
